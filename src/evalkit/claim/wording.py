"""The only place in this stage where numbers become percentages and sentences."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable

from evalkit.catalogue import term, text, texts
from evalkit.claim.finding import Figure, Finding

__all__ = ["change", "count", "fold_confusion", "percent", "ratio", "sensitivity", "sentence", "when", "why_unchecked"]

Figures = dict[str, Figure]
_DATE = re.compile(r"(?<!\d)\d{4}-\d{2}(?:-\d{2})?(?!\d)")
_SPAN = re.compile(r"(?<!\d)(\d{4}-\d{2}-\d{2})(?: to |/)(\d{4}-\d{2}-\d{2})(?!\d)")
_PERIODS = re.compile(r"(?<![\w/.,-])(\d{4}(?:-\d{2}|Q\d)?) to (\d{4}(?:-\d{2}|Q\d)?)(?![\w-])")
_WITH_ARTICLE = ("UK", "South East", "South West", "North West", "North East")
UNDERSTATED = 1.1
"""From which multiple of the stated ratio on a claim that still agrees is said to understate the change."""


def count(value: float) -> str:
    """A count with thousands separated: ``3,549``; one decimal where it is no whole number."""
    if not math.isfinite(value):
        return text("claim.number.any_higher")
    whole = abs(value - round(value)) < 0.005
    return text("claim.number.whole" if whole else "claim.number.decimal", value=value)


def ratio(value: float) -> str:
    """A ratio with two decimals: ``2.03``."""
    return text("claim.number.ratio", value=value) if math.isfinite(value) else text("claim.number.no_limit")


def percent(fraction: float, decimals: int = 1) -> str:
    """A fraction as a percentage: ``42.1 %``."""
    return text("claim.number.percent", percent=f"{100 * fraction:.{decimals}f}")


def change(value: float, *, as_stated: bool = False) -> str:
    """A ratio as a change in per cent, with its sign: ``+103.1 %``, ``−15.3 %``; as stated without a decimal of 0."""
    if not math.isfinite(value):
        return text("claim.number.no_limit")
    points = 100 * (value - 1)
    whole = "_whole" if as_stated and f"{points:.1f}".endswith(".0") else ""
    return text(f"claim.number.{'fall' if points < -0.05 else 'rise'}{whole}", points=abs(points))


def fold_confusion(value: float) -> str:
    """A note where a percentage is a multiple of a hundred: +200 % is threefold, not twofold; empty otherwise."""
    if value < 200 or value % 100:
        return ""
    return text("claim.number.fold", percent=value, fold=value / 100 + 1, other=value / 100)


def sentence(finding: Finding) -> str:
    """A finding in one or two sentences."""
    said = when(_SENTENCES[finding.rule](finding.figures))
    return said[0].upper() + said[1:]


def when(said: str) -> str:
    """A text with its ISO dates as people write them: ``2019``, ``July 2017 to January 2018``, ``2 May 2019``."""
    said = _SPAN.sub(lambda found: _period(found[1], found[2]), said)
    said = _PERIODS.sub(lambda found: text("words.span", first=found[1], last=found[2]), said)
    return _DATE.sub(lambda found: _day(found[0]), said)


def _period(first: str, last: str) -> str:
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    if start.day == 1 and (end + dt.timedelta(days=1)).day == 1:
        if (start.month, end.month) == (1, 12):
            return _span_of(str(start.year), str(end.year))
        return _span_of(_day(first[:7]), _day(last[:7]))
    return text("words.span", first=_day(first), last=_day(last))


def _span_of(first: str, last: str) -> str:
    return first if first == last else text("words.span", first=first, last=last)


def _day(written: str) -> str:
    year, month, *day = written.split("-")
    name = texts("calendar.months")[int(month) - 1]
    if not day:
        return text("calendar.month", month=name, year=year)
    return text("calendar.day", day=int(day[0]), month=name, year=year)


def why_unchecked(reason: str) -> str:
    """Why a figure cannot be checked."""
    return text(f"claim.unchecked.{reason.replace('-', '_')}")


def _n(figures: Figures, name: str) -> float:
    value = figures[name]
    return float(value) if not isinstance(value, str) else math.nan


def _change_or_ratio(figures: Figures, value: float) -> str:
    return change(value) if figures.get("percent") else text("claim.number.times", ratio=ratio(value))


def _stated_change(value: float, qualifier: str, *, percentage: bool) -> str:
    """A change as its source words it: ``+69 %``, ``almost 3 times``, ``more than +150 %``."""
    said = change(value, as_stated=True) if percentage else text("claim.number.times_stated", ratio=value)
    return said if qualifier in ("", "exact") else _qualified(qualifier, said)


def _qualified(qualifier: str, said: str) -> str:
    return text("claim.number.qualified", qualifier=term("claim.qualifiers", qualifier), figure=said)


def _claimed(figures: Figures) -> str:
    qualifier = str(figures.get("qualifier", ""))
    return _stated_change(_n(figures, "claimed"), qualifier, percentage=bool(figures.get("percent")))


def _said(figures: Figures, name: str) -> str:
    """A count as its source gives it: ``3,549``, ``more than 300``, ``1,350 to 1,500``."""
    if f"{name}_qualifier" in figures:
        return _qualified(str(figures[f"{name}_qualifier"]), count(_n(figures, f"{name}_stated")))
    if f"{name}_lower" not in figures:
        return count(_n(figures, name))
    lower, upper = _n(figures, f"{name}_lower"), _n(figures, f"{name}_upper")
    if not math.isfinite(upper):
        return text("claim.number.more_than", count=count(lower))
    return text("claim.number.whole_range", lower=math.ceil(lower), upper=math.floor(upper))


def _together(figures: Figures, name: str, is_sum: str = "is_sum") -> str:
    """A count as its source gives it, with a word on it where it is a sum over channels."""
    said = _said(figures, name)
    return text("claim.channels_together", count=said) if figures.get(is_sum) else said


def _the(place: str) -> str:
    return text("claim.the", place=place) if place in _WITH_ARTICLE else place


def _unit(figures: Figures, name: str) -> str:
    return term("units", str(figures[name]))


def _country(figures: Figures) -> str:
    return _the(str(figures["country"]))


def _open(figures: Figures) -> str:
    """What the claim's wording leaves open."""
    lower, upper = _n(figures, "claimed_lower"), _n(figures, "claimed_upper")
    decimals = 3 if figures.get("percent") else 2
    if not math.isfinite(upper):
        return text("claim.open.or_more", lower=f"{lower:.{decimals}f}")
    span = text("claim.open.span", lower=f"{lower:.{decimals}f}", upper=f"{upper:.{decimals}f}")
    return text("claim.open.with_rounding" if figures.get("percent") else "claim.open.read_as", span=span)


