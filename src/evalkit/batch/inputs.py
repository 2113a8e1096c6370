"""Everything an evaluation rests on, read and checked once, before anything is estimated or written."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from evalkit import vocab
from evalkit.batch.ahead import contacts_of
from evalkit.batch.comparison import unusable_controls
from evalkit.catalogue import speaking
from evalkit.contacts import Contacts, to_period
from evalkit.display import Displayed
from evalkit.errors import EvaluationError, Problem, UsageError, nearest, unknown
from evalkit.evaluation import Evaluation, load_evaluation
from evalkit.registers import Campaign, ClaimRow, Event, read_campaigns, read_claims, read_events

if TYPE_CHECKING:
    from pathlib import Path

    from evalkit.languages import Wording

_MONTH_OR_BETTER = frozenset({"day", "week", "month"})
_PRECISE_ENOUGH = {
    "Y": _MONTH_OR_BETTER | {"year"},
    "Q": _MONTH_OR_BETTER,
    "M": _MONTH_OR_BETTER,
    "W": frozenset({"day", "week"}),
    "D": frozenset({"day"}),
}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Inputs(Displayed):
    """The contacts and registers of one evaluation.

    Attributes
    ----------
    evaluation : Evaluation
        What was asked.
    contacts : Contacts
        Validated counts.
    campaigns, events, claims : tuple
        Rows of the registers; empty where the evaluation names no file.
    regions, channels : tuple of str
        What is to be evaluated, in the order of the contacts file.
    """

    evaluation: Evaluation
    contacts: Contacts
    campaigns: tuple[Campaign, ...]
    events: tuple[Event, ...]
    claims: tuple[ClaimRow, ...]
    regions: tuple[str, ...]
    channels: tuple[str, ...]

    @property
    def wording(self) -> Wording:
        """The language of what is made of them."""
        return self.evaluation.wording

    def campaign_of(self, region: str) -> Campaign | None:
        """The first campaign that ran in a region, None for a comparison region."""
        own = [campaign for campaign in self.campaigns if region in campaign.regions]
        return min(own, key=lambda campaign: campaign.launch.iso) if own else None

    def launch_of(self, region: str) -> pd.Period | None:
        """First exposed period of a region; for a comparison region the reference launch, None where there is none."""
        campaign = self.campaign_of(region)
        if campaign is not None:
            return to_period(f"{campaign.launch.start}", self.contacts.freq)
        reference = self.evaluation.reference_launch
        return None if reference is None else to_period(reference, self.contacts.freq)

    def require_region(self, region: str) -> str:
        """The region itself; ``UsageError`` with the nearest match where the evaluation has no such region."""
        if region not in self.regions:
            raise UsageError(unknown("region", region, self.regions))
        return region


def read_inputs(evaluation: Evaluation | str | Path, *, launched: bool = True) -> Inputs:
    """Read every file that an evaluation names.

    Parameters
    ----------
    evaluation : Evaluation, str or Path
        What was asked, or where it is written.
    launched : bool, optional
        Whether every launch must lie within the contacts; a plan may be frozen before that.

    Raises
    ------
    EvaluationError, ContactsError, RegisterError
        With all problems of the first file that has any; nothing is estimated from the rest.
    """
    asked = evaluation if isinstance(evaluation, Evaluation) else load_evaluation(evaluation)
    problems = _unprotected(asked.wording)
    if problems:
        raise EvaluationError(asked.title, problems)
    with speaking(asked.wording):
        return _read(asked, launched=launched)


def _read(asked: Evaluation, *, launched: bool) -> Inputs:
    contacts = contacts_of(asked.contacts)
    if contacts.wording is not asked.wording:  # read ahead, with a copy of the same catalogue
        contacts = replace(contacts, wording=asked.wording)
    inputs = Inputs(
        evaluation=asked,
        contacts=contacts,
        campaigns=read_campaigns(asked.campaigns),
        events=read_events(asked.events) if asked.events else (),
        claims=read_claims(asked.claims) if asked.claims else (),
        regions=asked.regions or contacts.places,
        channels=asked.channels or contacts.channels,
    )
    problems = [
        *_unknown_names(inputs),
        *_unusable_launches(inputs),
        *_unusable_reference(inputs),
        *unusable_controls(inputs),
    ]
    if not launched:
        problems = [problem for problem in problems if problem.code != "launch-outside-data"]
    if problems:
        raise EvaluationError(asked.title, problems)
    return inputs


def _unprotected(wording: Wording) -> list[Problem]:
    """What a catalogue of one's own would publish; those of the package are tested."""
    if not wording.hash:
        return []
    from evalkit.report.disclosure.translation import unprotected

    try:
        left = unprotected(wording)
    except re.error as fault:
        left = (f"a pattern is no regular expression ({fault})",)
    if not left:
        return []
    return [
        Problem(
            code="unprotected-wording",
            what=f"The patterns of [disclosure.quoted] in the catalogue {wording.language!r} leave numbers of contacts "
            f"that English takes out: {', '.join(left)}.",
            repair="Write the patterns so that they fit these sentences.",
        )
    ]


