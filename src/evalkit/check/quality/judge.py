"""How each topic is answered from the facts: one small rule a topic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from evalkit import vocab
from evalkit.catalogue import counted, periods, text
from evalkit.check.base import outcome_word, title_of
from evalkit.check.quality.facts import SHAPELESS
from evalkit.check.quality.statement import QualityItem
from evalkit.vocab import Answer, Outcome

if TYPE_CHECKING:
    from evalkit.check.quality.facts import Facts
    from evalkit.check.quality.items import Asked
    from evalkit.evaluation import PlanReview
    from evalkit.registers import Event

Judgement = tuple[Answer, str]
FEW_MISSING: Final = 0.05
MANY_MISSING: Final = 0.20
LONG_SERIES: Final = 24
SHORT_SERIES: Final = 12
_LATE: Final = {
    True: "",
    False: "quality.said.had_ended",
    None: "quality.said.no_end",
}
_DECLARED: Final = {"yes": Answer.MET, "partly": Answer.PARTLY, "no": Answer.NOT_MET}


def judge(asked: Asked, facts: Facts) -> QualityItem:
    """The item with its answer and evidence."""
    answer, evidence = TOPICS[asked.topic](facts)
    return QualityItem(
        source=asked.source,
        number=asked.number,
        topic=asked.topic,
        question=asked.question,
        answer=answer,
        evidence=evidence,
    )


def declared(facts: Facts, name: str, *, against: str = "", known: str = "") -> Judgement:
    """The declared answer; ``against`` makes a "yes" count as "partly", ``known`` is only said besides."""
    said = facts.declared(name)
    besides = " ".join(part for part in (against, known) if part)
    if said is None:
        return Answer.NOT_DECLARED, besides or text("quality.said.nothing_declared", name=name)
    answer = _DECLARED[said.answer]
    evidence = said.evidence.strip() or text("quality.said.no_evidence")
    if answer is Answer.MET and (against or not said.evidence.strip()):
        answer = Answer.PARTLY
    return answer, text(
        "quality.said.declared",
        answer=text(f"words.declared.{said.answer}"),
        evidence=_ended(evidence),
        besides=text("quality.said.besides", besides=besides) if besides else "",
    )


def _independent(facts: Facts) -> Judgement:
    others = facts.happened
    if not others:
        return declared(facts, "independent", known=text("quality.said.no_events"))
    named = ", ".join(
        text(
            "quality.said.event", title=event.title, where=text("words.in" if facts.modelled(event) else "words.not_in")
        )
        for event in others
    )
    return declared(facts, "independent", against=text("quality.said.events", named=named))


def _shape(facts: Facts) -> Judgement:
    if facts.plan is None:
        return declared(facts, "shape_prespecified", known=text("quality.said.no_plan"))
    changed = [found.what for found in facts.plan.of_kind("setting") if found.what.startswith("model.")]
    changed += [text("quality.said.campaign", what=found.what) for found in facts.plan.of_kind("campaign")]
    frozen = text("quality.said.frozen", date=facts.plan.frozen_on)
    if changed:
        return Answer.PARTLY, text("quality.said.changed", frozen=frozen, changed=", ".join(changed))
    late = _late(facts.plan)
    return (Answer.PARTLY if late else Answer.MET), text("quality.said.kept", frozen=frozen, late=late)


def _counting(facts: Facts) -> Judgement:
    against = ""
    if facts.counting:
        against = text("quality.said.counting", events=_titles(facts.counting))
    return declared(facts, "collection_unaffected", against=against)


def _objective(facts: Facts) -> Judgement:
    return declared(facts, "outcome_objective")


def _reliable(facts: Facts) -> Judgement:
    return declared(facts, "outcome_reliable")


def _complete(facts: Facts) -> Judgement:
    missing, asked = facts.missing
    share = missing / asked
    said = text("quality.said.gaps", missing=missing, asked=asked)
    if share > MANY_MISSING:
        return Answer.NOT_MET, said
    return declared(
        facts,
        "data_complete",
        **({"against": said} if share > FEW_MISSING else {"known": said}),
    )


def _selective(facts: Facts) -> Judgement:
    if facts.plan is None:
        return declared(facts, "all_outcomes_reported", known=text("quality.said.nothing_to_compare"))
    dropped = [found for found in facts.plan.of_kind("region", "channel") if found.found == "dropped"]
    if dropped:
        return Answer.NOT_MET, text("quality.said.dropped", dropped=", ".join(found.what for found in dropped))
    late = _late(facts.plan)
    said = text("quality.said.all_evaluated", late=late)
    return (Answer.PARTLY if late else Answer.MET), said


def _other_bias(facts: Facts) -> Judgement:
    failed = facts.checks_with(Outcome.FAILED)
    if failed:
        return Answer.NOT_MET, text("quality.said.failed_checks", checks=_checks(failed))
    passed, open_ = facts.checks_with(Outcome.PASSED), facts.checks_with(Outcome.INCONCLUSIVE, Outcome.NOT_RUN)
    known = text("quality.said.passed_checks", checks=_checks(passed) or text("words.none"))
    against = text("quality.said.open_checks", checks=_checks(open_)) if open_ else ""
    return declared(facts, "no_other_bias", against=against, known=known)


def _spacing(facts: Facts) -> Judgement:
    return declared(facts, "spacing_justified", known=_points(facts))


def _technique(facts: Facts) -> Judgement:
    effect = facts.effect
    if not effect.estimable:
        return Answer.NOT_MET, text("quality.said.no_effect_because", reason=effect.rate_ratio)
    if not facts.dependence:
        return Answer.PARTLY, text("quality.said.independent", model=_sentence(effect.model_label))
    failed = [
        name for name in ("residual autocorrelation", "overdispersion") if facts.outcome_of(name) is Outcome.FAILED
    ]
    if failed:
        return Answer.PARTLY, text("quality.said.failed", model=_sentence(effect.model_label), checks=_checks(failed))
    outcome = facts.outcome_of("residual autocorrelation") or Outcome.NOT_RUN
    said = text("quality.said.autocorrelation_of", model=_sentence(effect.model_label), outcome=outcome_word(outcome))
    return (Answer.MET if outcome is Outcome.PASSED else Answer.PARTLY), said


def _points_shown(_: Facts) -> Judgement:
    return Answer.PARTLY, text("quality.said.points_shown")


def _launch_line(facts: Facts) -> Judgement:
    set_aside = facts.design.spec.transition
    if set_aside:
        return Answer.PARTLY, text("quality.said.set_aside", periods=set_aside)
    return Answer.MET, text("quality.said.launch_marked")


def _trend_lines(facts: Facts) -> Judgement:
    if not facts.effect.estimable:
        return Answer.NOT_APPLICABLE, text("quality.said.no_line")
    return Answer.MET, text("quality.said.line_drawn")


def _counterfactual(facts: Facts) -> Judgement:
    if not facts.effect.estimable:
        return Answer.NOT_APPLICABLE, text("quality.said.no_counterfactual")
    return Answer.MET, text("quality.said.counterfactual_drawn")


def _prespecified(facts: Facts) -> Judgement:
    if facts.plan is None:
        return declared(facts, "protocol", known=text("quality.said.no_plan"))
    return _shape(facts)


def _dependence(facts: Facts) -> Judgement:
    if not facts.effect.estimable:
        return Answer.NOT_APPLICABLE, text("quality.said.no_effect")
    said = text("quality.said.autocorrelation", outcome=_outcome(facts, "residual autocorrelation"))
    if not facts.dependence:
        return Answer.NOT_MET, text(
            "quality.said.taken_independent", model=_sentence(facts.effect.model_label), further=said
        )
    failed = facts.outcome_of("residual autocorrelation") is Outcome.FAILED
    return (Answer.PARTLY if failed else Answer.MET), text(
        "quality.said.dealt_with", how=facts.dependence, further=said
    )


def _length(facts: Facts) -> Judgement:
    shorter = min(facts.effect.n_pre, facts.effect.n_post)
    total = facts.effect.n_pre + facts.effect.n_post
    if total >= 2 * LONG_SERIES and shorter >= SHORT_SERIES:
        return Answer.MET, _points(facts)
    return (Answer.PARTLY if total >= LONG_SERIES else Answer.NOT_MET), _points(facts)


def _intervals(facts: Facts) -> Judgement:
    if not facts.effect.estimable:
        return Answer.NOT_APPLICABLE, text("quality.said.no_effect")
    said = text("quality.said.intervals")
    return Answer.PARTLY, said


def _interval(facts: Facts) -> Judgement:
    return Answer.MET, _points(facts)


def _comparison(facts: Facts) -> Judgement:
    if not facts.design.controlled:
        return Answer.NOT_MET, text("quality.said.no_comparison")
    names = facts.comparison
    if not names:
        return Answer.MET, text("quality.said.comparison_total")
    regions = counted(len(names), "comparison region")
    return Answer.MET, text("quality.said.comparison", regions=regions, names=", ".join(names))


def _impact_model(facts: Facts) -> Judgement:
    spec, window = facts.design.spec, facts.effect.window
    over = text("quality.said.over", window=window) if window is not None else text("quality.said.over_none")
    if facts.effect.model in SHAPELESS:
        return Answer.MET, text(
            "quality.said.no_shape", against=text(f"quality.against.{facts.effect.model}"), over=over
        )
    parts = [
        text("quality.said.level_and_slope") if spec.slope else text("quality.said.level"),
        *([text("quality.said.further_launches")] if spec.launches else []),
        *([text("quality.said.flights")] if spec.flights is not None else []),
        *([text("quality.said.fading")] if spec.decay is not None else []),
        *([text("quality.said.an_end")] if spec.off is not None else []),
        text("quality.said.aside", periods=spec.transition) if spec.transition else text("quality.said.none_aside"),
        text("quality.said.lag", lag=spec.lag) if spec.lag else text("quality.said.no_lag"),
    ]
    return Answer.MET, text("quality.said.impact", parts=", ".join(parts), over=over)


def _season(facts: Facts) -> Judgement:
    if facts.design.frequency == "Y":
        return Answer.NOT_APPLICABLE, text("quality.said.annual")
    if not facts.season:
        return Answer.NOT_MET, text("quality.said.no_season")
    years = facts.effect.n_pre / vocab.PERIODS_PER_YEAR[facts.design.frequency]
    said = text("quality.said.season", season=f"{facts.season[0].upper()}{facts.season[1:]}", years=years)
    return (Answer.MET if years >= 2 else Answer.PARTLY), said


def _stationarity(facts: Facts) -> Judgement:
    trend = vocab.TREND in facts.design.columns or facts.design.controlled
    if trend and facts.dependence:
        return Answer.MET, text("quality.said.trend_and", how=facts.dependence)
    if trend or facts.dependence:
        return Answer.PARTLY, text("quality.said.trend_only") if trend else text(
            "quality.said.no_trend_but", how=facts.dependence
        )
    return Answer.NOT_MET, text("quality.said.neither")


def _protocol(facts: Facts) -> Judgement:
    return declared(facts, "protocol")


def _plan(facts: Facts) -> Judgement:
    if facts.plan is None:
        return Answer.NOT_MET, text("quality.said.no_plan")
    number = len(facts.plan.deviations)
    late = _late(facts.plan)
    said = text(
        "quality.said.plan_one" if number == 1 else "quality.said.plan_many",
        date=facts.plan.frozen_on,
        number=number or text("words.no"),
        late=late,
    )
    return (Answer.PARTLY if number or late else Answer.MET), said


def _funding(facts: Facts) -> Judgement:
    return declared(facts, "funding")


def _conflicts(facts: Facts) -> Judgement:
    return declared(facts, "conflicts")


TOPICS: Final[dict[str, Callable[[Facts], Judgement]]] = {
    "independent": _independent,
    "shape": _shape,
    "counting": _counting,
    "objective": _objective,
    "reliable": _reliable,
    "complete": _complete,
    "selective": _selective,
    "other bias": _other_bias,
    "spacing": _spacing,
    "technique": _technique,
    "points": _points_shown,
    "launch line": _launch_line,
    "trend lines": _trend_lines,
    "counterfactual": _counterfactual,
    "prespecified": _prespecified,
    "dependence": _dependence,
    "length": _length,
    "intervals": _intervals,
    "interval": _interval,
    "comparison": _comparison,
    "impact model": _impact_model,
    "season": _season,
    "stationarity": _stationarity,
    "protocol": _protocol,
    "plan": _plan,
    "funding": _funding,
    "conflicts": _conflicts,
}


def _late(plan: PlanReview) -> str:
    """What is to be said of when a plan was frozen, empty where it was before the data ended."""
    key = _LATE[plan.before_data_end]
    return text("quality.said.late", late=text(key)) if key else ""


def _checks(names: Sequence[str]) -> str:
    return ", ".join(title_of(name) for name in names)


def _points(facts: Facts) -> str:
    return text(
        "quality.said.points",
        before=facts.effect.n_pre,
        periods=periods(facts.design.frequency),
        after=facts.effect.n_post,
    )


def _outcome(facts: Facts, name: str) -> str:
    return outcome_word(facts.outcome_of(name) or Outcome.NOT_RUN)


def _titles(events: tuple[Event, ...]) -> str:
    return ", ".join(event.title for event in events)


def _sentence(said: str) -> str:
    return _ended(f"{said[:1].upper()}{said[1:]}")


def _ended(said: str) -> str:
    return said if said.endswith((".", "!", "?")) else f"{said}."