def sensitivity(figures: Figures, name: str = "ratio", prefix: str = "") -> str:
    """How far chance reaches: a ratio with its intervals at Poisson, at the default and at the series' own dispersion.

    Empty where the figures hold no interval.
    """
    if f"{prefix}poisson_lower" not in figures:
        return ""
    value = ratio(_n(figures, name))
    said = text(
        "claim.sure.lead",
        ratio=value,
        poisson=_span(figures, f"{prefix}poisson"),
        dispersed=_span(figures, f"{prefix}dispersed"),
        dispersion=_n(figures, "dispersion"),
    )
    if f"{prefix}own_lower" in figures:
        said += text("claim.sure.own", dispersion=_n(figures, "own_dispersion"), span=_span(figures, f"{prefix}own"))
    held = _n(figures, f"{prefix}dispersed_lower") <= 1 <= _n(figures, f"{prefix}dispersed_upper")
    return text("claim.sure.holds_one", sure=said) if held else text("claim.sentence", sentence=said)


def _span(figures: Figures, name: str) -> str:
    return text(
        "claim.number.range", lower=ratio(_n(figures, f"{name}_lower")), upper=ratio(_n(figures, f"{name}_upper"))
    )


def _recomputed(f: Figures) -> str:
    value = _change_or_ratio(f, _n(f, "ratio"))
    agrees = _n(f, "claimed_lower") - 1e-9 <= _n(f, "ratio_upper") and _n(f, "ratio_lower") <= (
        _n(f, "claimed_upper") + 1e-9
    )
    verb = text("claim.said.agrees_with" if agrees else "claim.said.contradicts")
    understated = agrees and _n(f, "ratio") > UNDERSTATED * max(_n(f, "claimed"), 1.0)
    note = text("claim.said.understates") if understated else ""
    said = text(
        "claim.said.recomputed",
        current=_said(f, "current"),
        baseline=_said(f, "baseline"),
        change=value,
        verb=verb,
        claimed=_claimed(f),
        open=_open(f),
        note=note,
    )
    return f"{said} {sensitivity(f)}".strip()


