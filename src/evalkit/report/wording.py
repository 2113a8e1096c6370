"""Every sentence of a report. Words follow the sign, the interval and the verdict; none is fixed in a template.

The words for a result are chosen by its interval alone: whether it leaves out 1 (no change), on which side, and,
where it holds 1, how much it still allows. A sentence never turns "no change was shown" into "there was no change".
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from evalkit import vocab
from evalkit.catalogue import in_its_language, term, text, texts
from evalkit.catalogue import listed as listed
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
    from collections.abc import Sequence

    import pandas as pd

    from evalkit.claim import Claim
    from evalkit.effect import Window
    from evalkit.report.release import Shown


class Finding(StrEnum):
    """What the interval of a rate ratio says."""

    HIGHER = "higher"
    LOWER = "lower"
    NO_CLEAR_CHANGE = "no clear change"
    UNCLEAR = "cannot tell"
    NOT_ESTIMABLE = "not estimable"


_OPEN: Final = frozenset({Finding.NO_CLEAR_CHANGE, Finding.UNCLEAR})
_MOVED: Final = frozenset({Finding.HIGHER, Finding.LOWER})
ON_OTHER_REGIONS: Final = frozenset({"placebo in space", "spill-over"})
"""Checks that are run on comparison regions."""
_CHANNELS: Final = frozenset(vocab.Channel)


# --- what stands on every page ----------------------------------------------------------------------------------------


def simulated_mark() -> str:
    """What simulated contacts are marked with, on every page and in every chart."""
    return text("wording.simulated")


def simulated_note() -> str:
    """What the mark means."""
    return text("wording.simulated_note", mark=simulated_mark())


def assumptions(*, compared: bool = False, events_listed: bool = False) -> tuple[str, ...]:
    """What would have to be true for a campaign to be the cause.

    ``compared`` where regions are read side by side; ``events_listed`` where what else happened stands on other pages.
    """
    own = texts("wording.assumptions")
    if not compared:
        return (own[0], text("wording.assumptions_listed_2"), *own[2:]) if events_listed else own
    second = "wording.assumptions_compared_listed_2" if events_listed else "wording.assumptions_compared_2"
    last = own[-1] if events_listed else text("wording.assumptions_compared_4")
    return text("wording.assumptions_compared_1"), text(second), *own[2:4], last


def limitations() -> tuple[str, ...]:
    """What limits every such result."""
    return texts("wording.limitations")


def how_to_read_ratio() -> str:
    """What a rate ratio and its interval are."""
    return text("wording.how_to_read_ratio")


def how_to_read_verdict() -> str:
    """What a verdict on a claim is."""
    return text("wording.how_to_read_verdict")


def verdict_meaning(kind: vocab.VerdictKind) -> str:
    """What a verdict means, in a sentence."""
    return text(f"wording.verdict_meanings.{kind.name.lower()}")


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


@in_its_language
def finding_sentence(effect: Shown, *, unit: str | None = None, placebo: bool = False) -> str:
    """What one region's report says first about one channel; ``unit`` is that of the design unless given."""
    unit = effect.unit if unit is None else unit
    ratio = effect.rate_ratio
    if isinstance(ratio, NotEstimable):
        return _not_estimable_sentence(effect, ratio, unit, placebo=placebo)
    subject = counted(effect.channel, unit)
    if finding_of(effect) in _OPEN:
        return _open_sentence(effect, ratio, subject, placebo=placebo)
    found = text(
        "finding.changed_placebo" if placebo else "finding.changed",
        **_ratio_of(effect, ratio, subject, placebo=placebo),
        difference=_difference_clause(effect, unit),
    )
    if placebo:
        return text("finding.placebo_moved", found=found, unit=unit_words(unit))
    return joined(found, _unit_reminder(unit))


def joined(*sentences: str) -> str:
    """Sentences as one text, empty ones left out."""
    return " ".join(filter(None, sentences))


