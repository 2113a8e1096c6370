"""Can the campaign be told from the season? A question about the calendar, not about the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.catalogue import term, text
from evalkit.check.base import CheckResult, Question
from evalkit.check.ready import ready
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.effect import Effect

_ASKED: Final = Question("launch and season")
HIGH, RAISED = 2.5, 1.5
"""Variance of a campaign term with the season in the design over that without: above the first its interval is at
least 1.6 times as wide, above the second 1.2 times."""


@_ASKED.or_not_run
def launch_and_season(effect: Effect) -> CheckResult:
    """How much the season inflates the variance of the campaign's terms.

    For each campaign column, with all other columns partialled out, the sum of squares that is left without the season
    over that with it: 1 / (1 − R²), R² the squared multiple correlation of the column with the season given the rest.
    It is what a variance inflation factor measures, for the season alone.

    Returns
    -------
    CheckResult
        Fail where it is 2.5 or more for the change of level (for the first campaign term where there is none);
        inconclusive where it is 1.5 or more, or where less than two years before launch have been seen, so that a
        season was seen only once. ``table`` has a row a campaign column.
    """
    design = effect.design
    season = [i for i, name in enumerate(design.columns) if _is_season(name)]
    parts = ready(effect)
    if isinstance(parts, str):
        return _ASKED.not_run(parts)
    if effect.model == "synthetic":
        return _ASKED.not_run(text("check.launch_and_season.synthetic"))
    if not season:
        return _ASKED.not_run(
            text("check.launch_and_season.no_season"), text("check.launch_and_season.no_season_remedy")
        )
    if not design.campaign_terms or not design.used.any():
        return _ASKED.not_run(text("check.launch_and_season.no_term"))
    x = design.with_campaign[design.used]
    table = pd.DataFrame(
        [(name, _inflation(x, design.column(name), season)) for name in design.campaign_terms],
        columns=["term", "inflation"],
    )
    table["correlation"] = np.sqrt(np.clip(1 - 1 / table["inflation"], 0, 1))
    main = vocab.LEVEL if vocab.LEVEL in design.campaign_terms else design.campaign_terms[0]
    own = dict(zip(table["term"], table["inflation"], strict=True))[main]
    years = design.n_pre / vocab.PERIODS_PER_YEAR[design.frequency]
    lead = text("check.launch_and_season.lead", term=term("effect.terms", main), times=own, years=years)
    if own >= HIGH:
        outcome, tail = Outcome.FAILED, text("check.launch_and_season.apart_hardly")
        meaning = text("check.launch_and_season.apart_hardly_means")
    elif own >= RAISED or years < 2:
        outcome, tail = Outcome.INCONCLUSIVE, text("check.launch_and_season.apart_in_part")
        meaning = text("check.launch_and_season.apart_in_part_means")
    else:
        outcome, tail = Outcome.PASSED, text("check.launch_and_season.apart")
        meaning = text("check.launch_and_season.apart_means")
    figures = {"inflation": own, "years": float(years)}
    return _ASKED.answer(outcome, text("check.said", lead=lead, tail=tail), meaning, figures=figures, table=table)


def season_inflation(design: Design, term: str) -> float:
    """The figure of :func:`launch_and_season` for one column of a design."""
    season = [i for i, name in enumerate(design.columns) if _is_season(name)]
    return _inflation(design.with_campaign[design.used], design.column(term), season)


def _inflation(x: NDArray[np.float64], column: int, season: list[int]) -> float:
    rest = [i for i in range(x.shape[1]) if i != column]
    without = _left(x[:, column], x[:, [i for i in rest if i not in season]])
    with_season = _left(x[:, column], x[:, rest])
    return float(without / with_season) if with_season > 1e-10 * without else float("inf")


def _left(y: NDArray[np.float64], x: NDArray[np.float64]) -> float:
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return float(residual @ residual)


def _is_season(name: str) -> bool:
    return name.startswith(("sin ", "cos ", "month ", "quarter "))
