"""Where the evidence stands on two scales, by rules that err on the low side.

Maryland Scientific Methods Scale, as the What Works Centre for Local Economic Growth words it (guide of June 2016);
Nesta's Standards of Evidence (Puttick and Ludlow 2013). The rules are set out in ``docs/methods/quality.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from evalkit import vocab
from evalkit.catalogue import listed, text
from evalkit.check.base import title_of
from evalkit.check.quality.statement import Level
from evalkit.effect import Estimate
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from evalkit.check.quality.facts import Facts

MARYLAND: Final = "Maryland Scientific Methods Scale"
NESTA: Final = "Nesta Standards of Evidence"
HIGHEST: Final = 5
# a failure of one of these says that the counterfactual itself is wrong
COUNTERFACTUAL_CHECKS: Final = (
    "placebo in time",
    "placebo in space",
    "negative control",
    "spill-over",
    "launch and season",
    "what is counted",
)


def maryland_level(facts: Facts) -> Level:
    """Level 1 to 3; 4 and 5 need chance, or something as good as chance, to decide who had the campaign.

    1: before and after without trend or season. 2: before and after net of trend, season and known events. 3: beside
    comparison regions whose choice is justified. One level less where a check of ``COUNTERFACTUAL_CHECKS`` fails.
    """
    if not facts.effect.estimable:
        return Level(scale=MARYLAND, value=None, highest=HIGHEST, reason=text("quality.said.no_effect"))
    value, reason = _by_design(facts)
    failed = [name for name in COUNTERFACTUAL_CHECKS if facts.outcome_of(name) is Outcome.FAILED]
    if failed and value > 1:
        value, reason = (
            value - 1,
            text("quality.levels.less", reason=reason, checks=", ".join(title_of(name) for name in failed)),
        )
    return Level(scale=MARYLAND, value=value, highest=HIGHEST, reason=reason)


def _by_design(facts: Facts) -> tuple[int, str]:
    if facts.design.controlled:
        return _beside_comparison(facts)
    annual = facts.design.frequency == "Y"
    there = {"trend": _has_trend(facts), "season": annual or bool(facts.season)}
    left = [text(f"quality.levels.{name}") for name, present in there.items() if not present]
    if left:
        return 1, text("quality.levels.without", left=text("words.and_the").join(left))
    net = [
        text("quality.levels.trend"),
        *([] if annual else [text("quality.levels.season")]),
        *([text("quality.levels.known_events")] if facts.design.spec.events else []),
    ]
    return 2, text("quality.levels.net_of", net=listed(net))


def _beside_comparison(facts: Facts) -> tuple[int, str]:
    said = facts.declared("comparison_justified")
    if said is not None and said.answer == "yes" and said.evidence.strip():
        return 3, (text("quality.levels.justified"))
    if said is not None and said.answer == "no":
        return 2, text("quality.levels.no_reason")
    why = text("quality.levels.not_declared" if said is None else "quality.levels.not_given")
    return 2, text("quality.levels.not_justified", why=why)


def nesta_level(facts: Facts, maryland: Level) -> Level:
    """Level 1 to 3, each on top of the one below; 4 and 5 need replication by others, which one evaluation cannot show.

    1: it is written down why the campaign should change contacts. 2: the interval of the rate ratio lies above 1. 3: a
    comparison shows that the campaign caused it, which is taken to be level 3 on the Maryland scale.
    """
    value, reason = _nesta(facts, maryland)
    return Level(scale=NESTA, value=value, highest=HIGHEST, reason=reason)


def _nesta(facts: Facts, maryland: Level) -> tuple[int | None, str]:
    theory = facts.declared("theory")
    if theory is None or theory.answer != "yes" or not theory.evidence.strip():
        why = text("quality.levels.not_declared" if theory is None else "quality.levels.not_given")
        return None, text("quality.levels.why", why=why)
    ratio = facts.effect.rate_ratio
    if not isinstance(ratio, Estimate):
        return 1, text("quality.levels.written_none")
    if ratio.lower <= 1 <= ratio.upper:
        return 1, text("quality.levels.written_holds")
    if ratio.upper < 1:
        return 1, text("quality.levels.written_fewer")
    if maryland.value is None or maryland.value < 3:
        return 2, text("quality.levels.rise")
    return 3, text("quality.levels.rise_beside")


def _has_trend(facts: Facts) -> bool:
    return vocab.TREND in facts.design.columns
