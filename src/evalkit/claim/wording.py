"""The only place in this stage where numbers become percentages and sentences."""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
from collections.abc import Callable

from evalkit.claim.finding import Figure, Finding

__all__ = ["change", "count", "fold_confusion", "percent", "ratio", "sensitivity", "sentence", "when", "why_unchecked"]

Figures = dict[str, Figure]
_DATE = re.compile(r"(?<!\d)\d{4}-\d{2}(?:-\d{2})?(?!\d)")
_SPAN = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?: to |/)(\d{4}-\d{2}-\d{2})(?!\d)")
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
    text = when(_SENTENCES[finding.rule](finding.figures))
    return text[0].upper() + text[1:]


def when(text: str) -> str:
    """A text with its ISO dates as people write them: ``2019``, ``July 2017 to January 2018``, ``2 May 2019``."""
    return _DATE.sub(lambda found: _day(found[0]), _SPAN.sub(lambda found: _period(found[1], found[2]), text))


def _period(first: str, last: str) -> str:
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    if start.day == 1 and (end + dt.timedelta(days=1)).day == 1:
        if (start.month, end.month) == (1, 12):
            return str(start.year) if start.year == end.year else f"{start.year} to {end.year}"
        months = (_day(first[:7]), _day(last[:7]))
        return months[0] if months[0] == months[1] else " to ".join(months)
    return f"{_day(first)} to {_day(last)}"


def _day(text: str) -> str:
    year, month, *day = text.split("-")
    name = calendar.month_name[int(month)]
    return f"{int(day[0])} {name} {year}" if day else f"{name} {year}"


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


def _stated_change(value: float, qualifier: str, *, percentage: bool) -> str:
    """A change as its source words it: ``+69 %``, ``almost 3 times``, ``more than +150 %``."""
    word = "" if qualifier in ("", "exact") else f"{qualifier} "
    return f"{word}{change(value).replace('.0 %', ' %') if percentage else f'{value:g} times'}"


def _claimed(figures: Figures) -> str:
    qualifier = str(figures.get("qualifier", ""))
    return _stated_change(_n(figures, "claimed"), qualifier, percentage=bool(figures.get("percent")))


def _said(figures: Figures, name: str) -> str:
    """A count as its source gives it: ``3,549``, ``more than 300``, ``1,350 to 1,500``."""
    if f"{name}_qualifier" in figures:
        return f"{figures[f'{name}_qualifier']} {count(_n(figures, f'{name}_stated'))}"
    if f"{name}_lower" not in figures:
        return count(_n(figures, name))
    lower, upper = _n(figures, f"{name}_lower"), _n(figures, f"{name}_upper")
    return f"{math.ceil(lower):,} to {math.floor(upper):,}" if math.isfinite(upper) else f"more than {count(lower)}"


def _the(place: str) -> str:
    return f"the {place}" if place in ("UK", "South East", "South West", "North West", "North East") else place


def _country(figures: Figures) -> str:
    return _the(str(figures["country"]))


def _open(figures: Figures) -> str:
    """What the claim's wording leaves open."""
    lower, upper = _n(figures, "claimed_lower"), _n(figures, "claimed_upper")
    decimals = 3 if figures.get("percent") else 2
    if not math.isfinite(upper):
        return f"{lower:.{decimals}f} times or more"
    span = f"{lower:.{decimals}f} to {upper:.{decimals}f} times"
    return f"{span} with rounding" if figures.get("percent") else f"read as {span}"


