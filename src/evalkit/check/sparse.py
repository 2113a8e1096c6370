"""Are there enough counts for what is asked of them?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.check.base import CheckResult, Question
from evalkit.check.ready import NOT_COUNTS
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from evalkit.effect import Effect

_ASKED: Final = Question("sparse data", "Are there enough counts for what is asked of them?")
MEASURED: Final = ("M", "D")
"""Frequencies that the calibration studies cover."""
LEAST_MEAN, LEAST_SIDE, LEAST_YEARS, LEAST_POST, LEAST_PER_TERM = 5.0, 20.0, 2.0, 6, 3.0


@_ASKED.or_not_run
def sparse_data(effect: Effect) -> CheckResult:
    """Compare the series with the smallest that the calibration study covers.

    Returns
    -------
    CheckResult
        Fail below a mean of 5 contacts a period, 20 contacts on either side of the launch, 2 years in all, or 6
        periods (3 quarters, 2 years) from the launch on: no measured coverage stands behind such an interval;
        inconclusive with fewer than 3 periods for each term of the design.
    """
    design = effect.design
    if design.kind != "counts":
        return _ASKED.not_run(NOT_COUNTS)
    counts, used = design.observed, design.used
    if not used.any():
        return _ASKED.not_run("no period is counted", "Check the file")
    before, after = counts[used & ~design.post].sum(), counts[used & design.post].sum()
    years = used.sum() / vocab.PERIODS_PER_YEAR[design.frequency]
    least_post = {"Y": 2, "Q": 3}.get(design.frequency, LEAST_POST)
    unit = vocab.FREQUENCY_NAMES[design.frequency]
    limits = [
        (f"contacts a {unit}", float(counts[used].mean()), LEAST_MEAN),
        ("contacts before launch", float(before), LEAST_SIDE),
        ("contacts from the launch on", float(after), LEAST_SIDE),
        ("years in all", float(years), LEAST_YEARS),
        (f"{unit}s from the launch on", float(design.n_post), float(least_post)),
    ]
    per_term = used.sum() / len(design.columns)
    table = pd.DataFrame(
        [*limits, (f"{unit}s for each term", per_term, LEAST_PER_TERM)], columns=["what", "found", "least"]
    )
    short = table[table["found"] < table["least"]]
    figures = {"mean": limits[0][1], "before": float(before), "after": float(after), "per_term": float(per_term)}
    if short.empty:
        return _ASKED.answer(
            Outcome.PASSED,
            f"{counts[used].mean():,.0f} contacts a {unit} on average, {before:,.0f} before launch and {after:,.0f} "
            f"after, over {years:.1f} years: within what the calibration study covers"
            f"{'' if design.frequency in MEASURED else ' by the month'}.",
            "Coverage of the interval has been measured for series of this size."
            if design.frequency in MEASURED
            else f"There are counts enough, but coverage has been measured for months and days, not for {unit}s.",
            figures=figures,
            table=table,
        )
    named = "; ".join(f"{row.found:.3g} {row.what} (least {row.least:g})" for row in short.itertuples())
    only_terms = bool(np.all(short["what"].str.endswith("each term")))
    return _ASKED.answer(
        Outcome.INCONCLUSIVE if only_terms else Outcome.FAILED,
        f"Too few: {named}.",
        "Many terms share few periods: a simpler design would say more."
        if only_terms
        else "Coverage has not been measured for series so small: read the interval as a lower bound of what is open.",
        figures=figures,
        table=table,
    )
