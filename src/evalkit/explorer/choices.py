"""What can be chosen in the explorer, and what a choice becomes when its parts do not fit together."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from evalkit.batch import Inputs, read_inputs
from evalkit.claim import Claim, claim_from_row
from evalkit.contacts import Contacts, to_period
from evalkit.display import Displayed
from evalkit.errors import UsageError, unknown
from evalkit.evaluation import Evaluation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evalkit.languages import Wording

MODELS: Final = ("latent", "forecast", "segmented", "structural", "arima", "controlled")
WINDOWS: Final = (3, 6, 12, 18, 24, 36, 48)
CLAIMS: Final = ("threefold", "twofold", "50 % more", "no change")
_FEWEST_BEFORE: Final = 12


@dataclass(frozen=True, kw_only=True)
class Choice(Displayed):
    """What is asked of the explorer; an empty text or None leaves a part to its default.

    Attributes
    ----------
    region, channel : str
        As in the contacts; the first one by default.
    launch : str
        First exposed period, such as ``"2019-05"``; by default the registered launch of the region.
    model : str
        One of ``MODELS``.
    window : int or None
        Periods from the launch on that are evaluated; None for all there are.
    claim : str
        A claimed change in words, or the text of a registered claim; empty for none.
    """

    region: str = ""
    channel: str = ""
    launch: str = ""
    model: str = "latent"
    window: int | None = None
    claim: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Choice:
        """A choice from plain values; ``UsageError`` names a part that there is not."""
        names = [field.name for field in fields(cls)]
        for name in values:
            if name not in names:
                raise UsageError(unknown("part of a choice", name, names))
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """What an explorer chooses from: contacts, and the registers of an evaluation where there is one."""

    contacts: Contacts
    inputs: Inputs | None = None

    @property
    def wording(self) -> Wording:
        """The language of what is shown."""
        return self.contacts.wording

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions with counts."""
        return self.contacts.regions if self.inputs is None else self.inputs.regions

    @cached_property
    def counted(self) -> frozenset[tuple[str, str]]:
        """Region and channel of every series that has a count."""
        return frozenset(self.contacts.keys())

    def channels(self, region: str) -> tuple[str, ...]:
        """Channels that have counts in a region."""
        counted = self.counted
        wanted = self.contacts.channels if self.inputs is None else self.inputs.channels
        return tuple(channel for channel in wanted if (region, channel) in counted)

    def launches(self, region: str, channel: str) -> tuple[pd.Period, ...]:
        """Periods that may be taken for a launch: after a dozen counted ones, or half of a short series."""
        counted = self.contacts.series(region, channel).dropna().index
        return tuple(counted[min(_FEWEST_BEFORE, len(counted) // 2) :])

    def launch(self, region: str, channel: str) -> str:
        """The registered launch of a region, or the middle of its series."""
        known = None if self.inputs is None else self.inputs.launch_of(region)
        possible = self.launches(region, channel)
        return str(known if known in possible else possible[len(possible) // 2])

    def is_placebo(self, region: str) -> bool:
        """Whether no campaign ran in a region, as far as the registers know."""
        return self.inputs is not None and self.inputs.campaign_of(region) is None

    def claims(self, region: str, channel: str) -> dict[str, Claim]:
        """The registered claims about a region and channel, by their words."""
        rows = () if self.inputs is None else self.inputs.claims
        about = [claim_from_row(row) for row in rows if row.region == region and row.channel in (channel, "")]
        return {claim.text: claim for claim in about if claim.text and claim.asserts_change}

    def others(self, region: str, channel: str) -> tuple[str, ...]:
        """Regions without a campaign that have counts in the channel, to compare with."""
        if self.inputs is None:
            return ()
        counted, names = self.counted, self.contacts.regions
        return tuple(name for name in names if name != region and self.is_placebo(name) and (name, channel) in counted)


def source_of(given: Source | Inputs | Contacts | Evaluation | str | Path) -> Source:
    """What to choose from.

    Raises
    ------
    UsageError
        Neither inputs, contacts, an evaluation nor the path of one.
    """
    if isinstance(given, Source):
        return given
    if isinstance(given, Contacts):
        return Source(contacts=given)
    if isinstance(given, Inputs):
        return Source(contacts=given.contacts, inputs=given)
    if isinstance(given, Evaluation | str | Path):
        inputs = read_inputs(given)
        return Source(contacts=inputs.contacts, inputs=inputs)
    raise UsageError(
        f"A {type(given).__name__} cannot be explored. Give what read_inputs or read_contacts returned, an "
        "evaluation, or the path of one."
    )


def settled(source: Source, asked: Choice, before: Choice | None = None) -> Choice:
    """A choice with every part filled in; what no longer fits a newly chosen region falls back to its default.

    Raises
    ------
    UsageError
        A region, channel, model, launch or window that there is not.
    """
    region = asked.region or source.regions[0]
    if region not in source.regions:
        raise UsageError(unknown("region", region, source.regions))
    moved = before is not None and before.region != region
    channels = source.channels(region)
    channel = asked.channel if asked.channel in channels or not (moved or not asked.channel) else channels[0]
    if channel not in channels:
        raise UsageError(unknown("channel", channel, channels))
    if asked.model not in MODELS:
        raise UsageError(unknown("model", asked.model, MODELS))
    if asked.window is not None and asked.window < 1:
        raise UsageError(f"A window of {asked.window} periods was asked for. Allowed: 1 or more, or None for all.")
    launch = source.launch(region, channel) if moved or not asked.launch else _known_launch(source, asked.launch)
    held = "" if moved and before is not None and before.claim in source.claims(before.region, channel) else asked.claim
    return replace(asked, region=region, channel=channel, launch=launch, claim=held.strip())


def _known_launch(source: Source, text: str) -> str:
    launch = to_period(text, source.contacts.freq)
    periods = source.contacts.periods
    if not periods[0] < launch <= periods[-1]:
        raise UsageError(
            f"The launch {launch} lies outside the contacts, which run from {periods[0]} to {periods[-1]}."
        )
    return str(launch)
