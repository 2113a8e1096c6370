"""Every column of every file that a run writes for others to use, described once.

``data-dictionary.csv``, the dictionary sheet of ``results.xlsx`` and ``docs/reference/data-dictionary.md`` are made
from this list, and the files themselves have these columns in this order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from evalkit.catalogue import term, text, texts
from evalkit.report.disclosure.log import RULES

Kind = Literal["text", "number", "whole number", "true or false"]
ROWS: Final = {
    name: text(f"dictionary.row.{name}") for name in ("results", "claims", "checks", "series", "counts", "suppressions")
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
    "earlier-rounds": (
        "One row for each thing that an earlier round told of a count and this one does not tell itself: "
        "`earlier-rounds.csv`, where there is any. It follows from what was published; the next round is protected "
        "against it."
    ),
}
TABLES: Final = {name: text(f"dictionary.table.{name}", row=row) for name, row in ROWS.items()}


@dataclass(frozen=True)
class Column:
    """One column of one table: its name, what its cells are, and what they mean."""

    table: str
    name: str
    kind: Kind
    meaning: str


def _column(table: str, name: str, kind: Kind) -> Column:
    return Column(table, name, kind, text(f"dictionary.{table}.{name}"))


def _interval(table: str, name: str) -> tuple[Column, ...]:
    what = text(f"dictionary.{table}.{name}")
    return (
        Column(table, f"{name}_value", "number", text("dictionary.interval.value", what=what)),
        Column(table, f"{name}_lower", "number", text("dictionary.interval.lower")),
        Column(table, f"{name}_upper", "number", text("dictionary.interval.upper")),
    )


def _where(table: str) -> tuple[Column, ...]:
    return (
        Column(table, "region", "text", text("dictionary.where.region")),
        Column(table, "channel", "text", text("dictionary.where.channel")),
    )


def _rules() -> str:
    return "; ".join(f"`{name}`: {why}" for name, why in RULES.items())


COLUMNS: Final[tuple[Column, ...]] = (
    *_where("results"),
    _column("results", "campaign", "text"),
    _column("results", "comparison", "true or false"),
    _column("results", "launch", "text"),
    _column("results", "unit", "text"),
    _column("results", "simulated", "true or false"),
    _column("results", "model", "text"),
    _column("results", "level", "number"),
    _column("results", "periods_before", "whole number"),
    _column("results", "periods_after", "whole number"),
    _column("results", "window_start", "text"),
    _column("results", "window_end", "text"),
    *_interval("results", "rate_ratio"),
    *_interval("results", "cumulative_effect"),
    *_interval("results", "second_rate_ratio"),
    _column("results", "finding", "text"),
    _column("results", "not_estimable", "text"),
    _column("results", "verdicts", "text"),
    _column("results", "maryland_level", "whole number"),
    _column("results", "nesta_level", "whole number"),
    _column("results", "concerns", "text"),
    _column("results", "cost", "number"),
    _column("results", "currency", "text"),
    *_interval("results", "cost_per_additional_contact"),
    _column("results", "cost_not_estimable", "text"),
    *_where("claims"),
    _column("claims", "claim", "text"),
    _column("claims", "claimed_ratio", "number"),
    _column("claims", "verdict", "text"),
    _column("claims", "reasons", "text"),
    *_where("checks"),
    _column("checks", "check", "text"),
    _column("checks", "outcome", "text"),
    *_where("series"),
    _column("series", "period", "text"),
    _column("series", "from_launch", "true or false"),
    _column("series", "observed", "number"),
    _column("series", "counterfactual", "number"),
    _column("series", "counterfactual_lower", "number"),
    _column("series", "counterfactual_upper", "number"),
    _column("counts", "region", "text"),
    _column("counts", "channel", "text"),
    _column("counts", "period", "text"),
    _column("counts", "contacts", "whole number"),
    _column("counts", "suppressed", "true or false"),
    _column("counts", "profile", "text"),
    Column("suppressions", "rule", "text", text("dictionary.suppressions.rule", rules=_rules())),
    _column("suppressions", "region", "text"),
    _column("suppressions", "channel", "text"),
    _column("suppressions", "period", "text"),
    _column("suppressions", "what", "text"),
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
    Column("earlier-rounds", "region", "text", "region, as in `counts.csv`"),
    Column("earlier-rounds", "channel", "text", "channel, as in `counts.csv`"),
    Column("earlier-rounds", "period", "text", "the period, as in `counts.csv`"),
    Column("earlier-rounds", "least", "whole number", "the least count for which the same would have been published"),
    Column("earlier-rounds", "greatest", "whole number", "the greatest one"),
)


def columns_of(table: str) -> tuple[Column, ...]:
    """The columns of one table, in order."""
    return tuple(column for column in COLUMNS if column.table == table)


def dictionary_frame() -> pd.DataFrame:
    """The dictionary as a table: ``table``, ``column``, ``type``, ``meaning``."""
    rows = [
        (column.table, column.name, term("dictionary.kind", column.kind), column.meaning.replace("`", ""))
        for column in COLUMNS
    ]
    return pd.DataFrame(rows, columns=["table", "column", "type", "meaning"])


def dictionary_markdown() -> str:
    """The page ``docs/reference/data-dictionary.md``."""
    lines = list(texts("dictionary.page"))
    for table, about in TABLES.items():
        lines += ["", f"## {table}", "", about, "", text("dictionary.page_header"), "|---|---|---|"]
        lines += [
            f"| `{column.name}` | {term('dictionary.kind', column.kind)} | {column.meaning} |"
            for column in columns_of(table)
        ]
    return "\n".join(lines) + "\n"