def _undated(f: Figures) -> str:
    said = text("claim.said.undated", window=f["window"], recomputed=_recomputed(f))
    if f.get("members_reaching") and f["members_reaching"] == f.get("best_member"):
        best = text("claim.said.best", member=f["best_member"], ratio=ratio(_n(f, "best_ratio")))
        said += text("claim.said.only", best=best)
    if "season" in f:
        said += f" {_season(f)}"
    if "shared_days" in f:
        said += f" {_overlap(f)}"
    return text("claim.said.another_window", said=said)


def _implied(f: Figures, what: str) -> str:
    known = _together(f, "known")
    if f.get("none"):
        return text("claim.said.none_implied", what=what, known=known, claimed=_claimed(f))
    lower, upper = count(_n(f, "implied_lower")), count(_n(f, "implied_upper"))
    span = text("claim.said.implied_range", lower=lower, upper=upper)
    if not math.isfinite(_n(f, "implied_upper")):
        span = text("claim.said.or_more", lower=lower)
    span = lower if lower == upper else span
    return text("claim.said.implied", known=known, claimed=_claimed(f), what=what, span=span)


def _comparison(f: Figures) -> str:
    said = text("claim.said.country", country=_country(f), change=change(_n(f, "country_ratio")))
    if "relative" in f:
        said += text("claim.said.relative_to_it", relative=_relative(f))
    elif "region_ratio" in f:
        said += text("claim.said.as_claimed", change=change(_n(f, "region_ratio")))
    return text("claim.sentence", sentence=said)


def _relative(f: Figures) -> str:
    return text(
        "claim.said.relative",
        ratio=ratio(_n(f, "relative")),
        span=_span(f, "relative"),
        dispersed_span=_span(f, "relative_dispersed"),
        dispersion=_n(f, "dispersion"),
    )


def _elsewhere(f: Figures) -> str:
    pairs = [part.split("|") for part in str(f["names"]).split("; ")]
    shown = ", ".join(
        text("claim.said.region_change", region=name, change=change(float(value))) for name, value in pairs
    )
    several = len(pairs) > 1
    said = text(
        "claim.said.elsewhere_many" if several else "claim.said.elsewhere_one",
        regions=shown,
        together=text("claim.said.together", change=change(_n(f, "pool_ratio"))) if several else "",
        region=_the(str(f["region"])),
        relative=_relative(f),
        beside=_beside(f),
    )
    return said + _campaign_note(f)


def _beside(f: Figures) -> str:
    if _n(f, "relative_dispersed_upper") < 1:
        return text("claim.said.grew_less" if _n(f, "pool_ratio") > 1 else "claim.said.fell_more")
    if _n(f, "relative_dispersed_lower") > 1:
        return text("claim.said.grew_more" if _n(f, "ratio") > 1 else "claim.said.fell_less")
    return text("claim.said.no_difference")


def _campaign_note(f: Figures) -> str:
    """What is known of campaigns in the region itself."""
    if not f["campaign"]:
        return text("claim.said.no_campaign_here")
    if f.get("began_in_baseline"):
        return text("claim.said.began_early", campaign=f["campaign"])
    return text("claim.said.campaign_here", exposed=term("claim.exposures", str(f["exposed"])), campaign=f["campaign"])


