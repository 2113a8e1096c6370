"""Tables and figures of ``docs/methods/calibration.md``, from the committed CSV files alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from benchmarks.calibration.generators import GENERATORS, WITHIN_ASSUMPTIONS
from benchmarks.pages import fill, percent, spread, table, write_figure
from benchmarks.places import PAGES, RESULTS, published_table
from evalkit import vocab

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TARGET, AIM, FALSE_POSITIVES = (0.93, 0.97), (0.935, 0.965), (0.03, 0.07)
CELL: Final = ["generator", "n", "launch", "rho", "mean"]
BROKEN: Final = tuple(name for name in GENERATORS if name not in WITHIN_ASSUMPTIONS)
PUBLISHED: Final = ("Linear Reg", "Newey West", "Prais Winsten", "ARMA", "MA(3)", "MA(3) K-R")


def write_page() -> None:
    """Fill the page and draw its figures."""
    counts = read("calibration_counts.csv")
    gaussian = read("calibration_gaussian.csv")
    flags = read("calibration_flags.csv")
    level = counts[counts["estimand"] == vocab.LEVEL_CHANGE]
    window = counts[counts["estimand"] == vocab.RATE_RATIO]
    fill(
        PAGES / "calibration.md",
        {
            "findings": findings(level, window),
            "generators": table(["generator", "u, the latent process"], list(GENERATORS.items()), words=2),
            "runs": runs(pd.concat([counts, gaussian])),
            "level-methods": by_method(level[level["generator"].isin(WITHIN_ASSUMPTIONS)]),
            "window-methods": by_method(window[window["generator"].isin(WITHIN_ASSUMPTIONS)]),
            "latent-generators": by_generator(level),
            "outside": outside(level),
            "again": again(read("calibration_again.csv")),
            "causes": causes(read("calibration_causes.csv")),
            "broken": broken(level),
            "flags": flag_table(flags),
            "turner": turner(gaussian),
            "bottomley": bottomley(gaussian),
        },
    )
    draw(level)


def read(name: str) -> pd.DataFrame:
    """One of the committed tables, with the label of each method."""
    from benchmarks.calibration.methods import METHODS

    found = pd.read_csv(RESULTS / name, dtype={"entropy": str, "version": str})
    if "method" in found:
        found["label"] = found["method"].map({key: method.label for key, method in METHODS.items()})
    return found


def inside(values: pd.Series, band: tuple[float, float]) -> pd.Series:
    """Whether each share lies in a band, both ends included."""
    return values.between(*band)


def findings(level: pd.DataFrame, window: pd.DataFrame) -> str:
    """What the study came to, in sentences."""
    core = level[(level["method"] == "latent") & level["generator"].isin(WITHIN_ASSUMPTIONS)]
    ratio = window[(window["method"] == "latent-ratio") & window["generator"].isin(WITHIN_ASSUMPTIONS)]
    rivals = level[~level["method"].eq("latent") & level["generator"].isin(WITHIN_ASSUMPTIONS)]
    best = rivals.groupby("label")["coverage"].median().sort_values()
    in_target, in_aim = inside(core["coverage"], TARGET), inside(core["coverage"], AIM)
    false = core["false_positive"]
    of_level = (
        f"**Level change, latent model, first three generators** ({len(core)} cells, {_range(core['replicates'])} "
        f"series each): coverage {spread(core['coverage'])} % (lowest – median – highest cell); {int(in_target.sum())} "
        f"of {len(core)} cells lie within 93–97 %, {int(in_aim.sum())} within 93.5–96.5 %. The Monte-Carlo error of "
        f"one cell is {percent(core['coverage_mcse'].median(), 2)} points."
    )
    of_null = (
        f"**False positives, the same** (true ratio 1, {_range(core['replicates_null'])} series each): {spread(false)} "
        f"%; {int(inside(false, FALSE_POSITIVES).sum())} of {int(false.notna().sum())} cells within 3–7 % (Monte-Carlo "
        f"error {percent(core['fp_mcse'].median(), 2)} points)."
    )
    of_window = (
        f"**Rate ratio over the window, latent model** ({len(ratio)} cells, {_range(ratio['replicates'])} series "
        f"each): coverage {spread(ratio['coverage'])} %."
    )
    of_rivals = (
        f"**The others** on the level change: the median cell covers {percent(best.iloc[0])} % ({best.index[0]}) to "
        f"{percent(best.iloc[-1])} % ({best.index[-1]})."
    )
    return "\n".join(f"- {sentence}" for sentence in (of_level, of_null, of_window, of_rivals))


def runs(rows: pd.DataFrame) -> str:
    """Which seeds and which code stand behind the rows."""
    found = rows.groupby(["method", "version"], sort=False).size().reset_index(name="rows")
    found["method"] = found["method"].map(lambda name: f"`{name}`")
    named = [
        f"- `{entropy}`: {', '.join(f'`{method}`' for method in dict.fromkeys(part['method']))}"
        for entropy, part in rows.groupby("entropy", sort=False)
    ]
    head = ["method", "made by (hash of our statements, or a release)", "rows"]
    made = table(head, found.to_numpy().tolist(), words=2)
    lines = "\n".join(named)
    return f"Every series comes from one of these numbers, each drawn afresh for its run:\n\n{lines}\n\n{made}"


def by_method(rows: pd.DataFrame) -> str:
    """One line a method: coverage and false positives over its cells, width beside that of the latent model."""
    core = rows[rows["method"].isin(["latent", "latent-ratio"])].set_index(CELL)["median_width"]
    lines = []
    for (label, _), part in rows.groupby(["label", "method"], sort=False):
        relative = part.set_index(CELL)["median_width"] / core
        lines.append(
            (
                label,
                len(part),
                _range(part["replicates"]),
                spread(part["coverage"]),
                int(inside(part["coverage"], TARGET).sum()),
                spread(part["false_positive"]),
                "–" if not np.isfinite(relative.median()) else f"{relative.median():.2f}",
                percent(part["not_estimable"].max()),
            )
        )
    head = [
        "method",
        "cells",
        "series a cell",
        "coverage, %: lowest – median – highest",
        "cells in 93–97 %",
        "false positives, %",
        "width beside latent",
        "not estimable, at most %",
    ]
    return table(head, lines)


def by_generator(level: pd.DataFrame) -> str:
    """The latent model, one line a generator."""
    core = level[level["method"] == "latent"]
    lines = [
        (
            generator,
            len(part),
            _range(part["replicates"]),
            spread(part["coverage"]),
            int(inside(part["coverage"], TARGET).sum()),
            int(inside(part["coverage"], AIM).sum()),
            spread(part["false_positive"]),
            f"{part['bias'].abs().max():.3f}",
        )
        for generator, part in core.groupby("generator", sort=False)
    ]
    head = [
        "generator",
        "cells",
        "series",
        "coverage, %",
        "in 93–97",
        "in 93.5–96.5",
        "false positives, %",
        "largest bias",
    ]
    return table(head, lines)


def outside(level: pd.DataFrame) -> str:
    """Every cell of the latent model on the first three generators that misses a target."""
    core = level[(level["method"] == "latent") & level["generator"].isin(WITHIN_ASSUMPTIONS)]
    missed = core[~inside(core["coverage"], TARGET) | ~inside(core["false_positive"].fillna(0.05), FALSE_POSITIVES)]
    if missed.empty:
        return "No cell lies outside 93–97 % coverage or 3–7 % false positives."
    lines = [
        (
            *_cell(row),
            f"{percent(row.coverage)} ± {percent(row.coverage_mcse)}",
            f"{percent(row.false_positive)} ± {percent(row.fp_mcse)}",
            f"{row.bias:+.3f}",
            f"{row.median_width:.2f}",
        )
        for row in missed.itertuples()
    ]
    head = ["generator", "n", "launch", "ρ", "mean", "coverage, %", "false positives, %", "bias (log)", "width (log)"]
    return table(head, lines)


def again(rows: pd.DataFrame) -> str:
    """Cells that lay outside the aimed band, beside the same cells on new series."""
    within = inside(rows["coverage"], TARGET)
    error = rows["coverage_mcse"]
    apart = ~within & ~inside(rows["coverage"] + 2 * error, TARGET) & ~inside(rows["coverage"] - 2 * error, TARGET)
    first = ~inside(rows["first_coverage"], TARGET)
    lowest, highest = percent(rows["coverage"].min()), percent(rows["coverage"].max())
    said = (
        f"{len(rows)} cells lay outside 93.5–96.5 %, {first.sum()} of them outside 93–97 %. On new series "
        f"({rows['replicates'].min():,} each, ± {percent(error.max())}) they cover {lowest}–{highest} %: "
        f"{inside(rows['coverage'], AIM).sum()} lie within 93.5–96.5 %, {within.sum()} within 93–97 %; of those "
        f"outside, {apart.sum()} by more than two Monte-Carlo standard errors."
    )
    lines = [
        (
            *_cell(row),
            f"{percent(row.first_coverage)} ± {percent(row.first_mcse)}",
            f"{percent(row.coverage)} ± {percent(row.coverage_mcse)}",
        )
        for row in rows[first | ~within].itertuples()
    ]
    head = ["generator", "n", "launch", "ρ", "mean", "at first, %", "on new series, %"]
    return f"{said}\n\n{table(head, lines)}"


def causes(rows: pd.DataFrame) -> str:
    """Cells under other priors and finer numerics."""
    lines = [
        (
            f"{row.generator}, n {row.n}, ρ {row.rho:g}, mean {row.mean:g}",
            row.variant,
            f"{percent(row.coverage)} ± {percent(row.coverage_mcse)}",
            f"{row.median_width:.2f}",
            f"{row.median_rho:.2f}",
            f"{row.median_sigma:.2f}",
        )
        for row in rows.itertuples()
    ]
    head = ["cell (launch at the half)", "variant", "coverage, %", "width (log)", "median of ρ", "median of σ"]
    return table(head, lines, words=2)


def broken(level: pd.DataFrame) -> str:
    """The generators that break an assumption, latent beside quasi-Poisson."""
    chosen = level[level["generator"].isin(BROKEN) & level["method"].isin(["latent", "quasi-poisson"])]
    lines = []
    for key, part in chosen.groupby(["generator", "n", "launch", "mean"], sort=False):
        sides = [part[part["method"] == method] for method in ("latent", "quasi-poisson")]
        figures = [percent(side[column].mean()) for side in sides for column in ("coverage", "false_positive")]
        lines.append((*key[:3], f"{key[3]:g}", *figures, f"{sides[0]['bias'].mean():+.3f}"))
    head = ["generator", "n", "launch", "mean", "latent: coverage, %", "false positives, %"]
    head += ["quasi-Poisson: coverage, %", "false positives, %", "bias of latent (log)"]
    return table(head, lines)


def flag_table(flags: pd.DataFrame) -> str:
    """Share of series in which each check failed and (in brackets) was inconclusive, one line a cell."""
    named = {**FLAG_HEADS, **{name: name for name in flags["check"].unique() if name not in FLAG_HEADS}}
    checks = [name for name in named if name in set(flags["check"])]
    lines = []
    for (model, generator, n, rho, mean), part in flags.groupby(["model", "generator", "n", "rho", "mean"], sort=False):
        by_check = part.set_index("check")
        first = by_check.iloc[0]
        shares = [_flagged(by_check.loc[check]) if check in by_check.index else "–" for check in checks]
        covered = percent(first["coverage"], 0)
        lines.append((model, generator, n, f"{rho:g}", f"{mean:g}", *shares, covered))
    head = ["model", "generator", "n", "ρ", "mean", *(named[check] for check in checks), "coverage, %"]
    return table(head, lines, words=2)


FLAG_HEADS: Final = {
    "season that changes": "season",
    "drift": "drift",
    "residual autocorrelation": "lag one",
    "autocorrelation at longer lags": "longer lags",
    "overdispersion": "dispersion",
    "predictive distribution": "distribution",
    "placebo in time": "placebo",
}


def _flagged(row: pd.Series) -> str:
    unclear = percent(row["unclear"], 0)
    return percent(row["flagged"], 0) + (f" ({unclear})" if unclear not in {"0", "–"} else "")


def turner(gaussian: pd.DataFrame) -> str:
    """Turner's design: coverage and false positives by n and ρ."""
    part = gaussian[gaussian["generator"] == "turner"]
    labels = list(dict.fromkeys(part["label"]))
    lines = []
    for (n, rho), cell in part.groupby(["n", "rho"]):
        by_label = cell.set_index("label")
        shares = [
            f"{percent(by_label.loc[label, 'coverage'])} / {percent(by_label.loc[label, 'false_positive'])}"
            for label in labels
        ]
        lines.append((n, f"{rho:g}", *shares))
    return table(["n", "ρ", *labels], lines)