def sensitivity(figures: Figures, name: str = "ratio", prefix: str = "") -> str:
    """How far chance reaches: a ratio with its intervals at Poisson, at the default and at the series' own dispersion.

    Empty where the figures hold no interval.
    """
    if f"{prefix}poisson_lower" not in figures:
        return ""
    value = ratio(_n(figures, name))
    text = (
        f"How sure: {value} times stands for {_span(figures, f'{prefix}poisson')} if only chance in the counts is "
        f"allowed for (Poisson), and for {_span(figures, f'{prefix}dispersed')} if contacts vary "
        f"{_n(figures, 'dispersion'):g} times as much, as they often do (dispersion {_n(figures, 'dispersion'):g})"
    )
    if f"{prefix}own_lower" in figures:
        text += (
            f"; at the dispersion of the series itself ({_n(figures, 'own_dispersion'):.1f}) for "
            f"{_span(figures, f'{prefix}own')}"
        )
    held = _n(figures, f"{prefix}dispersed_lower") <= 1 <= _n(figures, f"{prefix}dispersed_upper")
    return f"{text}. The wider interval holds 1: no change at all cannot be excluded." if held else f"{text}."


def _span(figures: Figures, name: str) -> str:
    return f"{ratio(_n(figures, f'{name}_lower'))} to {ratio(_n(figures, f'{name}_upper'))}"


def _recomputed(f: Figures) -> str:
    value = _change_or_ratio(f, _n(f, "ratio"))
    agrees = _n(f, "claimed_lower") - 1e-9 <= _n(f, "ratio_upper") and _n(f, "ratio_lower") <= (
        _n(f, "claimed_upper") + 1e-9
    )
    verb = "agrees with" if agrees else "contradicts"
    understated = agrees and _n(f, "ratio") > UNDERSTATED * max(_n(f, "claimed"), 1.0)
    note = " The claim understates it." if understated else ""
    text = (
        f"{_said(f, 'current')} against {_said(f, 'baseline')} is {value}, which {verb} the published "
        f"{_claimed(f)} ({_open(f)}).{note}"
    )
    return f"{text} {sensitivity(f)}".strip()


def _undated(f: Figures) -> str:
    text = f"The claim names no period. On the published window ({f['window']}): {_recomputed(f)}"
    if f.get("members_reaching") and f["members_reaching"] == f.get("best_member"):
        best = f"{f['best_member']} ({ratio(_n(f, 'best_ratio'))} times)"
        text += f" Of its areas with published counts only {best} comes near."
    if "season" in f:
        text += f" {_season(f)}"
    if "shared_days" in f:
        text += f" {_overlap(f)}"
    return f"{text} Another, unpublished window may be meant."


def _implied(f: Figures, what: str) -> str:
    known = f"{_said(f, 'known')} (the channels together)" if f.get("is_sum") else _said(f, "known")
    if f.get("none"):
        return f"No whole number can be the {what} of {known} at {_claimed(f)}."
    lower, upper = count(_n(f, "implied_lower")), count(_n(f, "implied_upper"))
    span = f"{lower} or more" if not math.isfinite(_n(f, "implied_upper")) else f"{lower} to {upper}"
    span = lower if lower == upper else span
    return f"{known} and {_claimed(f)} imply a {what} of {span}; it is not published."


def _comparison(f: Figures) -> str:
    text = f"In {_country(f)} as a whole the change over the same periods was {change(_n(f, 'country_ratio'))}"
    if "relative" in f:
        text += f"; relative to it the region changed by a factor of {_relative(f)}"
    elif "region_ratio" in f:
        text += f", in the region as claimed {change(_n(f, 'region_ratio'))}"
    return f"{text}."


def _relative(f: Figures) -> str:
    return (
        f"{ratio(_n(f, 'relative'))} ({_span(f, 'relative')} with chance in the counts only, "
        f"{_span(f, 'relative_dispersed')} at dispersion {_n(f, 'dispersion'):g})"
    )


def _elsewhere(f: Figures) -> str:
    pairs = [part.split("|") for part in str(f["names"]).split("; ")]
    shown = ", ".join(f"{name} {change(float(value))}" for name, value in pairs)
    together = f"; together {change(_n(f, 'pool_ratio'))}" if len(pairs) > 1 else ""
    text = (
        "Would it have happened anyway? Over the same periods, where no regional campaign is known: "
        f"{shown}{together}. Relative to {'them' if len(pairs) > 1 else 'it'} {_the(str(f['region']))} changed by a "
        f"factor of {_relative(f)}: {_beside(f)}."
    )
    return text + _campaign_note(f)


