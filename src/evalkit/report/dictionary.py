"""Every column of every file that a run writes for others to use, described once.

``data-dictionary.csv``, the dictionary sheet of ``results.xlsx`` and ``docs/reference/data-dictionary.md`` are made
from this list, and the files themselves have these columns in this order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from evalkit.report.disclosure.log import RULES

Kind = Literal["text", "number", "whole number", "true or false"]
TABLES: Final = {
    "results": "One row for each region and channel: `results.csv`, `results.parquet`, and a sheet of `results.xlsx`.",
    "claims": "One row for each published claim: a sheet of `results.xlsx`.",
    "checks": "One row for each check of each region and channel: a sheet of `results.xlsx`.",
    "series": (
        "One row for each region, channel and period: a sheet of `results.xlsx`. Counts stand as they were published, "
        "after disclosure control."
    ),
    "counts": (
        "One row for each count and total that is published or left out, by region, channel and period: `counts.csv`. "
        "A later round is protected against it."
    ),
    "suppressions": "One row for each thing that disclosure control left out: `suppressions.csv`. It holds no count.",
}


@dataclass(frozen=True)
class Column:
    """One column of one table: its name, what its cells are, and what they mean."""

    table: str
    name: str
    kind: Kind
    meaning: str


def _interval(table: str, name: str, what: str) -> tuple[Column, ...]:
    return (
        Column(table, f"{name}_value", "number", f"{what}; empty where not estimable or suppressed"),
        Column(table, f"{name}_lower", "number", "lower end of its interval at `level`"),
        Column(table, f"{name}_upper", "number", "upper end of its interval at `level`"),
    )


def _where(table: str) -> tuple[Column, ...]:
    return (
        Column(table, "region", "text", "region, as in the contacts file"),
        Column(table, "channel", "text", "channel, as in the contacts file"),
    )


COLUMNS: Final[tuple[Column, ...]] = (
    *_where("results"),
    Column("results", "campaign", "text", "title of the campaign; empty for a comparison region"),
    Column("results", "comparison", "true or false", "whether no campaign ran, so that the row is a placebo"),
    Column("results", "launch", "text", "first exposed period, inclusive; for a comparison region the placebo date"),
    Column("results", "unit", "text", "what was counted"),
    Column("results", "simulated", "true or false", "whether the contacts are made up"),
    Column("results", "model", "text", "the model, in words"),
    Column("results", "level", "number", "probability content of every interval of the row"),
    Column("results", "periods_before", "whole number", "periods with a count before the launch"),
    Column("results", "periods_after", "whole number", "periods with a count from the launch on"),
    Column("results", "window_start", "text", "first period of the window that the estimates refer to, inclusive"),
    Column("results", "window_end", "text", "last period of that window, inclusive"),
    *_interval("results", "rate_ratio", "contacts over those expected without the campaign"),
    *_interval("results", "cumulative_effect", "additional contacts over the window"),
    *_interval("results", "second_rate_ratio", "rate ratio by the second method"),
    Column("results", "finding", "text", "what the interval of the rate ratio says"),
    Column("results", "not_estimable", "text", "why there is no rate ratio; empty where there is one"),
    Column("results", "verdicts", "text", "verdicts on the published claims, separated by semicolons"),
    Column("results", "maryland_level", "whole number", "level on the Maryland scale; empty for none"),
    Column("results", "nesta_level", "whole number", "level on the Nesta scale; empty for none"),
    Column("results", "concerns", "text", "checks that failed, separated by semicolons"),
    Column("results", "cost", "number", "declared cost of the campaigns of the window; empty where none is declared"),
    Column("results", "currency", "text", "its currency (ISO 4217)"),
    *_interval("results", "cost_per_additional_contact", "cost over additional contacts, in `currency`"),
    Column(
        "results",
        "cost_not_estimable",
        "text",
        "why there is no cost per additional contact although a cost is declared",
    ),
    *_where("claims"),
    Column("claims", "claim", "text", "the published claim, as a sentence"),
    Column("claims", "claimed_ratio", "number", "the ratio that it asserts; empty where it asserts none"),
    Column("claims", "verdict", "text", "what may be said of it"),
    Column("claims", "reasons", "text", "why, in order of weight"),
    *_where("checks"),
    Column("checks", "check", "text", "name of the check"),
    Column("checks", "outcome", "text", "pass, fail, inconclusive or not run"),
    *_where("series"),
    Column("series", "period", "text", "the period: `2019`, `2019Q2`, `2019-05`, a week or a day"),
    Column("series", "from_launch", "true or false", "whether the period is the launch or later"),
    Column("series", "observed", "number", "what was counted; empty where missing or suppressed"),
    Column("series", "counterfactual", "number", "expected without the campaign"),
    Column("series", "counterfactual_lower", "number", "lower end of the interval for a single count"),
    Column("series", "counterfactual_upper", "number", "upper end of the interval for a single count"),
    Column("counts", "region", "text", "region, as in the contacts file; `all regions` for a total over them"),
    Column("counts", "channel", "text", "channel, as in the contacts file; `all channels` for a total over them"),
    Column("counts", "period", "text", "the period: `2019`, `2019Q2`, `2019-05`, a week or a day; totals are by year"),
    Column("counts", "contacts", "whole number", "the count as published; empty where left out"),
    Column("counts", "suppressed", "true or false", "whether no count is given in the row"),
    Column("counts", "profile", "text", "its rules: `default`, `midpoint6`, `threshold10` or `internal`"),
    Column("suppressions", "rule", "text", "why: " + "; ".join(f"`{name}`: {why}" for name, why in RULES.items())),
    Column("suppressions", "region", "text", "region, as in `counts.csv`"),
    Column("suppressions", "channel", "text", "channel, as in `counts.csv`"),
    Column("suppressions", "period", "text", "the period, as in `counts.csv`; empty where a whole series is meant"),
    Column(
        "suppressions",
        "what",
        "text",
        "what was left out: a `count`, a `total`, or a `series` by its own periods",
    ),
)


def columns_of(table: str) -> tuple[Column, ...]:
    """The columns of one table, in order."""
    return tuple(column for column in COLUMNS if column.table == table)


def dictionary_frame() -> pd.DataFrame:
    """The dictionary as a table: ``table``, ``column``, ``type``, ``meaning``."""
    rows = [(column.table, column.name, column.kind, column.meaning.replace("`", "")) for column in COLUMNS]
    return pd.DataFrame(rows, columns=["table", "column", "type", "meaning"])


def dictionary_markdown() -> str:
    """The page ``docs/reference/data-dictionary.md``."""
    lines = [
        "# Data dictionary of the results",
        "",
        "What `evalkit run` writes for others to use. This page, `data-dictionary.csv` and the dictionary sheet of",
        "`results.xlsx` are one list. Files that go in are described in [data/README.md](../../data/README.md).",
        "",
        "- Files are UTF-8. An empty cell is missing, not zero. Periods are text, because they are not days.",
        "- Texts that a spreadsheet would take for a formula (they begin with `=`, `+`, `-`, `@`, a tab or a return)",
        "  stand in the CSV behind an apostrophe. Parquet, JSON and the workbook have them as they are, as text.",
        "- Counts, and what rests on them, are as published: after disclosure control.",
    ]
    for table, about in TABLES.items():
        lines += ["", f"## {table}", "", about, "", "| column | type | meaning |", "|---|---|---|"]
        lines += [f"| `{column.name}` | {column.kind} | {column.meaning} |" for column in columns_of(table)]
    return "\n".join(lines) + "\n"
