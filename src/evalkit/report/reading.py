"""How to read a chart, how it was done and what the second method says, in words that depend on the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from evalkit.catalogue import text, texts
from evalkit.effect import Estimate, NotEstimable
from evalkit.report import numbers, wording
from evalkit.report.content import Withheld

if TYPE_CHECKING:
    from evalkit.report.release import ChannelView

_COMPARED: Final = frozenset({"controlled", "synthetic"})


def is_compared(model: str) -> bool:
    """Whether a model takes what is expected from comparison regions."""
    return model in _COMPARED


def how_to_read_path(model: str, *, placebo: bool = False, shape: str = "line") -> str:
    """What the lines of the path are; the dashed one comes from somewhere else where comparison regions made it.

    ``shape`` is what is drawn for it: ``"line"``, ``"point"`` or ``"both"``.
    """
    end, expected = "_placebo" if placebo else "", text(f"reading.expected.{shape}")
    return text(
        f"reading.path{end}", expected=expected, source=text(f"reading.{model if is_compared(model) else 'own'}{end}")
    )


def methods_text(model: str, *, version: str, claims: bool) -> list[str]:
    """How the numbers came about, for readers who fit no models."""
    judged = [text("methods.claims")] if claims else []
    return [*texts(f"methods.{model}"), *judged, text("methods.software", version=version)]


def methods_disagree(view: ChannelView) -> bool:
    """Whether the rate ratio of either method lies outside the other's interval."""
    other = view.second_opinion
    if other is None or not (isinstance(view.rate_ratio, Estimate) and isinstance(other.rate_ratio, Estimate)):
        return False
    first, second = view.rate_ratio, other.rate_ratio
    return not (first.lower <= second.value <= first.upper and second.lower <= first.value <= second.upper)


def second_sentence(view: ChannelView) -> str:
    """What the second method says of one channel; empty where none was run."""
    other = view.second_opinion
    if other is None:
        return ""
    channel, label = wording.channel_title(view.channel), other.model_label
    if isinstance(other.rate_ratio, Withheld):
        return text("second.withheld", channel=channel, label=label, reason=other.rate_ratio.reason)
    if isinstance(other.rate_ratio, NotEstimable):
        reason = other.rate_ratio.reason
        key = "second.only_first" if view.estimable else "second.neither"
        return text(key, channel=channel, label=label, reason=reason)
    value, lower, upper = numbers.ratio_texts(other.rate_ratio, fewest=2)
    beside = {"channel": channel, "label": label, "second": value, "second_interval": numbers.interval(lower, upper)}
    if isinstance(view.rate_ratio, NotEstimable):
        return text("second.only_second", **beside)
    own, low, high = numbers.ratio_texts(view.rate_ratio, fewest=2)
    return text(
        "second.disagree" if methods_disagree(view) else "second.agree",
        value=own,
        interval=numbers.interval(low, high),
        **beside,
    )