def _season(f: Figures) -> str:
    value = _n(f, "season")
    return text(
        "claim.said.season",
        peak=percent(math.exp(_n(f, "amplitude")) - 1, 0),
        lower=ratio(1 / value),
        upper=ratio(value),
    )


def _overlap(f: Figures) -> str:
    said = text("claim.said.overlap", days=_n(f, "shared_days"))
    if not _n(f, "stated"):
        return text("claim.sentence", sentence=said)
    return text("claim.said.overlap_stated", overlap=said, months=_n(f, "stated"))


def _sum(f: Figures, of: str) -> str:
    verb = text("claim.said.sum_agrees" if f["agrees"] else "claim.said.sum_contradicts")
    whole = text("claim.said.for_whole", region=_the(str(f["whole_region"]))) if "whole_region" in f else ""
    return text(
        "claim.said.sum",
        number=_n(f, "parts"),
        parts=of,
        sum=_said(f, "sum"),
        verb=verb,
        total=_said(f, "total"),
        whole=whole,
    )


def _since(f: Figures) -> str:
    now = _together(f, "current")
    said = text("claim.said.since", now=now, before=_said(f, "before"), year=f["since"], change=change(_n(f, "ratio")))
    if "country" in f:
        said += text("claim.said.since_country", country=_country(f), change=change(_n(f, "country_ratio")))
    unreported = _n(f, "ratio") < 1 and not f["reported"]
    return text("claim.said.unreported", since=said) if unreported else text("claim.sentence", sentence=said)


def _twice(f: Figures) -> str:
    first, second = _said(f, "first"), _said(f, "second")
    if first == second:
        return text("claim.said.same_figure", count=first)
    hold = text("claim.said.both_hold" if f["agrees"] else "claim.said.not_both")
    return text("claim.said.given_twice", first=first, second=second, hold=hold)


def _other_definition(f: Figures) -> str:
    said = text(
        "claim.said.other_definition",
        sum=count(_n(f, "sum")),
        window=f["window"],
        total=count(_n(f, "total")),
        total_window=f["total_window"],
        factor=ratio(_n(f, "factor")),
    )
    if f.get("uncovered"):
        return text("claim.said.not_covered", said=said)
    return text("claim.said.definitions_differ", said=said)


def _changes_twice(f: Figures) -> str:
    words = [
        _stated_change(_n(f, one), str(f[f"{one}_qualifier"]), percentage=bool(f[f"{one}_percent"]))
        for one in ("first", "second")
    ]
    return text(
        "claim.said.and_as",
        first=words[0],
        first_source=f["first_source"],
        second=words[1],
        second_source=f["second_source"],
    )


def _share(f: Figures) -> str:
    part = _together(f, "part", "part_is_sum")
    return text(
        "claim.said.share",
        part=part,
        whole=_said(f, "whole"),
        share=percent(_n(f, "share")),
        region=_the(str(f["whole_region"])),
    )


