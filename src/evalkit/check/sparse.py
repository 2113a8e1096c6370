"""Are there enough counts for what is asked of them?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from evalkit import vocab
from evalkit.catalogue import period, periods, text
from evalkit.check.base import CheckResult, Question
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from evalkit.effect import Effect

_ASKED: Final = Question("sparse data")
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
        return _ASKED.not_run(text("check.not_counts"))
    counts, used = design.observed, design.used
    if not used.any():
        return _ASKED.not_run(text("check.sparse_data.nothing"), text("check.sparse_data.nothing_remedy"))
    before, after = counts[used & ~design.post].sum(), counts[used & design.post].sum()
    years = used.sum() / vocab.PERIODS_PER_YEAR[design.frequency]
    least_post = {"Y": 2, "Q": 3}.get(design.frequency, LEAST_POST)
    unit, units = period(design.frequency), periods(design.frequency)
    limits = [
        (text("check.sparse_data.mean", unit=unit), float(counts[used].mean()), LEAST_MEAN),
        (text("check.sparse_data.before"), float(before), LEAST_SIDE),
        (text("check.sparse_data.after"), float(after), LEAST_SIDE),
        (text("check.sparse_data.years"), float(years), LEAST_YEARS),
        (text("check.sparse_data.periods_after", periods=units), float(design.n_post), float(least_post)),
    ]
    per_term = used.sum() / len(design.columns)
    table = pd.DataFrame(
        [*limits, (text("check.sparse_data.periods_per_term", periods=units), per_term, LEAST_PER_TERM)],
        columns=["what", "found", "least"],
    )
    short = table[table["found"] < table["least"]]
    figures = {"mean": limits[0][1], "before": float(before), "after": float(after), "per_term": float(per_term)}
    if short.empty:
        return _ASKED.answer(
            Outcome.PASSED,
            text(
                "check.sparse_data.enough",
                mean=counts[used].mean(),
                unit=unit,
                before=before,
                after=after,
                years=years,
                by_month="" if design.frequency in MEASURED else text("check.sparse_data.by_month"),
            ),
            text("check.sparse_data.enough_means")
            if design.frequency in MEASURED
            else text("check.sparse_data.not_measured_means", periods=units),
            figures=figures,
            table=table,
        )
    named = "; ".join(
        text("check.sparse_data.short", found=row.found, what=row.what, least=row.least) for row in short.itertuples()
    )
    only_terms = bool(short.index[0] == len(limits))
    return _ASKED.answer(
        Outcome.INCONCLUSIVE if only_terms else Outcome.FAILED,
        text("check.sparse_data.too_few", named=named),
        text("check.sparse_data.many_terms_means") if only_terms else text("check.sparse_data.too_few_means"),
        figures=figures,
        table=table,
    )
