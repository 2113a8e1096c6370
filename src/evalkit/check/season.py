"""Does the season change? A season that differs after the launch is taken for a change at the launch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.catalogue import text
from evalkit.check.base import WIDE, CheckResult, Question
from evalkit.check.ready import ready
from evalkit.check.refit import latent_fit, with_columns
from evalkit.errors import CannotEstimate
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.effect import Effect

_ASKED: Final = Question("season that changes")
_DRAWS, _SEED = 4000, 47
_TAIL: Final = 0.05
_PAIRS: Final[tuple[str, ...]] = ("sin 1", "cos 1", "sin 2", "cos 2")


@_ASKED.or_not_run
def season_changes(effect: Effect) -> CheckResult:
    """Let the season differ between two parts of the series, in the latent model, and see whether it does.

    The parts are before and after the launch where both have a year of counts, otherwise the two halves of the time
    before launch. Each sine and cosine (at most the first two pairs) gets a second coefficient in the later part, with
    a flat prior. The tail is the posterior probability of coefficients less plausible than "no change at all", by
    their distance from the posterior mean in its own covariance (Box and Tiao 1965, Biometrika 52:1): about uniform
    where the season does not change.

    Returns
    -------
    CheckResult
        Fail where the tail is below 0.05; inconclusive where it is not, but a season that changes by half as much as
        the level (amplitude log 1.5) lies within the posterior. Asked of the latent model whatever the model of the
        effect. ``table`` has both seasons by position in the year.
    """
    parts = ready(effect)
    if isinstance(parts, str):
        return _ASKED.not_run(parts)
    design = effect.design
    names = [name for name in _PAIRS if name in design.columns] or list(_harmonics(design))
    if not names:
        return _ASKED.not_run(
            text("check.launch_and_season.no_season")
            if design.frequency != "Y"
            else text("check.season_that_changes.annual"),
            text("check.launch_and_season.no_season_remedy") if design.frequency != "Y" else "",
        )
    split = _split(design)
    if split is None:
        return _ASKED.not_run(
            text("check.season_that_changes.too_short", before=design.n_pre, after=design.n_post),
            text("check.season_that_changes.too_short_remedy"),
        )
    later, words = split
    columns = _harmonics(design)
    changed = {f"{name} later": columns[name] * later for name in names}
    try:
        fit = latent_fit(with_columns(design, changed))
    except CannotEstimate as problem:
        return _ASKED.not_run(text("check.season_that_changes.with_season", reason=problem.reason))
    draws = fit.posterior.draws(_DRAWS, _SEED).b
    first = len(design.columns)
    return _answer(draws[:, first:], _curves(design, columns, names, draws, first), words)


def _answer(change: NDArray[np.float64], curves: pd.DataFrame, words: str) -> CheckResult:
    centre = change.mean(axis=0)
    inverse = np.linalg.pinv(np.atleast_2d(np.cov(change.T)))
    distance = np.einsum("ij,jk,ik->i", change - centre, inverse, change - centre)
    tail = float(np.mean(distance > centre @ inverse @ centre))
    size = np.linalg.norm(change[:, :2], axis=1)
    middle, upper = (float(value) for value in np.quantile(size, [0.5, 0.95]))
    size_in_percent, most = 100 * np.expm1(middle), 100 * np.expm1(upper)
    lead = text("check.season_that_changes.lead", which=words, size=size_in_percent, upper=most, tail=100 * tail)
    if tail < _TAIL:
        outcome, end = Outcome.FAILED, text("check.season_that_changes.changed")
        meaning = text("check.season_that_changes.changed_means")
    elif upper > np.log(WIDE):
        outcome, end = Outcome.INCONCLUSIVE, text("check.season_that_changes.too_few")
        meaning = text("check.season_that_changes.too_few_means")
    else:
        outcome, end = Outcome.PASSED, text("check.season_that_changes.none")
        meaning = text("check.season_that_changes.none_means")
    figures = {"tail": tail, "change": middle, "upper": upper}
    return _ASKED.answer(outcome, text("check.said", lead=lead, tail=end), meaning, figures=figures, table=curves)


def _harmonics(design: Design) -> dict[str, NDArray[np.float64]]:
    """The first pairs on the calendar, for designs with harmonics or with an indicator for each month or quarter."""
    own = {name: design.with_campaign[:, design.column(name)] for name in _PAIRS if name in design.columns}
    if own or design.spec.season != "indicators" or design.frequency == "Y":
        return own
    from evalkit.design import DesignSpec, build_design

    ones = pd.Series(1.0, index=design.periods)
    made = build_design(ones, design.launch, DesignSpec(harmonics=1))
    return {name: made.with_campaign[:, made.column(name)] for name in _PAIRS if name in made.columns}


def _split(design: Design) -> tuple[NDArray[np.float64], str] | None:
    """The later part as 0 and 1, shape (n,), and both parts in words."""
    year = round(vocab.PERIODS_PER_YEAR[design.frequency])
    if design.n_pre >= year and design.n_post >= year:
        return design.post.astype(np.float64), text("check.season_that_changes.before_and_after")
    early = np.flatnonzero(design.used & ~design.post)
    if len(early) < 2 * year:
        return None
    later = np.arange(len(design.periods)) >= early[len(early) // 2]
    return later.astype(np.float64), text("check.season_that_changes.halves")


def _curves(
    design: Design, columns: dict[str, NDArray[np.float64]], names: list[str], draws: NDArray[np.float64], first: int
) -> pd.DataFrame:
    """Both seasons over one year, as ratios to the year's mean on the log scale; indicators have no earlier curve."""
    year = min(round(vocab.PERIODS_PER_YEAR[design.frequency]), len(design.periods))
    basis = np.column_stack([columns[name][:year] for name in names])
    difference = draws[:, first:] @ basis.T
    own = [design.column(name) for name in names if name in design.columns]
    if own:
        before = draws[:, own] @ basis.T
    else:
        season = [i for i, name in enumerate(design.columns) if name.startswith(("month ", "quarter "))]
        before = draws[:, season] @ design.with_campaign[:year, season].T
        before -= before.mean(axis=1, keepdims=True)
    low, middle, high = np.quantile(before + difference, [0.025, 0.5, 0.975], axis=0)
    return pd.DataFrame(
        {
            "period": [str(period) for period in design.periods[:year]],
            "earlier": np.exp(np.median(before, axis=0)),
            "later": np.exp(middle),
            "later_lower": np.exp(low),
            "later_upper": np.exp(high),
        }
    )
