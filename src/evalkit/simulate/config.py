"""What a simulation is made from: regions, channels, campaigns, events, gaps and claims, all written down."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Final, Literal

import pandas as pd
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    StrictBool,
    StrictInt,
    StrictStr,
    model_validator,
)
from pydantic_core import PydanticCustomError

from evalkit.display import Displayed
from evalkit.errors import SimulationError
from evalkit.evaluation import Declarations, ModelSettings, read_settings, read_toml
from evalkit.simulate.coherence import contradictions
from evalkit.vocab import EventKind, Qualifier

Figure = Literal["ratio", "percent_change", "count"]
CONFIGURATION_FILE: Final = "simulation.toml"


def _month(text: str) -> str:
    year, _, month = text.partition("-")
    if (
        len(year) == 4
        and len(month) == 2
        and (year + month).isascii()
        and (year + month).isdigit()
        and "01" <= month <= "12"
    ):
        return text
    raise PydanticCustomError("month", "a month written YYYY-MM")


Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Positive = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)]
Text = Annotated[StrictStr, Field(min_length=1)]
Month = Annotated[StrictStr, AfterValidator(_month)]
Interval = tuple[Month, Month]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeasonTerm(_Frozen):
    """One annual wave on the log scale: ``amplitude · cos(2π · cycles · (month − peak) / 12)``, months 1 to 12.

    Attributes
    ----------
    cycles : int
        Waves a year, 1 to 6.
    amplitude : float
        Half the range in log units: 0.1 is about 10 % above and below the mean.
    peak : float
        Calendar month of a maximum, 1 for January; fractions allowed.
    """

    cycles: StrictInt = Field(ge=1, le=6, description="waves a year, 1 to 6")
    amplitude: Number = Field(ge=0, description="half the range in log units; 0.1 is about 10 % either way")
    peak: Number = Field(ge=1, lt=13, description="calendar month of a maximum, 1 for January")


class ChannelSettings(_Frozen):
    """How contacts through one channel come about.

    Attributes
    ----------
    channel : str
        Name, such as ``"helpline"``.
    share : float
        Share of a region's contacts that come through it at the reference month, above 0; all shares sum to 1.
    growth : float
        Rate ratio per year of the underlying trend; 1 is no growth.
    sigma : float
        Marginal standard deviation (log units) of the fluctuation u; 0 gives Poisson counts.
    rho : float
        Correlation of u with itself one month before, above −1 and below 1.
    shared : float
        Share, 0 to 1, of the variance of u that all regions have in common.
    season : tuple of SeasonTerm
        Annual waves; empty for none.
    """

    channel: Text = Field(description="name of the channel")
    share: Positive = Field(le=1, description="share of a region's contacts at the reference month; all sum to 1")
    growth: Positive = Field(default=1.0, description="rate ratio per year of the trend; 1 is no growth")
    sigma: Number = Field(default=0.0, ge=0, description="standard deviation (log units) of the monthly fluctuation u")
    rho: Number = Field(default=0.0, gt=-1, lt=1, description="correlation of u with itself one month before")
    shared: Number = Field(default=0.0, ge=0, le=1, description="share of the variance of u common to all regions")
    season: tuple[SeasonTerm, ...] = Field(default=(), description="annual waves")


class RegionSettings(_Frozen):
    """One fictional region.

    Attributes
    ----------
    region : str
        A name that exists nowhere.
    contacts_per_year : float
        Expected contacts a year through all channels at the reference month, season, events and campaign apart.
    population : int
        People, at the reference month; written as ``exposure``.
    campaign : str or None
        The campaign it takes part in; None for a comparison region.
    """

    region: Text = Field(description="a name that exists nowhere")
    contacts_per_year: Positive = Field(description="expected contacts a year, all channels, at the reference month")
    population: StrictInt = Field(ge=1, description="people at the reference month")
    campaign: Text | None = Field(default=None, description="campaign it takes part in; left out in comparison regions")


class CampaignSettings(_Frozen):
    """One campaign and its known effect, the same in each of its regions.

    With m months since the launch, contacts are multiplied by
    ``(1 + (level_ratio − 1) · 2^(−m / halving_months)) · slope_ratio^(m / 12)`` from ``launch`` to ``end``.

    Attributes
    ----------
    campaign, title : str
        Short identifier and the title in the register.
    kind : str
        What the effect is, in a word, for ``truth.csv``: ``"none"``, ``"modest"``, ``"threefold"``, …
    launch : str
        First exposed month, inclusive.
    end : str or None
        Last exposed month, inclusive; None if the effect lasts.
    level_ratio : float
        Rate ratio in the launch month; 1 is no effect.
    slope_ratio : float
        Rate ratio per year after launch; 1 is no change of slope.
    halving_months : float or None
        Months in which the excess over 1 of the level ratio halves; None if it does not fade.
    channels : tuple of str
        Channels it acts on; empty for all.
    before, after : tuple of two str
        First and last month (inclusive) of the two intervals that its before/after ratio compares; left out, the window
        of the simulation before and after the launch.
    note : str
        What the register says about it.
    cost : float or None
        What it cost in each of its regions; None where that is not declared.
    currency : str
        Its currency, such as ``"GBP"``.
    """

    campaign: Text = Field(description="short identifier of the campaign")
    title: Text = Field(description="title in the register")
    kind: Text = Field(description="the effect in a word, for truth.csv")
    launch: Month = Field(description="first exposed month, inclusive, YYYY-MM")
    end: Month | None = Field(default=None, description="last exposed month, inclusive; left out if the effect lasts")
    level_ratio: Positive = Field(default=1.0, description="rate ratio in the launch month; 1 is no effect")
    slope_ratio: Positive = Field(default=1.0, description="rate ratio per year after launch; 1 is no change of slope")
    halving_months: Positive | None = Field(
        default=None, description="months in which level_ratio - 1 halves; left out if the effect does not fade"
    )
    channels: tuple[Text, ...] = Field(default=(), description="channels it acts on; left out for all")
    before: Interval | None = Field(default=None, description="first and last month before, for the before/after ratio")
    after: Interval | None = Field(default=None, description="first and last month after, for the before/after ratio")
    note: StrictStr = Field(default="", description="what the register says about it")
    cost: Annotated[float, Strict(), Field(ge=0)] | None = Field(
        default=None, description="what it cost in each of its regions; left out if that is not declared"
    )
    currency: StrictStr = Field(default="", description="its currency, such as GBP")


class EventSettings(_Frozen):
    """Something else that changed contacts.

    With m months since ``start``, contacts are multiplied by ``1 + (ratio − 1) · 2^(−m / halving_months)`` from
    ``start`` to ``end``.

    Attributes
    ----------
    event, title : str
        Short identifier and the title in the register.
    start : str
        First month, inclusive.
    end : str or None
        Last month, inclusive; None for a lasting change.
    ratio : float
        Rate ratio in the first month.
    halving_months : float or None
        Months in which the excess over 1 halves; None if it does not fade.
    regions, channels : tuple of str
        Where it acted; empty for everywhere.
    kind : EventKind
        In which way it acts on the counts.
    effect_on_counting : str
        What the register says about that, in a sentence.
    """

    event: Text = Field(description="short identifier of the event")
    title: Text = Field(description="title in the register")
    start: Month = Field(description="first month, inclusive, YYYY-MM")
    end: Month | None = Field(default=None, description="last month, inclusive; left out for a lasting change")
    ratio: Positive = Field(description="rate ratio in the first month")
    halving_months: Positive | None = Field(
        default=None, description="months in which ratio - 1 halves; left out if it does not fade"
    )
    regions: tuple[Text, ...] = Field(default=(), description="regions where it acted; left out for everywhere")
    channels: tuple[Text, ...] = Field(default=(), description="channels it acted on; left out for all")
    kind: EventKind = Field(default=EventKind.OTHER, description="in which way it acts on the counts")
    effect_on_counting: StrictStr = Field(default="", description="what the register says about that, in a sentence")


class GapSettings(_Frozen):
    """Months that one region did not report: no rows in the contacts file (missing is not zero)."""

    region: Text = Field(description="region that did not report")
    start: Month = Field(description="first missing month, inclusive, YYYY-MM")
    end: Month = Field(description="last missing month, inclusive, YYYY-MM")
    channels: tuple[Text, ...] = Field(default=(), description="channels that are missing; left out for all")


class ClaimSettings(_Frozen):
    """One published sentence about a region.

    Its value is worked out from the simulated counts (over the period; against the baseline), times ``inflation``, and
    rounded as a publisher would; or it is ``value`` as it stands.

    Attributes
    ----------
    claim : str
        Identifier.
    region, channel : str
        What it is about; a channel without contacts makes a claim that cannot be checked.
    statistic_type : {"ratio", "percent_change", "count"}
        What the figure is.
    period, baseline : tuple of two str
        First and last month, inclusive. A count has no baseline.
    value : float or None
        The figure; None to work it out from the counts.
    inflation : float
        Factor on the worked-out ratio or count; 1 is the truth.
    qualifier : Qualifier
        The word before the figure.
    baseline_published : bool
        Whether the counts of the baseline are given beside it.
    attributed : bool
        Whether the sentence credits the campaign.
    """

    claim: Text = Field(description="identifier of the claim")
    region: Text = Field(description="region it is about")
    channel: Text = Field(description="channel it is about")
    statistic_type: Figure = Field(description="ratio, percent_change or count")
    period: Interval = Field(description="first and last month it is about, inclusive")
    baseline: Interval | None = Field(default=None, description="first and last month it compares with")
    value: Number | None = Field(default=None, description="the figure; left out to work it out from the counts")
    inflation: Positive = Field(default=1.0, description="factor on the worked-out figure; 1 is the truth")
    qualifier: Qualifier = Field(default=Qualifier.EXACT, description="the word before the figure; exact for none")
    baseline_published: StrictBool = Field(default=False, description="whether the counts of the baseline are given")
    attributed: StrictBool = Field(default=True, description="whether the sentence credits the campaign")


class EvaluationText(_Frozen):
    """The evaluation that goes with the simulated contacts."""

    title: Text = Field(description="title of the report")
    commissioner: StrictStr = Field(default="", description="for whom the report is made")
    description: StrictStr = Field(default="", description="what was asked")
    signposting: StrictStr = Field(default="", description="the line on every report that says where people find help")
    model: ModelSettings = Field(default=ModelSettings(), description="how effects are estimated")
    declarations: Declarations = Field(default=Declarations(), description="what only a person can answer")


class Simulation(Displayed, _Frozen):
    """Everything that simulated contacts are made from; the same configuration gives the same bytes.

    Attributes
    ----------
    title : str
        Title of the contacts.
    seed : int
        Non-negative; every series draws from a stream of its own, made from the seed and its names.
    start, end : str
        First and last month, inclusive.
    reference : str
        The month that ``contacts_per_year``, ``share`` and ``population`` refer to.
    window_months : int
        Months from a launch that the true rate ratio and cumulative effect refer to.
    reference_launch : str
        The month at which comparison regions are analysed as a placebo.
    population_growth : float
        Rate ratio per year of every population.
    evaluation : EvaluationText
        The evaluation that goes with the contacts.
    channels, regions, campaigns, events, gaps, claims
        As their classes say.
    """

    title: Text = Field(description="title of the simulated contacts")
    seed: StrictInt = Field(ge=0, description="start of all random streams, 0 or more")
    start: Month = Field(description="first month, inclusive, YYYY-MM")
    end: Month = Field(description="last month, inclusive, YYYY-MM")
    reference: Month = Field(description="month that contacts_per_year, share and population refer to")
    window_months: StrictInt = Field(default=24, ge=1, description="months from a launch that true totals refer to")
    reference_launch: Month = Field(description="month at which comparison regions are analysed as a placebo")
    population_growth: Positive = Field(default=1.0, description="rate ratio per year of every population")
    evaluation: EvaluationText = Field(description="the evaluation that goes with the contacts")
    channels: tuple[ChannelSettings, ...] = Field(min_length=1, description="channels of contact")
    campaigns: tuple[CampaignSettings, ...] = Field(default=(), description="campaigns with a known effect")
    events: tuple[EventSettings, ...] = Field(default=(), description="what else changed contacts")
    gaps: tuple[GapSettings, ...] = Field(default=(), description="months that a region did not report")
    regions: tuple[RegionSettings, ...] = Field(min_length=1, description="fictional regions")
    claims: tuple[ClaimSettings, ...] = Field(default=(), description="published sentences to check")

    @property
    def periods(self) -> pd.PeriodIndex:
        """All months from ``start`` to ``end``."""
        return pd.period_range(self.start, self.end, freq="M")

    @property
    def content_hash(self) -> str:
        """Sha256 (hexadecimal) of the configuration's content."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @model_validator(mode="after")
    def _holds_together(self) -> Simulation:
        found = list(contradictions(self))
        if found:
            raise PydanticCustomError("contradiction", "{found}", {"found": "; ".join(found)})
        return self


def load_simulation(path: str | Path) -> Simulation:
    """Read a simulation's configuration from TOML.

    Parameters
    ----------
    path : str or Path
        The file, or the folder that holds ``simulation.toml``.

    Raises
    ------
    SimulationError
        With all problems: unknown keys (with the nearest match), values of the wrong kind or out of range, and parts
        that contradict each other.
    """
    file = Path(path)
    file = file / CONFIGURATION_FILE if file.is_dir() else file
    values = read_toml(file, error=SimulationError)
    return read_settings(values, Simulation, source=str(file), error=SimulationError)
