"""What stands beside the counts on the calendar of a design: exposure, comparison regions and covariates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, cast

import numpy as np
import pandas as pd

from evalkit.catalogue import text
from evalkit.contacts import complete_series, to_period
from evalkit.design.calendar import Opening, days_open
from evalkit.errors import DesignError, unknown
from evalkit.vocab import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CONTROLS: Final = "log controls"
_BY_REGION: Final = "Allowed: a table with periods in the index and one column for each comparison region."
_DAYS: Final = ("days", "opening days")
ControlsAs = Literal["covariate", "comparison"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Counts of k comparison regions on the calendar of a design, for models that read them side by side.

    Attributes
    ----------
    names : tuple of str
        The k regions, as they were given.
    observed : ndarray of shape (n, k)
        Counts, or measures where the design is of one; NaN where a period is missing or has no exposure.
    offset : ndarray of shape (n, k)
        Log of the exposure, 0 where none was given.
    """

    names: tuple[str, ...]
    observed: NDArray[np.float64]
    offset: NDArray[np.float64]

    def rows(self, chosen: NDArray[np.bool_] | slice) -> Comparison:
        """The same regions over some of the periods; ``chosen`` has shape (n,), or is a run of them."""
        return replace(self, observed=self.observed[chosen], offset=self.offset[chosen])

    def columns(self, names: Sequence[str]) -> Comparison:
        """Some of the regions, in the order given."""
        where = [self.names.index(name) for name in names]
        return Comparison(names=tuple(names), observed=self.observed[:, where], offset=self.offset[:, where])


def exposure_on(
    exposure: pd.Series | float | str | None, periods: pd.PeriodIndex, opening: Opening | None = None
) -> tuple[NDArray[np.float64], list[str]]:
    """Exposure by period (0 where there is none), shape (n,), and what the reader should know of it.

    Where opening days are given their number in each period multiplies the exposure; ``"days"`` is all of them.
    """
    if isinstance(exposure, str):
        if exposure not in _DAYS:
            raise DesignError(unknown("exposure", exposure, _DAYS) + " Or give numbers.")
        if exposure == "opening days" and opening is None:
            raise DesignError(
                "The exposure is 'opening days', and no opening days are given. Give them, such as "
                "opening='Monday to Friday'."
            )
        exposure, opening = None, Opening() if opening is None else opening
    values, warnings = _given_exposure(exposure, periods)
    return (values, warnings) if opening is None else (values * days_open(opening, periods), warnings)


def open_days(
    exposure: pd.Series | float | str | None, periods: pd.PeriodIndex, opening: Opening | None
) -> NDArray[np.float64] | None:
    """Days that count as exposure for the series and its comparison regions alike, shape (n,); None where none do."""
    if opening is None and not isinstance(exposure, str):
        return None
    return days_open(Opening() if opening is None else opening, periods)


def one_sided(
    exposure: pd.Series | float | str | None, controls_exposure: pd.DataFrame | None, periods: pd.PeriodIndex
) -> list[str]:
    """A warning where a rate is set against counts: an exposure that varies was given on one side only."""
    of_series = isinstance(exposure, pd.Series) and _varies(exposure.to_frame(), periods)
    of_controls = controls_exposure is not None and _varies(controls_exposure, periods)
    if of_series and controls_exposure is None:
        return [text("design.exposure_of_series")]
    if of_controls and exposure is None:
        return [text("design.exposure_of_comparison")]
    return []


def _varies(table: pd.DataFrame, periods: pd.PeriodIndex) -> bool:
    columns = (aligned(table.iloc[:, j], periods, "exposure").dropna() for j in range(table.shape[1]))
    return any(column.max() > column.min() for column in columns)


def closed_but_counted(counts: pd.Series, exposure: NDArray[np.float64]) -> list[str]:
    """A warning where contacts were counted in periods without an open day; they do not enter the fit."""
    inside = (exposure == 0) & (counts.to_numpy() > 0)
    if not inside.any():
        return []
    total = float(counts.to_numpy()[inside].sum())
    return [text("design.closed", contacts=total, periods=int(inside.sum()))]


