"""What a report says, before anyone decides how it looks: the facts of one region, and the same facts read back.

``RegionReport`` holds live effects. What leaves goes through a :class:`~evalkit.report.release.RegionRelease`, whose
plain values a batch stores as one JSON file a region. Pages over all regions are made from those files alone, through
``RegionSummary.from_dict``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from evalkit import vocab
from evalkit.catalogue import Spoken, in_its_language, text
from evalkit.check.quality import QualityStatement
from evalkit.display import Displayed
from evalkit.effect import Estimate, NotEstimable, Window
from evalkit.errors import ReportError
from evalkit.evaluation import PlanReview
from evalkit.report.signature import CampaignCost, Signature

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.check import CheckResult
    from evalkit.claim import Verdict
    from evalkit.effect import Effect
    from evalkit.evaluation import DisclosureSettings
    from evalkit.languages import Wording
    from evalkit.registers import Event

SCHEMA: Final = 1
Plain = dict[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ChannelResult(Displayed):
    """What one channel of a region came to: its effect, checks, verdicts, and the quality of its evidence.

    ``counts`` are the raw ones of every period of the contacts, also after the end of a window, which enter published
    totals; None for those that the effect holds.
    """

    channel: str
    effect: Effect
    checks: tuple[CheckResult, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    quality: QualityStatement | None = None
    counts: pd.Series | None = field(default=None, repr=False)

    @property
    def wording(self) -> Wording:
        """The language of its effect."""
        return self.effect.wording


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a report's numbers come from.

    Attributes
    ----------
    data_hash, evaluation_fingerprint : str
        Sha256 (hexadecimal) of the contacts table, and of everything that was asked; in a release under disclosure
        control the first is of the counts as they are published.
    code_version : str
        Version of evalkit.
    seed : int
        Seed of the joint draws behind window totals.
    issued : datetime.date
        Date on the report.
    """

    data_hash: str
    evaluation_fingerprint: str
    code_version: str
    seed: int
    issued: dt.date

    def to_dict(self) -> Plain:
        """Plain values for JSON."""
        return {
            "data_hash": self.data_hash,
            "evaluation_fingerprint": self.evaluation_fingerprint,
            "code_version": self.code_version,
            "seed": self.seed,
            "issued": self.issued.isoformat(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Provenance:
        """The provenance that ``to_dict`` wrote."""
        return cls(**{**values, "issued": dt.date.fromisoformat(values["issued"])})


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RegionFacts(Spoken, Displayed):
    """What a report on one region says beside its results, the same with exact counts and controlled.

    Attributes
    ----------
    title, commissioner : str
        What the evaluation is called and for whom it was made.
    region : str
        The region; any text.
    campaign_title : str or None
        The campaign; None for a comparison region.
    campaign_source : str
        Where the launch date comes from; may be empty.
    launch : pandas.Period
        First exposed period, inclusive; for a comparison region the placebo date.
    is_comparison : bool
        Whether no campaign ran, so that the analysis is a placebo.
    events : tuple of Event
        What else is known to have happened here.
    simulated : bool
        Whether the contacts are simulated; then every figure and page says so.
    unit : str
        What is counted.
    provenance : Provenance
        Hashes, version, seed and date.
    notes : tuple of str
        What the reader of this region's data should know.
    plan : PlanReview, optional
        The plan that was frozen before the data ended, with every deviation; None where there was none.
    cost : CampaignCost, optional
        What the campaigns of the window cost; None where no cost was declared.
    signature : Signature
        Whose report it is, how to cite it, where people find help.
    shared_launch : bool
        Whether the same campaign began in other regions at the same time.
    """

    title: str
    commissioner: str
    region: str
    campaign_title: str | None
    campaign_source: str
    launch: pd.Period
    is_comparison: bool
    events: tuple[Event, ...] = ()
    simulated: bool = False
    unit: str = vocab.Unit.CONTACTS
    provenance: Provenance
    notes: tuple[str, ...] = ()
    plan: PlanReview | None = None
    cost: CampaignCost | None = None
    signature: Signature = field(default_factory=Signature)
    shared_launch: bool = False


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RegionReport(RegionFacts):
    """Everything that the report on one region says; further attributes as in :class:`RegionFacts`.

    Attributes
    ----------
    results : tuple of ChannelResult
        One for each channel; the first one leads the report.
    disclosure : DisclosureSettings, optional
        How counts are protected where no plan of a whole run says it; the default profile unless given.
    """

    results: tuple[ChannelResult, ...]
    disclosure: DisclosureSettings | None = None

    def __post_init__(self) -> None:
        if not self.results:
            raise ReportError(f"The report on {self.region!r} has no channel. Give it at least one ChannelResult.")
        if self.is_comparison == (self.campaign_title is not None):
            raise ReportError(
                f"{self.region!r} is "
                f"{'a comparison region with' if self.is_comparison else 'a campaign region without'} a campaign. A "
                "comparison region has campaign_title=None; every other region names its campaign."
            )

    @in_its_language
    def summary(self) -> str:
        """The finding of each channel in a sentence; "Simulated data" first where the contacts are simulated."""
        from evalkit.report.release import raw_release

        return raw_release(self).summary()

    def to_dict(self) -> Plain:
        """Plain values for JSON, raw counts included: enough for the pages over all regions; no NaN, no local path."""
        from evalkit.report.release import raw_release

        return raw_release(self).to_dict()


@dataclass(frozen=True, kw_only=True)
class Control:
    """How the counts of a release were protected.

    Attributes
    ----------
    profile : str
        Name of the profile; ``internal`` where nothing was.
    plan_hash : str
        Of what the plan says of the region; empty where there was none.
    sentences : tuple of str
        The rules in words.
    """

    profile: str = "internal"
    plan_hash: str = ""
    sentences: tuple[str, ...] = ()

    @property
    def internal(self) -> bool:
        """Whether nothing was protected, so that nothing may be published."""
        return self.profile == "internal"

    def to_dict(self) -> Plain:
        """Plain values for JSON."""
        return {"profile": self.profile, "plan_hash": self.plan_hash, "sentences": list(self.sentences)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Control:
        """The control that ``to_dict`` wrote."""
        return cls(**{**values, "sentences": tuple(values["sentences"])})


@dataclass(frozen=True)
class Withheld(NotEstimable):
    """An estimate that is not published, and why; the data could say."""

    def to_dict(self) -> Plain:
        """``{"not_estimable": reason, "withheld": True}``."""
        return {**super().to_dict(), "withheld": True}

    def __str__(self) -> str:
        return text("release.withheld", reason=self.reason)


@dataclass(frozen=True)
class Rounded(Estimate):
    """A number already rounded for publication: pages print it as the files have it, and round it no further."""


@dataclass(frozen=True, kw_only=True, eq=False)
class VerdictSummary:
    """One claim and what may be said of it: its sentence, the claimed ratio, reasons, and the figures in them."""

    kind: vocab.VerdictKind
    statement: str
    claimed_ratio: float | None
    reasons: tuple[str, ...]
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class ChannelSummary:
    """One channel of one region, as read back.

    Attributes
    ----------
    rate_ratio, cumulative_effect : Estimate or NotEstimable
        As in the region's report.
    second_opinion : Estimate or NotEstimable or None
        Rate ratio of the second method, None where it was not asked.
    checks : mapping
        Outcome by name of the check.
    path : mapping
        ``PATH_KEPT`` by name, one value a period (None where missing), and ``period``.
    numerator : {"expected", "observed"}
        As in ``Effect``.
    quality : QualityStatement or None
        How good the evidence is; None where it was not stated.
    model : str
        Name of the model; empty where it was not stored.
    tail : float or None
        Twice the smaller posterior probability of a rate ratio above and below 1; None where not estimable.
    """

    channel: str
    model_label: str
    level: float
    n_pre: int
    n_post: int
    rate_ratio: Estimate | NotEstimable
    cumulative_effect: Estimate | NotEstimable
    second_opinion: Estimate | NotEstimable | None
    checks: Mapping[str, vocab.Outcome]
    verdicts: tuple[VerdictSummary, ...]
    warnings: tuple[str, ...]
    path: Mapping[str, Sequence[Any]]
    numerator: str = "expected"
    quality: QualityStatement | None = None
    model: str = ""
    tail: float | None = None

    @property
    def disagrees(self) -> bool | None:
        """Whether the rate ratio of either method lies outside the other's interval; None where that cannot be said."""
        first, second = self.rate_ratio, self.second_opinion
        if not (isinstance(first, Estimate) and isinstance(second, Estimate)):
            return None
        return not (first.lower <= second.value <= first.upper and second.lower <= first.value <= second.upper)


@dataclass(frozen=True, kw_only=True, eq=False)
class RegionSummary:
    """One region for the pages over all regions; attributes as in :class:`RegionReport`."""

    title: str
    commissioner: str
    region: str
    campaign_title: str | None
    launch: pd.Period
    is_comparison: bool
    simulated: bool
    unit: str
    results: tuple[ChannelSummary, ...]
    provenance: Provenance
    plan: PlanReview | None = None
    control: Control = field(default_factory=Control)
    cost: CampaignCost | None = None
    signature: Signature = field(default_factory=Signature)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> RegionSummary:
        """The summary of a region from the values that ``RegionReport.to_dict`` wrote.

        Raises
        ------
        ReportError
            A file of another layout, or with a part missing.
        """
        import pandas as pd

        if values.get("schema") != SCHEMA:
            raise ReportError(
                f"The stored results have layout {values.get('schema')!r}; this version reads layout {SCHEMA}. Make "
                "the region's report again."
            )
        try:
            frequency = values["frequency"]
            return cls(
                title=values["title"],
                commissioner=values["commissioner"],
                region=values["region"],
                campaign_title=values["campaign"],
                launch=pd.Period(values["launch"], freq=frequency),
                is_comparison=values["is_comparison"],
                simulated=values["simulated"],
                unit=values["unit"],
                results=tuple(_channel_summary(result, frequency) for result in values["results"]),
                provenance=Provenance.from_dict(values["provenance"]),
                plan=PlanReview.from_dict(values["plan"]) if values.get("plan") else None,
                control=Control.from_dict(values["disclosure"]) if values.get("disclosure") else Control(),
                cost=CampaignCost.from_dict(values["cost"]) if values.get("cost") else None,
                signature=Signature.from_dict(values.get("signature", {})),
            )
        except KeyError as missing:
            raise ReportError(
                f"The stored results of {values.get('region', 'a region')!r} have no {missing}. Make the region's "
                "report again."
            ) from missing

    def result(self, channel: str) -> ChannelSummary | None:
        """The result of one channel, None where the region has no such channel."""
        return next((result for result in self.results if result.channel == channel), None)


def channels_of(regions: Sequence[RegionSummary]) -> tuple[str, ...]:
    """Every channel of any region, in the order of first appearance."""
    return tuple(dict.fromkeys(result.channel for region in regions for result in region.results))


def _channel_summary(values: Mapping[str, Any], frequency: str) -> ChannelSummary:
    estimates, second = values["estimates"], values["second_opinion"]
    return ChannelSummary(
        channel=values["channel"],
        model_label=values["model_label"],
        level=values["level"],
        n_pre=values["n_pre"],
        n_post=values["n_post"],
        rate_ratio=estimate_from(vocab.RATE_RATIO, estimates[vocab.RATE_RATIO], frequency),
        cumulative_effect=estimate_from(vocab.CUMULATIVE_EFFECT, estimates[vocab.CUMULATIVE_EFFECT], frequency),
        second_opinion=None if second is None else estimate_from(vocab.RATE_RATIO, second[vocab.RATE_RATIO], frequency),
        checks={check["name"]: vocab.Outcome(check["outcome"]) for check in values["checks"]},
        verdicts=tuple(
            VerdictSummary(
                kind=vocab.VerdictKind(verdict["kind"]),
                statement=verdict["statement"],
                claimed_ratio=verdict["claimed_ratio"],
                reasons=tuple(verdict["reasons"]),
            )
            for verdict in values["verdicts"]
        ),
        warnings=tuple(values["warnings"]),
        path=values["path"],
        numerator=values.get("numerator", "expected"),
        quality=QualityStatement.from_dict(values["quality"]) if values.get("quality") else None,
        model=values.get("model", ""),
        tail=values.get("tail"),
    )


def estimate_from(name: str, values: Mapping[str, Any], frequency: str) -> Estimate | NotEstimable:
    """An estimate, or the reason for none, from the values that a region's JSON file has of it."""
    import pandas as pd

    if "not_estimable" in values:
        kind = Withheld if values.get("withheld") else NotEstimable
        return kind(values["not_estimable"], values.get("remedy", ""))
    start, end = (pd.Period(period, freq=frequency) for period in values["window"])
    return Estimate(
        name=name,
        value=values["value"],
        lower=values["lower"],
        upper=values["upper"],
        level=values["level"],
        unit=values["unit"],
        window=Window(start=start, end=end, periods=values["periods"]),
    )
