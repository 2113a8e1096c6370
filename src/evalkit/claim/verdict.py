"""What may be said of a claimed change, given an estimated effect."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from evalkit.catalogue import Spoken, in_its_language, term, text
from evalkit.claim import verdict_wording
from evalkit.claim.arithmetic import DISPERSION, ratio_interval
from evalkit.claim.bounds import Bounds
from evalkit.claim.claim import Claim, claim_from_ratio, claim_from_row, counts_contacts
from evalkit.claim.decision import THRESHOLDS, BeforeAfter, Reach, Thresholds, decide, reach_of
from evalkit.claim.finding import Figure
from evalkit.claim.net import Explained, Net, explained, inside, net_change
from evalkit.claim.parse import parse_claim
from evalkit.display import Displayed
from evalkit.effect import Effect, NotEstimable
from evalkit.errors import ClaimError
from evalkit.registers import ClaimRow, Interval
from evalkit.vocab import Channel, VerdictKind

__all__ = ["BeforeAfterRatio", "Verdict", "before_after_ratio", "check_claim"]

_CONTROLLED = ("controlled", "synthetic")


@dataclass(frozen=True, kw_only=True)
class BeforeAfterRatio:
    """The press-release arithmetic: mean contacts after over mean contacts before. It is not an effect.

    Attributes
    ----------
    value : float
        Ratio of the means per period.
    before, after : float
        Mean contacts per period in the two windows.
    periods_before, periods_after : int
        Periods that were counted.
    poisson, dispersed : Bounds
        95 % intervals for counting variation alone, and at ``DISPERSION``.
    window_before, window_after : str
        First and last period of each, both inclusive.
    same_months : bool
        Whether both windows hold the same calendar months; False also where a period is no part of a month.
    claimed_windows : bool
        True where they are the claim's own, False where they are equally long on either side of the launch.
    dispersion, own : float and Bounds, or None
        Variance over mean of the series itself (quasi-Poisson, at least 1), and the 95 % interval at it. None where the
        series could not be fitted.
    explained : Explained or None
        What was expected without the campaign (trend, season, known events, drift), between the two windows.
    """

    value: float
    before: float
    after: float
    periods_before: int
    periods_after: int
    poisson: Bounds
    dispersed: Bounds
    window_before: str
    window_after: str
    same_months: bool
    claimed_windows: bool
    dispersion: float | None = None
    own: Bounds | None = None
    explained: Explained | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, repr=False)
class Verdict(Spoken, Displayed):
    """What may be said of a claim.

    Attributes
    ----------
    kind : VerdictKind
        Supported, true but not attributable, not supported, inconclusive, or cannot be checked.
    claim : Claim
        What was asserted.
    reasons : tuple of str
        Sentences, the weightiest first.
    figures : dict
        Every number in the reasons: ``claimed``, ``claimed_lower``, ``claimed_upper``, ``net``, ``net_lower``,
        ``net_upper``, ``level``, ``prob_reached``, ``before_after`` with its intervals, ``explained`` (what was
        expected without the campaign, as a ratio) with ``explained_share``, ``season``, and ``evidence_level``;
        ``no_change`` where the claim is that nothing changed. With comparison regions also ``alone``, ``alone_lower``,
        ``alone_upper``, ``alone_prob`` and ``alone_verdict``: the same without them.
    """

    kind: VerdictKind
    claim: Claim
    reasons: tuple[str, ...]
    figures: dict[str, Figure]

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON: ``kind``, ``claim``, ``reasons``, ``figures`` (an infinite end is None)."""
        return {
            "kind": self.kind.value,
            "claim": {"claim_id": self.claim.claim_id, "text": self.claim.text, "ratio": self.claim.stated_ratio},
            "reasons": list(self.reasons),
            "figures": {
                name: None if isinstance(value, float) and not np.isfinite(value) else value
                for name, value in self.figures.items()
            },
        }

    def to_frame(self) -> pd.DataFrame:
        """One row: verdict, claim, reasons and all figures."""
        row = {"verdict": self.kind.value, "claim": self.claim.text, "reasons": " ".join(self.reasons)}
        return pd.DataFrame([{**row, **self.figures}])

    @in_its_language
    def summary(self) -> str:
        """The verdict as plain text, one line for each reason."""
        heading = text("claim.verdict.heading", verdict=term("verdicts", self.kind))
        return "\n".join([heading, *(f"  {reason}" for reason in self.reasons)])

    def __str__(self) -> str:
        return self.summary()


