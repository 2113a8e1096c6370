"""Claims checked against one's own contacts: counts as rows of a series, and verdicts where launches are known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from evalkit.catalogue import text
from evalkit.claim.audit import OWN_CONTACTS, Audit, ClaimAudit, audit_claims
from evalkit.claim.bounds import Bounds
from evalkit.claim.claim import Claim, claim_from_row
from evalkit.claim.parse import parse_claim
from evalkit.claim.verdict import Verdict, check_claim
from evalkit.contacts import Contacts, read_contacts
from evalkit.effect import NotEstimable, estimate_effect
from evalkit.errors import ClaimError, DesignError
from evalkit.registers import Campaign, ClaimRow, Interval, SeriesRow, read_campaigns, read_claims
from evalkit.registers.rows import Source
from evalkit.vocab import Channel, StatisticType

__all__ = ["audit_file", "check_counts", "counts_of_claims", "verdicts_of_claims"]


def audit_file(claims: str | Path, *, contacts: str | Path | None = None, campaigns: str | Path | None = None) -> Audit:
    """Audit a register of claims, against the contacts that it speaks of where they are given.

    Parameters
    ----------
    claims : str or Path
        Register of claims.
    contacts : str or Path, optional
        Contacts of the same regions. For each claim the contacts of its period and of its baseline are counted.
    campaigns : str or Path, optional
        Register of campaigns. With contacts, each claimed change in a region with a campaign also gets a verdict, with
        and without comparison regions.

    Returns
    -------
    Audit
        With ``verdicts`` where contacts and campaigns are given.

    Raises
    ------
    RegisterError, ContactsError
        With all problems of the file; a claim about a region that the contacts do not have is one of them.
    """
    held = None if contacts is None else read_contacts(contacts)
    rows = read_claims(claims, regions=None if held is None else held.regions)
    launches = () if campaigns is None else read_campaigns(campaigns)
    audit = audit_claims(rows, () if held is None else counts_of_claims(rows, held), campaigns=launches)
    if held is None:
        return audit
    return replace(
        audit, verdicts=verdicts_of_claims(rows, held, launches), simulated=held.simulated, own_contacts=True
    )


def verdicts_of_claims(
    claims: Iterable[ClaimRow], contacts: Contacts, campaigns: Iterable[Campaign]
) -> dict[str, Verdict | NotEstimable]:
    """What one's own series says of each claimed change in a region with a campaign.

    The launch is that of the claim's own campaign, otherwise of the first one in its region. Comparison regions are
    those without any campaign, counted without gaps in the same channel; the log of their total is a covariate of the
    second estimate. Claims about regions or channels without contacts, or without a campaign, are left out.

    Returns
    -------
    dict of str to Verdict or NotEstimable
        By ``claim_id``; NotEstimable where the launch is not known to the period or lies outside the contacts.
    """
    held = tuple(campaigns)
    found: dict[str, Verdict | NotEstimable] = {}
    for row in claims:
        claim, series = claim_from_row(row), _series(contacts, row.region, str(row.channel))
        campaign = _campaign_of(row, held)
        if claim.ratio is None or series is None or campaign is None:
            continue
        found[row.claim_id] = _verdict(claim, series, campaign, _controls(contacts, row, held))
    return found


def _verdict(claim: Claim, series: pd.Series, campaign: Campaign, controls: pd.DataFrame) -> Verdict | NotEstimable:
    launch = _launch(campaign, pd.PeriodIndex(series.index).freqstr)
    if launch is None:
        why = text("claim.own.launch_unknown", campaign=campaign.campaign, launch=campaign.launch)
        return NotEstimable(why, text("claim.own.launch_remedy"))
    estimate = partial(estimate_effect, series, launch, region=claim.region, channel=str(claim.channel))
    try:
        effect = estimate()
        controlled = None if controls.empty else estimate(controls=controls)
    except DesignError as problem:
        return NotEstimable(str(problem))
    return check_claim(claim, effect, controlled=controlled)


def _launch(campaign: Campaign, frequency: str) -> pd.Period | None:
    """The period of the launch; None where the launch is not known to the period."""
    start, end = campaign.launch.start, campaign.launch.end
    if start is None or end is None:
        return None
    first, last = pd.Period(start, frequency), pd.Period(end, frequency)
    return first if first == last else None


def _campaign_of(row: ClaimRow, campaigns: tuple[Campaign, ...]) -> Campaign | None:
    here = [one for one in campaigns if row.region in one.areas]
    dated = sorted(here, key=lambda one: (one.campaign != row.campaign, one.launch.start or dt.date.max))
    return dated[0] if dated else None


def _controls(contacts: Contacts, row: ClaimRow, campaigns: tuple[Campaign, ...]) -> pd.DataFrame:
    exposed = {area for one in campaigns for area in one.areas}
    series = {
        region: counted
        for region in contacts.places
        if region not in exposed and (counted := _series(contacts, region, str(row.channel))) is not None
    }
    return pd.DataFrame({region: counted for region, counted in series.items() if counted.notna().all()})


def _series(contacts: Contacts, region: str, channel: str) -> pd.Series | None:
    """Contacts of one region and channel; the combined channel is the sum of all, missing where one of them is."""
    names = _channels(contacts, channel)
    if region not in contacts.regions or not names or not {(region, one) for one in names} <= set(contacts.keys()):
        return None
    frame = pd.DataFrame({one: contacts.series(region, one) for one in names})
    return frame.sum(axis=1, skipna=False).rename("contacts")


def _channels(contacts: Contacts, channel: str) -> tuple[str, ...]:
    if channel in contacts.channels:
        return (channel,)
    return contacts.channels if channel == Channel.COMBINED else ()


def counts_of_claims(claims: Iterable[ClaimRow], contacts: Contacts) -> tuple[SeriesRow, ...]:
    """Contacts counted in the period and the baseline of each claim.

    A count is given only where the periods of the contacts tile the claim's interval exactly and none is missing. The
    combined channel is the sum of all channels of the file, unless the file has a channel of that name.
    """
    wanted = {
        (row.region, str(row.channel), interval.start, interval.end): interval
        for row in claims
        if row.region in contacts.regions
        for interval in (row.period, row.baseline)
        if interval is not None
    }
    return tuple(_rows(wanted, contacts))


def check_counts(text: str, *, after: float, before: float, region: str = "") -> ClaimAudit:
    """Hold a sentence against the two counts that it speaks of.

    Parameters
    ----------
    text : str
        Such as ``"threefold"`` or ``"69 % more"``; see :func:`parse_claim`.
    after, before : float
        Counts of two windows of equal length, 0 or more; ``before`` above 0.
    region : str, optional
        A label.

    Returns
    -------
    ClaimAudit
        Whether the arithmetic holds, with the interval of the ratio. It says nothing about an effect.

    Raises
    ------
    ClaimError
        Where the sentence cannot be read or asserts no change, or a count is negative or the one before is 0.
    """
    claim = parse_claim(text)
    if claim.ratio is None:
        raise ClaimError(
            f"{text!r} asserts no change, so two counts cannot bear on it. Give a claim such as 'threefold'."
        )
    if not (after >= 0 and before > 0 and np.isfinite([after, before]).all()):
        raise ClaimError(
            f"The counts are {after:g} after and {before:g} before; allowed are numbers of 0 or more, above 0 before."
        )
    window = {"period_text": "after", "baseline_text": "before", "region": region, "source": _by_hand()}
    stated = replace(claim, claim_id="claim", baseline_value=Bounds.exactly(float(before)), **window)  # type: ignore[arg-type]
    count = Claim(
        statistic=StatisticType.COUNT,
        value=float(after),
        bounds=Bounds.exactly(float(after)),
        claim_id="after",
        **window,  # type: ignore[arg-type]
    )
    return audit_claims([stated, count]).by_id["claim"]


def _by_hand() -> str:
    return text("claim.own.by_hand")


def _rows(wanted: dict[tuple[str, str, dt.date, dt.date], Interval], contacts: Contacts) -> Iterator[SeriesRow]:
    for number, ((region, channel, start, end), interval) in enumerate(wanted.items(), 1):
        value = _counted(contacts, region, channel, start, end)
        if value is not None:
            yield SeriesRow(
                series_id=f"own-{number}",
                series=OWN_CONTACTS,
                region=region,
                channel=channel,
                value=value,
                period=interval,
                source=Source(citation=Path(contacts.source).name),
            )


def _counted(contacts: Contacts, region: str, channel: str, start: dt.date, end: dt.date) -> float | None:
    totals = []
    for one in _channels(contacts, channel):
        if (region, one) not in set(contacts.keys()):
            return None
        series = contacts.series(region, one)
        periods = pd.PeriodIndex(series.index)
        mask = (periods.start_time.date >= start) & (periods.end_time.date <= end)
        inside, held = series[mask], periods[mask]
        whole = len(held) > 0 and (held[0].start_time.date(), held[-1].end_time.date()) == (start, end)
        if not whole or bool(np.isnan(inside.to_numpy()).any()):
            return None
        totals.append(float(inside.sum()))
    return sum(totals) if totals else None
