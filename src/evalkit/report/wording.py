"""Every sentence of a report. Words follow the sign, the interval and the verdict; none is fixed in a template.

The words for a result are chosen by its interval alone: whether it leaves out 1 (no change), on which side, and,
where it holds 1, how much it still allows. A sentence never turns "no change was shown" into "there was no change".
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from evalkit import vocab
from evalkit.catalogue import term, text, texts
from evalkit.check.base import WIDE
from evalkit.effect import Estimate, NotEstimable
from evalkit.report import numbers
from evalkit.report.content import Withheld
from evalkit.report.layout import shortened
from evalkit.report.numbers import (
    interval,
    level_text,
    percent_change,
    period_noun,
    period_text,
    plural,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from evalkit.claim import Claim
    from evalkit.effect import Window
    from evalkit.report.release import Shown

SIMULATED: Final = text("wording.simulated")
SIMULATED_NOTE: Final = text("wording.simulated_note")


class Finding(StrEnum):
    """What the interval of a rate ratio says."""

    HIGHER = "higher"
    LOWER = "lower"
    NO_CLEAR_CHANGE = "no clear change"
    UNCLEAR = "cannot tell"
    NOT_ESTIMABLE = "not estimable"


_OPEN: Final = frozenset({Finding.NO_CLEAR_CHANGE, Finding.UNCLEAR})
ON_OTHER_REGIONS: Final = frozenset({"placebo in space", "spill-over"})
"""Checks that are run on comparison regions."""
ESTIMAND_NAMES: Final = {
    vocab.RATE_RATIO: text("wording.estimand_names.rate_ratio"),
    vocab.CUMULATIVE_EFFECT: text("wording.estimand_names.cumulative_effect"),
    vocab.LEVEL_CHANGE: text("wording.estimand_names.level_change"),
    vocab.SLOPE_CHANGE: text("wording.estimand_names.slope_change"),
}
CHANNEL_PHRASES: Final = {
    vocab.Channel.HELPLINE: text("wording.channel_phrases.helpline"),
    vocab.Channel.WEBSITE: text("wording.channel_phrases.website"),
    vocab.Channel.CHAT: text("wording.channel_phrases.chat"),
    vocab.Channel.COMBINED: text("wording.channel_phrases.combined"),
    vocab.Channel.OTHER: text("wording.channel_phrases.other"),
}
VERDICT_MEANINGS: Final = {
    vocab.VerdictKind.SUPPORTED: text("wording.verdict_meanings.supported"),
    vocab.VerdictKind.NOT_ATTRIBUTABLE: text("wording.verdict_meanings.not_attributable"),
    vocab.VerdictKind.NOT_SUPPORTED: text("wording.verdict_meanings.not_supported"),
    vocab.VerdictKind.INCONCLUSIVE: text("wording.verdict_meanings.inconclusive"),
    vocab.VerdictKind.CANNOT_BE_CHECKED: text("wording.verdict_meanings.cannot_be_checked"),
}
FINDING_WORDS: Final = {
    Finding.HIGHER: text("wording.finding_words.higher"),
    Finding.LOWER: text("wording.finding_words.lower"),
    Finding.NO_CLEAR_CHANGE: text("wording.finding_words.no_clear_change"),
    Finding.UNCLEAR: text("wording.finding_words.unclear"),
    Finding.NOT_ESTIMABLE: text("wording.finding_words.not_estimable"),
}
PLACEBO_FINDING_WORDS: Final = {
    **FINDING_WORDS,
    Finding.HIGHER: text("wording.placebo_finding_words.higher"),
    Finding.LOWER: text("wording.placebo_finding_words.lower"),
}
ASSUMPTIONS: Final = texts("wording.assumptions")
LIMITATIONS: Final = texts("wording.limitations")
ASSUMPTIONS_COMPARED: Final = (
    text("wording.assumptions_compared_1"),
    text("wording.assumptions_compared_2"),
    *ASSUMPTIONS[2:4],
    text("wording.assumptions_compared_4"),
)
LIMITATIONS_COMPARED: Final = (
    LIMITATIONS[0],
    text("wording.limitations_compared_2"),
    *LIMITATIONS[2:],
)
SUMMARY_LIMITATIONS: Final = texts("wording.summary_limitations")
HOW_TO_READ_PATH: Final = text("reading.path", source=text("reading.own"))
HOW_TO_READ_RATIO: Final = text("wording.how_to_read_ratio")

HOW_TO_READ_VERDICT: Final = text("wording.how_to_read_verdict")


# --- what was found ---------------------------------------------------------------------------------------------------


def finding_of(effect: Shown) -> Finding:
    """What the interval of the rate ratio says; an end of exactly 1 belongs to the interval."""
    return finding_of_interval(effect.rate_ratio)


def finding_of_interval(result: Estimate | NotEstimable) -> Finding:
    """The finding for one rate ratio: ``UNCLEAR`` where a rise or fall by half and no change are all possible."""
    if isinstance(result, NotEstimable):
        return Finding.NOT_ESTIMABLE
    if result.lower > 1:
        return Finding.HIGHER
    if result.upper < 1:
        return Finding.LOWER
    narrow = result.upper < WIDE and result.lower > 1 / WIDE
    return Finding.NO_CLEAR_CHANGE if narrow else Finding.UNCLEAR


def finding_sentence(effect: Shown, *, unit: str | None = None, placebo: bool = False) -> str:
    """What one region's report says first about one channel; ``unit`` is that of the design unless given."""
    unit = effect.unit if unit is None else unit
    ratio = effect.rate_ratio
    if isinstance(ratio, NotEstimable):
        return _not_estimable_sentence(effect, ratio, unit, placebo=placebo)
    subject = counted(effect.channel, unit)
    if finding_of(effect) in _OPEN:
        return _open_sentence(effect, ratio, subject, placebo=placebo)
    value, lower, upper = _shown_ratio(ratio)
    reference = "what the earlier trend and season lead to expect" if placebo else "those expected without the campaign"
    found = (
        f"{window_phrase(ratio.window, effect.launch, placebo=placebo)}, {subject} were {value} times {reference} "
        f"({level_text(ratio.level)} interval {interval(lower, upper)}){_difference_clause(effect, unit)}."
    )
    if placebo:
        return (
            f"No campaign ran here. {found} Something other than a campaign moved {unit}, or the method sees a "
            "change where there was none; campaign regions are to be read with that in mind."
        )
    return f"{found}{_unit_reminder(unit)}"


