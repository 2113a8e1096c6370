"""The only place in this stage where numbers become percentages and sentences."""

from __future__ import annotations

import math
from collections.abc import Callable

from evalkit.claim.finding import Figure, Finding

__all__ = ["change", "count", "fold_confusion", "ratio", "sentence", "why_unchecked"]

Figures = dict[str, Figure]
UNDERSTATED = 1.1
"""From which multiple of the stated ratio on a claim that still agrees is said to understate the change."""


def count(value: float) -> str:
    """A count with thousands separated: ``3,549``; one decimal where it is no whole number."""
    if not math.isfinite(value):
        return "any higher number"
    return f"{value:,.0f}" if abs(value - round(value)) < 0.005 else f"{value:,.1f}"


def ratio(value: float) -> str:
    """A ratio with two decimals: ``2.03``."""
    return f"{value:.2f}" if math.isfinite(value) else "no upper limit"


def percent(fraction: float, decimals: int = 1) -> str:
    """A fraction as a percentage: ``42.1 %``."""
    return f"{100 * fraction:.{decimals}f} %"


def change(value: float) -> str:
    """A ratio as a change in per cent, with its sign: ``+103.1 %``, ``−15.3 %``."""
    if not math.isfinite(value):
        return "no upper limit"
    points = 100 * (value - 1)
    return f"{'−' if points < -0.05 else '+'}{abs(points):,.1f} %"


def fold_confusion(value: float) -> str:
    """A note where a percentage is a multiple of a hundred: +200 % is threefold, not twofold; empty otherwise."""
    if value < 200 or value % 100:
        return ""
    return f"+{value:g} % is {value / 100 + 1:g}-fold, not {value / 100:g}-fold; the two are often confused."


def sentence(finding: Finding) -> str:
    """A finding in one or two sentences."""
    return _SENTENCES[finding.rule](finding.figures)


def why_unchecked(reason: str) -> str:
    """Why a figure cannot be checked."""
    return _UNCHECKED[reason]


_UNCHECKED = {
    "words-only": "The claim gives no figure; a figure with its two periods would settle it.",
    "share": "A share of something whose counts are not published; the two counts would settle it.",
    "single-count": "No other published figure is about this quantity and period; a second source would settle it.",
    "no-baseline": "What it is compared with is not a published count; the counts of both periods would settle it.",
    "no-period": "The source names no periods, and no counts are published for it; both would settle it.",
    "no-counts": "The counts behind it are not published; those of both periods would settle it.",
}


def _n(figures: Figures, name: str) -> float:
    value = figures[name]
    return float(value) if not isinstance(value, str) else math.nan


def _change_or_ratio(figures: Figures, value: float) -> str:
    return change(value) if figures.get("percent") else f"{ratio(value)} times"


def _claimed(figures: Figures) -> str:
    if figures.get("percent"):
        return change(_n(figures, "claimed")).replace(".0 %", " %")
    return f"{_n(figures, 'claimed'):g} times"


def _the(place: str) -> str:
    return f"the {place}" if place in ("UK", "South East", "South West", "North West") else place


def _country(figures: Figures) -> str:
    return _the(str(figures["country"]))


def _open(figures: Figures) -> str:
    """What the claim's rounding leaves open."""
    lower, upper = _n(figures, "claimed_lower"), _n(figures, "claimed_upper")
    decimals = 3 if figures.get("percent") else 2
    return f"{lower:.{decimals}f} to {upper:.{decimals}f}" if math.isfinite(upper) else f"{lower:.{decimals}f} or more"


def _sampling(figures: Figures) -> str:
    if "poisson_lower" not in figures:
        return ""
    return (
        f" With counting variation alone the ratio {ratio(_n(figures, 'ratio'))} lies between "
        f"{ratio(_n(figures, 'poisson_lower'))} and {ratio(_n(figures, 'poisson_upper'))}, at dispersion "
        f"{_n(figures, 'dispersion'):g} between {ratio(_n(figures, 'dispersed_lower'))} and "
        f"{ratio(_n(figures, 'dispersed_upper'))}."
    )


