"""The rules on values as a pandera schema, validated lazily, and what pandera finds in our own words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd

from evalkit.contacts.cells import listed
from evalkit.contacts.layout import ROW
from evalkit.contacts.periods import period_text
from evalkit.contacts.rules import COUNT_RULES, EXPOSURE_RULES, Rule
from evalkit.contacts.values import row_numbers, under
from evalkit.errors import Problem
from evalkit.vocab import CHANNEL, CONTACTS, EXPOSURE, PERIOD, REGION

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

_KEYS: Final = [REGION, CHANNEL, PERIOD]
_DUPLICATES_SHOWN: Final = 10


def rule_problems(parsed: pd.DataFrame) -> list[Problem]:
    """The rules that values break, from one lazy pandera validation.

    Parameters
    ----------
    parsed : pandas.DataFrame
        Columns row, column, region, channel (None where empty), period (NaT where unreadable), contacts and, where
        given, exposure (NaN where missing or unreadable).

    Returns
    -------
    list of Problem
        One for each rule (for duplicates: for each combination) with every row.
    """
    if _holds(parsed):
        return []
    from pandera.errors import SchemaErrors

    try:
        _schema(EXPOSURE in parsed.columns).validate(parsed, lazy=True)
    except SchemaErrors as errors:
        return _translated(errors.failure_cases, parsed)
    return []


def _holds(parsed: pd.DataFrame) -> bool:
    """Whether every check of :func:`_schema` passes: a sound file need not wait for pandera."""
    exposure = EXPOSURE in parsed.columns
    columns = [(CONTACTS, COUNT_RULES)] + ([(EXPOSURE, EXPOSURE_RULES)] if exposure else [])
    return (
        bool(parsed[[REGION, CHANNEL]].notna().all(axis=None))
        and all(parsed[column].dtype == np.float64 for column, _ in columns)
        and all(_kept(rule)(parsed[column]).all() for column, rules in columns for rule in rules)
        and bool(_is_single(parsed).all())
        and (not exposure or bool(_has_exposure(parsed).all()))
    )


@cache
def _schema(exposure: bool) -> DataFrameSchema:
    """The rules as a pandera schema; the name of a check is the code of the problem."""
    import pandera.pandas as pa

    def numeric(rules: Sequence[Rule]) -> Any:
        checks = [pa.Check(_kept(rule), name=rule.code, ignore_na=False) for rule in rules]
        return pa.Column(float, checks, nullable=True)

    def filled(column: str) -> Any:
        return pa.Column(
            None, pa.Check(lambda names: names.notna(), name=f"empty-{column}", ignore_na=False), nullable=True
        )

    columns = {REGION: filled(REGION), CHANNEL: filled(CHANNEL), CONTACTS: numeric(COUNT_RULES)}
    checks = [pa.Check(_is_single, name="duplicate", ignore_na=False)]
    if exposure:
        columns[EXPOSURE] = numeric(EXPOSURE_RULES)
        checks.append(pa.Check(_has_exposure, name="missing-exposure", ignore_na=False))
    return pa.DataFrameSchema(columns, checks=checks)


def _kept(rule: Rule) -> Callable[[pd.Series], pd.Series]:
    return lambda values: pd.Series(~rule.broken(values.to_numpy()), index=values.index)


def _is_single(parsed: pd.DataFrame) -> pd.Series:
    complete = parsed[_KEYS].notna().all(axis="columns")
    return ~(parsed.duplicated(_KEYS, keep=False) & complete)


def _has_exposure(parsed: pd.DataFrame) -> pd.Series:
    return parsed[EXPOSURE].notna() | parsed[CONTACTS].isna()


def _translated(failures: pd.DataFrame, parsed: pd.DataFrame) -> list[Problem]:
    """What pandera found, as problems: one for each check, with every row it fails in."""
    problems = []
    for code, its in failures.groupby("check", sort=False):
        at = parsed.loc[sorted(its["index"].astype(int).unique())]
        problems += _describe(str(code), at)
    return problems


def _describe(code: str, at: pd.DataFrame) -> list[Problem]:
    rows = row_numbers(at[ROW])
    if code == "duplicate":
        return _duplicates(at)
    for rules, column in ((COUNT_RULES, CONTACTS), (EXPOSURE_RULES, EXPOSURE)):
        for rule in rules:
            if rule.code == code:
                received = listed([f"{value:.12g}" for value in dict.fromkeys(at[column])])
                headings = under(at, slice(None))
                return [
                    Problem(
                        code=code, what=f"{rule.says}; received {received}{headings}.", repair=rule.repair, rows=rows
                    )
                ]
    if code == "missing-exposure":
        repair = "Write the exposure of that period, or remove the column 'exposure' to model counts."
        return [Problem(code=code, what="contacts are given, but exposure is empty.", repair=repair, rows=rows)]
    column = code.removeprefix("empty-")
    return [Problem(code=code, what=f"{column} is empty.", repair=f"Write the {column}.", rows=rows)]


def _duplicates(at: pd.DataFrame) -> list[Problem]:
    repair = "Keep one of the rows; if each is a part of the period, sum them in the file."
    groups = list(at.groupby(_KEYS, sort=False))
    problems = []
    for keys, its in groups[:_DUPLICATES_SHOWN]:
        region, channel, period = cast("tuple[str, str, pd.Period]", keys)
        counts = ", ".join("empty" if np.isnan(value) else f"{value:.12g}" for value in its[CONTACTS])
        what = f"{region}, {channel}, {period_text(period)} comes {len(its)} times, with contacts {counts}."
        problems.append(Problem(code="duplicate", what=what, repair=repair, rows=row_numbers(its[ROW])))
    rest = groups[_DUPLICATES_SHOWN:]
    if rest:
        what = f"{len(rest)} further combinations of region, channel and period come more than once."
        rows = row_numbers(row for _, its in rest for row in its[ROW])
        problems.append(Problem(code="duplicate", what=what, repair=repair, rows=rows))
    return problems