def _ratio_of(effect: Shown, ratio: Estimate, subject: str, *, placebo: bool) -> dict[str, str]:
    """What a sentence on a ratio says of it: its window, its subject, its value and its interval."""
    value, lower, upper = _shown_ratio(ratio)
    return {
        "window": window_phrase(ratio.window, effect.launch, placebo=placebo),
        "subject": subject,
        "value": value,
        "level": level_text(ratio.level),
        "interval": interval(lower, upper),
    }


def _shown_ratio(ratio: Estimate) -> tuple[str, str, str]:
    """Value and interval in a sentence; at least two decimals where the interval holds 1, to agree with percentages."""
    return numbers.ratio_texts(ratio, fewest=2 if finding_of_interval(ratio) in _OPEN else 1)


def _open_sentence(effect: Shown, ratio: Estimate, subject: str, *, placebo: bool) -> str:
    """An interval that holds 1: what the data are compatible with, never "no effect"."""
    low, high, none = percent_change(ratio.lower), percent_change(ratio.upper), text("numbers.no_change")
    if low == high:
        allowed = none
    elif none in (low, high):
        allowed = text("finding.allowed_up_to", end=high if low == none else low)
    else:
        allowed = text("finding.allowed_from_to", low=low, high=high)
    open_one = text(
        "finding.open_placebo" if placebo else "finding.open",
        **_ratio_of(effect, ratio, subject, placebo=placebo),
        allowed=allowed,
    )
    wide = finding_of(effect) is Finding.UNCLEAR
    return joined(
        text("finding.no_campaign") if placebo else "",
        open_one,
        text("finding.too_few") if wide else "",
        text("finding.as_it_should") if placebo and not wide else "",
    )


def _not_estimable_sentence(effect: Shown, why: NotEstimable, unit: str, *, placebo: bool) -> str:
    lead, subject = text("finding.no_campaign") if placebo else "", counted(effect.channel, unit)
    where = "_placebo" if placebo else ""
    if isinstance(why, Withheld):
        return joined(lead, text(f"finding.withheld{where}", subject=subject, reason=finished(why.reason)))
    remedy = finished(why.remedy) if why.remedy else ""
    return joined(lead, text(f"finding.not_estimable{where}", subject=subject, reason=finished(why.reason)), remedy)


def _difference_clause(effect: Shown, unit: str) -> str:
    """``, about 340 more contacts (110 to 560)``; empty where the total could not be estimated."""
    total = effect.cumulative_effect
    if isinstance(total, NotEstimable):
        return ""
    fewer = total.value < 0
    shown = _mirrored(total) if fewer else total
    value, lower, upper = numbers.count_texts(shown)
    key = "finding.difference_fewer" if fewer else "finding.difference_more"
    return text(key, value=value, unit=unit_words(unit), interval=interval(lower, upper))


def _mirrored(estimate: Estimate) -> Estimate:
    from dataclasses import replace

    return replace(estimate, value=-estimate.value, lower=-estimate.upper, upper=-estimate.lower)


def _unit_reminder(unit: str) -> str:
    if unit in {vocab.Unit.PEOPLE, vocab.Unit.OFFENCES, vocab.KIND_UNITS["measure"]}:
        return ""
    return text("finding.not_people", unit=sentence_case(unit_words(unit)))


def check_name(name: str) -> str:
    """The name of a check as readers see it."""
    return term("check_names", name)


def outcome_word(outcome: vocab.Outcome) -> str:
    """What a check came to, in a word: ``pass``."""
    return term("outcomes", outcome)


def outcome_title(outcome: vocab.Outcome) -> str:
    """The same in a cell of its own: ``Pass``."""
    return text(f"table.outcome_words.{outcome.name.lower()}")


def finding_word(finding: Finding, *, placebo: bool = False) -> str:
    """A finding in a few words, for tables."""
    table = "placebo_finding_words" if placebo and finding in _MOVED else "finding_words"
    return text(f"wording.{table}.{finding.name.lower()}")