def _shown_ratio(ratio: Estimate) -> tuple[str, str, str]:
    """Value and interval in a sentence; at least two decimals where the interval holds 1, to agree with percentages."""
    return numbers.ratio_texts(ratio, fewest=2 if finding_of_interval(ratio) in _OPEN else 1)


def _open_sentence(effect: Shown, ratio: Estimate, subject: str, *, placebo: bool) -> str:
    """An interval that holds 1: what the data are compatible with, never "no effect"."""
    value, lower, upper = _shown_ratio(ratio)
    low, high = percent_change(ratio.lower), percent_change(ratio.upper)
    if low == high:
        allowed = "no change"
    elif "no change" in (low, high):
        allowed = f"no change and with anything up to {high if low == 'no change' else low}"
    else:
        allowed = f"no change and with anything from {low} to {high}"
    than = "expected" if placebo else "expected without the campaign"
    wide = " The data are too few to tell a large change from none." if finding_of(effect) is Finding.UNCLEAR else ""
    lead = "No campaign ran here. " if placebo else ""
    tail = " That is what a region without a campaign should show." if placebo and not wide else ""
    window = window_phrase(ratio.window, effect.launch, placebo=placebo)
    return (
        f"{lead}{window}, {subject} were {value} times those {than} "
        f"({level_text(ratio.level)} interval {interval(lower, upper)}): the data are compatible with "
        f"{allowed}.{wide}{tail}"
    )


