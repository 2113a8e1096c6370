"""Every column of every file that a run writes for others to use, described once.

``data-dictionary.csv``, the dictionary sheet of ``results.xlsx`` and ``docs/reference/data-dictionary.md`` are made
from this list, and the files themselves have these columns in this order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from evalkit.catalogue import term, text, texts
from evalkit.report.disclosure.log import RULES, rule_words

Kind = Literal["text", "number", "whole number", "true or false"]
TABLES: Final = ("results", "claims", "checks", "series", "counts", "suppressions", "earlier-rounds")


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
    return "; ".join(f"`{rule}`: {rule_words(rule)}" for rule in RULES)


def every_column() -> tuple[Column, ...]:
    """Every column of every table, in order."""
    return (
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
        _column("earlier-rounds", "region", "text"),
        _column("earlier-rounds", "channel", "text"),
        _column("earlier-rounds", "period", "text"),
        _column("earlier-rounds", "least", "whole number"),
        _column("earlier-rounds", "greatest", "whole number"),
        _column("earlier-rounds", "over", "text"),
    )


def columns_of(table: str) -> tuple[Column, ...]:
    """The columns of one table, in order."""
    return tuple(column for column in every_column() if column.table == table)


def row_words(table: str) -> str:
    """What one row of a table is."""
    return text(f"dictionary.row.{table}")


def dictionary_frame() -> pd.DataFrame:
    """The dictionary as a table: ``table``, ``column``, ``type``, ``meaning``."""
    rows = [
        (column.table, column.name, term("dictionary.kind", column.kind), column.meaning.replace("`", ""))
        for column in every_column()
    ]
    return pd.DataFrame(rows, columns=["table", "column", "type", "meaning"])


def dictionary_markdown() -> str:
    """The page ``docs/reference/data-dictionary.md``."""
    lines = list(texts("dictionary.page"))
    for table in TABLES:
        about = text(f"dictionary.table.{table}", row=row_words(table))
        lines += ["", f"## {table}", "", about, "", text("dictionary.page_header"), "|---|---|---|"]
        lines += [
            f"| `{column.name}` | {term('dictionary.kind', column.kind)} | {column.meaning} |"
            for column in columns_of(table)
        ]
    return "\n".join(lines) + "\n"
