"""Which regions, which launches, what each is compared with: from a table of contacts to one design a region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.catalogue import text
from evalkit.contacts import Contacts, complete_series, read_table, to_period
from evalkit.design import DesignSpec, build_design, days_open
from evalkit.effect.pooled.assemble import require_distinct
from evalkit.effect.pooled.pooled import LeftOut
from evalkit.errors import DesignError, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design import Design, EventTerm
    from evalkit.effect.pooled.pooled import Comparisons

Launches = Mapping[Any, "pd.Period | str"] | pd.DataFrame


@dataclass(frozen=True, kw_only=True, eq=False)
class Region:
    """One region of a table.

    Attributes
    ----------
    name : str
        As tables print it.
    counts : pandas.Series
        On every period from its first to its last.
    exposure : pandas.Series, optional
        Person-time or population.
    launch : pandas.Period, optional
        First exposed period; None where no campaign was named.
    """

    name: str
    counts: pd.Series
    exposure: pd.Series | None
    launch: pd.Period | None

    def without_campaign_until(self, last: pd.Period) -> bool:
        """Whether no campaign had reached the region by the end of a period."""
        return self.launch is None or self.launch > last


@dataclass(frozen=True, kw_only=True, eq=False)
class Laid:
    """The designs of the regions with a campaign, and what is worth knowing of those that have none.

    Attributes
    ----------
    regions : tuple of Region
        All of the table.
    designs : mapping of str to Design
        By region, in the order of the table.
    beside : mapping of str to tuple of Region
        The comparison regions of each; empty where each is compared with its own past.
    left_out : tuple of LeftOut
        Regions with a launch and no design.
    channel : str
        Empty for a wide table.
    """

    regions: tuple[Region, ...]
    designs: Mapping[str, Design]
    beside: Mapping[str, tuple[Region, ...]] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...]
    channel: str


def lay_out(
    frame: pd.DataFrame | Contacts,
    launches: Launches,
    spec: DesignSpec,
    *,
    window: int | None,
    comparisons: Comparisons | None,
    channel: str | None,
) -> Laid:
    """One design for each region whose campaign began within its data.

    The window of each region is its first ``window`` periods from its own launch on; later data are left out.

    Raises
    ------
    DesignError
        A launch for a region that is not there, two launches for one, several channels, one series under two names,
        an option that is not allowed.
    """
    if window is not None and (isinstance(window, bool) or not isinstance(window, (int, np.integer)) or window < 1):
        raise DesignError(f"The window is {window!r}. Allowed: a whole number of periods, 1 or more, or None for all.")
    if spec.end is not None and window is not None:
        raise DesignError("Both an end and a window are given. Give window=None with an end, or leave the end out.")
    if comparisons not in (None, "not-yet-launched"):
        raise DesignError(unknown("kind of comparisons", comparisons, ("not-yet-launched",)))
    chosen, series = _series(frame, channel)
    regions = _with_launches(series, launches)
    frequencies = {region.counts.index.freqstr for region in regions}  # type: ignore[attr-defined]
    if len(frequencies) > 1:
        raise DesignError(f"The regions are counted by {', '.join(sorted(frequencies))}. Use one frequency for all.")
    designs: dict[str, Design] = {}
    beside: dict[str, tuple[Region, ...]] = {}
    left_out: list[LeftOut] = []
    for region in regions:
        if region.launch is None:
            continue
        found = _design_of(region, regions, spec, window=window, comparisons=comparisons)
        if isinstance(found, LeftOut):
            left_out.append(found)
        else:
            designs[region.name], beside[region.name] = found
    require_distinct(designs.items())
    return Laid(regions=regions, designs=designs, beside=beside, left_out=tuple(left_out), channel=chosen)


def _series(frame: pd.DataFrame | Contacts, channel: str | None) -> tuple[str, list[tuple[Any, pd.Series, Any]]]:
    if isinstance(frame, Contacts) or set(vocab.REQUIRED_COLUMNS) <= set(frame.columns):
        contacts = frame if isinstance(frame, Contacts) else read_table(frame)
        if channel is None and len(contacts.channels) > 1:
            raise DesignError(
                f"The table has {len(contacts.channels)} channels ({', '.join(map(repr, contacts.channels))}); the "
                f"channels of one region are not independent. Choose one with channel= (--channel)."
            )
        chosen = contacts.channels[0] if channel is None else channel
        if chosen not in contacts.channels:
            raise DesignError(unknown("channel", chosen, contacts.channels))
        names = [region for region, found in list(contacts.keys()) if found == chosen]
        return chosen, [(n, contacts.series(n, chosen), contacts.exposure(n, chosen)) for n in names]
    if channel is not None:
        raise DesignError("A channel is given with a table of one column a region. Leave channel= out.")
    return "", list(_columns(frame))


def _columns(frame: pd.DataFrame) -> Iterator[tuple[Any, pd.Series, None]]:
    for column in frame.columns:
        series = frame[column]
        if isinstance(series, pd.DataFrame):
            raise DesignError(f"The column {column!r} comes {series.shape[1]} times. Keep one for each region.")
        series.attrs.update(frame.attrs)
        yield column, series, None


def _with_launches(series: list[tuple[Any, pd.Series, Any]], launches: Launches) -> tuple[Region, ...]:
    known = {str(name): name for name, _, _ in series}
    given = _launch_table(launches)
    for named in given:
        if named not in known:
            text = unknown("region", named, tuple(known))
            raise DesignError(f"A launch is given for a region that is not in the table. {text}")
    regions = []
    for name, values, exposure in series:
        counts = complete_series(values)
        launch = given.get(str(name))
        period = None if launch is None else to_period(launch, counts.index.freqstr)  # type: ignore[attr-defined]
        regions.append(Region(name=str(name), counts=counts, exposure=exposure, launch=period))
    if not any(region.launch is not None for region in regions):
        raise DesignError("No region has a launch. Give launches by region, such as {'Kent': '2019-05'}.")
    return tuple(regions)


def _launch_table(launches: Launches) -> dict[str, Any]:
    """Launch by region; the rows of a table, such as a register of campaigns, are checked for two in one region."""
    if isinstance(launches, Mapping):
        return {str(region): launch for region, launch in launches.items()}
    if not isinstance(launches, pd.DataFrame) or not {"region", "launch"} <= set(launches.columns):
        columns = (
            ", ".join(map(str, launches.columns)) if isinstance(launches, pd.DataFrame) else type(launches).__name__
        )
        raise DesignError(
            f"The launches are {columns}. Allowed: a mapping of region to launch, or a table with these columns."
        )
    found: dict[str, Any] = {}
    for region, launch in zip(launches["region"].astype(str), launches["launch"], strict=True):
        if region in found and str(found[region]) != str(launch):
            raise DesignError(
                f"Region {region!r} has two launches, {found[region]} and {launch}. Pooling takes one launch a region: "
                f"keep the one that is to be evaluated, and give the other as an event."
            )
        found[region] = launch
    return found


def _design_of(
    region: Region, regions: tuple[Region, ...], spec: DesignSpec, *, window: int | None, comparisons: str | None
) -> tuple[Design, tuple[Region, ...]] | LeftOut:
    periods = region.counts.index
    launch = region.launch
    assert launch is not None  # regions without a launch do not come here
    if launch > periods[-1]:
        reason = text("effect.pooled.gather.after_data", launch=launch, end=periods[-1])
        return LeftOut(region=region.name, reason=reason, remedy=text("effect.pooled.gather.after_data_remedy"))
    if launch <= periods[0]:
        reason = text("effect.pooled.gather.before_data", launch=launch, start=periods[0])
        return LeftOut(region=region.name, reason=reason, remedy=text("effect.pooled.gather.before_data_remedy"))
    last = periods[-1] if window is None else min(periods[-1], launch + int(window) - 1)
    if spec.end is not None:
        last = min(last, to_period(spec.end, periods.freqstr))  # type: ignore[attr-defined]
        if last < launch:
            return LeftOut(region=region.name, reason=text("effect.pooled.gather.after_end", launch=launch, last=last))
    own = replace(spec, end=last, events=tuple(e for e in spec.events if _within(e, periods[0], last)))
    if comparisons is None:
        return build_design(region.counts, launch, own, exposure=region.exposure), ()
    beside = tuple(other for other in regions if other is not region and _can_stand_beside(other, region, last))
    if not beside:
        reason = text("effect.pooled.gather.none_beside", last=last)
        return LeftOut(region=region.name, reason=reason, remedy=text("effect.pooled.gather.none_beside_remedy"))
    exposure = relative_to(beside, region, np.asarray(periods <= last))
    if own.opening is not None:  # open days are in the total already
        days = days_open(own.opening, periods)  # type: ignore[arg-type]
        exposure = exposure / np.where(days > 0, days, 1.0)
    design = build_design(region.counts, launch, own, exposure=exposure)
    return replace(design, controlled=True), beside


def total_of(regions: Sequence[Region], periods: pd.Index) -> NDArray[np.float64]:
    """Contacts of some regions together, by period; NaN where any is missing."""
    return np.asarray(np.sum([region.counts.reindex(periods).to_numpy(dtype=np.float64) for region in regions], axis=0))


def relative_to(beside: Sequence[Region], region: Region, inside: NDArray[np.bool_]) -> pd.Series:
    """The exposure that makes a region's counts relative to the total of others: rate to rate where all have exposures.

    Half a contact is added to each total, so that a period without any does not end the comparison; the mean of the
    factor is 1, so that the counts keep their size.
    """
    periods = region.counts.index
    factor = total_of(beside, periods) + 0.5
    theirs = [other.exposure for other in beside if other.exposure is not None]
    if region.exposure is not None and len(theirs) == len(beside):
        factor = factor / np.sum([one.reindex(periods).to_numpy(dtype=np.float64) for one in theirs], axis=0)
    factor = factor / np.nanmean(factor[inside])
    values = pd.Series(factor, index=periods)
    return values if region.exposure is None else values * region.exposure.reindex(periods)


def _can_stand_beside(other: Region, region: Region, last: pd.Period) -> bool:
    """Whether another region has no campaign until ``last`` and a count wherever this one has."""
    if not other.without_campaign_until(last):
        return False
    if other.counts.index.freqstr != region.counts.index.freqstr:  # type: ignore[attr-defined]
        return False
    counted = region.counts.loc[:last].notna()
    there = other.counts.reindex(counted.index).notna()
    return bool((there | ~counted).all())


def _within(event: EventTerm, first: pd.Period, last: pd.Period) -> bool:
    """Whether an event changes anything between two periods."""
    start = to_period(event.start, first.freqstr)
    end = None if event.end is None else to_period(event.end, first.freqstr)
    covers_all = start <= first and (end is None or end >= last)
    return start <= last and (end is None or end >= first) and not covers_all