def _beside(f: Figures) -> str:
    if _n(f, "relative_dispersed_upper") < 1:
        return "contacts grew less than there" if _n(f, "pool_ratio") > 1 else "contacts fell more than there"
    if _n(f, "relative_dispersed_lower") > 1:
        return "contacts grew more than there" if _n(f, "ratio") > 1 else "contacts fell less than there"
    return "no clear difference from there"


def _campaign_note(f: Figures) -> str:
    """What is known of campaigns in the region itself."""
    if not f["campaign"]:
        return " No regional campaign is known in this region either."
    if f.get("began_in_baseline"):
        return f" The regional campaign ({f['campaign']}) began early in the first period, so both periods hold it."
    return f" In this region: {f['exposed']} ({f['campaign']})."


def _season(f: Figures) -> str:
    value = _n(f, "season")
    return (
        "The two windows are different calendar months, so season is part of the change. With a yearly season in which "
        f"the busiest month lies {percent(math.exp(_n(f, 'amplitude')) - 1, 0)} above the average, an assumption, "
        f"season alone could make anything from {ratio(1 / value)} to {ratio(value)} times."
    )


def _overlap(f: Figures) -> str:
    text = f"As dated, the two windows share {_n(f, 'shared_days'):.0f} days, whose contacts stand on both sides"
    return f"{text}; the source speaks of {_n(f, 'stated'):g} months each." if _n(f, "stated") else f"{text}."


def _sum(f: Figures, of: str) -> str:
    verb = "which agrees with" if f["agrees"] else "which contradicts"
    whole = f" for {_the(str(f['whole_region']))}" if "whole_region" in f else ""
    return f"{_n(f, 'parts'):g} {of} sum to {_said(f, 'sum')}, {verb} the published {_said(f, 'total')}{whole}."


def _since(f: Figures) -> str:
    now = f"{_said(f, 'current')} (the channels together)" if f.get("is_sum") else _said(f, "current")
    text = f"{now} against {_said(f, 'before')} ({f['since']}) is {change(_n(f, 'ratio'))}"
    if "country" in f:
        text += f"; {_country(f)} over the same years {change(_n(f, 'country_ratio'))}"
    unreported = _n(f, "ratio") < 1 and not f["reported"]
    return f"{text}. No source in the register states this fall." if unreported else f"{text}."


def _twice(f: Figures) -> str:
    first, second = _said(f, "first"), _said(f, "second")
    if first == second:
        return f"Another source has the same figure, {first}."
    hold = "both can hold" if f["agrees"] else "they cannot both hold"
    return f"The same quantity is given as {first} and as {second}; {hold}."


def _other_definition(f: Figures) -> str:
    text = (
        f"{count(_n(f, 'sum'))} ({f['window']}) stands beside a total of {count(_n(f, 'total'))} "
        f"({f['total_window']}), a factor of {ratio(_n(f, 'factor'))}"
    )
    if f.get("uncovered"):
        return f"{text}: the rest lies in the months that those totals do not cover, or the definitions differ."
    return f"{text}: the definitions must differ."


def _changes_twice(f: Figures) -> str:
    words = [
        _stated_change(_n(f, one), str(f[f"{one}_qualifier"]), percentage=bool(f[f"{one}_percent"]))
        for one in ("first", "second")
    ]
    return f"{words[0]} ({f['first_source']}) and as {words[1]} ({f['second_source']})"


def _share(f: Figures) -> str:
    part = f"{_said(f, 'part')} (the channels together)" if f.get("part_is_sum") else _said(f, "part")
    return (
        f"{part} of {_said(f, 'whole')} is {percent(_n(f, 'share'))} of the figure for "
        f"{_the(str(f['whole_region']))} in that period."
    )


