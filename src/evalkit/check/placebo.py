"""Placebo in time: does the same analysis find an effect where there was no campaign?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from evalkit.catalogue import text
from evalkit.check.base import WIDE, CheckResult, Question
from evalkit.check.ready import ready
from evalkit.check.refit import MOST_REFITS, first_periods, leaves_out_one, most_refits, refitted, says_nothing
from evalkit.contacts import to_period
from evalkit.errors import CannotEstimate
from evalkit.model.base import Requirements
from evalkit.model.guard import require_periods
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.effect import Effect
    from evalkit.model import Fit

_ASKED: Final = Question("placebo in time")
_SIMULATED: Final = 20_000
_SEED: Final = 43
_USUAL: Final = 0.945
"""Share of simulated counts that are usual: 95 %, less three Monte-Carlo errors of the simulation."""


@_ASKED.or_not_run
def placebo_in_time(effect: Effect, launch: pd.Period | str | None = None) -> CheckResult:
    """Run the same model on the data before launch, with a false launch in every place that admits one.

    A false launch is admissible where the periods before and after it are enough for the model. Its window is as long
    as the true one, or shorter where the true launch comes first; the data end with it. The windows overlap, so that
    one odd stretch is found by many false launches: how many intervals may leave out 1 where nothing happened is
    simulated from the correlation between the estimates that the fitted noise (its rho and sigma, or its dispersion)
    implies.

    Parameters
    ----------
    effect : Effect
        The effect to check.
    launch : pandas.Period or str, optional
        A single false launch, such as ``"2016-07"``; all admissible ones by default.

    Returns
    -------
    CheckResult
        Fail where more intervals of the false rate ratio leave out 1 than 95 % of simulated series have; inconclusive
        where there is no concern and most of the intervals hold both 0.67 and 1.5. A pass says that no change was
        shown, not that there was none. ``table`` has a row a false launch, in order of time.

    Raises
    ------
    UsageError
        ``launch`` cannot be read as a period of the series.
    DesignError
        ``launch`` does not lie between the start of the data and the true launch.
    """
    parts = ready(effect)
    if isinstance(parts, str):
        return _ASKED.not_run(parts)
    design = parts.design
    given = None if launch is None else to_period(launch, design.periods.freqstr)
    designs = [_false(design, given)] if given is not None else _admissible(design, most_refits(parts.options))
    if not designs:
        return _ASKED.not_run(
            text("check.placebo_in_time.no_room", periods=design.n_pre),
            text("check.placebo_in_time.no_room_remedy"),
        )
    table = refitted(designs, parts.options, effect.level)
    table.insert(0, "launch", [str(false.launch) for false in designs])
    table.insert(1, "periods", [int(false.window.sum()) for false in designs])
    table["leaves_out_one"] = leaves_out_one(table)
    known = table["value"].notna().to_numpy()
    if not known.any():
        return _ASKED.not_run(
            text("check.placebo_in_time.not_estimable", launch=designs[0].launch, reason=table["reason"].iloc[0])
        )
    counts = _count_under_nothing([d for d, ok in zip(designs, known, strict=True) if ok], parts.fit, effect.level)
    return _answer(table, counts, effect.level)


def _answer(table: pd.DataFrame, counts: NDArray[np.int64], level: float) -> CheckResult:
    known = table[table["value"].notna()]
    found, total = int(known["leaves_out_one"].sum()), len(known)
    usual = int(np.searchsorted(np.cumsum(np.bincount(counts)) / len(counts), _USUAL))
    widest = says_nothing(known, WIDE)
    farthest = known.iloc[int((np.log(known["value"]).abs() / known["sd"]).to_numpy().argmax())]
    figures = {
        "launches": float(total),
        "found": float(found),
        "expected": total * (1 - level),
        "usual": float(usual),
        "tail": float(np.mean(counts >= found)),
        "value": float(farthest["value"]),
        "lower": float(farthest["lower"]),
        "upper": float(farthest["upper"]),
    }
    shown = text("check.ratio", value=farthest["value"], lower=farthest["lower"], upper=farthest["upper"])
    if total == 1:
        lead = text("check.placebo_in_time.one", launch=farthest["launch"], shown=shown)
    else:
        lead = text(
            "check.placebo_in_time.lead",
            found=found,
            total=total,
            has=text("words.has" if found == 1 else "words.have"),
            expected=total * (1 - level),
            usual=usual,
            launch=farthest["launch"],
            shown=shown,
        )
    if found > usual:
        outcome, tail = Outcome.FAILED, text("check.placebo_in_time.found")
        meaning = text("check.placebo_in_time.found_means")
    elif widest.sum() * 2 > total:
        outcome = Outcome.INCONCLUSIVE
        tail = text(
            "check.placebo_in_time.too_wide",
            which=text("check.placebo_in_time.the_interval")
            if total == 1
            else text("check.placebo_in_time.most_intervals"),
            lower=1 / WIDE,
            upper=WIDE,
        )
        meaning = text("check.placebo_in_time.too_wide_means")
    else:
        chance = text("check.placebo_in_time.no_more") if found else text("check.no_change")
        outcome, tail = Outcome.PASSED, _left_open(farthest) if total == 1 else chance
        meaning = text("check.placebo_in_time.passed_means")
    return _ASKED.answer(outcome, text("check.said", lead=lead, tail=tail), meaning, figures=figures, table=table)


def _left_open(row: pd.Series) -> str:
    """What an interval that holds 1 leaves open: absence is never claimed."""
    fall, rise = row["lower"] <= 1 / WIDE, row["upper"] >= WIDE
    if fall or rise:
        return text(
            "check.placebo_in_time.possible",
            which=text("check.placebo_in_time.fall") if fall else text("check.placebo_in_time.rise"),
        )
    return text("check.no_change")


def _admissible(design: Design, most: int = MOST_REFITS) -> list[Design]:
    """The designs of the false launches that the model's own requirements let through, thinned evenly to so many."""
    found = []
    for period in design.periods[1:]:
        if period >= design.launch:
            break
        false = _false(design, period)
        try:
            require_periods(false, Requirements())
        except CannotEstimate:
            continue
        found.append(false)
    step = -(-len(found) // most)
    return found[::step] if step > 1 else found


def _false(design: Design, launch: pd.Period) -> Design:
    """The design with a false launch, its data ending with a window of at most the true length."""
    false = design.placebo(launch)
    there = int(np.searchsorted(false.periods.asi8, launch.ordinal))
    kept = first_periods(false, there + int(design.post.sum()))
    counted = np.any(kept.with_campaign[kept.used] != 0, axis=0).tolist()
    columns = [at for at, name in enumerate(kept.columns) if counted[at] or name in kept.campaign_terms]
    return replace(
        kept,
        columns=tuple(kept.columns[position] for position in columns),
        with_campaign=np.ascontiguousarray(kept.with_campaign[:, columns]),
        without_campaign=np.ascontiguousarray(kept.without_campaign[:, columns]),
    )


def _count_under_nothing(designs: list[Design], fit: Fit, level: float) -> NDArray[np.int64]:
    """How many intervals leave out 1 in each of many series without any change, shape (S,).

    The estimate of each false launch is, near the truth, a linear function of the log counts (generalised least
    squares), so that the standardised estimates are jointly normal with a correlation that follows from the covariance
    of the log counts: ``1/mu`` (times the dispersion) for counting, plus ``sigma^2 rho^|s-t|`` for a latent process.
    """
    from scipy.special import ndtri

    n = max(len(design.periods) for design in designs)
    covariance = _covariance(fit, n)
    weights = np.array([_weights(design, covariance, n) for design in designs])
    joint = weights @ covariance @ weights.T
    scale = np.sqrt(np.diag(joint))
    values, vectors = np.linalg.eigh(joint / np.outer(scale, scale))
    root = vectors * np.sqrt(np.clip(values, 0, None))
    z = np.random.default_rng(_SEED).standard_normal((_SIMULATED, len(designs))) @ root.T
    return np.asarray((np.abs(z) > ndtri((1 + level) / 2)).sum(axis=1))


def _covariance(fit: Fit, n: int) -> NDArray[np.float64]:
    """Covariance of the first n log counts as the fit has it, shape (n, n)."""
    mean = np.maximum(fit.systematic[:n], 0.5)
    sigma, rho = fit.parameters.get("sigma", 0.0), fit.parameters.get("rho", 0.0)
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    counting = 1.0 if sigma else max(fit.dispersion, 1e-6)
    return np.asarray(np.diag(counting / mean) + sigma**2 * np.float64(rho) ** apart)


def _weights(design: Design, covariance: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """How the mean log effect of a design over its window depends on the log counts, shape (n,)."""
    used = np.flatnonzero(design.used)
    x = design.with_campaign[used]
    whitened = np.linalg.solve(covariance[np.ix_(used, used)], x)
    contrast = (design.with_campaign - design.without_campaign)[design.window].mean(axis=0)
    weights = np.zeros(n)
    # least squares, as a model without terms (synthetic) takes designs in which terms cannot be told apart
    weights[used] = whitened @ np.linalg.lstsq(x.T @ whitened, contrast, rcond=None)[0]
    return weights
