"""The sentences of a verdict: with :mod:`evalkit.claim.wording` the only place for words and percentages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from evalkit.claim.finding import Figure
from evalkit.claim.wording import change, percent, ratio
from evalkit.vocab import VerdictKind

if TYPE_CHECKING:
    from evalkit.claim.claim import Claim
    from evalkit.effect import Effect, NotEstimable

__all__ = ["cannot", "not_estimable", "reasons"]

Figures = dict[str, Figure]


def reasons(kind: VerdictKind, figures: Figures) -> tuple[str, ...]:
    """The reasons of a verdict, the weightiest first."""
    return (
        _LEADS[kind](figures),
        _net(figures),
        *_plain(figures),
        *_season(figures),
        _evidence(figures),
        _SETTLES[kind],
    )


def cannot(obstacle: str, claim: Claim, effect: Effect) -> tuple[str, ...]:
    """Why a claim cannot be checked against an effect, and what would help."""
    return _OBSTACLES[obstacle](claim, effect)


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
    return f"{ratio(_n(figures, 'claimed'))} times ({ratio(lower)} to {ratio(upper)} with rounding)"


def _weakest(figures: Figures) -> str:
    if figures["rise"]:
        return f"at least {ratio(_n(figures, 'claimed_lower'))} times"
    return f"at most {ratio(_n(figures, 'claimed_upper'))} times"


def _supported(figures: Figures) -> str:
    beyond = (
        _n(figures, "net_lower") > _n(figures, "claimed_upper")
        if figures["rise"]
        else _n(figures, "net_upper") < _n(figures, "claimed_lower")
    )
    text = f"Net of trend and season the change reaches the claimed {_claimed(figures)}."
    return f"{text} The claim understates it." if beyond else text


def _not_attributable(figures: Figures) -> str:
    return (
        f"Before and after differ by the claimed {_claimed(figures)}, but net of trend and season the campaign's own "
        "change falls short of it: the rest is what trend and season alone lead one to expect."
    )


def _not_supported(figures: Figures) -> str:
    if "before_after" not in figures:
        return f"Net of trend and season the change falls short of the claimed {_claimed(figures)}."
    return f"Neither before and after nor the change net of trend and season reaches the claimed {_claimed(figures)}."


def _inconclusive(figures: Figures) -> str:
    return f"The data neither reach nor exclude the claimed {_claimed(figures)}."


_LEADS: dict[VerdictKind, Callable[[Figures], str]] = {
    VerdictKind.SUPPORTED: _supported,
    VerdictKind.NOT_ATTRIBUTABLE: _not_attributable,
    VerdictKind.NOT_SUPPORTED: _not_supported,
    VerdictKind.INCONCLUSIVE: _inconclusive,
}


def _net(figures: Figures) -> str:
    window = f"over the claim's period, {figures['window']}" if figures["own_window"] else str(figures["window"])
    return (
        f"Net of trend and season: {ratio(_n(figures, 'net'))} times, {percent(_n(figures, 'level'), 0)} interval "
        f"{ratio(_n(figures, 'net_lower'))} to {ratio(_n(figures, 'net_upper'))} ({window}); the "
        f"probability of {_weakest(figures)} is {probability(_n(figures, 'prob_reached'))}."
    )


def _plain(figures: Figures) -> tuple[str, ...]:
    if "before_after" not in figures:
        return ("A before/after ratio cannot be formed: one of the two windows holds no contacts.",)
    whose = (
        "the claim's own windows" if figures["claimed_windows"] else "equally long windows before and after the launch"
    )
    value = _n(figures, "before_after")
    text = (
        f"Before/after ratio, which is not an effect: {ratio(value)} times ({change(value)}) on {whose}, "
        f"{_n(figures, 'before'):,.1f} contacts a period in {figures['window_before']} and "
        f"{_n(figures, 'after'):,.1f} in {figures['window_after']}; "
        f"{ratio(_n(figures, 'before_after_poisson_lower'))} to {ratio(_n(figures, 'before_after_poisson_upper'))} "
        f"with counting variation alone, {ratio(_n(figures, 'before_after_dispersed_lower'))} to "
        f"{ratio(_n(figures, 'before_after_dispersed_upper'))} at dispersion {_n(figures, 'dispersion'):g}."
    )
    return (text,)


def _season(figures: Figures) -> tuple[str, ...]:
    if figures.get("same_months", True):
        return ()
    return ("The two windows hold different calendar months, so season is part of the before/after ratio.",)


def _evidence(figures: Figures) -> str:
    if _n(figures, "evidence_level") >= 3:
        return "Strength of evidence: level 3 on the Maryland scale (comparison regions, no random allocation)."
    return (
        "Strength of evidence: at most level 2 on the Maryland scale (one series before and after, no comparison "
        "region); anything else that happened at the launch is part of the estimate."
    )


_SETTLES = {
    VerdictKind.SUPPORTED: "Comparison regions without a campaign would make the attribution stronger.",
    VerdictKind.NOT_ATTRIBUTABLE: "Comparison regions without a campaign would show whether the trend was general.",
    VerdictKind.NOT_SUPPORTED: "Figures for other windows, with their counts, could show which change was meant.",
    VerdictKind.INCONCLUSIVE: "More months before and after the launch, or comparison regions, would settle it.",
}


def _no_change(claim: Claim, _: Effect) -> tuple[str, ...]:
    return (
        f"The claim ({claim.text or claim.statistic}) asserts no change, so no effect can bear on it.",
        "A claim that names the figure before, or the change, would settle it.",
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
    return (f"The effect cannot be estimated: {result.reason.rstrip('.')}.", remedy)


_OBSTACLES: dict[str, Callable[[Claim, Effect], tuple[str, ...]]] = {
    "no-change": _no_change,
    "other-region": _other_region,
    "other-channel": _other_channel,
    "before-launch": _before_launch,
}