def _not_estimable_sentence(effect: Shown, why: NotEstimable, unit: str, *, placebo: bool) -> str:
    lead = "No campaign ran here. " if placebo else ""
    what = "whether" if placebo else "what the campaign changed in"
    subject = f"{counted(effect.channel, unit)} changed" if placebo else counted(effect.channel, unit)
    if isinstance(why, Withheld):
        return f"{lead}It is not published {what} {subject}: {finished(why.reason)}"
    remedy = f" {finished(why.remedy)}" if why.remedy else ""
    return f"{lead}The data cannot say {what} {subject}: {finished(why.reason)}{remedy}"


def _difference_clause(effect: Shown, unit: str) -> str:
    """``, about 340 more contacts (110 to 560)``; empty where the total could not be estimated."""
    total = effect.cumulative_effect
    if isinstance(total, NotEstimable):
        return ""
    fewer = total.value < 0
    shown = _mirrored(total) if fewer else total
    value, lower, upper = numbers.count_texts(shown)
    return f", about {value} {'fewer' if fewer else 'more'} {unit} ({interval(lower, upper)})"


def _mirrored(estimate: Estimate) -> Estimate:
    from dataclasses import replace

    return replace(estimate, value=-estimate.value, lower=-estimate.upper, upper=-estimate.lower)


def _unit_reminder(unit: str) -> str:
    if unit in {vocab.Unit.PEOPLE, vocab.Unit.OFFENCES, vocab.KIND_UNITS["measure"]}:
        return ""
    return f" {sentence_case(unit)} are not people."


def check_name(name: str) -> str:
    """The name of a check as readers see it."""
    return term("check_names", name)


def outcome_word(outcome: vocab.Outcome) -> str:
    """What a check came to, in a word: ``pass``."""
    return term("outcomes", outcome)


def finding_word(finding: Finding, *, placebo: bool = False) -> str:
    """A finding in a few words, for tables."""
    return (PLACEBO_FINDING_WORDS if placebo else FINDING_WORDS)[finding]


# --- pieces of sentences ----------------------------------------------------------------------------------------------


def counted(channel: str, unit: str) -> str:
    """What was counted: ``contacts by helpline``."""
    return f"{unit} {CHANNEL_PHRASES.get(channel, f'through {channel}' if channel else '')}".strip()  # type: ignore[call-overload]


def channel_title(channel: str) -> str:
    """A channel as a heading: ``Helpline``."""
    return sentence_case(channel)


def window_phrase(window: Window, launch: pd.Period, *, placebo: bool = False) -> str:
    """``In the 20 months from launch``; what was not counted, at the start or in between, is named."""
    span = len_of(window)
    noun = period_noun(window.start)
    late = left_out_phrase(window, launch, placebo=placebo)
    since = f"from {period_text(window.start)}" if placebo or late else "from launch"
    tail = f" ({late})" if late else ""
    if span == window.periods:
        return f"In the {plural(span, noun)} {since}{tail}" if span != 1 else f"In the {noun} {since}{tail}"
    return f"In the {plural(window.periods, noun)} with counts among the {span} {since}{tail}"


def left_out_phrase(window: Window, launch: pd.Period, *, placebo: bool = False) -> str:
    """``the first three months from launch are left out``; empty where the window begins with the launch."""
    skipped = int((window.start - launch).n)
    if skipped <= 0:
        return ""
    noun, date = period_noun(launch), "the placebo date" if placebo else "launch"
    if skipped == 1:
        return f"the first {noun} from {date} is left out"
    return f"the first {plural(skipped, noun, words=True)} from {date} are left out"


def window_text(window: Window) -> str:
    """``May 2019 to December 2020 (20 months)``."""
    return (
        f"{period_text(window.start)} to {period_text(window.end)} "
        f"({plural(window.periods, period_noun(window.start))})"
    )