# --- pieces of sentences ----------------------------------------------------------------------------------------------


def counted(channel: str, unit: str) -> str:
    """What was counted: ``contacts by helpline``."""
    if not channel:
        return unit_words(unit)
    if channel in _CHANNELS:
        phrase = text(f"wording.channel_phrases.{channel}")
    else:
        phrase = text("wording.channel_phrases.through", channel=channel)
    return text("wording.counted", unit=unit_words(unit), phrase=phrase) if unit else phrase


def unit_words(unit: str) -> str:
    """What is counted, as readers see it: a unit of the vocabulary, or the analyst's own as it is written."""
    return term("units", unit) if unit.islower() else unit


def channel_name(channel: str) -> str:
    """A channel inside a sentence: ``helpline``."""
    return term("channels", channel) if channel.islower() else channel


def channel_title(channel: str) -> str:
    """A channel as a heading: ``Helpline``."""
    return sentence_case(channel_name(channel))


def verdict_word(kind: str) -> str:
    """A verdict inside a sentence: ``not supported``."""
    return term("verdicts", kind)


def verdict_title(kind: str) -> str:
    """A verdict in a cell of its own: ``Not supported``."""
    return sentence_case(verdict_word(kind))


def audit_class_word(kind: str) -> str:
    """What an audit came to for one figure: ``recomputed and consistent``."""
    return term("claim.classes", kind)


def audit_class_title(kind: str) -> str:
    """The same in a cell of its own."""
    return sentence_case(audit_class_word(kind))


def answer_word(answer: vocab.Answer) -> str:
    """How far an item of a quality statement is met: ``partly met``."""
    return text(f"words.answer.{answer.name.lower()}")


def estimand_name(name: str, unit: str = vocab.Unit.CONTACTS) -> str:
    """What a number is: ``Rate ratio over the whole window``; of a name that is no estimand, the name itself."""
    if name == vocab.CUMULATIVE_EFFECT:
        return text("wording.estimand_names.cumulative_effect", unit=unit_words(unit))
    return term("wording.estimand_names", name)


def window_phrase(window: Window, launch: pd.Period, *, placebo: bool = False) -> str:
    """``In the 20 months from launch``; what was not counted, at the start or in between, is named."""
    span = len_of(window)
    noun = period_noun(window.start)
    late = left_out_phrase(window, launch, placebo=placebo)
    start = period_text(window.start)
    since = text("wording.window.since", period=start) if placebo or late else text("wording.window.since_launch")
    rest = {"since": since, "late": text("wording.window.late", late=late) if late else ""}
    if span == window.periods == 1:
        return text("wording.window.one", noun=numbers.singular_of(noun), **rest)
    if span == window.periods:
        return text("wording.window.whole", periods=plural(span, noun), **rest)
    return text("wording.window.with_gaps", periods=plural(window.periods, noun), span=span, **rest)


def left_out_phrase(window: Window, launch: pd.Period, *, placebo: bool = False) -> str:
    """``the first three months from launch are left out``; empty where the window begins with the launch."""
    skipped = int((window.start - launch).n)
    if skipped <= 0:
        return ""
    noun, date = period_noun(launch), text("words.placebo_date" if placebo else "words.launch")
    if skipped == 1:
        return text("wording.window.skipped_one", noun=numbers.singular_of(noun), date=date)
    return text("wording.window.skipped", periods=plural(skipped, noun, words=True), date=date)


def window_text(window: Window) -> str:
    """``May 2019 to December 2020 (20 months)``."""
    span = interval(period_text(window.start), period_text(window.end))
    return text("wording.window.text", span=span, periods=plural(window.periods, period_noun(window.start)))