def check_claim(
    claim: Claim | ClaimRow | float | str,
    effect: Effect,
    *,
    controlled: Effect | None = None,
    thresholds: Thresholds = THRESHOLDS,
) -> Verdict:
    """Say what may be said of a claimed change.

    The claim speaks of before and after; the effect says how much of that is the campaign's. Both stand in the verdict:
    the before/after ratio on the claim's own windows (or on equally long windows around the launch where it names
    none), and the rate ratio net of trend and season, over the claim's period where it names one, with the probability
    that it reaches the claim.

    Parameters
    ----------
    claim : Claim, ClaimRow, float or str
        A typed claim, a row of a register, a ratio such as ``3``, or wording such as ``"threefold"`` or ``"69 %"``.
    effect : Effect
        From :func:`evalkit.estimate_effect`, for the same region and channel.
    controlled : Effect, optional
        The same effect estimated with comparison regions (``estimate_effect(..., controls=...)``). Where it is
        estimable it decides, because it is the stronger evidence; the answer without it stands beside it.
    thresholds : Thresholds
        Limits of the decision table in ``docs/methods/claims.md``.

    Returns
    -------
    Verdict
        ``cannot be checked`` where the claim asserts no change, is about another region, channel or unit or a time
        before the launch, where the effect is on a measure that is no count, or where it cannot be estimated.

    Raises
    ------
    ClaimError
        Where the claim cannot be parsed, or asserts what nothing could meet, or the two effects are not of the same
        series and launch.
    """
    _same_question(effect, controlled)
    asked = _claim(claim)
    figures = _claimed_figures(asked)
    obstacle = _obstacle(asked, effect)
    if obstacle:
        return Verdict(
            kind=VerdictKind.CANNOT_BE_CHECKED,
            claim=asked,
            reasons=verdict_wording.cannot(obstacle, asked, effect),
            figures=figures,
        )
    alone, bounds = net_change(effect, asked), asked.ratio
    beside = None if controlled is None else net_change(controlled, asked)
    net = beside if isinstance(beside, Net) else alone
    if isinstance(net, NotEstimable):
        reasons = verdict_wording.not_estimable(net)
        return Verdict(kind=VerdictKind.CANNOT_BE_CHECKED, claim=asked, reasons=reasons, figures=figures)
    assert bounds is not None
    plain = before_after_ratio(effect, asked)
    before_after = _before_after(asked, bounds, plain)
    kind, probability = _decided(asked, bounds, net, before_after, thresholds)
    level = 3 if net is beside or _controlled(effect) else 2
    figures |= _net_figures(net, probability) | {"before_after_reaches": before_after.value}
    figures |= {"rise": not _is_fall(asked, bounds), "evidence_level": level}
    figures |= {"no_change": True} if _is_no_change(asked, bounds) else {}
    figures |= plain_figures(plain)
    if isinstance(beside, Net) and isinstance(alone, Net):
        other, probability = _decided(asked, bounds, alone, before_after, thresholds)
        figures |= _alone_figures(alone, probability, other)
    if isinstance(beside, NotEstimable):
        figures["controls_reason"] = beside.reason
    return Verdict(kind=kind, claim=asked, reasons=verdict_wording.reasons(kind, figures), figures=figures)


def before_after_ratio(effect: Effect, claim: Claim | None = None) -> BeforeAfterRatio | None:
    """Mean contacts after over mean contacts before, as a press release would give it.

    Parameters
    ----------
    effect : Effect
        Its design holds the observed counts; missing periods are left out of both means.
    claim : Claim, optional
        Where it names both periods and the series covers some of each, these are the windows. Where it names only its
        own, the window before is as long and ends at the launch. Otherwise they are equally long on either side of the
        launch, as long as the shorter side allows.

    Returns
    -------
    BeforeAfterRatio or None
        None where a window is empty or holds no contacts before.
    """
    observed = pd.Series(effect.design.observed, index=effect.design.periods)
    before, after, stated = _windows(observed, effect, claim)
    held_before, held_after = before.dropna(), after.dropna()
    if held_before.empty or held_after.empty or held_before.sum() <= 0:
        return None
    value = float(held_after.mean() / held_before.mean())
    scale = len(held_before) / len(held_after)
    totals = (float(held_after.sum()), float(held_before.sum()))
    own = _own_dispersion(effect)
    poisson, dispersed, at_own = (
        _scaled(ratio_interval(*totals, dispersion=one), scale) for one in (1.0, DISPERSION, own or 1.0)
    )
    return BeforeAfterRatio(
        value=value,
        before=float(held_before.mean()),
        after=float(held_after.mean()),
        periods_before=len(held_before),
        periods_after=len(held_after),
        poisson=poisson,
        dispersed=dispersed,
        window_before=_span(before),
        window_after=_span(after),
        same_months=_months(held_before) == _months(held_after),
        claimed_windows=stated,
        dispersion=own,
        own=None if own is None else at_own,
        explained=explained(effect, pd.PeriodIndex(held_before.index), pd.PeriodIndex(held_after.index)),
    )