def len_of(window: Window) -> int:
    """Number of periods from the first to the last, both counted."""
    return int((window.end - window.start).n) + 1


def listed(items: Sequence[str]) -> str:
    """``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def sentence_case(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def finished(text: str) -> str:
    """A sentence: capital first letter, full stop."""
    text = sentence_case(text.strip())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def claim_statement(claim: Claim) -> str:
    """A claim as a sentence: its own text where it has one, otherwise what its figure asserts."""
    if claim.text:
        return finished(claim.text)
    subject = sentence_case(counted(claim.channel, str(claim.unit)))
    ratio = claim.stated_ratio
    if ratio is not None:
        return f"{subject} were {ratio:.3g} times as many."
    return f"{subject}: {claim.value:g}." if claim.value is not None else f"{subject}: in words only."


# --- region report ----------------------------------------------------------------------------------------------------


def about_line(*, campaign: str | None, launch: pd.Period, source: str = "") -> str:
    """Under the title: which campaign began when, or that none did and which date stands in for one."""
    if campaign is None:
        return f"Comparison region: no campaign. Analysed as if one had begun in {period_text(launch)} (a placebo)."
    origin = f" Source of the date: {finished(source)}" if source else ""
    return f"{finished(f'{campaign}, launched {period_text(launch)}')}{origin}"


def period_line(effect: Shown, *, placebo: bool = False) -> str:
    """What the data cover: ``January 2015 to August 2020: 44 months before launch, 24 from launch on``."""
    first, last = effect.span
    noun = period_noun(effect.launch)
    date = "the placebo date" if placebo else "launch"
    gap = f"; {plural(effect.gaps, noun)} missing" if effect.gaps else ""
    late = left_out_phrase(effect.window, effect.launch, placebo=placebo) if effect.window is not None else ""
    since = period_text(effect.window.start) if effect.window is not None and late else date
    tail = f" ({late})" if late else ""
    return (
        f"{period_text(first)} to {period_text(last)}: {plural(effect.n_pre, noun)} before {date}, "
        f"{numbers.whole(effect.n_post)} from {since} on{tail}{gap}"
    )


def tile_ratio(effect: Shown, *, placebo: bool = False) -> tuple[str, str, str]:
    """Value, label and note of the tile with the rate ratio."""
    against = "expected" if placebo else "expected without the campaign"
    label = f"times the number {against}"
    if isinstance(effect.rate_ratio, NotEstimable):
        return "–", label, _no_number(effect.rate_ratio)
    value, lower, upper = _shown_ratio(effect.rate_ratio)
    return value, label, f"{level_text(effect.level)} interval {interval(lower, upper)}"


def tile_total(effect: Shown, unit: str) -> tuple[str, str, str]:
    """Value, label and note of the tile with the number of additional contacts."""
    total = effect.cumulative_effect
    if isinstance(total, NotEstimable):
        return "–", f"additional {unit}", _no_number(total)
    value, lower, upper = numbers.count_texts(total)
    return (
        numbers.signed(value),
        f"{unit}, against what was expected",
        f"{level_text(total.level)} interval {interval(lower, upper)}",
    )


def _no_number(why: NotEstimable) -> str:
    return "Not published" if isinstance(why, Withheld) else "The data cannot say"


def tile_claims(kinds: Sequence[vocab.VerdictKind], statement: str) -> tuple[str, str, str]:
    """Value, label and note of the tile with the verdict, where there is a claim: itself where there is only one."""
    if len(kinds) > 1:
        supported = sum(kind is vocab.VerdictKind.SUPPORTED for kind in kinds)
        value = text("tile.claims_many", supported=supported, number=len(kinds))
        return value, text("tile.claims_many_label"), text("tile.claims_many_note")
    return sentence_case(str(kinds[0])), "verdict on the published claim", shortened(statement, 60)


def path_heading(channel: str) -> str:
    """Heading of the counterfactual figure of a channel."""
    return f"Counted and expected: {channel_title(channel).lower()}"


def effect_heading(channel: str) -> str:
    """Heading of the effect panel of a channel."""
    return f"Effect over time: {channel_title(channel).lower()}"


def density_heading(channel: str) -> str:
    """Heading of the distribution of the rate ratio of a channel."""
    return f"Plausible rate ratios: {channel_title(channel).lower()}"


def path_caption(effect: Shown, unit: str, *, placebo: bool = False) -> str:
    """Caption of the counterfactual figure; it says that the band holds observation noise."""
    noun = period_noun(effect.path.index[0])
    what = f"{sentence_case(counted(effect.channel, unit))} by {noun}"
    if not effect.estimable:
        return f"{what}. No expectation could be estimated."
    dashed = (
        "what the earlier trend and season lead to expect" if placebo else "what would be expected without the campaign"
    )
    return (
        f"{what} (line with points), and {dashed} (dashed) with the {level_text(effect.level)} interval for single "
        f"counts: it includes the chance variation of counts.{_holds_launch(effect, placebo=placebo)}"
    )


def _holds_launch(effect: Shown, *, placebo: bool = False) -> str:
    """A sentence where a period of the chart lies on both sides of the launch; otherwise nothing."""
    from evalkit.report.release import holding_launch

    held = effect.path.index[holding_launch(effect.path, effect.launch)]
    date = text("words.placebo_date" if placebo else "words.the_launch")
    return "".join(f" {text('words.holds_launch', period=period_text(period), date=date)}" for period in held)


def effect_caption(effect: Shown, unit: str, *, placebo: bool = False) -> str:
    """Caption of the effect panel; it says whether its band holds the chance variation of what was counted."""
    from_what = (
        "launch" if effect.window is None or effect.window.start <= effect.launch else "the first counted period"
    )
    noun = period_noun(effect.path.index[0])
    return (
        f"Difference from what was expected, in {unit}: by {noun} (left) and added up from "
        f"{from_what} (right), with {level_text(effect.level)} intervals. {chance_sentence([effect.numerator])}"
        f"{_holds_launch(effect, placebo=placebo)}"
    )


def chance_sentence(numerators: Iterable[str]) -> str:
    """What the intervals of an effect hold of chance: a forecast compares counts, the other models expectations."""
    kinds = set(numerators)
    if kinds == {"observed"}:
        return "The intervals are for the effect; they include the chance variation of the counts from launch on."
    if "observed" in kinds:
        return (
            "The intervals are for the effect; those of a forecast or a synthetic control include the chance variation "
            "of the counts from launch on, the others do not include the chance variation of single counts."
        )
    return "The intervals are for the effect; they do not include the chance variation of single counts."


def density_caption(effect: Shown, claimed: float | None = None) -> str:
    """Caption of the distribution of the rate ratio."""
    mark = f" The vertical line marks the claimed ratio, {claimed:g}." if claimed is not None else ""
    return (
        f"How plausible each rate ratio is, given the data; the shaded part is the {level_text(effect.level)} "
        f"interval.{mark}"
    )


def forest_caption(level: float, numerators: Iterable[str] = ("expected",)) -> str:
    """Caption of the estimates over regions."""
    return (
        f"Rate ratio in each region with its {level_text(level)} interval, on a scale where doubling and halving are "
        f"equally far from 1. Filled: the interval leaves out 1. {chance_sentence(numerators)}"
    )


def probability_sentence(ratio: float, probability: float) -> str:
    """How probable it is that the rate ratio reaches a claimed ratio."""
    if probability < 0.01:
        shown = f"less than {numbers.percent(0.01)}"
    elif probability > 0.99:
        shown = f"more than {numbers.percent(0.99)}"
    else:
        shown = numbers.percent(probability)
    return f"Probability that the rate ratio is {ratio:g} or more: {shown}."