_SENTENCES: dict[str, Callable[[Figures], str]] = {
    "recomputed": _recomputed,
    "undated": _undated,
    "implied-baseline": lambda f: _implied(f, "baseline"),
    "implied-current": lambda f: _implied(f, "later count"),
    "change-twice": lambda f: f"The same change is published as {_changes_twice(f)}.",
    "change-nearly-twice": lambda f: f"Over nearly the same periods the change is published as {_changes_twice(f)}.",
    "window-gap": lambda f: (
        f"The two windows leave out {_n(f, 'gap_days'):.0f} days between them, which is no whole number of windows."
    ),
    "window-overlap": _overlap,
    "season": _season,
    "chain": lambda f: (
        f"{_said(f, 'after')} after {_claimed(f)} leaves at most {count(_n(f, 'implied_upper'))} for the year "
        f"before, beside {_said(f, 'before')} earlier ({f['before_window']}): a ratio of "
        f"{ratio(_n(f, 'change_upper'))} or less where {_country(f)} had {ratio(_n(f, 'national'))}. "
        "The three can hardly all hold."
    ),
    "comparison": _comparison,
    "elsewhere": _elsewhere,
    "channel-sum": lambda f: (
        f"{_sum(f, 'channels')} Whether people used both is not stated: a sum over channels counts contacts."
    ),
    "window-sum": lambda f: _sum(f, "shorter windows"),
    "area-sum": lambda f: _sum(f, "areas"),
    "part-above-whole": lambda f: (
        f"{_said(f, 'part')} ({f['part_channel']}, {f['part_window']}) exceeds {_said(f, 'whole')}, the total "
        f"that it would be part of ({f['whole_window']})."
    ),
    "window-inside": lambda f: (
        f"{count(_n(f, 'part'))} ({f['part_window']}) is {percent(_n(f, 'share'), 0)} of {count(_n(f, 'whole'))} "
        f"({f['whole_window']}) and leaves {count(_n(f, 'rest'))} for the rest."
    ),
    "other-definition": _other_definition,
    "stated-baseline": lambda f: (
        f"{_said(f, 'current')} against the {_said(f, 'stated')} that the source compares it with is "
        f"{change(_n(f, 'ratio'))}."
    ),
    "published-twice": _twice,
    "share": _share,
    "monthly-mean": lambda f: (
        f"{_said(f, 'total')} over {_n(f, 'months'):g} months is {count(_n(f, 'mean'))} a month, which "
        f"{'agrees with' if f['agrees'] else 'contradicts'} the stated {_said(f, 'rate')}."
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
        f"{count(_n(f, 'value'))} is worded as {f['unit']}; for {_the(str(f['whole_region']))} "
        f"{f['other_unit']} are counted."
    ),
    "since-last-year": _since,
    "rate": lambda f: (
        f"{_n(f, 'rate'):.1f} contacts per 100,000 inhabitants (population of {_n(f, 'population_year'):.0f})"
        f"{', the channels together' if f.get('is_sum') else ''}."
    ),
    "same-rounded-number": lambda f: (
        f"{_said(f, 'value')} would also fit {count(_n(f, 'other'))} ({f['other_period']}): guard against a mix-up."
    ),
    "change-of-parts": lambda f: (
        f"For {_the(str(f['whole_region']))}, {count(_n(f, 'current'))} after {count(_n(f, 'before'))} is "
        f"{change(_n(f, 'ratio'))}; its parts ({f['parts']}) are published with {change(_n(f, 'least'))} to "
        f"{change(_n(f, 'most'))}."
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
    "number-of-areas": lambda f: f"Sources disagree on how many areas {f['campaign']} covers: {f['stated']}.",
    "definition-of-region": lambda f: (
        f"{f['region']} is used with and without {f['extra']}; whether the figures include it is not stated."
    ),
    "name-of-region": lambda f: (
        f"One source speaks of {f['first_region']}, another of {f['second_region']}, for the same campaign and period."
    ),
}