def bottomley(gaussian: pd.DataFrame) -> str:
    """The published table beside ours: over the ten scenarios of each length."""
    part = gaussian[gaussian["generator"].str.startswith("bottomley")]
    try:
        published = pd.read_csv(published_table("sim_bottomley2023_coverage.csv"))
    except FileNotFoundError:
        published = pd.DataFrame(columns=["method", "n", "coverage"])
    lengths = sorted(part["n"].unique())
    lines = [
        (f"{label}: ours", *(spread(own.loc[own["n"] == n, "coverage"]) for n in lengths))
        for label, own in part.groupby("label", sort=False)
    ]
    lines += [
        (f"{method}: published", *(spread(theirs.loc[theirs["n"] == n, "coverage"]) for n in lengths))
        for method in PUBLISHED
        if not (theirs := published[published["method"] == method]).empty
    ]
    return table(["coverage, %: lowest – median – highest scenario", *(f"n = {n}" for n in lengths)], lines)


def draw(level: pd.DataFrame) -> None:
    """Coverage by cell: every method on the first three generators, the latent model on each generator."""
    import matplotlib.pyplot as plt

    from evalkit.report.theme import theme

    within = level[level["generator"].isin(WITHIN_ASSUMPTIONS)]
    core = level[level["method"] == "latent"]
    with theme():
        figure, axes = plt.subplots(2, 1, figsize=(7.2, 6.4), height_ratios=[1.3, 1], layout="constrained")
        _strips(axes[0], [(label, part) for label, part in within.groupby("label", sort=False)])
        axes[0].set_title("Every method, first three generators")
        _strips(axes[1], [(name, part) for name, part in core.groupby("generator", sort=False)])
        axes[1].set_title("Latent model, every generator")
        axes[1].set_xlabel("coverage of the nominal 95 % interval for the change of level, %")
        write_figure(figure, PAGES / "figures" / "calibration.svg")
        plt.close(figure)


