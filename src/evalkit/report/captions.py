"""Headings and captions of charts. A caption says what its band or interval holds of chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit.catalogue import text
from evalkit.report.figures.path import expectation_shape
from evalkit.report.numbers import level_text, period_noun, period_text
from evalkit.report.release import holding_launch
from evalkit.report.wording import channel_name, counted, joined, sentence_case, unit_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evalkit.report.release import Shown


def path_heading(channel: str) -> str:
    """Heading of the counterfactual figure of a channel."""
    return text("chart.path_heading", channel=_in_heading(channel))


def effect_heading(channel: str) -> str:
    """Heading of the effect panel of a channel."""
    return text("chart.effect_heading", channel=_in_heading(channel))


def density_heading(channel: str) -> str:
    """Heading of the distribution of the rate ratio of a channel."""
    return text("chart.density_heading", channel=_in_heading(channel))


def _in_heading(channel: str) -> str:
    name = channel_name(channel)
    return name if name != channel else channel.lower()


def path_caption(effect: Shown, unit: str, *, placebo: bool = False) -> str:
    """Caption of the counterfactual figure; it says that the band holds observation noise."""
    noun = period_noun(effect.path.index[0])
    by = text(f"chart.by.{noun}", subject=sentence_case(counted(effect.channel, unit)))
    if not effect.estimable:
        return text("chart.path_no_expectation", what=by)
    if effect.path["counterfactual"].isna().all():
        return text("chart.path_counted_alone", what=by)
    key = "chart.path_caption_placebo" if placebo else "chart.path_caption"
    drawn = text(f"chart.expected.{expectation_shape(effect)}")
    said = text(key, what=by, expected=drawn, level=level_text(effect.level))
    return joined(said, _holds_launch(effect, placebo=placebo))


def _holds_launch(effect: Shown, *, placebo: bool = False) -> str:
    """A sentence where a period of the chart lies on both sides of the launch; otherwise nothing."""
    held = effect.path.index[holding_launch(effect.path, effect.launch)]
    date = text("words.placebo_date" if placebo else "words.the_launch")
    return joined(*(text("words.holds_launch", period=period_text(period), date=date) for period in held))


def effect_caption(effect: Shown, unit: str, *, placebo: bool = False) -> str:
    """Caption of the effect panel; it says whether its band holds the chance variation of what was counted."""
    at_once = effect.window is None or effect.window.start <= effect.launch
    noun = period_noun(effect.path.index[0])
    said = text(
        f"chart.effect_caption.{noun}",
        unit=unit_words(unit),
        start=text("words.launch" if at_once else "chart.first_counted"),
        level=level_text(effect.level),
    )
    return joined(said, chance_sentence([effect.numerator]), _holds_launch(effect, placebo=placebo))


def chance_sentence(numerators: Iterable[str]) -> str:
    """What the intervals of an effect hold of chance: a forecast compares counts, the other models expectations."""
    kinds = set(numerators)
    if kinds == {"observed"}:
        return text("chance.included")
    return text("chance.mixed" if "observed" in kinds else "chance.not_included")


def density_caption(effect: Shown, claimed: float | None = None) -> str:
    """Caption of the distribution of the rate ratio."""
    mark = text("chart.density_claimed", ratio=f"{claimed:g}") if claimed is not None else ""
    return joined(text("chart.density_caption", level=level_text(effect.level)), mark)


def forest_caption(level: float, numerators: Iterable[str] = ("expected",)) -> str:
    """Caption of the estimates over regions."""
    return joined(text("chart.forest_caption", level=level_text(level)), chance_sentence(numerators))