def _unknown_names(inputs: Inputs) -> list[Problem]:
    """Regions and channels that the contacts file does not have."""
    contacts = inputs.contacts
    claimed = [claim.region for claim in inputs.claims]
    channels = (*contacts.channels, *(channel for channel in vocab.Channel))
    known_events = tuple(event.event for event in inputs.events)
    asked = [
        *(("regions", name, contacts.regions) for name in inputs.regions),
        *(("channels", name, contacts.channels) for name in inputs.channels),
        *(("campaigns", name, contacts.regions) for campaign in inputs.campaigns for name in campaign.regions),
        *(("claims", name, contacts.regions) for name in dict.fromkeys(claimed)),
        *(("claims", str(claim.channel), channels) for claim in inputs.claims),
        *(("model.controls", name, contacts.regions) for name in inputs.evaluation.model.controls),
        *(("model.events", name, known_events) for name in inputs.evaluation.model.events),
    ]
    problems = []
    for where, name, known in dict.fromkeys(asked):
        if name not in known:
            match = nearest(name, known)
            holder = "events register" if known is known_events else "contacts file"
            problems.append(
                Problem(
                    code="unknown-name",
                    what=f"{where} names {name!r}, which the {holder} does not have.",
                    repair=f"Did you mean {match!r}?" if match else "Correct the name, or add its contacts.",
                )
            )
    return problems


def _unusable_launches(inputs: Inputs) -> list[Problem]:
    """Launches that are not known to the period, or lie outside the data."""
    precise = _PRECISE_ENOUGH[inputs.contacts.frequency]
    first, last = inputs.contacts.periods[0], inputs.contacts.periods[-1]
    problems = []
    for campaign in inputs.campaigns:
        where = f"The launch of {campaign.campaign!r} ({campaign.launch.text or 'no date'})"
        if campaign.launch.precision not in precise or campaign.launch.start is None:
            problems.append(
                Problem(
                    code="imprecise-launch",
                    what=f"{where} is known only to the {campaign.launch.precision}; the contacts are finer than that.",
                    repair="Give a launch of at least the precision of the contacts, or leave the campaign out.",
                )
            )
        elif not first <= to_period(f"{campaign.launch.start}", inputs.contacts.freq) <= last:
            problems.append(
                Problem(
                    code="launch-outside-data",
                    what=f"{where} lies outside the contacts, which run from {first} to {last}.",
                    repair="Correct the launch, or add contacts that reach it.",
                )
            )
    return problems


def _unusable_reference(inputs: Inputs) -> list[Problem]:
    """Comparison regions without a launch to be analysed at, or with one that lies outside the data."""
    comparison = [region for region in inputs.regions if inputs.campaign_of(region) is None]
    if not comparison:
        return []
    reference = inputs.evaluation.reference_launch
    repair = 'Give reference_launch = "YYYY-MM" within the data, or name the regions that have a campaign.'
    if reference is None:
        what = f"{len(comparison)} regions have no campaign ({comparison[0]!r} first) and there is no reference_launch."
        return [Problem(code="no-reference-launch", what=what, repair=repair)]
    periods = inputs.contacts.periods
    if not periods[0] <= to_period(reference, inputs.contacts.freq) <= periods[-1]:
        what = f"reference_launch is {reference}, outside the contacts, which run from {periods[0]} to {periods[-1]}."
        return [Problem(code="launch-outside-data", what=what, repair=repair)]
    return []