def _scaled(bounds: Bounds, scale: float) -> Bounds:
    return Bounds(bounds.lower * scale, bounds.upper * scale)


def _own_dispersion(effect: Effect) -> float | None:
    """Dispersion of the series itself: that of quasi-Poisson regression where it was run, at least 1."""
    fits = [one.fit for one in (effect.second_opinion, effect) if one is not None and one.fit is not None]
    found = next((fit for fit in fits if fit.name == "segmented"), fits[0] if fits else None)
    return None if found is None or not np.isfinite(found.dispersion) else max(1.0, float(found.dispersion))


def _claim(claim: Claim | ClaimRow | float | str) -> Claim:
    if isinstance(claim, Claim):
        return claim
    if isinstance(claim, ClaimRow):
        return claim_from_row(claim)
    if isinstance(claim, str):
        return parse_claim(claim)
    if isinstance(claim, int | float) and not isinstance(claim, bool):
        return claim_from_ratio(claim)
    raise ClaimError(
        f"A claim is given as {type(claim).__name__}; allowed are a Claim, a row of a claims register, a ratio such as "
        "3, or wording such as 'threefold'."
    )


def _obstacle(claim: Claim, effect: Effect) -> str:
    """Name of what stands in the way of an answer; empty where nothing does."""
    if claim.ratio is None:
        return "no-change"
    if effect.design.kind != "counts":
        return "no-counts"
    if claim.region and effect.region and claim.region != effect.region:
        return "other-region"
    if claim.channel and effect.channel not in ("", claim.channel):
        return "all-channels" if claim.channel == Channel.COMBINED else "other-channel"
    if not counts_contacts(claim):
        return "other-unit"
    early = claim.period is not None and claim.period.end < effect.launch.start_time.date()
    return "before-launch" if early else ""


def _same_question(effect: Effect, controlled: Effect | None) -> None:
    if controlled is None:
        return
    if (controlled.region, controlled.channel, controlled.launch) != (effect.region, effect.channel, effect.launch):
        raise ClaimError(
            f"The effect is of {effect.region or 'a series'} with launch {effect.launch}, the one with comparison "
            f"regions of {controlled.region or 'a series'} with launch {controlled.launch}; both must be of the same "
            "series, channel and launch."
        )
    if not _controlled(controlled):
        raise ClaimError(
            "The effect given as controlled was estimated without comparison regions; pass controls=... to "
            "estimate_effect, or leave it out."
        )


def _decided(
    claim: Claim, bounds: Bounds, net: Net, before_after: BeforeAfter, thresholds: Thresholds
) -> tuple[VerdictKind, float]:
    """The verdict on one estimate of the net change, and the probability that it reaches the claim."""
    if _is_no_change(claim, bounds):
        return _unchanged(bounds, net, thresholds)
    probability, short = _reached(claim, bounds, net)
    reach = reach_of(probability, interval_short=short, thresholds=thresholds)
    if reach is Reach.LIKELY and not _changed(claim, bounds, net):
        reach = Reach.OPEN
    return decide(reach, before_after), probability


def _changed(claim: Claim, bounds: Bounds, net: Net) -> bool:
    """Whether the interval excludes no change in the claimed direction; a mere upper limit claims no direction."""
    stated = claim.stated_ratio or 0.0
    if stated > 1 and bounds.lower <= 0:
        return True
    return net.ratio.upper < 1 if _is_fall(claim, bounds) else net.ratio.lower > 1


def _unchanged(bounds: Bounds, net: Net, thresholds: Thresholds) -> tuple[VerdictKind, float]:
    """The verdict on a claim that nothing changed: supported only where the whole interval lies in its tolerance."""
    probability, ratio = net.prob_within(bounds), net.ratio
    outside = ratio.lower > bounds.upper or ratio.upper < bounds.lower
    reach = reach_of(probability, interval_short=outside, thresholds=thresholds)
    if reach is Reach.LIKELY and not (bounds.lower <= ratio.lower and ratio.upper <= bounds.upper):
        reach = Reach.OPEN
    return decide(reach, BeforeAfter.UNKNOWN), probability


def _net_figures(net: Net, probability: float) -> dict[str, Figure]:
    ratio = net.ratio
    return {
        "net": ratio.value,
        "net_lower": ratio.lower,
        "net_upper": ratio.upper,
        "level": ratio.level,
        "prob_reached": probability,
        "window": str(ratio.window),
        "own_window": net.own_window,
    }


def _alone_figures(alone: Net, probability: float, kind: VerdictKind) -> dict[str, Figure]:
    return {
        "alone": alone.ratio.value,
        "alone_lower": alone.ratio.lower,
        "alone_upper": alone.ratio.upper,
        "alone_prob": probability,
        "alone_verdict": kind.value,
    }