def _recomputed(f: Figures) -> str:
    value = _change_or_ratio(f, _n(f, "ratio"))
    agrees = _n(f, "claimed_lower") - 1e-9 <= _n(f, "ratio_upper") and _n(f, "ratio_lower") <= (
        _n(f, "claimed_upper") + 1e-9
    )
    verb = "agrees with" if agrees else "contradicts"
    understated = agrees and _n(f, "ratio") > UNDERSTATED * max(_n(f, "claimed"), 1.0)
    note = " The claim understates it." if understated else ""
    return (
        f"{count(_n(f, 'current'))} against {count(_n(f, 'baseline'))} is {value}, which {verb} "
        f"the published {_claimed(f)} ({_open(f)} times with rounding).{note}{_sampling(f)}"
    )


def _undated(f: Figures) -> str:
    text = f"The claim names no period. On the published window ({f['window']}): {_recomputed(f)}"
    if f.get("members_reaching") and f["members_reaching"] == f.get("best_member"):
        best = f"{f['best_member']} ({ratio(_n(f, 'best_ratio'))} times)"
        text += f" Of its areas with published counts only {best} comes near."
    return f"{text} Another, unpublished window may be meant."


def _implied(f: Figures, what: str) -> str:
    if f.get("none"):
        return f"No whole number can be the {what} of {count(_n(f, 'known'))} at {_claimed(f)}."
    lower, upper = count(_n(f, "implied_lower")), count(_n(f, "implied_upper"))
    span = f"{lower} or more" if not math.isfinite(_n(f, "implied_upper")) else f"{lower} to {upper}"
    span = lower if lower == upper else span
    return f"{count(_n(f, 'known'))} and {_claimed(f)} imply a {what} of {span}; it is not published."


def _comparison(f: Figures) -> str:
    text = f"In {_country(f)} the change over the same periods was {change(_n(f, 'country_ratio'))}"
    if "relative" in f:
        text += (
            f"; relative to it the region changed by a factor of {ratio(_n(f, 'relative'))} "
            f"({ratio(_n(f, 'relative_lower'))} to {ratio(_n(f, 'relative_upper'))} with counting variation alone, "
            f"{ratio(_n(f, 'relative_dispersed_lower'))} to {ratio(_n(f, 'relative_dispersed_upper'))} at dispersion "
            f"{_n(f, 'dispersion'):g})"
        )
    elif "region_ratio" in f:
        text += f", in the region as claimed {change(_n(f, 'region_ratio'))}"
    return f"{text}."


def _sum(f: Figures, of: str) -> str:
    return f"{_n(f, 'parts'):g} {of} sum to {count(_n(f, 'sum'))}; the published total is {count(_n(f, 'total'))}."


def _since(f: Figures) -> str:
    text = f"{count(_n(f, 'current'))} against {count(_n(f, 'before'))} ({f['since']}) is {change(_n(f, 'ratio'))}"
    if "country" in f:
        text += f"; {_country(f)} over the same years {change(_n(f, 'country_ratio'))}"
    unreported = _n(f, "ratio") < 1 and not f["reported"]
    return f"{text}. No source in the register states this fall." if unreported else f"{text}."


def _twice(f: Figures) -> str:
    if _n(f, "first") == _n(f, "second"):
        return f"Another source has the same figure, {count(_n(f, 'first'))}."
    return f"The same quantity is given as {count(_n(f, 'first'))} and as {count(_n(f, 'second'))}."


def _share(f: Figures) -> str:
    return (
        f"{count(_n(f, 'part'))} of {count(_n(f, 'whole'))} is {percent(_n(f, 'share'))} of the figure for "
        f"{_the(str(f['whole_region']))} in that period."
    )


