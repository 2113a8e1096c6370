"""How each topic is answered from the facts: one small rule a topic."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from evalkit import vocab
from evalkit.check.quality.facts import SHAPELESS
from evalkit.check.quality.statement import QualityItem
from evalkit.vocab import Answer, Outcome

if TYPE_CHECKING:
    from evalkit.check.quality.facts import Facts
    from evalkit.check.quality.items import Asked
    from evalkit.registers import Event

Judgement = tuple[Answer, str]
FEW_MISSING: Final = 0.05
MANY_MISSING: Final = 0.20
LONG_SERIES: Final = 24
SHORT_SERIES: Final = 12
# what is to be said of when a plan was frozen, empty where it was before the data ended
_LATE: Final = {
    True: "",
    False: "the data had ended by then",
    None: "it names no end of the data, so it does not show that they had not ended",
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
        return Answer.NOT_DECLARED, besides or f'Nothing is declared under "{name}".'
    answer = _DECLARED[said.answer]
    evidence = said.evidence.strip() or "no evidence is given."
    if answer is Answer.MET and (against or not said.evidence.strip()):
        answer = Answer.PARTLY
    return answer, f"Declared {said.answer}: {_ended(evidence)}{f' {besides}' if besides else ''}"


def _independent(facts: Facts) -> Judgement:
    others = facts.happened
    if not others:
        return declared(facts, "independent", known="The register knows of no other event from the launch on.")
    named = ", ".join(f"{event.title} ({'in' if facts.modelled(event) else 'not in'} the model)" for event in others)
    return declared(facts, "independent", against=f"From the launch on the register has: {named}.")


def _shape(facts: Facts) -> Judgement:
    if facts.plan is None:
        return declared(facts, "shape_prespecified", known="No plan was frozen.")
    changed = [found.what for found in facts.plan.of_kind("setting") if found.what.startswith("model.")]
    changed += [f"campaign {found.what}" for found in facts.plan.of_kind("campaign")]
    frozen = f"The plan of {facts.plan.frozen_on} fixes level, slope and window"
    if changed:
        return Answer.PARTLY, f"{frozen}, but {', '.join(changed)} changed afterwards."
    late = _LATE[facts.plan.before_data_end]
    return (Answer.PARTLY if late else Answer.MET), f"{frozen}{f'; {late}' if late else ''}."


def _counting(facts: Facts) -> Judgement:
    against = ""
    if facts.counting:
        against = f"The register has changes of counting within the data: {_titles(facts.counting)}."
    return declared(facts, "collection_unaffected", against=against)


def _objective(facts: Facts) -> Judgement:
    return declared(facts, "outcome_objective")


def _reliable(facts: Facts) -> Judgement:
    return declared(facts, "outcome_reliable")


def _complete(facts: Facts) -> Judgement:
    missing, asked = facts.missing
    share = missing / asked
    said = f"{missing} of {asked} periods have no count and are left out."
    if share > MANY_MISSING:
        return Answer.NOT_MET, said
    return declared(
        facts,
        "data_complete",
        **({"against": said} if share > FEW_MISSING else {"known": said}),
    )


def _selective(facts: Facts) -> Judgement:
    if facts.plan is None:
        return declared(facts, "all_outcomes_reported", known="No plan was frozen to compare with.")
    dropped = [found for found in facts.plan.of_kind("region", "channel") if found.found == "dropped"]
    if dropped:
        return Answer.NOT_MET, f"Planned and then dropped: {', '.join(found.what for found in dropped)}."
    late = _LATE[facts.plan.before_data_end]
    said = f"Every region and channel of the plan is evaluated{f'; {late}' if late else ''}."
    return (Answer.PARTLY if late else Answer.MET), said


def _other_bias(facts: Facts) -> Judgement:
    failed = facts.checks_with(Outcome.FAILED)
    if failed:
        return Answer.NOT_MET, f"Failed checks: {', '.join(failed)}."
    passed, open_ = facts.checks_with(Outcome.PASSED), facts.checks_with(Outcome.INCONCLUSIVE, Outcome.NOT_RUN)
    known = f"Checks passed: {', '.join(passed) or 'none'}."
    against = f"Checks that cannot tell or were not run: {', '.join(open_)}." if open_ else ""
    return declared(facts, "no_other_bias", against=against, known=known)


def _spacing(facts: Facts) -> Judgement:
    return declared(facts, "spacing_justified", known=_points(facts))


def _technique(facts: Facts) -> Judgement:
    effect = facts.effect
    if not effect.estimable:
        return Answer.NOT_MET, f"No effect was estimated: {effect.rate_ratio}."
    if not facts.dependence:
        return Answer.PARTLY, f"{_sentence(effect.model_label)} Neighbouring counts are taken as independent."
    failed = [
        name for name in ("residual autocorrelation", "overdispersion") if facts.outcome_of(name) is Outcome.FAILED
    ]
    if failed:
        return Answer.PARTLY, f"{_sentence(effect.model_label)} Failed: {', '.join(failed)}."
    outcome = facts.outcome_of("residual autocorrelation") or Outcome.NOT_RUN
    said = f"{_sentence(effect.model_label)} Residual autocorrelation: {outcome}."
    return (Answer.MET if outcome is Outcome.PASSED else Answer.PARTLY), said


def _points_shown(_: Facts) -> Judgement:
    return Answer.PARTLY, "The charts of evalkit show every count as a point; the points are joined by a thin line."


def _launch_line(facts: Facts) -> Judgement:
    set_aside = facts.design.spec.transition
    if set_aside:
        return Answer.PARTLY, f"The launch is marked and named; the {set_aside} periods set aside are not shaded."
    return Answer.MET, "The charts of evalkit mark and name the launch; no period is set aside."


def _trend_lines(facts: Facts) -> Judgement:
    if not facts.effect.estimable:
        return Answer.NOT_APPLICABLE, "No line is fitted."
    return Answer.MET, "The charts of evalkit draw the fitted line over all periods."


def _counterfactual(facts: Facts) -> Judgement:
    if not facts.effect.estimable:
        return Answer.NOT_APPLICABLE, "No counterfactual is estimated."
    return Answer.MET, "The charts of evalkit draw it as a dashed line with a band for single counts."


def _prespecified(facts: Facts) -> Judgement:
    if facts.plan is None:
        return declared(facts, "protocol", known="No plan was frozen.")
    return _shape(facts)


def _dependence(facts: Facts) -> Judgement:
    if not facts.effect.estimable:
        return Answer.NOT_APPLICABLE, "No effect was estimated."
    said = f"Residual autocorrelation: {_outcome(facts, 'residual autocorrelation')}."
    if not facts.dependence:
        return Answer.NOT_MET, f"{_sentence(facts.effect.model_label)} Taken as independent. {said}"
    failed = facts.outcome_of("residual autocorrelation") is Outcome.FAILED
    return (Answer.PARTLY if failed else Answer.MET), f"Dealt with by {facts.dependence}. {said}"


def _length(facts: Facts) -> Judgement:
    shorter = min(facts.effect.n_pre, facts.effect.n_post)
    total = facts.effect.n_pre + facts.effect.n_post
    if total >= 2 * LONG_SERIES and shorter >= SHORT_SERIES:
        return Answer.MET, _points(facts)
    return (Answer.PARTLY if total >= LONG_SERIES else Answer.NOT_MET), _points(facts)


def _intervals(facts: Facts) -> Judgement:
    if not facts.effect.estimable:
        return Answer.NOT_APPLICABLE, "No effect was estimated."
    said = "Every estimate has its interval; the words of the finding follow whether the interval holds 1."
    return Answer.PARTLY, said


def _interval(facts: Facts) -> Judgement:
    return Answer.MET, _points(facts)


def _comparison(facts: Facts) -> Judgement:
    if not facts.design.controlled:
        return Answer.NOT_MET, "No comparison region enters the model."
    names = facts.comparison
    listed = f"{len(names)} comparison region{'s' * (len(names) != 1)}: {', '.join(names)}." if names else ""
    return Answer.MET, listed or "The total of comparison regions enters the model as a column."


def _impact_model(facts: Facts) -> Judgement:
    spec, window = facts.design.spec, facts.effect.window
    over = f"over {window}" if window is not None else "over no window"
    against = SHAPELESS.get(facts.effect.model)
    if against:
        return Answer.MET, f"No shape is assumed: what was counted against {against}, {over}."
    parts = [
        "A change of level and slope" if spec.slope else "A change of level",
        *(["further launches"] if spec.launches else []),
        *(["active and inactive times"] if spec.flights is not None else []),
        *(["fading"] if spec.decay is not None else []),
        *(["an end"] if spec.off is not None else []),
        f"{spec.transition} periods set aside" if spec.transition else "none set aside",
        f"a lag of {spec.lag}" if spec.lag else "no lag",
    ]
    return Answer.MET, f"{', '.join(parts)}, {over}."


def _season(facts: Facts) -> Judgement:
    if facts.design.frequency == "Y":
        return Answer.NOT_APPLICABLE, "Annual counts have no season."
    if not facts.season:
        return Answer.NOT_MET, "There is no season in the model."
    years = facts.effect.n_pre / vocab.PERIODS_PER_YEAR[facts.design.frequency]
    said = f"{facts.season[0].upper()}{facts.season[1:]}; {years:.1f} years before the launch."
    return (Answer.MET if years >= 2 else Answer.PARTLY), said


def _stationarity(facts: Facts) -> Judgement:
    trend = vocab.TREND in facts.design.columns or facts.design.controlled
    if trend and facts.dependence:
        return Answer.MET, f"A trend in the model, and {facts.dependence}."
    if trend or facts.dependence:
        return Answer.PARTLY, "A trend only." if trend else f"No trend, but {facts.dependence}."
    return Answer.NOT_MET, "Neither a trend nor dependence between periods."


def _protocol(facts: Facts) -> Judgement:
    return declared(facts, "protocol")


def _plan(facts: Facts) -> Judgement:
    if facts.plan is None:
        return Answer.NOT_MET, "No plan was frozen."
    number = len(facts.plan.deviations)
    late = _LATE[facts.plan.before_data_end]
    said = (
        f"Plan of {facts.plan.frozen_on}, {number or 'no'} deviation{'s' * (number != 1)}{f'; {late}' if late else ''}."
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


def _points(facts: Facts) -> str:
    noun = vocab.FREQUENCY_NAMES[facts.design.frequency]
    return f"{facts.effect.n_pre} {noun}s before the launch and {facts.effect.n_post} from it on."


def _outcome(facts: Facts, name: str) -> str:
    return str(facts.outcome_of(name) or Outcome.NOT_RUN)


def _titles(events: tuple[Event, ...]) -> str:
    return ", ".join(event.title for event in events)


def _sentence(text: str) -> str:
    return _ended(f"{text[:1].upper()}{text[1:]}")


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
