"""Any pandas Series of counts, made complete and checked: a researcher need not adopt our files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.contacts.cells import listed, shown
from evalkit.contacts.column import read_periods
from evalkit.contacts.numbers import NotANumber, parse_number
from evalkit.contacts.periods import period_texts
from evalkit.contacts.rules import COUNT_RULES, MEASURE_RULES, Rule
from evalkit.contacts.written import FORMS
from evalkit.errors import ContactsError, Problem, UsageError, unknown
from evalkit.vocab import CONTACTS, KINDS, Kind

_DATED: Final = re.compile(r"D|MS|ME|W-[A-Z]{3}|[QY][SE]-[A-Z]{3}")
_SUNDAY: Final = 6
_SUPPORTED: Final = "Allowed: calendar or financial years, quarters, months, weeks and days."


def complete_series(series: pd.Series, *, kind: Kind = "counts") -> pd.Series:
    """The counts of a series on every period from its first to its last.

    Parameters
    ----------
    series : pandas.Series
        Counts of any numeric or object dtype (text is read where it is a plain number). The index holds periods: a
        PeriodIndex, a DatetimeIndex, or dates, text or years that can be read as periods. Any order. NaN, ``pd.NA`` and
        None are missing, as is a period that is left out. It is not changed.
    kind : {"counts", "measure"}
        Whole numbers of 0 or more, or any finite numbers: a rate, a mean, a quantity a head.

    Returns
    -------
    pandas.Series
        float64, NaN where missing, sorted, on a PeriodIndex without holes. The frequency of a PeriodIndex is kept with
        its anchor. Weekly dates are the first days of their weeks; in a DatetimeIndex that has a weekly ``freq``, or
        whose dates are all Sundays, they are the last, as pandas labels weeks.

    Raises
    ------
    ContactsError
        All together: no counts, periods that cannot be read, are mixed or come twice, counts that are negative,
        fractional, infinite or not numbers.
    UsageError
        ``series`` is not a pandas Series, or ``kind`` is not allowed.

    Examples
    --------
    >>> complete_series(pd.Series([12, 15], index=["2019-01", "2019-03"])).tolist()
    [12.0, nan, 15.0]
    """
    if not isinstance(series, pd.Series):
        raise UsageError(
            f"A pandas Series of counts is needed, received {type(series).__name__}. "
            "Choose one column (frame['contacts']) or build pd.Series(counts, index=periods)."
        )
    if kind not in KINDS:
        raise UsageError(unknown("kind of series", kind, KINDS))
    name = f"series {series.name!r}" if series.name is not None else "series"
    if not len(series):
        raise ContactsError(name, [_nothing("It is empty.")])
    values, problems = _numbers(series, COUNT_RULES if kind == "counts" else MEASURE_RULES)
    periods, index_problems = _periods(series.index)
    problems += index_problems
    if periods is not None:
        problems += _repeated(periods, values)
    if not problems and np.isnan(values).all():
        problems.append(_nothing("Every value is missing."))
    if problems or periods is None:
        raise ContactsError(name, problems)
    complete = pd.period_range(periods.min(), periods.max(), freq=periods.freqstr)
    filled = np.full(len(complete), np.nan)
    filled[periods.asi8 - complete.asi8[0]] = values
    completed = pd.Series(filled, index=complete, name=CONTACTS if series.name is None else series.name)
    completed.attrs.update(series.attrs)
    return completed


def _nothing(what: str) -> Problem:
    return Problem(code="no-data", what=what, repair="Give at least one count with its period.")


def _numbers(series: pd.Series, rules: Sequence[Rule]) -> tuple[NDArray[np.float64], list[Problem]]:
    problems: list[Problem] = []
    if pd.api.types.is_any_real_numeric_dtype(series.dtype):
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        read = [parse_number(value) for value in series.array]
        wrong = [position for position, item in enumerate(read) if isinstance(item, NotANumber)]
        values = np.array([np.nan if isinstance(item, NotANumber) else item for item in read], dtype=np.float64)
        problems += _not_numbers(series, wrong)
    for rule in rules:
        at = np.flatnonzero(rule.broken(values)).tolist()
        if at:
            received = listed([f"{values[i]:.12g} in {shown(series.index[i])}" for i in at])
            problems.append(Problem(code=rule.code, what=f"{rule.says}; received {received}.", repair=rule.repair))
    return values, problems


def _not_numbers(series: pd.Series, wrong: Sequence[int]) -> list[Problem]:
    if not wrong:
        return []
    received = listed([f"{shown(series.iloc[i])} in {shown(series.index[i])}" for i in wrong])
    repair = "Give numbers, such as pd.to_numeric(series); missing counts are NaN, not zero."
    return [Problem(code="not-a-number", what=f"contacts must be numbers; received {received}.", repair=repair)]


def _periods(index: pd.Index) -> tuple[pd.PeriodIndex | None, list[Problem]]:
    if isinstance(index, pd.MultiIndex):
        what = f"The index has {index.nlevels} levels ({', '.join(map(str, index.names))})."
        return None, [_not_periods(what, "Select one series first, such as series.xs('Kent', level='region').")]
    if isinstance(index, pd.PeriodIndex):
        return _own_periods(index)
    if isinstance(index, pd.DatetimeIndex):
        return _from_dates(index)
    if isinstance(index, pd.RangeIndex) or _is_counting(index):
        what = f"The index counts rows ({listed([str(label) for label in index[:3]])}, …): it holds no periods."
        return None, [_not_periods(what, "Set the periods as the index: series.index = pd.PeriodIndex(…, freq='M').")]
    return _read(list(index))


def _is_counting(index: pd.Index) -> bool:
    return pd.api.types.is_integer_dtype(index.dtype) and bool(index[0] in (0, 1))


def _not_periods(what: str, repair: str) -> Problem:
    return Problem(code="unreadable-period", what=what, repair=repair)


def _read(labels: list[object]) -> tuple[pd.PeriodIndex | None, list[Problem]]:
    column = read_periods(labels)
    problems = [problem for problem in column.problems if problem.fatal]
    if column.periods is None and not problems:
        problems = [_not_periods("The index holds no periods.", FORMS)]
    return column.periods, problems


def _own_periods(index: pd.PeriodIndex) -> tuple[pd.PeriodIndex | None, list[Problem]]:
    if index.freqstr.partition("-")[0] not in ("Y", "Q", "M", "W", "D"):
        what = f"The periods have frequency {index.freqstr!r}. {_SUPPORTED}"
        return None, [_not_periods(what, "Sum the counts to one of these first, such as series.resample('D').sum().")]
    if index.hasnans:
        return None, [Problem(code="empty-period", what="A period is missing (NaT).", repair="Give each count one.")]
    return index, []


def _from_dates(index: pd.DatetimeIndex) -> tuple[pd.PeriodIndex | None, list[Problem]]:
    local = index.tz_localize(None)
    if not index.hasnans and bool((local == local.normalize()).all()):
        if index.freqstr is not None and _DATED.fullmatch(index.freqstr):
            return local.to_period(), []
        if len(local) > 1 and bool((local.day_of_week == _SUNDAY).all()):
            return local.to_period("W-SUN"), []
    return _read(list(local))


def _repeated(periods: pd.PeriodIndex, values: NDArray[np.float64]) -> list[Problem]:
    twice = periods.duplicated(keep=False) & np.asarray(periods.notna())
    if not twice.any():
        return []
    distinct = periods[twice].unique()
    texts = [
        f"{text} ({', '.join(f'{v:g}' for v in values[periods == period])})"
        for text, period in zip(period_texts(distinct[:4]), distinct[:4], strict=True)
    ]
    more = f" and {len(distinct) - 4} more" if len(distinct) > 4 else ""
    what = f"periods come more than once: {', '.join(texts)}{more}."
    repair = (
        "Keep one count for each period, or sum them yourself if each row is a part: series.groupby(level=0).sum()."
    )
    return [Problem(code="duplicate", what=what, repair=repair)]
