"""When a service was open, day by day, as the mapping declares it."""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from evalkit.contacts.ingest.clock import EPOCH
from evalkit.contacts.ingest.mapping import Mapping, ServiceSettings, refused
from evalkit.errors import unknown
from evalkit.vocab import WEEKDAYS

Days = NDArray[np.int64]
Open = NDArray[np.bool_]
_SUBDIVISIONS = {"England": "ENG", "Wales": "WLS", "Scotland": "SCT", "Northern Ireland": "NIR", "United Kingdom": None}
_SATURDAY = 5


def open_days(mapping: Mapping, channel: str, region: str, days: Days) -> Open | None:
    """Whether a channel was open in a region on each of some days; None where the mapping does not say.

    Parameters
    ----------
    days : ndarray of int64, shape (n,)
        Days since 1970, ascending.

    Returns
    -------
    ndarray of bool, shape (n,), or None
        True where any calendar that is about them says so.
    """
    its = [each for each in mapping.service if each.channel == channel and (not each.regions or region in each.regions)]
    if not its:
        return None
    return np.asarray(np.logical_or.reduce([_open(each, days) for each in its]), dtype=np.bool_)


def check_services(mapping: Mapping, channels: tuple[str, ...], regions: tuple[str, ...]) -> None:
    """Refuse a calendar about a channel or region that there is not.

    Raises
    ------
    IngestError
        With the nearest match.
    """
    for each in mapping.service:
        names = [("channel", each.channel, channels), *(("region", region, regions) for region in each.regions)]
        for kind, name, known in names:
            if name not in known:
                raise refused("mapping", "unknown-name", unknown(f"{kind} of [[service]]", name, known), "Mend it.")


def _open(service: ServiceSettings, days: Days) -> Open:
    weekday = (days + 3) % 7  # 1 January 1970 was a Thursday
    is_open = np.isin(weekday, [WEEKDAYS.index(day) for day in service.days])
    if service.opens is not None:
        is_open &= days >= number_of(service.opens)
    if service.closes is not None:
        is_open &= days <= number_of(service.closes)
    for first, last in service.closed:
        is_open &= (days < number_of(first)) | (days > number_of(last))
    if service.closed_on is not None and len(days):
        is_open &= ~np.isin(days, _holidays(service.closed_on, days))
    return is_open


def _holidays(nation: str, days: Days) -> list[int]:
    import holidays

    years = range(day_of(int(days[0])).year, day_of(int(days[-1])).year + 1)
    found = holidays.country_holidays("GB", subdiv=_SUBDIVISIONS[nation], years=years)
    return [number_of(day) for day in found if day.weekday() < _SATURDAY]


def number_of(day: dt.date) -> int:
    """Days since 1970."""
    return (day - EPOCH).days


def day_of(number: int) -> dt.date:
    """The date of a number of days since 1970."""
    return EPOCH + dt.timedelta(days=number)