def len_of(window: Window) -> int:
    """Number of periods from the first to the last, both counted."""
    return int((window.end - window.start).n) + 1


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
        return text("wording.claim.times", subject=subject, ratio=f"{ratio:.3g}")
    if claim.value is None:
        return text("wording.claim.in_words", subject=subject)
    return text("wording.claim.count", subject=subject, value=f"{claim.value:g}")


# --- region report ----------------------------------------------------------------------------------------------------


def about_line(*, campaign: str | None, launch: pd.Period, source: str = "") -> str:
    """Under the title: which campaign began when, or that none did and which date stands in for one."""
    if campaign is None:
        return text("wording.about.placebo", date=period_text(launch))
    origin = text("wording.about.source", source=finished(source)) if source else ""
    return joined(finished(text("wording.about.launched", campaign=campaign, date=period_text(launch))), origin)


def period_line(effect: Shown, *, placebo: bool = False) -> str:
    """What the data cover: ``January 2015 to August 2020: 44 months before launch, 24 from launch on``."""
    first, last = effect.span
    noun = period_noun(effect.launch)
    date = text("words.placebo_date" if placebo else "words.launch")
    gap = text("wording.covers.missing", periods=plural(effect.gaps, noun)) if effect.gaps else ""
    late = left_out_phrase(effect.window, effect.launch, placebo=placebo) if effect.window is not None else ""
    since = period_text(effect.window.start) if effect.window is not None and late else date
    return text(
        "wording.covers.line",
        span=interval(period_text(first), period_text(last)),
        before=plural(effect.n_pre, noun),
        date=date,
        after=numbers.whole(effect.n_post),
        since=since,
        late=text("wording.window.late", late=late) if late else "",
        missing=gap,
    )


def tile_ratio(effect: Shown, *, placebo: bool = False) -> tuple[str, str, str]:
    """Value, label and note of the tile with the rate ratio."""
    label = text("tile.times_placebo" if placebo else "tile.times")
    if isinstance(effect.rate_ratio, NotEstimable):
        return "–", label, _no_number(effect.rate_ratio)
    value, lower, upper = _shown_ratio(effect.rate_ratio)
    return value, label, interval_words(effect.level, lower, upper)


def interval_words(level: float, lower: str, upper: str) -> str:
    """``95 % interval 1.2 to 2.1``."""
    return text("words.interval", level=level_text(level), interval=interval(lower, upper))


def tile_total(effect: Shown, unit: str) -> tuple[str, str, str]:
    """Value, label and note of the tile with the number of additional contacts."""
    total = effect.cumulative_effect
    if isinstance(total, NotEstimable):
        return "–", text("tile.additional", unit=unit_words(unit)), _no_number(total)
    value, lower, upper = numbers.count_texts(total)
    label = text("tile.against_expected", unit=unit_words(unit))
    return numbers.signed(value), label, interval_words(total.level, lower, upper)


def _no_number(why: NotEstimable) -> str:
    return text("tile.not_published" if isinstance(why, Withheld) else "tile.cannot_say")


def tile_claims(kinds: Sequence[vocab.VerdictKind], statement: str) -> tuple[str, str, str]:
    """Value, label and note of the tile with the verdict, where there is a claim: itself where there is only one."""
    if len(kinds) > 1:
        supported = sum(kind is vocab.VerdictKind.SUPPORTED for kind in kinds)
        value = text("tile.claims_many", supported=supported, number=len(kinds))
        return value, text("tile.claims_many_label"), text("tile.claims_many_note")
    return verdict_title(kinds[0]), text("tile.verdict"), shortened(statement, 60)


def probability_sentence(ratio: float, probability: float) -> str:
    """How probable it is that the rate ratio reaches a claimed ratio."""
    if probability < 0.01:
        shown = text("words.less_than", number=numbers.percent(0.01))
    elif probability > 0.99:
        shown = text("words.more_than", number=numbers.percent(0.99))
    else:
        shown = numbers.percent(probability)
    return text("wording.probability", ratio=f"{ratio:g}", probability=shown)
