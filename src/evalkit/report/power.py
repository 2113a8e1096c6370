"""A power study in words and as a table that a funder can read."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from evalkit.catalogue import in_its_language, text
from evalkit.check.planning import MEASURES
from evalkit.check.planning.plan import VARIED
from evalkit.report import numbers
from evalkit.report.wording import sentence_case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evalkit.check.planning import Power


def measure_words(measure: str) -> str:
    """A conclusion that a study may reach: ``detected``, ``confirmed``, ``refuted``."""
    return text(f"power.measure.{measure}")


@in_its_language
def power_table(power: Power) -> pd.DataFrame:
    """One row a scenario and true ratio: how often each conclusion would be reached, with its Monte-Carlo error.

    Returns
    -------
    pandas.DataFrame
        Columns in words; a share reads ``71 % ± 2`` with its Monte-Carlo standard error in percentage points.
    """
    rows = []
    for row in power.table.to_dict("records"):
        shown = {text(f"power.varied.{name}"): _figure(name, row[name]) for name in VARIED}
        shown[text("power.true_change")] = truth_text(row["ratio"])
        for name in MEASURES:
            if name in row:
                shown[measure_words(name)] = f"{numbers.percent(row[name])} ± {100 * row[f'{name}_mcse']:.1f}"
        rows.append({sentence_case(words): value for words, value in shown.items()})
    return pd.DataFrame(rows)


@in_its_language
def power_text(power: Power, *, wanted: float = 0.8) -> str:
    """What a power study says, one paragraph a scenario; ``wanted`` is the chance of detection asked for."""
    plan = power.plan
    lines = [
        text("power.lead", replicates=plan.replicates, level=numbers.level_text(plan.level)),
    ]
    detectable = power.smallest_detectable(wanted) if max(plan.ratios) > 1 else None
    names = list(VARIED)
    for place, (values, part) in enumerate(power.table.groupby(names, sort=False)):
        scenario = dict(zip(names, values, strict=True))
        at_one = part[part["ratio"] == 1].iloc[0]
        lines.append(f"{scenario_text(scenario)}:")
        if detectable is not None:
            lines.append(f"  {_detectable(detectable.iloc[place].to_dict(), wanted)}")
        lines.append(f"  {text('power.nothing_changed', share=_share(at_one, 'detected'))}")
        if plan.claim is not None:
            lines.append(f"  {_of_claim(plan.claim, at_one, part[part['ratio'] == plan.claim])}")
        without = (part["not_estimable"] * part["replicates"]).round().astype(int).sum()
        if without:
            every = f"{part['replicates'].sum():,}"
            lines.append(f"  {text('power.not_estimated', number=f'{without:,}', all=every)}")
    return "\n".join(lines)


def _of_claim(claim: float, at_one: pd.Series, claimed: pd.DataFrame) -> str:
    said = {"claim": claim_text(claim), "refuted": _share(at_one, "refuted")}
    if not len(claimed):
        return text("power.refuted", **said)
    return text("power.refuted_and_confirmed", confirmed=_share(claimed.iloc[0], "confirmed"), **said)


def scenario_text(scenario: Mapping[str, Any]) -> str:
    """A scenario in words: ``24 months before and 12 after the launch, 20 contacts a month, …``."""
    regions = int(scenario["comparisons"])
    beside = text("power.no_comparison") if regions == 0 else numbers.plural(regions, "comparison region")
    said = {name: _figure(name, scenario[name]) for name in VARIED}
    return text("power.scenario", **{**said, "comparisons": beside})


_PLACES = {"mean": 1, "dispersion": 2, "autocorrelation": 2}


def _figure(name: str, value: float) -> str:
    """What a scenario varies, as a reader wants it: learnt figures have many digits, of which few mean anything."""
    return f"{round(float(value), _PLACES.get(name, 0)):,.10g}"


def truth_text(ratio: float) -> str:
    """A true ratio in words: ``none``, ``1.5 times as many``."""
    return text("numbers.none") if ratio == 1 else text("numbers.times", ratio=f"{ratio:g}")


def claim_text(claim: float) -> str:
    """A claimed ratio in words."""
    return text("power.at_least" if claim > 1 else "power.at_most", ratio=f"{claim:g}")


def _detectable(found: Mapping[Any, Any], wanted: float) -> str:
    """The smallest detectable ratio as a sentence; a bound that lies beyond the ratios tried is said to."""
    chance = numbers.percent(wanted)
    if found["reason"]:
        return text("power.none_detectable", chance=chance, reason=found["reason"])
    ratio = f"{found['ratio']:.2f}"
    lower = "1" if pd.isna(found["lower"]) else f"{found['lower']:.2f}"
    upper = text("words.more_than", number=ratio) if pd.isna(found["upper"]) else f"{found['upper']:.2f}"
    return text("power.detectable", chance=chance, ratio=ratio, lower=lower, upper=upper)


def _share(row: pd.Series, name: str) -> str:
    return f"{numbers.percent(row[name])} (± {100 * row[f'{name}_mcse']:.1f})"


@in_its_language
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
    return {kind: write_atomically(Path(folder) / name, content.encode()) for kind, (name, content) in contents.items()}
