"""Which regions may be compared with, and why the others may not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit.catalogue import text
from evalkit.contacts import to_period
from evalkit.vocab import PERIODS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evalkit.contacts import Contacts
    from evalkit.registers import Campaign

LEAST_COUNTED: Final = 0.9
"""Share of the periods, before and after, in which a comparison region has to be counted."""
FEWEST_A_PERIOD: Final = 1.0
"""Mean count a period below which a region says nothing of another."""
APART: Final = float(np.log(1.1))
"""Difference of trends a year, on the log scale, that is called apart where its interval also leaves out zero."""
_QUANTILE: Final = 1.96


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """One region and channel with its launch, and the part of its data that a design may use.

    Attributes
    ----------
    contacts : Contacts
        All regions.
    region, channel : str
        What is evaluated.
    launch, end : pandas.Period
        First exposed period, and the last one that may be used (both inclusive).
    series : pandas.Series
        Counts of the region up to ``end``.
    """

    contacts: Contacts
    region: str
    channel: str
    launch: pd.Period
    end: pd.Period
    series: pd.Series

    @property
    def counted(self) -> pd.PeriodIndex:
        """Periods with a count."""
        return pd.PeriodIndex(self.series.dropna().index)

    @property
    def n_pre(self) -> int:
        """Counted periods before launch."""
        return int((self.counted < self.launch).sum())

    @property
    def n_post(self) -> int:
        """Counted periods from the launch on."""
        return int((self.counted >= self.launch).sum())

    @property
    def years_before(self) -> float:
        """Counted periods before launch in years."""
        return self.n_pre / PERIODS_PER_YEAR[self.contacts.frequency]


def comparison_regions(case: Case, campaigns: Sequence[Campaign]) -> tuple[dict[str, str], dict[str, str]]:
    """Regions that may be compared with, and those that may not.

    A region is left out where it had a campaign that began by the end of the data used, is counted in less than 90 % of
    the region's counted periods before or after launch, has fewer than one contact a period, or is a copy of the
    region. Where its trend before launch differs (a screening by least squares on the log ratio with Newey–West errors:
    the 95 % interval leaves out 0 and the difference is more than 10 % a year) it may still be a donor of a synthetic
    control, which does not need parallel trends.

    Returns
    -------
    eligible : dict
        Region to "" or to why its trend is not parallel.
    left_out : dict
        Region to reason.
    """
    eligible, left_out = {}, {}
    for name in case.contacts.places:
        if name == case.region:
            continue
        reason = _reason(case, name, campaigns)
        if reason:
            left_out[name] = reason
        else:
            eligible[name] = _trend_apart(case, name)
    return eligible, left_out


def _reason(case: Case, name: str, campaigns: Sequence[Campaign]) -> str:
    own = began_by(campaigns, name, case.end, case.contacts.freq)
    if own:
        return text("suggest.own_campaign", campaign=own)
    if (name, case.channel) not in case.contacts.keys():  # noqa: SIM118 - no mapping
        return text("suggest.no_contacts", channel=case.channel)
    other = case.contacts.series(name, case.channel).reindex(case.counted)
    for mask, when in ((case.counted < case.launch, "suggest.before"), (case.counted >= case.launch, "suggest.after")):
        known, asked = int(other[mask].notna().sum()), int(mask.sum())
        if asked and known < LEAST_COUNTED * asked:
            return text("suggest.counted_in", known=known, asked=asked, when=text(when))
    if other.mean() < FEWEST_A_PERIOD:
        return text("suggest.too_few", mean=other.mean())
    if other.equals(case.series.reindex(case.counted)):
        return text("suggest.same_counts")
    return ""


def began_by(campaigns: Sequence[Campaign], region: str, last: pd.Period, freq: str) -> str:
    """Name and launch of the first campaign in a region that began by some period; one without a date did."""
    for campaign in campaigns:
        if region in campaign.regions:
            launch = campaign.launch
            if launch.start is None or to_period(launch.start.isoformat(), freq) <= last:
                return text(
                    "suggest.campaign", campaign=campaign.campaign, launch=launch.iso or text("suggest.date_unknown")
                )
    return ""


def _trend_apart(case: Case, name: str) -> str:
    """Why the trend of a region is not parallel before launch, empty where nothing speaks against it."""
    before = case.counted[case.counted < case.launch]
    other = case.contacts.series(name, case.channel).reindex(before)
    own = case.series.reindex(before)
    known = other.notna().to_numpy()
    columns = _columns(before[known], case.contacts.freq)
    if columns.shape[0] <= columns.shape[1] + 2:
        return ""
    ratio = np.log((own.to_numpy()[known] + 0.5) / (other.to_numpy()[known] + 0.5))
    slope, error = _slope(columns, ratio)
    low, high = slope - _QUANTILE * error, slope + _QUANTILE * error
    if abs(slope) > APART and not low <= 0 <= high:
        return text("suggest.trend", slope=np.exp(slope), lower=np.exp(low), upper=np.exp(high))
    return ""


def _columns(periods: pd.PeriodIndex, freq: str) -> np.ndarray:
    """Intercept, years and, from two years on, one annual wave; shape (n, 2) or (n, 4)."""
    per_year = PERIODS_PER_YEAR[freq[0]]  # type: ignore[index]  # the letter of a frequency
    years = np.array([period.ordinal for period in periods], dtype=np.float64) / per_year
    years -= years.mean()
    columns = [np.ones(len(years)), years]
    if per_year > 1 and len(years) >= 2 * per_year:
        columns += [np.sin(2 * np.pi * years), np.cos(2 * np.pi * years)]
    return np.column_stack(columns)


def _slope(columns: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """Least-squares slope a year and its Newey–West standard error with ⌊4 (n/100)^(2/9)⌋ lags."""
    inverse = np.linalg.inv(columns.T @ columns)
    coefficients = inverse @ columns.T @ values
    scores = columns * (values - columns @ coefficients)[:, None]
    n = len(values)
    lags = int(4 * (n / 100) ** (2 / 9))
    middle = scores.T @ scores
    for lag in range(1, lags + 1):
        part = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / (lags + 1)) * (part + part.T)
    covariance = inverse @ middle @ inverse * n / (n - columns.shape[1])
    return float(coefficients[1]), float(np.sqrt(max(covariance[1, 1], 0.0)))