def _controlled(effect: Effect) -> bool:
    """Whether comparison regions entered the estimate."""
    return effect.model in _CONTROLLED or effect.design.controlled


def _is_no_change(claim: Claim, bounds: Bounds) -> bool:
    """Whether the claim says that nothing changed: met neither by a rise nor by a fall."""
    return claim.stated_ratio == 1 and bounds.finite and bounds.lower > 0


def _is_fall(claim: Claim, bounds: Bounds) -> bool:
    """Whether the claim is met by small ratios: a fall, or "less than"."""
    return bounds.finite and (bounds.lower <= 0 or (claim.stated_ratio or 1.0) < 1)


def _reached(claim: Claim, bounds: Bounds, net: Net) -> tuple[float, bool]:
    """Probability that the effect reaches the weakest change left open, and whether its interval falls short."""
    fall = _is_fall(claim, bounds)
    above = net.prob_at_least(bounds.upper if fall else bounds.lower)
    return (1 - above, net.ratio.lower > bounds.upper) if fall else (above, net.ratio.upper < bounds.lower)


def _before_after(claim: Claim, bounds: Bounds, plain: BeforeAfterRatio | None) -> BeforeAfter:
    if plain is None:
        return BeforeAfter.UNKNOWN
    if _is_no_change(claim, bounds):
        return BeforeAfter.REACHES if bounds.contains(plain.value) else BeforeAfter.FALLS_SHORT
    reaches = plain.value <= bounds.upper if _is_fall(claim, bounds) else plain.value >= bounds.lower
    return BeforeAfter.REACHES if reaches else BeforeAfter.FALLS_SHORT


def _claimed_figures(claim: Claim) -> dict[str, Figure]:
    if claim.ratio is None or claim.stated_ratio is None:
        return {}
    return {
        "claimed": claim.stated_ratio,
        "claimed_lower": claim.ratio.lower,
        "claimed_upper": claim.ratio.upper,
        "claim_text": claim.text,
    }


def plain_figures(plain: BeforeAfterRatio | None) -> dict[str, Figure]:
    """The before/after ratio as figures of a verdict."""
    if plain is None:
        return {}
    return {
        "before_after": plain.value,
        "before": plain.before,
        "after": plain.after,
        "before_after_poisson_lower": plain.poisson.lower,
        "before_after_poisson_upper": plain.poisson.upper,
        "before_after_dispersed_lower": plain.dispersed.lower,
        "before_after_dispersed_upper": plain.dispersed.upper,
        "dispersion": DISPERSION,
        **_own_figures(plain),
        **_explained_figures(plain.explained),
        "window_before": plain.window_before,
        "window_after": plain.window_after,
        "same_months": plain.same_months,
        "claimed_windows": plain.claimed_windows,
    }


def _own_figures(plain: BeforeAfterRatio) -> dict[str, Figure]:
    if plain.dispersion is None or plain.own is None:
        return {}
    ends = {"before_after_own_lower": plain.own.lower, "before_after_own_upper": plain.own.upper}
    return {"own_dispersion": plain.dispersion, **ends}


def _explained_figures(found: Explained | None) -> dict[str, Figure]:
    if found is None:
        return {}
    figures: dict[str, Figure] = {"explained": found.value}
    figures |= {"explained_lower": found.lower, "explained_upper": found.upper}
    if found.share is not None:
        figures["explained_share"] = found.share
    return figures | ({} if found.season is None else {"season": found.season})


def _windows(observed: pd.Series, effect: Effect, claim: Claim | None) -> tuple[pd.Series, pd.Series, bool]:
    """The two windows, and whether both are the claim's own."""
    if claim is not None and claim.period is not None:
        after = _within(observed, claim.period)
        if claim.baseline is not None:
            before = _within(observed, claim.baseline)
            if before.notna().any() and after.notna().any():
                return before, after, True
        earlier = observed[observed.index < effect.launch]
        if 0 < len(after) <= len(earlier) and claim.baseline is None:
            return earlier.iloc[len(earlier) - len(after) :], after, False
    return (*_around_launch(observed, effect), False)


def _within(observed: pd.Series, interval: Interval) -> pd.Series:
    return observed.loc[inside(pd.PeriodIndex(observed.index), interval)]


def _around_launch(observed: pd.Series, effect: Effect) -> tuple[pd.Series, pd.Series]:
    before = observed[observed.index < effect.launch]
    after = observed[observed.index >= effect.launch]
    if effect.window is not None:
        after = after[after.index <= effect.window.end]
    length = min(len(before), len(after))
    return before.iloc[len(before) - length :], after.iloc[:length]


def _span(window: pd.Series) -> str:
    return f"{window.index[0]} to {window.index[-1]}"


def _months(window: pd.Series) -> list[int]:
    return sorted(period.month for period in window.index)