def _strips(axes: Axes, groups: list[tuple[str, pd.DataFrame]]) -> None:
    """One row of dots a group, one dot a cell, a bar at the median; cells below the scale are counted at its edge."""
    from evalkit.report import theme

    least = 35.0
    axes.axvspan(93, 97, color=theme.BLUE_BAND, zorder=0)
    axes.axvline(95, color=theme.BLUE, linewidth=0.8, zorder=1)
    rng = np.random.default_rng(0)
    for row, (_, part) in enumerate(groups):
        shown = 100 * part["coverage"].to_numpy()
        below = int((shown < least).sum())
        height = row + rng.uniform(-0.28, 0.28, len(shown))
        axes.scatter(shown, height, s=5, color=theme.INK, alpha=0.35, linewidths=0, zorder=2)
        median = float(np.median(shown))
        axes.plot([max(median, least)] * 2, [row - 0.38, row + 0.38], color=theme.ACCENT, linewidth=2, zorder=3)
        if below:
            axes.annotate(f"◀ {below} lower", (least, row), xytext=(3, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(groups)), [label for label, _ in groups])
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.set_xlim(least, 100)
    axes.grid(visible=False)


def _cell(row: Any) -> tuple[object, ...]:
    """Generator, length, launch, ρ and mean of a cell, as the first columns of a table."""
    return row.generator, row.n, row.launch, f"{row.rho:g}", f"{row.mean:g}"


def _range(values: pd.Series) -> str:
    low, high = int(values.min()), int(values.max())
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"
