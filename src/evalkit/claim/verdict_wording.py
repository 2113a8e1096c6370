"""The sentences of a verdict: with :mod:`evalkit.claim.wording` the only place for words and percentages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from evalkit.claim.decision import THRESHOLDS, BeforeAfter
from evalkit.claim.finding import Figure
from evalkit.claim.wording import change, percent, ratio, sensitivity, when
from evalkit.vocab import Unit, VerdictKind

if TYPE_CHECKING:
    from evalkit.claim.claim import Claim
    from evalkit.effect import Effect, NotEstimable

__all__ = ["cannot", "not_estimable", "reasons"]

Figures = dict[str, Figure]
NO_EVIDENCE = "Strength of evidence for this claim: none; nothing could be compared."


WITHHELD = (
    "The before/after ratio is not published: counts in one of its windows are too small to be shown, or are published "
    "by longer periods that do not fit the window."
)


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
        _SETTLES[_settled_by(kind, figures)],
    )
    return tuple(when(sentence) for sentence in sentences)


def cannot(obstacle: str, claim: Claim, effect: Effect) -> tuple[str, ...]:
    """Why a claim cannot be checked against an effect, and what would help."""
    why, settles = _OBSTACLES[obstacle](claim, effect)
    return when(why), NO_EVIDENCE, settles


def _n(figures: Figures, name: str) -> float:
    return float(figures[name])


def probability(value: float) -> str:
    """A probability as a percentage; never 0 or 100."""
    if value < 0.01:
        return "below 1 %"
    return "above 99 %" if value > 0.99 else f"{100 * value:.0f} %"


def _claimed(figures: Figures) -> str:
    lower, upper = _n(figures, "claimed_lower"), _n(figures, "claimed_upper")
    if upper == float("inf"):
        return f"{ratio(lower)} times or more"
    if lower <= 0:
        return f"{ratio(upper)} times or less"
    if lower == upper:
        return f"{ratio(lower)} times"
    if "no_change" in figures:
        return f"absence of a change ({lower:.3f} to {upper:.3f} times)"
    decimals = 3 if ratio(lower) == ratio(upper) else 2
    span = f"{lower:.{decimals}f} to {upper:.{decimals}f}"
    return f"{ratio(_n(figures, 'claimed'))} times ({span} with rounding)"


def _weakest(figures: Figures) -> str:
    if "no_change" in figures:
        return f"{_n(figures, 'claimed_lower'):.3f} to {_n(figures, 'claimed_upper'):.3f} times"
    if figures["rise"]:
        return f"at least {ratio(_n(figures, 'claimed_lower'))} times"
    return f"at most {ratio(_n(figures, 'claimed_upper'))} times"


def _other_causes(figures: Figures) -> str:
    """What the net change is net of."""
    if _n(figures, "evidence_level") >= _CONTROLLED:
        return "trend, season and what happened in the comparison regions"
    return "trend and season alone"


def _net_of(figures: Figures) -> str:
    return f"Net of {_other_causes(figures).removesuffix(' alone')}"


def _more_than(figures: Figures) -> str:
    """``more than`` where before and after go beyond everything that the claim leaves open."""
    if "before_after" not in figures:
        return ""
    value = _n(figures, "before_after")
    beyond = value > _n(figures, "claimed_upper") if figures["rise"] else value < _n(figures, "claimed_lower")
    return "more than " if beyond else ""


def _supported(figures: Figures) -> str:
    if "no_change" in figures:
        return f"{_net_of(figures)} the whole interval lies within the claimed {_claimed(figures)}."
    beyond = (
        _n(figures, "net_lower") > _n(figures, "claimed_upper")
        if figures["rise"]
        else _n(figures, "net_upper") < _n(figures, "claimed_lower")
    )
    text = f"{_net_of(figures)} the change reaches the claimed {_claimed(figures)}{_unlike_before_after(figures)}."
    return f"{text} The claim understates it." if beyond else text


def _unlike_before_after(figures: Figures) -> str:
    """What to add where the plain comparison falls short of a claim that the net change reaches."""
    if figures["before_after_reaches"] != BeforeAfter.FALLS_SHORT.value:
        return ""
    published = "published " if figures["claimed_windows"] else ""
    return f"; the {published}before/after comparison itself does not show it"


def _not_attributable(figures: Figures) -> str:
    return (
        f"Before and after differ by {_more_than(figures)}the claimed {_claimed(figures)}, but "
        f"{_net_of(figures).lower()} the campaign's own change falls short of it: the rest is what "
        f"{_other_causes(figures)} lead one to expect."
    )


def _not_supported(figures: Figures) -> str:
    if "no_change" in figures:
        return (
            f"{_net_of(figures)} there was a change: the whole interval lies outside the claimed {_claimed(figures)}."
        )
    if "before_after" not in figures:
        return f"{_net_of(figures)} the change falls short of the claimed {_claimed(figures)}."
    return (
        f"Neither before and after nor the change {_net_of(figures).lower()} reaches the claimed {_claimed(figures)}."
    )


def _inconclusive(figures: Figures) -> str:
    if "no_change" in figures:
        return f"The data neither show nor exclude the claimed {_claimed(figures)}."
    if _likely_but_open(figures):
        return f"The data make the claimed {_claimed(figures)} likely, but do not exclude that nothing changed."
    return f"The data neither reach nor exclude the claimed {_claimed(figures)}."


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
    window = f"over the claim's period, {figures['window']}" if figures["own_window"] else str(figures["window"])
    return (
        f"{_net_of(figures)}: {ratio(_n(figures, 'net'))} times, "
        f"{percent(_n(figures, 'level'), 0)} interval "
        f"{ratio(_n(figures, 'net_lower'))} to {ratio(_n(figures, 'net_upper'))} ({window}); the "
        f"probability of {_weakest(figures)} is {probability(_n(figures, 'prob_reached'))}."
    )


def _alone(kind: VerdictKind, figures: Figures) -> tuple[str, ...]:
    """The answer without comparison regions beside the one with them, or why there is none with them."""
    if "controls_reason" in figures:
        why = str(figures["controls_reason"]).rstrip(".")
        return (f"With comparison regions the effect cannot be estimated: {why}.",)
    if "alone" not in figures:
        return ()
    same = figures["alone_verdict"] == kind.value
    verdict = "the verdict would be the same" if same else f"the verdict would be: {figures['alone_verdict']}"
    text = (
        f"Without comparison regions: {ratio(_n(figures, 'alone'))} times, {percent(_n(figures, 'level'), 0)} interval "
        f"{ratio(_n(figures, 'alone_lower'))} to {ratio(_n(figures, 'alone_upper'))}, probability of "
        f"{_weakest(figures)} {probability(_n(figures, 'alone_prob'))}; on that alone {verdict}."
    )
    return (text,)


def _explained(figures: Figures) -> tuple[str, ...]:
    """What was expected without the campaign, as a part of the before/after ratio."""
    if "explained" not in figures:
        return ()
    text = (
        "Of this, what was expected without the campaign (trend, season, known events, drift) by itself makes "
        f"{ratio(_n(figures, 'explained'))} times "
        f"({ratio(_n(figures, 'explained_lower'))} to {ratio(_n(figures, 'explained_upper'))})"
    )
    if "explained_share" in figures:
        text += f", about {percent(_n(figures, 'explained_share'), 0)} of the change"
    return (f"{text}.",)


def _plain(figures: Figures) -> tuple[str, ...]:
    if "before_after_withheld" in figures:
        return (WITHHELD,)
    if "before_after" not in figures:
        return ("A before/after ratio cannot be formed: one of the two windows holds no contacts.",)
    whose = (
        "the claim's own windows" if figures["claimed_windows"] else "equally long windows before and after the launch"
    )
    value = _n(figures, "before_after")
    text = (
        f"Before/after ratio, which is not an effect: {ratio(value)} times ({change(value)}) on {whose}, "
        f"{_n(figures, 'before'):,.1f} contacts a period in {figures['window_before']} and "
        f"{_n(figures, 'after'):,.1f} in {figures['window_after']}."
    )
    return (f"{text} {sensitivity(figures, 'before_after', 'before_after_')}",)


def _season(figures: Figures) -> tuple[str, ...]:
    if figures.get("same_months", True):
        return ()
    text = "The two windows hold different calendar months, so season is part of the before/after ratio"
    if "season" in figures:
        return (f"{text}: by the season of this series, {ratio(_n(figures, 'season'))} times.",)
    return (f"{text}.",)


def _evidence(figures: Figures) -> str:
    if _n(figures, "evidence_level") >= _CONTROLLED:
        return (
            "Strength of evidence: at most level 3 of 5 on the Maryland scale (before and after, beside comparison "
            "regions, without random allocation); it holds as far as those regions would have moved alike."
        )
    return (
        "Strength of evidence: at most level 2 of 5 on the Maryland scale (one series before and after, no comparison "
        "region); anything else that happened at the launch is part of the estimate."
    )


def _settled_by(kind: VerdictKind, figures: Figures) -> tuple[VerdictKind, bool]:
    return kind, _n(figures, "evidence_level") >= _CONTROLLED


_CONTROLLED = 3
_OTHER_WINDOWS = "Figures for other windows, with their counts, could show which change was meant."
_SETTLES = {
    (VerdictKind.SUPPORTED, False): "Comparison regions without a campaign would make the attribution stronger.",
    (
        VerdictKind.SUPPORTED,
        True,
    ): "A launch by lot, in some regions before others, would make the attribution stronger.",
    (VerdictKind.NOT_ATTRIBUTABLE, False): (
        "Comparison regions without a campaign would show whether the trend was general."
    ),
    (VerdictKind.NOT_ATTRIBUTABLE, True): "Further comparison regions would show how general the change was.",
    (VerdictKind.NOT_SUPPORTED, False): _OTHER_WINDOWS,
    (VerdictKind.NOT_SUPPORTED, True): _OTHER_WINDOWS,
    (VerdictKind.INCONCLUSIVE, False): (
        "More months before and after the launch, or comparison regions, would settle it."
    ),
    (VerdictKind.INCONCLUSIVE, True): "More months after the launch, or larger comparison regions, would settle it.",
}


def _no_change(claim: Claim, _: Effect) -> tuple[str, ...]:
    return (
        f"The claim ({claim.text or claim.statistic}) asserts no change, so no effect can bear on it.",
        "A claim that names the figure before, or the change, would settle it.",
    )


def _no_counts(_claim: Claim, _effect: Effect) -> tuple[str, ...]:
    return (
        "The effect is on a measure that is no count, and the claim is about contacts.",
        "An effect on the counts behind the measure would settle it.",
    )


def _other_region(claim: Claim, effect: Effect) -> tuple[str, ...]:
    return (
        f"The claim is about {claim.region}, the effect about {effect.region}.",
        f"An effect estimated for {claim.region} would settle it.",
    )


def _other_channel(claim: Claim, effect: Effect) -> tuple[str, ...]:
    return (
        f"The claim is about the channel {claim.channel}, the effect about {effect.channel}.",
        f"An effect estimated for {claim.channel} would settle it.",
    )


def _all_channels(_: Claim, effect: Effect) -> tuple[str, ...]:
    return (
        f"The claim is about all channels together, the effect about {effect.channel} alone.",
        "An effect estimated for the sum of all channels would settle it.",
    )


def _other_unit(claim: Claim, _: Effect) -> tuple[str, ...]:
    counted = claim.unit_text.strip(" ()") or str(claim.unit)
    counted = f"a unit of its own ({counted})" if claim.unit is Unit.OTHER else counted
    return (
        f"The claim counts {counted}, the effect contacts: contacts are not {counted}.",
        "A claim about contacts, or a series of what the claim counts, would settle it.",
    )


def _before_launch(claim: Claim, effect: Effect) -> tuple[str, ...]:
    why = (
        f"The claimed period ({claim.period}) ends before the launch ({effect.launch}): a figure from before the "
        "launch can show no effect of the campaign."
    )
    return (
        why,
        "A figure for a period after the launch would settle it.",
    )


def not_estimable(result: NotEstimable) -> tuple[str, ...]:
    """Why there is no effect to hold the claim against, and what would help."""
    remedy = (
        f"{result.remedy.rstrip('.')}: that would settle it." if result.remedy else "A longer series would settle it."
    )
    remedy = result.remedy if result.remedy.endswith("would settle it.") else remedy
    return (f"The effect cannot be estimated: {when(result.reason.rstrip('.'))}.", NO_EVIDENCE, remedy)


_OBSTACLES: dict[str, Callable[[Claim, Effect], tuple[str, ...]]] = {
    "no-change": _no_change,
    "no-counts": _no_counts,
    "other-region": _other_region,
    "other-channel": _other_channel,
    "all-channels": _all_channels,
    "other-unit": _other_unit,
    "before-launch": _before_launch,
}