def _given_exposure(
    exposure: pd.Series | float | None, periods: pd.PeriodIndex
) -> tuple[NDArray[np.float64], list[str]]:
    if exposure is None:
        return np.ones(len(periods)), []
    if not isinstance(exposure, pd.Series):
        value = float(exposure)
        if not (np.isfinite(value) and value > 0):
            raise DesignError(f"The exposure is {exposure!r}. Allowed: a number above 0, or a series of them.")
        return np.full(len(periods), value), []
    values = aligned(exposure, periods, "exposure").to_numpy(dtype=np.float64)
    if np.isinf(values).any() or (values < 0).any():
        bad = periods[np.isinf(values) | (values < 0)][0]
        raise DesignError(f"The exposure in {bad} is not a number of 0 or more. Correct it or leave the period empty.")
    absent = np.isnan(values) | (values == 0)
    warnings = []
    if absent.any():
        warnings.append(text("design.no_exposure", absent=int(absent.sum()), periods=len(values)))
    return np.where(absent, 0.0, values), warnings


def require_side_by_side(
    exposure: pd.Series | float | str | None,
    controls: pd.Series | pd.DataFrame | None,
    controls_exposure: pd.DataFrame | None,
    controls_as: ControlsAs,
) -> None:
    """Raise ``DesignError`` for what only counts have: an exposure, and the log of the controls' total as a column."""
    if exposure is not None or controls_exposure is not None:
        raise DesignError("A measure has no exposure. Leave it out, or give the counts behind the measure.")
    if controls is not None and controls_as == "covariate":
        raise DesignError(
            "The log of the controls' total is a column for counts only, and this is a measure. Use a model that reads "
            "the comparison regions side by side, such as Controlled(family='gaussian')."
        )


def comparison_on(
    controls: pd.Series | pd.DataFrame,
    exposure: pd.DataFrame | None,
    periods: pd.PeriodIndex,
    *,
    kind: Kind = "counts",
    days: NDArray[np.float64] | None = None,
) -> Comparison:
    """The comparison regions on the calendar; ``DesignError`` for one that shares no counted period with it.

    ``days`` are those of :func:`open_days`; they multiply each exposure, and a period without any is left out.
    """
    table = _side_by_side(controls)
    observed = _counts_of(table, periods, kind)
    if np.isnan(observed).all(axis=0).any():
        name = table.columns[int(np.isnan(observed).all(axis=0).argmax())]
        raise DesignError(
            f"The comparison region {name!r} shares no counted period with the series, which runs from {periods[0]} to "
            f"{periods[-1]}. Check its dates, or leave it out."
        )
    offset = np.zeros_like(observed)
    if exposure is not None and not isinstance(exposure, pd.DataFrame):
        raise DesignError(f"The exposure of the controls is a {type(exposure).__name__}. {_BY_REGION}")
    for j, name in enumerate(table.columns if exposure is not None else ()):
        if name not in exposure.columns:  # type: ignore[union-attr]  # the loop is empty without an exposure
            raise DesignError(f"The comparison region {name!r} has no exposure. Give a column for each control.")
        values, _ = exposure_on(exposure[name], periods)  # type: ignore[index]
        observed[values == 0, j] = np.nan
        offset[:, j] = np.log(np.where(values > 0, values, 1.0))
    if days is not None:
        observed[days == 0] = np.nan
        offset += np.log(np.where(days > 0, days, 1.0))[:, None]
    return Comparison(names=tuple(str(name) for name in table.columns), observed=observed, offset=offset)


