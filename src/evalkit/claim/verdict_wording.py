"""The sentences of a verdict: with :mod:`evalkit.claim.wording` the only place for words and percentages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from evalkit.catalogue import term, text
from evalkit.claim.decision import THRESHOLDS, BeforeAfter
from evalkit.claim.finding import Figure
from evalkit.claim.wording import change, percent, ratio, sensitivity, when
from evalkit.vocab import Unit, VerdictKind

if TYPE_CHECKING:
    from evalkit.claim.claim import Claim
    from evalkit.effect import Effect, NotEstimable

__all__ = ["cannot", "not_estimable", "reasons"]

Figures = dict[str, Figure]
_CONTROLLED = 3


def reasons(kind: VerdictKind, figures: Figures) -> tuple[str, ...]:
    """The reasons of a verdict, the weightiest first."""
    sentences = (
        _LEADS[kind](figures),
        _net(figures),
        *_alone(kind, figures),
        *_plain(figures),
        *_explained(figures),
        *_season(figures),
        _evidence(figures),
        _settled_by(kind, figures),
    )
    return tuple(when(sentence) for sentence in sentences)


def cannot(obstacle: str, claim: Claim, effect: Effect) -> tuple[str, ...]:
    """Why a claim cannot be checked against an effect, and what would help."""
    key = f"claim.obstacle.{obstacle.replace('-', '_')}"
    places = _OBSTACLES[obstacle](claim, effect)
    settles = text(f"{key}_settled", **{name: said for name, said in places.items() if name == "claimed"})
    return when(text(key, **places)), text("claim.verdict.no_evidence"), settles


def _n(figures: Figures, name: str) -> float:
    return float(figures[name])


def probability(value: float) -> str:
    """A probability as a percentage; never 0 or 100."""
    if value < 0.01:
        return text("claim.verdict.below_1")
    return text("claim.verdict.above_99") if value > 0.99 else text("claim.verdict.probability", percent=100 * value)


def _claimed(figures: Figures) -> str:
    lower, upper = _n(figures, "claimed_lower"), _n(figures, "claimed_upper")
    if upper == float("inf"):
        return text("claim.verdict.or_more", ratio=ratio(lower))
    if lower <= 0:
        return text("claim.verdict.or_less", ratio=ratio(upper))
    if lower == upper:
        return text("claim.number.times", ratio=ratio(lower))
    if "no_change" in figures:
        return text("claim.verdict.absence", lower=lower, upper=upper)
    decimals = 3 if ratio(lower) == ratio(upper) else 2
    span = text("claim.number.range", lower=f"{lower:.{decimals}f}", upper=f"{upper:.{decimals}f}")
    return text("claim.verdict.claimed", ratio=ratio(_n(figures, "claimed")), span=span)


def _weakest(figures: Figures) -> str:
    if "no_change" in figures:
        return text("claim.verdict.within", lower=_n(figures, "claimed_lower"), upper=_n(figures, "claimed_upper"))
    if figures["rise"]:
        return text("claim.verdict.at_least", ratio=ratio(_n(figures, "claimed_lower")))
    return text("claim.verdict.at_most", ratio=ratio(_n(figures, "claimed_upper")))


def _other_causes(figures: Figures) -> str:
    """What the net change is net of."""
    return text(f"claim.verdict.causes{_beside(figures)}")


def _net_of(figures: Figures, *, inside: bool = False) -> str:
    """``Net of trend and season``; inside a sentence, ``net of …``."""
    return text(f"claim.verdict.{'inside' if inside else 'net_of'}{_beside(figures)}")


def _beside(figures: Figures) -> str:
    """What entries for estimates with comparison regions have at the end of their names."""
    return "_controlled" if _n(figures, "evidence_level") >= _CONTROLLED else ""


def _more_than(figures: Figures) -> str:
    """``more than`` where before and after go beyond everything that the claim leaves open."""
    if "before_after" not in figures:
        return ""
    value = _n(figures, "before_after")
    beyond = value > _n(figures, "claimed_upper") if figures["rise"] else value < _n(figures, "claimed_lower")
    return text("claim.verdict.more_than") if beyond else ""


def _supported(figures: Figures) -> str:
    if "no_change" in figures:
        return text("claim.verdict.supported_no_change", net=_net_of(figures), claimed=_claimed(figures))
    beyond = (
        _n(figures, "net_lower") > _n(figures, "claimed_upper")
        if figures["rise"]
        else _n(figures, "net_upper") < _n(figures, "claimed_lower")
    )
    said = text(
        "claim.verdict.supported", net=_net_of(figures), claimed=_claimed(figures), unlike=_unlike_before_after(figures)
    )
    return text("claim.verdict.understates", said=said) if beyond else said


def _unlike_before_after(figures: Figures) -> str:
    """What to add where the plain comparison falls short of a claim that the net change reaches."""
    if figures["before_after_reaches"] != BeforeAfter.FALLS_SHORT.value:
        return ""
    published = text("claim.verdict.published") if figures["claimed_windows"] else ""
    return text("claim.verdict.not_shown", published=published)


def _not_attributable(figures: Figures) -> str:
    return text(
        "claim.verdict.not_attributable",
        more_than=_more_than(figures),
        claimed=_claimed(figures),
        net=_net_of(figures, inside=True),
        causes=_other_causes(figures),
    )


def _not_supported(figures: Figures) -> str:
    if "no_change" in figures:
        return text("claim.verdict.changed", net=_net_of(figures), claimed=_claimed(figures))
    if "before_after" not in figures:
        return text("claim.verdict.short", net=_net_of(figures), claimed=_claimed(figures))
    return text("claim.verdict.neither", net=_net_of(figures, inside=True), claimed=_claimed(figures))


def _inconclusive(figures: Figures) -> str:
    if "no_change" in figures:
        return text("claim.verdict.open_no_change", claimed=_claimed(figures))
    if _likely_but_open(figures):
        return text("claim.verdict.likely", claimed=_claimed(figures))
    return text("claim.verdict.open", claimed=_claimed(figures))


def _likely_but_open(figures: Figures) -> bool:
    """Whether the net change probably reaches the claim while its interval still holds no change."""
    return _n(figures, "prob_reached") >= THRESHOLDS.likely and _n(figures, "net_lower") <= 1 <= _n(
        figures, "net_upper"
    )


_LEADS: dict[VerdictKind, Callable[[Figures], str]] = {
    VerdictKind.SUPPORTED: _supported,
    VerdictKind.NOT_ATTRIBUTABLE: _not_attributable,
    VerdictKind.NOT_SUPPORTED: _not_supported,
    VerdictKind.INCONCLUSIVE: _inconclusive,
}


def _net(figures: Figures) -> str:
    window = (
        text("claim.verdict.own_window", window=figures["window"]) if figures["own_window"] else str(figures["window"])
    )
    return text(
        "claim.verdict.net",
        net=_net_of(figures),
        ratio=ratio(_n(figures, "net")),
        level=percent(_n(figures, "level"), 0),
        lower=ratio(_n(figures, "net_lower")),
        upper=ratio(_n(figures, "net_upper")),
        window=window,
        weakest=_weakest(figures),
        probability=probability(_n(figures, "prob_reached")),
    )


def _alone(kind: VerdictKind, figures: Figures) -> tuple[str, ...]:
    """The answer without comparison regions beside the one with them, or why there is none with them."""
    if "controls_reason" in figures:
        why = str(figures["controls_reason"]).rstrip(".")
        return (text("claim.verdict.not_controlled", reason=why),)
    if "alone" not in figures:
        return ()
    same = figures["alone_verdict"] == kind.value
    verdict = (
        text("claim.verdict.same")
        if same
        else text("claim.verdict.other", verdict=term("verdicts", str(figures["alone_verdict"])))
    )
    said = text(
        "claim.verdict.alone",
        ratio=ratio(_n(figures, "alone")),
        level=percent(_n(figures, "level"), 0),
        lower=ratio(_n(figures, "alone_lower")),
        upper=ratio(_n(figures, "alone_upper")),
        weakest=_weakest(figures),
        probability=probability(_n(figures, "alone_prob")),
        verdict=verdict,
    )
    return (said,)


def _explained(figures: Figures) -> tuple[str, ...]:
    """What was expected without the campaign, as a part of the before/after ratio."""
    if "explained" not in figures:
        return ()
    said = text(
        "claim.verdict.explained",
        ratio=ratio(_n(figures, "explained")),
        lower=ratio(_n(figures, "explained_lower")),
        upper=ratio(_n(figures, "explained_upper")),
    )
    if "explained_share" in figures:
        said += text("claim.verdict.explained_share", share=percent(_n(figures, "explained_share"), 0))
    return (text("claim.sentence", sentence=said),)


def _plain(figures: Figures) -> tuple[str, ...]:
    if "before_after_withheld" in figures:
        return (text("claim.verdict.withheld"),)
    if "before_after" not in figures:
        return (text("claim.verdict.no_ratio"),)
    whose = text("claim.verdict.own_windows" if figures["claimed_windows"] else "claim.verdict.equal_windows")
    value = _n(figures, "before_after")
    said = text(
        "claim.verdict.plain",
        ratio=ratio(value),
        change=change(value),
        windows=whose,
        before=_n(figures, "before"),
        before_window=figures["window_before"],
        after=_n(figures, "after"),
        after_window=figures["window_after"],
    )
    return (f"{said} {sensitivity(figures, 'before_after', 'before_after_')}",)


def _season(figures: Figures) -> tuple[str, ...]:
    if figures.get("same_months", True):
        return ()
    said = text("claim.verdict.other_months")
    if "season" in figures:
        return (text("claim.verdict.by_season", said=said, ratio=ratio(_n(figures, "season"))),)
    return (text("claim.sentence", sentence=said),)


def _evidence(figures: Figures) -> str:
    if _n(figures, "evidence_level") >= _CONTROLLED:
        return text("claim.verdict.level_3")
    return text("claim.verdict.level_2")


def _settled_by(kind: VerdictKind, figures: Figures) -> str:
    """What would settle it: with comparison regions something else than without."""
    return text(f"claim.settled.{kind.name.lower()}{_beside(figures)}")


def _no_change(claim: Claim, _: Effect) -> Mapping[str, object]:
    return {"claim": claim.text or claim.statistic}


def _nothing(_claim: Claim, _effect: Effect) -> Mapping[str, object]:
    return {}


def _regions(claim: Claim, effect: Effect) -> Mapping[str, object]:
    return {"claimed": claim.region, "region": effect.region}


def _channels(claim: Claim, effect: Effect) -> Mapping[str, object]:
    return {"claimed": term("channels", claim.channel), "channel": term("channels", effect.channel)}


def _channel(_: Claim, effect: Effect) -> Mapping[str, object]:
    return {"channel": term("channels", effect.channel)}


def _unit(claim: Claim, _: Effect) -> Mapping[str, object]:
    counted = claim.unit_text.strip(" ()") or term("units", claim.unit)
    return {"counted": text("claim.obstacle.own_unit", unit=counted) if claim.unit is Unit.OTHER else counted}


def _period(claim: Claim, effect: Effect) -> Mapping[str, object]:
    return {"period": claim.period, "launch": effect.launch}


def not_estimable(result: NotEstimable) -> tuple[str, ...]:
    """Why there is no effect to hold the claim against, and what would help."""
    remedy = result.remedy or text("claim.verdict.longer_series")
    if not remedy.endswith(text("claim.verdict.settles")):
        remedy = text("claim.verdict.remedy", remedy=remedy.rstrip("."))
    why = text("claim.verdict.not_estimable", reason=when(result.reason.rstrip(".")))
    return why, text("claim.verdict.no_evidence"), remedy


_OBSTACLES: dict[str, Callable[[Claim, Effect], Mapping[str, object]]] = {
    "no-change": _no_change,
    "no-counts": _nothing,
    "other-region": _regions,
    "other-channel": _channels,
    "all-channels": _channel,
    "other-unit": _unit,
    "before-launch": _period,
}
"""What the sentence about each obstacle needs to know."""
