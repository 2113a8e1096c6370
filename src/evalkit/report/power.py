"""A power study in words and as a table that a funder can read."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from evalkit.check.planning import MEASURES
from evalkit.report import numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evalkit.check.planning import Power

MEASURE_WORDS = {
    "detected": "Shown as a change",
    "confirmed": "Claim confirmed",
    "refuted": "Claim refuted",
}
_VARIED_WORDS = {
    "before": "months before",
    "after": "months after",
    "mean": "contacts a month",
    "dispersion": "variance over mean",
    "autocorrelation": "autocorrelation",
    "comparisons": "comparison regions",
}


def power_table(power: Power) -> pd.DataFrame:
    """One row a scenario and true ratio: how often each conclusion would be reached, with its Monte-Carlo error.

    Returns
    -------
    pandas.DataFrame
        Columns in words; a share reads ``71 % ± 2`` with its Monte-Carlo standard error in percentage points.
    """
    rows = []
    for row in power.table.to_dict("records"):
        shown = {words: _figure(name, row[name]) for name, words in _VARIED_WORDS.items()}
        shown["True change"] = truth_text(row["ratio"])
        for name in MEASURES:
            if name in row:
                shown[MEASURE_WORDS[name]] = f"{numbers.percent(row[name])} ± {100 * row[f'{name}_mcse']:.1f}"
        rows.append({str(words)[0].upper() + str(words)[1:]: value for words, value in shown.items()})
    return pd.DataFrame(rows)


def power_text(power: Power, *, wanted: float = 0.8) -> str:
    """What a power study says, one paragraph a scenario; ``wanted`` is the chance of detection asked for."""
    plan = power.plan
    lines = [
        (
            f"By simulation, {plan.replicates} evaluations for each figure; "
            f"{numbers.level_text(plan.level)} intervals; one Monte-Carlo standard error in "
            "percentage points behind ±."
        )
    ]
    detectable = power.smallest_detectable(wanted) if max(plan.ratios) > 1 else None
    names = list(_VARIED_WORDS)
    for place, (values, part) in enumerate(power.table.groupby(names, sort=False)):
        scenario = dict(zip(names, values, strict=True))
        at_one = part[part["ratio"] == 1].iloc[0]
        lines.append(f"{scenario_text(scenario)}:")
        if detectable is not None:
            lines.append(f"  {_detectable(detectable.iloc[place].to_dict(), wanted)}")
        lines.append(
            f"  Where nothing changed, a change would be shown in {_share(at_one, 'detected')} of evaluations."
        )
        if plan.claim is not None:
            claimed = part[part["ratio"] == plan.claim]
            lines.append(
                f"  A claim of {claim_text(plan.claim)} would be refuted in {_share(at_one, 'refuted')} of evaluations "
                f"where nothing changed"
                + (
                    f", and confirmed in {_share(claimed.iloc[0], 'confirmed')} where the change was just that."
                    if len(claimed)
                    else "."
                )
            )
        without = (part["not_estimable"] * part["replicates"]).round().astype(int).sum()
        if without:
            lines.append(
                f"  {without:,} of {part['replicates'].sum():,} evaluations could not be estimated (too few contacts) "
                "and count as not shown."
            )
    return "\n".join(lines)


def scenario_text(scenario: Mapping[str, Any]) -> str:
    """A scenario in words: ``24 months before and 12 after the launch, 20 contacts a month, …``."""
    regions = int(scenario["comparisons"])
    beside = "no comparison region" if regions == 0 else numbers.plural(regions, "comparison region")
    said = {name: _figure(name, scenario[name]) for name in _VARIED_WORDS}
    return (
        f"{said['before']} months before and {said['after']} from the launch on, {said['mean']} contacts a month, "
        f"variance {said['dispersion']} times the mean, autocorrelation {said['autocorrelation']}, {beside}"
    )


_PLACES = {"mean": 1, "dispersion": 2, "autocorrelation": 2}


def _figure(name: str, value: float) -> str:
    """What a scenario varies, as a reader wants it: learnt figures have many digits, of which few mean anything."""
    return f"{round(float(value), _PLACES.get(name, 0)):,.10g}"


def truth_text(ratio: float) -> str:
    """A true ratio in words: ``none``, ``1.5 times as many``."""
    return "none" if ratio == 1 else f"{ratio:g} times as many"


def claim_text(claim: float) -> str:
    """A claimed ratio in words."""
    return f"{'at least' if claim > 1 else 'at most'} {claim:g} times as many"


def _detectable(found: Mapping[Any, Any], wanted: float) -> str:
    """The smallest detectable ratio as a sentence; a bound that lies beyond the ratios tried is said to."""
    chance = f"with a chance of {numbers.percent(wanted)}"
    if found["reason"]:
        return f"No ratio that was tried would be shown {chance}: it lies {found['reason']}."
    lower = "1" if found["lower"] is pd.NA else f"{found['lower']:.2f}"
    upper = f"more than {found['ratio']:.2f}" if found["upper"] is pd.NA else f"{found['upper']:.2f}"
    return (
        f"The smallest rise that would be shown {chance} is to {found['ratio']:.2f} times as many "
        f"(between {lower} and {upper}, 1.96 Monte-Carlo errors to either side)."
    )


def _share(row: pd.Series, name: str) -> str:
    return f"{numbers.percent(row[name])} (± {100 * row[f'{name}_mcse']:.1f})"


def write_power(power: Power, folder: str | Path, *, wanted: float = 0.8) -> dict[str, Path]:
    """Write a power study as a table, a text and a chart.

    Returns
    -------
    dict of str to Path
        ``table`` (power.csv), ``text`` (power.txt) and, where one chart can carry the lines, ``chart`` (power.svg). All
        contents are made before the first file is written.
    """
    from evalkit.errors import ReportError
    from evalkit.report.figures.axes import bare_axes
    from evalkit.report.figures.power import FRAME, plot_power
    from evalkit.report.files import write_atomically
    from evalkit.report.theme import to_svg

    contents = {
        "table": ("power.csv", power.table.to_csv(index=False, float_format="%.6g", lineterminator="\n")),
        "text": ("power.txt", power_text(power, wanted=wanted) + "\n"),
    }
    with suppress(ReportError):  # more lines than one chart can carry: the table has them all
        contents["chart"] = ("power.svg", to_svg(plot_power(power, ax=bare_axes(FRAME)[0]).figure))
    return {kind: write_atomically(Path(folder) / name, text.encode()) for kind, (name, text) in contents.items()}