def _side_by_side(controls: pd.Series | pd.DataFrame) -> pd.DataFrame:
    table = controls.to_frame() if isinstance(controls, pd.Series) else controls
    if not isinstance(table, pd.DataFrame):
        raise DesignError(f"The controls are a {type(controls).__name__}. {_BY_REGION}")
    if table.shape[1] == 0:
        raise DesignError("The table of controls has no columns. Name at least one comparison region.")
    names = [str(name) for name in table.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DesignError(f"The comparison region {twice[0]!r} is given twice. Give each once.")
    return table


def _counts_of(table: pd.DataFrame, periods: pd.PeriodIndex, kind: Kind = "counts") -> NDArray[np.float64]:
    parts = [complete_series(table.iloc[:, j], kind=kind).reindex(periods) for j in range(table.shape[1])]
    return np.column_stack([part.to_numpy(dtype=np.float64) for part in parts])


def repeats(values: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Whether two series have one value in every period that both were counted, three at least and not constant."""
    both = np.isfinite(values) & np.isfinite(other)
    return bool(both.sum() > 2 and np.ptp(values[both]) > 0 and (values[both] == other[both]).all())


def require_no_copy(counts: pd.Series, controls: pd.Series | pd.DataFrame) -> None:
    """Raise ``DesignError`` for a control that is the series itself: as a covariate it explains any effect away."""
    table = _side_by_side(controls)
    observed = _counts_of(table, cast("pd.PeriodIndex", counts.index))
    for name, column in zip(table.columns, observed.T, strict=True):
        if repeats(counts.to_numpy(dtype=np.float64), column):
            raise DesignError(
                f"The comparison region {name!r} has the same count as the series in every period: one is a copy of "
                f"the other, and a copy cannot be compared with. Leave it out, or correct the file."
            )


def control_column(
    controls: pd.Series | pd.DataFrame, periods: pd.PeriodIndex
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Log of the total of the comparison regions, centred, and the periods in which all were counted; shapes (n,)."""
    total = _counts_of(_side_by_side(controls), periods).sum(axis=1)
    ok = ~np.isnan(total)
    if not ok.any():
        raise DesignError("The comparison regions share no counted period with the series. Check their dates.")
    covariate = np.log(np.where(ok, total, 0.0) + 0.5)
    return np.where(ok, covariate - covariate[ok].mean(), 0.0), ok


def covariate_columns(
    covariates: pd.Series | pd.DataFrame, periods: pd.PeriodIndex
) -> tuple[list[tuple[str, NDArray[np.float64]]], NDArray[np.bool_]]:
    """Name and centred column, shape (n,), of each covariate, and the periods in which all have a value."""
    table = covariates.to_frame() if isinstance(covariates, pd.Series) else covariates
    if not isinstance(table, pd.DataFrame) or table.shape[1] == 0:
        raise DesignError(
            f"The covariates are a {type(covariates).__name__} without a column. Give a table with one column each."
        )
    names = [str(name) for name in table.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DesignError(f"The covariate {twice[0]!r} is given twice. Give each once.")
    values = np.column_stack(
        [_numbers(table.iloc[:, j], name, periods) for j, name in enumerate(names)],
    )
    there = np.asarray(~np.isnan(values).any(axis=1))
    if not there.any():
        raise DesignError(
            f"The covariates ({', '.join(names)}) have no value in any period of the data, which run from {periods[0]} "
            f"to {periods[-1]}. Check their dates."
        )
    return [(name, _centred(values[:, j], name, there)) for j, name in enumerate(names)], there


def _numbers(column: pd.Series, name: str, periods: pd.PeriodIndex) -> NDArray[np.float64]:
    try:
        values = aligned(column.astype(np.float64), periods, f"covariate {name!r}").to_numpy(dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise DesignError(f"The covariate {name!r} is not made of numbers ({problem}). Correct it.") from problem
    if np.isinf(values).any():
        raise DesignError(
            f"The covariate {name!r} is infinite in {periods[np.isinf(values)][0]}. Was the log of 0 taken? "
            "Correct it, or leave the period empty."
        )
    return values


def _centred(values: NDArray[np.float64], name: str, there: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Less its mean over the periods in which every covariate has a value; 0 in the others, which are not used."""
    inside = values[there]
    if np.ptp(inside) <= 1e-12 * np.abs(inside).max():
        raise DesignError(
            f"The covariate {name!r} is {inside[0]:g} in every period, so it says nothing. Leave it out or correct it."
        )
    return np.where(there, values - inside.mean(), 0.0)


def aligned(values: pd.Series, periods: pd.PeriodIndex, what: str) -> pd.Series:
    """Values on the calendar, NaN where there are none."""
    index = values.index
    if not isinstance(index, pd.PeriodIndex):
        index = pd.PeriodIndex([to_period(label, periods.freqstr) for label in index], freq=periods.freqstr)
    elif index.freqstr != periods.freqstr:
        raise DesignError(
            f"The {what} is given by {index.freqstr}, the counts by {periods.freqstr}. Use one frequency."
        )
    if index.has_duplicates:
        raise DesignError(f"The {what} has {index[index.duplicated()][0]} more than once. Keep one value a period.")
    return pd.Series(values.to_numpy(), index=index).reindex(periods)
