"""Tables and figure of ``docs/methods/speed.md``, from the committed CSV files alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks.pages import fill, table, write_figure
from benchmarks.places import PAGES, RESULTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BAYESIAN = ("bsts-causalimpact", "pycausalimpact", "causalpy")


def write_page() -> None:
    """Fill the page and draw its figure."""
    methods, growth, cold = (pd.read_csv(RESULTS / f"speed_{part}.csv") for part in ("methods", "growth", "cold"))
    blocks = {
        "findings": findings(methods, growth, cold),
        "methods": method_table(methods),
        "growth": growth_table(growth),
        "cold": cold_sentence(cold),
        "import": import_table(pd.read_csv(RESULTS / "speed_import.csv")),
        "checks": check_table(pd.read_csv(RESULTS / "speed_checks.csv")),
    }
    fill(PAGES / "speed.md", blocks)
    draw(growth)


def check_table(checks: pd.DataFrame) -> str:
    """The checks that refit, one line each."""
    rows = [(row.check, row.fits, f"{row.cpu_seconds:.2g}", f"{row.clock_seconds:.2g}") for row in checks.itertuples()]
    return table(["check", "fits", "CPU seconds", "clock seconds"], rows)


def import_table(imports: pd.DataFrame) -> str:
    """What each first use loads, one line each."""
    rows = [
        (f"`{row.what}`" if row.what.startswith("import") else row.what, f"{row.cpu_s:.3f}", f"{row.wall_s:.3f}")
        for row in imports.itertuples()
    ]
    return table(["new process with", "CPU seconds", "clock seconds"], rows)


def findings(methods: pd.DataFrame, growth: pd.DataFrame, cold: pd.DataFrame) -> str:
    """What was measured against what was aimed at, in sentences."""
    by_name = methods.set_index("method")
    at_48 = growth[(growth["axis"] == "columns") & (growth["value"] == 8)]["cpu_ms"].iloc[0]
    bayesian = by_name[by_name.index.str.startswith(BAYESIAN)]["times_latent"].dropna()
    causalpy = by_name["times_latent"].get("causalpy", np.nan)
    fastest = bayesian.idxmin()
    one = f"48 months with 8 design columns take {at_48:.2f} ms of CPU time from counts to quantiles (aim: 1 ms)."
    beside = (
        f"On 45 regions of 72 months the latent model takes {by_name.loc['latent', 'cpu_ms']:.2f} ms a region; the "
        f"fastest Bayesian rival ({by_name.loc[fastest, 'label']}) takes {_times(bayesian[fastest])} as long (aim: 8), "
        f"CausalPy {_times(causalpy)} (aim: 1,000)."
    )
    grows = (
        f"Time grows with the number of months to the power {_power(growth, 'months'):.2f} and with the number of "
        f"design columns to the power {_power(growth, 'columns'):.2f}; a series among 100,000 in one call takes "
        f"{_last_over_first(growth):.2f} times what one among 100 takes (aim: no worse than linear)."
    )
    starts = (
        f"A cold `evalkit estimate` takes {cold['cpu_s'].median():.1f} s of CPU time, {cold['wall_s'].median():.1f} s "
        f"on the clock of this machine, which other work shared (aim: below 2 s on the clock)."
    )
    return "\n".join(f"- {sentence}" for sentence in (one, beside, grows, starts))


def method_table(methods: pd.DataFrame) -> str:
    """CPU time a series of every method, beside the latent core."""
    lines = [
        (row.label, row.series, _ms(row.cpu_ms), _times(row.times_latent))
        if np.isfinite(row.cpu_ms)
        else (row.label, row.series, "not installed", row.absent)
        for row in methods.itertuples()
    ]
    first = methods.iloc[0]
    where = (
        f"{first['months']} months, {first['columns']} design columns; {first['machine']}; Python {first['python']}."
    )
    return table(["method", "series timed", "CPU ms a series", "times latent"], lines) + f"\n\n{where}"


def growth_table(growth: pd.DataFrame) -> str:
    """CPU time a series along each axis."""
    names = {"months": "months (8 columns)", "columns": "design columns (48 months)", "series": "series in one call"}
    lines = [
        (names[axis], " · ".join(f"{int(value):,}" for value in part["value"]), " · ".join(map(_ms, part["cpu_ms"])))
        for axis, part in growth.groupby("axis", sort=False)
    ]
    return table(["what grows", "to", "CPU ms a series"], lines)


def cold_sentence(cold: pd.DataFrame) -> str:
    """The calls of a cold command line."""
    calls = ", ".join(f"{row.cpu_s:.1f} / {row.wall_s:.1f}" for row in cold.itertuples())
    return f"CPU / clock seconds of {len(cold)} calls in a row, each a new process: {calls}."


def draw(growth: pd.DataFrame) -> None:
    """CPU time a series against months, columns and series."""
    import matplotlib.pyplot as plt

    from evalkit.report.theme import theme

    titles = {"months": "months", "columns": "design columns", "series": "series in one call"}
    with theme():
        figure, axes = plt.subplots(1, 3, figsize=(7.2, 2.4), layout="constrained")
        for panel, (axis, title) in zip(axes, titles.items(), strict=True):
            _panel(panel, growth[growth["axis"] == axis], title)
        axes[0].set_ylabel("CPU ms a series")
        write_figure(figure, PAGES / "figures" / "speed.svg")
        plt.close(figure)


def _panel(axes: Axes, part: pd.DataFrame, title: str) -> None:
    from evalkit.report import theme

    axes.plot(part["value"], part["cpu_ms"], "o-", color=theme.BLUE, markersize=3, linewidth=1.2)
    axes.set_xlabel(title)
    if title == "design columns":
        axes.set_xticks(part["value"].iloc[::2], [str(int(value)) for value in part["value"].iloc[::2]])
        axes.set_ylim(bottom=0)
        return
    # log ticks are set by hand: the house style does not read the powers that matplotlib writes as formulas
    axes.set_xscale("log")
    shown = part["value"].iloc[::2]
    axes.set_xticks(shown, [f"{int(value):,}" for value in shown])
    axes.minorticks_off()
    if title == "months":
        axes.set_yscale("log")
        axes.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
        axes.minorticks_off()
    else:
        axes.set_ylim(bottom=0)


def _power(growth: pd.DataFrame, axis: str) -> float:
    part = growth[growth["axis"] == axis]
    return float(np.polyfit(np.log(part["value"]), np.log(part["cpu_ms"]), 1)[0])


def _last_over_first(growth: pd.DataFrame) -> float:
    part = growth[growth["axis"] == "series"].set_index("value")["cpu_ms"]
    return float(part.iloc[-1] / part.loc[100])


def _ms(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def _times(value: float) -> str:
    if not np.isfinite(value):
        return "–"
    return f"{value:.1f} times" if value < 10 else f"{value:,.0f} times"
