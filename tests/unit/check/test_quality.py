"""The quality statement: each item in each answer it can have, the levels, and one statement in full."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit import vocab
from evalkit.check import CheckResult, QualityStatement, quality_statement
from evalkit.check.quality.items import ITEMS
from evalkit.check.quality.judge import TOPICS
from evalkit.effect import Effect, estimate_effect
from evalkit.evaluation import Declaration, Declarations, Deviation, PlanReview
from evalkit.registers import Event, ImpreciseDate
from evalkit.vocab import Answer, EventKind, Outcome

GOLDEN = Path(__file__).with_name("golden_quality.txt")
CHECKS = ("residual autocorrelation", "overdispersion", "placebo in time", "second method")
SAID = Declaration(answer="yes", evidence="minutes of 3 March 2018")
DECLARED_TOPICS = {
    "independent": "independent",
    "shape": "shape_prespecified",
    "counting": "collection_unaffected",
    "objective": "outcome_objective",
    "reliable": "outcome_reliable",
    "complete": "data_complete",
    "selective": "all_outcomes_reported",
    "other bias": "no_other_bias",
    "spacing": "spacing_justified",
    "prespecified": "protocol",
    "protocol": "protocol",
    "funding": "funding",
    "conflicts": "conflicts",
}


def series_of(months: int = 72, missing: int = 0, ratio: float = 2.0, start: str = "2016-01") -> pd.Series:
    month = np.arange(months)
    expected = 40 * np.exp(0.2 * np.sin(2 * np.pi * month / 12)) * np.where(month < months - 30, 1, ratio)
    counts = pd.Series(
        np.random.default_rng(7).poisson(expected).astype(float), pd.period_range(start, periods=months, freq="M")
    )
    counts.iloc[3 : 3 + missing] = np.nan
    return counts


def effect_of(series: pd.Series, **options: object) -> Effect:
    launch = series.index[-30]
    made = estimate_effect(
        series, launch, model="segmented", second_opinion=False, region="R", channel="helpline", **options
    )
    return replace(made, model="latent", model_label="Poisson regression with a latent process")


@pytest.fixture(scope="module")
def effect() -> Effect:
    return effect_of(series_of())


def checks(**outcomes: Outcome) -> tuple[CheckResult, ...]:
    """The usual checks, passed unless said otherwise (underscores stand for spaces)."""
    named = dict.fromkeys(CHECKS, Outcome.PASSED) | {name.replace("_", " "): value for name, value in outcomes.items()}
    return tuple(CheckResult(name=name, question="?", outcome=value, statement=".") for name, value in named.items())


def event(start: str, kind: EventKind, *, end: str | None = None, channels: tuple[str, ...] = ()) -> Event:
    def date(text: str) -> ImpreciseDate:
        day = dt.date.fromisoformat(f"{text}-01")
        return ImpreciseDate(start=day, end=day, precision=vocab.DatePrecision.MONTH)

    return Event(
        event="e", title="An event", start=date(start), end=date(end) if end else None, kind=kind, channels=channels
    )


def plan(*deviations: Deviation, before: bool | None = True) -> PlanReview:
    return PlanReview(
        frozen_on=dt.date(2018, 3, 3),
        hash="ab" * 32,
        fingerprint="cd" * 32,
        before_data_end=before,
        deviations=deviations,
    )


def deviation(kind: str, what: str, found: str = "changed") -> Deviation:
    return Deviation(kind=kind, what=what, planned="2", found=found)


def answers(statement: QualityStatement) -> dict[str, Answer]:
    return {item.topic: item.answer for item in statement.items}


def test_lists_have_the_items_they_should_and_every_topic_a_rule() -> None:
    numbers = {source: [item.number for item in ITEMS if item.source == source] for source in ("EPOC", "Ramsay 2003")}
    assert numbers == {"EPOC": list("1234567"), "Ramsay 2003": list("12345678")}
    assert {item.topic for item in ITEMS} == set(TOPICS)
    assert len({(item.source, item.number) for item in ITEMS}) == len(ITEMS)


def test_nothing_is_assumed_to_be_declared(effect: Effect) -> None:
    found = answers(quality_statement(effect, checks()))
    assert {topic for topic, answer in found.items() if answer is Answer.NOT_DECLARED} == set(DECLARED_TOPICS)


@pytest.mark.parametrize(("topic", "name"), sorted(DECLARED_TOPICS.items()))
@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (SAID, Answer.MET),
        (Declaration(answer="yes"), Answer.PARTLY),
        (Declaration(answer="yes", evidence="  "), Answer.PARTLY),
        (Declaration(answer="partly", evidence="some"), Answer.PARTLY),
        (Declaration(answer="no", evidence="none"), Answer.NOT_MET),
    ],
)
def test_a_declaration_answers_its_items(
    effect: Effect, topic: str, name: str, said: Declaration, answer: Answer
) -> None:
    statement = quality_statement(effect, checks(), declarations=Declarations(**{name: said}))
    items = [item for item in statement.items if item.topic == topic]
    assert {item.answer for item in items} == {answer}
    assert all(said.evidence.strip() in item.evidence for item in items)


def test_a_known_event_contradicts_a_yes_and_never_answers_by_itself(effect: Effect) -> None:
    film = event("2020-01", EventKind.PUBLICITY)
    said = Declarations(independent=SAID)
    assert (
        answers(quality_statement(effect, checks(), declarations=said, events=[film]))["independent"] is Answer.PARTLY
    )
    silent = quality_statement(effect, checks(), events=[film])
    item = next(item for item in silent.items if item.topic == "independent")
    assert item.answer is Answer.NOT_DECLARED
    assert "An event (not in the model)" in item.evidence


@pytest.mark.parametrize(
    ("happened", "answer"),
    [
        (event("2017-01", EventKind.PUBLICITY), Answer.MET),  # over before the launch
        (event("2017-01", EventKind.PUBLICITY, end="2019-08"), Answer.PARTLY),  # lasts into the window
        (event("2020-01", EventKind.PUBLICITY, channels=("website",)), Answer.MET),  # another channel
        (event("2031-01", EventKind.PUBLICITY), Answer.MET),  # after the data
        (replace(event("2020-01", EventKind.PUBLICITY), regions=("Q",)), Answer.MET),  # another region
        (replace(event("2020-01", EventKind.PUBLICITY), regions=("R",)), Answer.PARTLY),
    ],
)
def test_only_events_in_the_window_and_channel_count(effect: Effect, happened: Event, answer: Answer) -> None:
    statement = quality_statement(effect, checks(), declarations=Declarations(independent=SAID), events=[happened])
    assert answers(statement)["independent"] is answer


def test_events_in_the_model_are_said_to_be(effect: Effect) -> None:
    modelled = effect_of(series_of(), events={"e": ("2020-01", "2020-03")})
    statement = quality_statement(modelled, checks(), events=[event("2020-01", EventKind.PUBLICITY)])
    assert "An event (in the model)" in next(item.evidence for item in statement.items if item.topic == "independent")


def test_a_change_of_counting_anywhere_in_the_data_contradicts_a_yes(effect: Effect) -> None:
    said = Declarations(collection_unaffected=SAID)
    for kind, answer in ((EventKind.DEFINITION, Answer.PARTLY), (EventKind.PUBLICITY, Answer.MET)):
        statement = quality_statement(effect, checks(), declarations=said, events=[event("2017-01", kind)])
        assert answers(statement)["counting"] is answer


@pytest.mark.parametrize(
    ("missing", "answer"), [(0, Answer.MET), (3, Answer.MET), (6, Answer.PARTLY), (16, Answer.NOT_MET)]
)
def test_missing_periods_count_whatever_is_declared(missing: int, answer: Answer) -> None:
    made = effect_of(series_of(missing=missing))
    statement = quality_statement(made, checks(), declarations=Declarations(data_complete=SAID))
    assert answers(statement)["complete"] is answer
    assert f"{missing} of 72 periods" in next(item.evidence for item in statement.items if item.topic == "complete")


def test_a_plan_answers_for_the_shape_and_the_method(effect: Effect) -> None:
    cases = {
        plan(): (Answer.MET, Answer.MET),
        plan(before=False): (Answer.PARTLY, Answer.PARTLY),
        plan(before=None): (Answer.PARTLY, Answer.PARTLY),  # it does not show that the data had not ended
        plan(deviation("setting", "model.slope")): (Answer.PARTLY, Answer.PARTLY),
        plan(deviation("campaign", "c in R")): (Answer.PARTLY, Answer.PARTLY),
        plan(deviation("setting", "title")): (Answer.MET, Answer.PARTLY),
    }
    for review, (shape, kept) in cases.items():
        found = answers(quality_statement(effect, checks(), plan=review))
        assert (found["shape"], found["prespecified"], found["plan"]) == (shape, shape, kept)


def test_a_channel_dropped_from_the_plan_is_selective_reporting(effect: Effect) -> None:
    dropped = plan(deviation("channel", "website", "dropped"))
    assert answers(quality_statement(effect, checks(), plan=dropped))["selective"] is Answer.NOT_MET
    added = plan(deviation("channel", "chat", "added"))
    assert answers(quality_statement(effect, checks(), plan=added))["selective"] is Answer.MET
    for before in (False, None):
        assert answers(quality_statement(effect, checks(), plan=plan(before=before)))["selective"] is Answer.PARTLY
    said = Declarations(all_outcomes_reported=SAID)
    found = answers(quality_statement(effect, checks(), declarations=said, plan=dropped))
    assert found["selective"] is Answer.NOT_MET  # what is declared does not undo what the plan shows


@pytest.mark.parametrize(
    ("outcome", "answer"),
    [(Outcome.FAILED, Answer.NOT_MET), (Outcome.INCONCLUSIVE, Answer.PARTLY), (Outcome.NOT_RUN, Answer.PARTLY)],
)
def test_checks_decide_over_other_bias_before_anything_declared(
    effect: Effect, outcome: Outcome, answer: Answer
) -> None:
    said = Declarations(no_other_bias=SAID)
    statement = quality_statement(effect, checks(placebo_in_time=outcome), declarations=said)
    item = next(item for item in statement.items if item.topic == "other bias")
    assert item.answer is answer
    assert "placebo in time" in item.evidence


def test_technique_and_dependence_follow_the_model_and_its_residuals(effect: Effect) -> None:
    plain = replace(effect, model="segmented", model_label="quasi-Poisson regression")
    robust = estimate_effect(series_of(), "2019-07", model="segmented", second_opinion=False)
    object.__setattr__(robust, "options", replace(robust.options, covariance="hac"))
    failed = checks(residual_autocorrelation=Outcome.FAILED)
    cases = [
        (effect, checks(), Answer.MET, Answer.MET),
        (effect, failed, Answer.PARTLY, Answer.PARTLY),
        (effect, (), Answer.PARTLY, Answer.MET),
        (plain, checks(), Answer.PARTLY, Answer.NOT_MET),
        (robust, checks(), Answer.MET, Answer.MET),
    ]
    for made, done, technique, dependence in cases:
        found = answers(quality_statement(made, done))
        assert (found["technique"], found["dependence"]) == (technique, dependence)


def test_what_was_not_estimated_has_no_level_and_no_lines() -> None:
    short = estimate_effect(series_of().iloc[-35:], "2019-07", model="segmented")
    statement = quality_statement(short, ())
    found = answers(statement)
    assert found["technique"] is Answer.NOT_MET
    assert {found[topic] for topic in ("trend lines", "counterfactual", "dependence", "intervals")} == {
        Answer.NOT_APPLICABLE
    }
    assert statement.level_maryland.value is None
    assert statement.level_nesta.value is None


@pytest.mark.parametrize(
    ("options", "months", "expected"),
    [
        ({}, 72, {"season": Answer.MET, "length": Answer.MET, "stationarity": Answer.MET}),
        ({"harmonics": 0}, 72, {"season": Answer.NOT_MET}),
        ({"season": "indicators"}, 72, {"season": Answer.MET}),
        ({}, 48, {"season": Answer.PARTLY, "length": Answer.MET}),
        ({"trend": False}, 72, {"stationarity": Answer.PARTLY}),
        ({"transition": 2}, 72, {"launch line": Answer.PARTLY}),
        ({"end": "2019-12"}, 72, {"length": Answer.PARTLY}),
    ],
)
def test_design_items_follow_the_design(options: dict[str, object], months: int, expected: dict[str, Answer]) -> None:
    found = answers(quality_statement(effect_of(series_of(months), **options), checks()))
    assert {topic: found[topic] for topic in expected} == expected


def test_models_without_a_shape_say_what_they_compare_with(effect: Effect) -> None:
    film = event("2020-01", EventKind.PUBLICITY)
    modelled = effect_of(series_of(), events={"e": ("2020-01", "2020-03")})
    for model, words in (("synthetic", "against the synthetic region"), ("forecast", "against the forecast")):
        made = replace(modelled, model=model, model_label=model)
        said = {item.topic: item.evidence for item in quality_statement(made, checks(), events=[film]).items}
        assert words in said["impact model"]
        assert ("(in the model)" in said["independent"]) == (model == "forecast")
        assert ("season of the donors" in said["season"]) == (model == "synthetic")


def test_the_impact_model_names_what_the_design_has() -> None:
    lagged = effect_of(series_of(), lag=2, slope=False)
    said = next(item for item in quality_statement(lagged, checks()).items if item.topic == "impact model")
    assert said.evidence.startswith("A change of level, none set aside, a lag of 2, over")


def test_annual_counts_have_no_season() -> None:
    counts = pd.Series([10.0, 12, 11, 13, 12, 14, 30, 31, 29], pd.period_range("2010", periods=9, freq="Y"))
    made = estimate_effect(counts, "2016", model="segmented", slope=False, second_opinion=False)
    statement = quality_statement(made, checks())
    assert answers(statement)["season"] is Answer.NOT_APPLICABLE
    assert statement.level_maryland.value == 2


@pytest.mark.parametrize(
    ("options", "level"), [({}, 2), ({"harmonics": 0}, 1), ({"trend": False}, 1), ({"trend": False, "harmonics": 0}, 1)]
)
def test_one_region_alone_is_at_most_level_two(options: dict[str, object], level: int) -> None:
    said = Declarations(comparison_justified=SAID, theory=SAID)
    statement = quality_statement(effect_of(series_of(), **options), checks(), declarations=said)
    assert statement.level_maryland.value == level


def test_level_three_needs_a_justified_comparison() -> None:
    controlled = effect_of(series_of(), controls=series_of(ratio=1.0).rename("C"))
    levels = {
        said: quality_statement(
            controlled, checks(), declarations=Declarations(comparison_justified=said)
        ).level_maryland
        for said in (None, Declaration(answer="partly", evidence="x"), Declaration(answer="yes"), SAID)
    }
    assert [level.value for level in levels.values()] == [2, 2, 2, 3]
    assert "is not declared" in levels[None].reason
    no = Declarations(comparison_justified=Declaration(answer="no", evidence="Chosen for their data."))
    level = quality_statement(controlled, checks(), declarations=no).level_maryland
    assert (level.value, "it is declared that no reason" in level.reason) == (2, True)
    assert answers(quality_statement(controlled, checks()))["comparison"] is Answer.MET


@pytest.mark.parametrize(
    "name",
    ["placebo in time", "placebo in space", "negative control", "spill-over", "launch and season", "what is counted"],
)
def test_a_failed_counterfactual_check_costs_one_level(effect: Effect, name: str) -> None:
    failed = (*checks(), CheckResult(name=name, question="?", outcome=Outcome.FAILED, statement="."))
    wanted = [check for check in failed if check.name != name or check.outcome is Outcome.FAILED]
    level = quality_statement(effect, wanted).level_maryland
    assert level.value == 1
    assert name in level.reason


def test_nesta_levels_rest_on_each_other(effect: Effect) -> None:
    theory = Declarations(theory=SAID)
    none = effect_of(series_of(ratio=1.0))
    controlled = effect_of(series_of(), controls=series_of(ratio=1.0).rename("C"))
    both = Declarations(theory=SAID, comparison_justified=SAID)
    cases = [
        (effect, None, None),
        (none, theory, 1),
        (effect_of(series_of(ratio=0.5)), theory, 1),  # a fall is not what the theory foresees
        (effect, theory, 2),
        (controlled, theory, 2),
        (controlled, both, 3),
    ]
    for made, said, level in cases:
        assert quality_statement(made, checks(), declarations=said).level_nesta.value == level
    no_evidence = Declarations(theory=Declaration(answer="yes"))
    assert quality_statement(effect, checks(), declarations=no_evidence).level_nesta.value is None


def test_a_statement_survives_storage_and_counts_its_items(effect: Effect) -> None:
    statement = quality_statement(effect, checks(), declarations=Declarations(theory=SAID))
    back = QualityStatement.from_dict(statement.to_dict())
    assert back.items == statement.items
    assert (back.level_maryland, back.level_nesta) == (statement.level_maryland, statement.level_nesta)
    assert sum(statement.count(answer) for answer in Answer) == len(statement.items) == len(statement.to_frame())
    assert statement.to_dict()["counts"]["EPOC"]["not declared"] == 7


def test_the_text_of_one_statement(effect: Effect) -> None:
    declarations = Declarations(
        independent=Declaration(answer="partly", evidence="a film in 2020"),
        outcome_objective=SAID,
        data_complete=Declaration(answer="yes"),
        theory=SAID,
        conflicts=Declaration(answer="no", evidence="the evaluator works for the campaign"),
    )
    statement = quality_statement(
        effect,
        checks(placebo_in_time=Outcome.INCONCLUSIVE),
        declarations=declarations,
        events=[event("2020-01", EventKind.DEFINITION)],
        plan=plan(deviation("setting", "model.harmonics")),
    )
    assert f"{statement}\n" == GOLDEN.read_text(encoding="utf-8")