_SENTENCES: dict[str, Callable[[Figures], str]] = {
    "recomputed": _recomputed,
    "undated": _undated,
    "implied-baseline": lambda f: _implied(f, text("claim.said.baseline")),
    "implied-current": lambda f: _implied(f, text("claim.said.later_count")),
    "change-twice": lambda f: text("claim.said.change_twice", changes=_changes_twice(f)),
    "change-nearly-twice": lambda f: text("claim.said.change_nearly_twice", changes=_changes_twice(f)),
    "window-gap": lambda f: text("claim.said.window_gap", days=_n(f, "gap_days")),
    "window-overlap": _overlap,
    "season": _season,
    "chain": lambda f: text(
        "claim.said.chain",
        after=_said(f, "after"),
        claimed=_claimed(f),
        most=count(_n(f, "implied_upper")),
        before=_said(f, "before"),
        window=f["before_window"],
        ratio=ratio(_n(f, "change_upper")),
        country=_country(f),
        national=ratio(_n(f, "national")),
    ),
    "comparison": _comparison,
    "elsewhere": _elsewhere,
    "channel-sum": lambda f: text("claim.said.channel_sum", sum=_sum(f, text("claim.said.channels"))),
    "window-sum": lambda f: _sum(f, text("claim.said.shorter_windows")),
    "area-sum": lambda f: _sum(f, text("claim.said.areas")),
    "part-above-whole": lambda f: text(
        "claim.said.part_above_whole",
        part=_said(f, "part"),
        channel=term("channels", str(f["part_channel"])),
        window=f["part_window"],
        whole=_said(f, "whole"),
        whole_window=f["whole_window"],
    ),
    "window-inside": lambda f: text(
        "claim.said.window_inside",
        part=count(_n(f, "part")),
        window=f["part_window"],
        share=percent(_n(f, "share"), 0),
        whole=count(_n(f, "whole")),
        whole_window=f["whole_window"],
        rest=count(_n(f, "rest")),
    ),
    "other-definition": _other_definition,
    "stated-baseline": lambda f: text(
        "claim.said.stated_baseline",
        current=_said(f, "current"),
        stated=_said(f, "stated"),
        change=change(_n(f, "ratio")),
    ),
    "published-twice": _twice,
    "share": _share,
    "monthly-mean": lambda f: text(
        "claim.said.monthly_mean",
        total=_said(f, "total"),
        months=_n(f, "months"),
        mean=count(_n(f, "mean")),
        verb=text("claim.said.agrees_with" if f["agrees"] else "claim.said.contradicts"),
        rate=_said(f, "rate"),
    ),
    "unit": lambda f: text(
        "claim.said.unit",
        unit=_unit(f, "unit"),
        value=count(_n(f, "value")),
        share=percent(_n(f, "share_as_worded")),
        calls=count(_n(f, "national_calls")),
        country=_country(f),
        contacts_share=percent(_n(f, "share_as_contacts")),
    ),
    "unit-wording": lambda f: text("claim.said.unit_wording", value=count(_n(f, "value")), unit=_unit(f, "unit")),
    "unit-elsewhere": lambda f: text(
        "claim.said.unit_elsewhere", value=count(_n(f, "value")), unit=_unit(f, "unit"), other=_unit(f, "other_unit")
    ),
    "unit-mismatch": lambda f: text(
        "claim.said.unit_mismatch",
        value=count(_n(f, "value")),
        unit=_unit(f, "unit"),
        region=_the(str(f["whole_region"])),
        other=_unit(f, "other_unit"),
    ),
    "since-last-year": _since,
    "rate": lambda f: text(
        "claim.said.rate",
        rate=_n(f, "rate"),
        year=_n(f, "population_year"),
        together=text("claim.said.channels_too") if f.get("is_sum") else "",
    ),
    "same-rounded-number": lambda f: text(
        "claim.said.same_rounded", value=_said(f, "value"), other=count(_n(f, "other")), period=f["other_period"]
    ),
    "change-of-parts": lambda f: text(
        "claim.said.change_of_parts",
        region=_the(str(f["whole_region"])),
        current=count(_n(f, "current")),
        before=count(_n(f, "before")),
        change=change(_n(f, "ratio")),
        parts=f["parts"],
        least=change(_n(f, "least")),
        most=change(_n(f, "most")),
    ),
    "before-launch": lambda f: text(
        "claim.said.before_launch", window=f["window"], campaign=f["campaign"], launch=f["launch"]
    ),
    "before-channel-opened": lambda f: text(
        "claim.said.before_channel", window=f["window"], event=f["event"], opened=f["opened"]
    ),
    "other-region": lambda f: text(
        "claim.said.other_region",
        first=f["first_region"],
        change=change(_n(f, "first")),
        second=f["second_region"],
        other_change=change(_n(f, "second")),
    ),
    "number-of-areas": lambda f: text("claim.said.number_of_areas", campaign=f["campaign"], stated=f["stated"]),
    "definition-of-region": lambda f: text("claim.said.definition_of_region", region=f["region"], extra=f["extra"]),
    "name-of-region": lambda f: text("claim.said.name_of_region", first=f["first_region"], second=f["second_region"]),
}