_SENTENCES: dict[str, Callable[[Figures], str]] = {
    "recomputed": _recomputed,
    "undated": _undated,
    "implied-baseline": lambda f: _implied(f, "baseline"),
    "implied-current": lambda f: _implied(f, "later count"),
    "change-twice": lambda f: (
        f"The same change is published as {change(_n(f, 'first'))} ({f['first_source']}) and as "
        f"{change(_n(f, 'second'))} ({f['second_source']})."
    ),
    "change-nearly-twice": lambda f: (
        f"Over nearly the same periods the change is {change(_n(f, 'first'))} ({f['first_source']}) and "
        f"{change(_n(f, 'second'))} ({f['second_source']})."
    ),
    "window-gap": lambda f: (
        f"The two windows leave out {_n(f, 'gap_days'):.0f} days between them, which is no whole number of windows."
    ),
    "season": lambda _: "The two windows are different calendar months, so season is part of the change.",
    "chain": lambda f: (
        f"{count(_n(f, 'after'))} after {_claimed(f)} leaves at most {count(_n(f, 'implied_upper'))} for the year "
        f"before, beside {count(_n(f, 'before'))} in an earlier year: a ratio of {ratio(_n(f, 'change_upper'))} or "
        f"less where {_country(f)} had {ratio(_n(f, 'national'))}. The three can hardly all hold."
    ),
    "comparison": _comparison,
    "channel-sum": lambda f: (
        f"{_sum(f, 'channels')} Whether people used both is not stated: a sum over channels counts contacts."
    ),
    "window-sum": lambda f: _sum(f, "shorter windows"),
    "area-sum": lambda f: _sum(f, "areas"),
    "part-above-whole": lambda f: (
        f"{count(_n(f, 'part'))} ({f['part_channel']}, {f['part_window']}) exceeds {count(_n(f, 'whole'))}, the total "
        f"that it would be part of ({f['whole_window']})."
    ),
    "window-inside": lambda f: (
        f"{count(_n(f, 'part'))} ({f['part_window']}) is {percent(_n(f, 'share'), 0)} of {count(_n(f, 'whole'))} "
        f"({f['whole_window']}) and leaves {count(_n(f, 'rest'))} for the rest."
    ),
    "other-definition": lambda f: (
        f"{count(_n(f, 'sum'))} ({f['window']}) stands beside a total of {count(_n(f, 'total'))} "
        f"({f['total_window']}), a factor of {ratio(_n(f, 'factor'))}: the definitions must differ."
    ),
    "published-twice": _twice,
    "share": _share,
    "monthly-mean": lambda f: (
        f"{count(_n(f, 'total'))} over {_n(f, 'months'):g} months is {count(_n(f, 'mean'))} a month; "
        f"{count(_n(f, 'stated'))} is stated."
    ),
    "unit": lambda f: (
        f"Worded as {f['unit']}, {count(_n(f, 'value'))} would be {percent(_n(f, 'share_as_worded'))} of "
        f"{count(_n(f, 'national_calls'))} in {_country(f)}; as contacts by all channels it is "
        f"{percent(_n(f, 'share_as_contacts'))} of the national total. The unit is wrong."
    ),
    "unit-wording": lambda f: (
        f"{count(_n(f, 'value'))} is worded as {f['unit']}, but its size is that of contacts by all channels."
    ),
    "unit-elsewhere": lambda f: (
        f"{count(_n(f, 'value'))} is worded as {f['unit']}; another source gives the same figure as {f['other_unit']}."
    ),
    "unit-mismatch": lambda f: (
        f"{count(_n(f, 'value'))} is worded as {f['unit']}; for {f['whole_region']} {f['other_unit']} are counted."
    ),
    "since-last-year": _since,
    "rate": lambda f: (
        f"{_n(f, 'rate'):.1f} contacts per 100,000 inhabitants (population of {_n(f, 'population_year'):.0f})."
    ),
    "same-rounded-number": lambda f: (
        f"The rounded {count(_n(f, 'value'))} also fits {count(_n(f, 'other'))} ({f['other_period']}): guard against a "
        "mix-up."
    ),
    "change-of-parts": lambda f: (
        f"{count(_n(f, 'current'))} after {count(_n(f, 'before'))} is {change(_n(f, 'ratio'))}; its parts "
        f"({f['parts']}) are published with {change(_n(f, 'least'))} to {change(_n(f, 'most'))}."
    ),
    "before-launch": lambda f: (
        f"The period ({f['window']}) ends before the launch of {f['campaign']} ({f['launch']}): the figure can show no "
        "effect of it."
    ),
    "before-channel-opened": lambda f: (
        f"The period ({f['window']}) begins before the channel existed ({f['event']}, {f['opened']}): it is probably "
        "misprinted."
    ),
    "other-region": lambda f: (
        f"{f['first_region']} is published with {change(_n(f, 'first'))}, {f['second_region']} with "
        f"{change(_n(f, 'second'))} over the same years: the regions are not the same."
    ),
    "number-of-areas": lambda f: f"Sources give {f['campaign']} {f['stated']} areas.",
    "definition-of-region": lambda f: (
        f"{f['region']} is used with and without {f['extra']}; whether the figures include it is not stated."
    ),
    "name-of-region": lambda f: (
        f"One source speaks of {f['first_region']}, another of {f['second_region']}, for the same campaign and period."
    ),
}
