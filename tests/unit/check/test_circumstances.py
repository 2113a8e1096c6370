"""What surrounds an estimate: few counts, the season of the launch, other events, a ceiling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evalkit.check import CheckContext, ceiling, launch_and_season, other_events, sparse_data, what_is_counted
from evalkit.check.confounding import season_inflation
from evalkit.errors import UsageError
from evalkit.registers import Event
from evalkit.registers.dates import parse_date
from evalkit.vocab import EventKind, Outcome

NOTHING = CheckContext()


def _event(start: str, kind: EventKind = EventKind.PUBLICITY, **more: object) -> Event:
    return Event(event=f"event-{start}", title=f"Event of {start}", start=parse_date(start), kind=kind, **more)


def _with(*events: Event) -> CheckContext:
    return CheckContext(events=events)


def test_counts_enough_pass_and_few_fail(poisson, effect_of_series, not_estimable) -> None:
    assert sparse_data(effect_of_series(poisson())).outcome is Outcome.PASSED
    few = sparse_data(effect_of_series(poisson(mean=2)))
    assert few.outcome is Outcome.FAILED
    assert "contacts a month" in few.statement
    assert sparse_data(not_estimable).outcome is Outcome.PASSED  # there are enough counts, only not before launch


def test_a_pass_does_not_lend_weeks_the_coverage_of_months(effect_of_series) -> None:
    weeks = pd.period_range("2014-01-06", periods=260, freq="W-SUN")
    counts = pd.Series(np.random.default_rng(3).poisson(40, 260).astype(float), weeks)
    found = sparse_data(effect_of_series(counts, launch="2017-01-02"))
    assert found.outcome is Outcome.PASSED
    assert "not for weeks" in found.meaning


def test_many_terms_for_few_periods_are_inconclusive(poisson, effect_of_series) -> None:
    found = sparse_data(effect_of_series(poisson(months=36, mean=200), launch="2016-01", harmonics=6))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "for each term" in found.statement


def test_nothing_counted_is_not_run(poisson, effect_of_series) -> None:
    effect = effect_of_series(poisson())
    nothing = replace(effect, design=replace(effect.design, used=np.zeros(72, dtype=bool)))
    assert sparse_data(nothing).outcome is Outcome.NOT_RUN


def test_launch_and_season_can_be_told_apart_with_years_on_both_sides(poisson, effect_of_series) -> None:
    assert launch_and_season(effect_of_series(poisson())).outcome is Outcome.PASSED


def test_one_year_on_either_side_cannot_tell_launch_from_season(poisson, effect_of_series) -> None:
    short = poisson(months=24)
    assert launch_and_season(effect_of_series(short, launch="2015-01", slope=True)).outcome is Outcome.INCONCLUSIVE
    found = launch_and_season(effect_of_series(short, launch="2015-01", slope=True, harmonics=2))
    assert found.outcome is Outcome.FAILED
    assert launch_and_season(effect_of_series(short, launch="2015-01", harmonics=0)).outcome is Outcome.NOT_RUN


def test_the_inflation_is_the_ratio_of_least_squares_variances(poisson, effect_of_series) -> None:
    """Beside the diagonal of (X'X)^-1 with and without the season's columns, which is what it inflates."""
    design = effect_of_series(poisson(), harmonics=2).design
    x = design.with_campaign
    season = [i for i, name in enumerate(design.columns) if name.startswith(("sin", "cos"))]
    rest = [i for i in range(x.shape[1]) if i not in season]
    j = design.column("level")
    full = np.linalg.inv(x.T @ x)[j, j]
    without = np.linalg.inv(x[:, rest].T @ x[:, rest])[rest.index(j), rest.index(j)]
    assert season_inflation(design, "level") == pytest.approx(full / without)


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (_event("2018-06"), Outcome.FAILED),
        (_event("2018"), Outcome.FAILED),
        (_event("2017-03"), Outcome.PASSED),
        (_event("2017-11", end=parse_date("2018-02")), Outcome.INCONCLUSIVE),
        (_event("unknown"), Outcome.INCONCLUSIVE),
        (_event("2018-06", regions=("Elsewhere",)), Outcome.PASSED),
        (_event("2018-06", channels=("website",)), Outcome.PASSED),
        (_event("2018-06", EventKind.DEFINITION), Outcome.PASSED),  # asked by the other check
    ],
)
def test_other_events_in_the_window(event: Event, outcome: Outcome, poisson, effect_of_series) -> None:
    effect = effect_of_series(poisson(), region="Kent", channel="helpline")
    assert other_events(effect, _with(event)).outcome is outcome


def test_an_event_in_the_model_is_allowed_for(poisson, effect_of_series) -> None:
    effect = effect_of_series(poisson(), events={"event-2018-06": "2018-06"})
    found = other_events(effect, _with(_event("2018-06")))
    assert found.outcome is Outcome.PASSED
    assert "1 is a term of the model" in found.statement


def test_a_forecast_has_no_term_for_what_began_after_the_launch(poisson, effect_of_series) -> None:
    options = {"model": "forecast", "events": {"event-2018-06": "2018-06", "event-2016-02": "2016-02"}}
    found = other_events(effect_of_series(poisson(), **options), _with(_event("2018-06"), _event("2016-02")))
    assert found.outcome is Outcome.FAILED
    assert list(found.table["in_design"]) == [False, True]


def test_a_synthetic_control_allows_for_what_came_to_its_donors_too(poisson, effect_of_series) -> None:
    donors = pd.DataFrame({name: poisson(seed) for seed, name in enumerate("ABCDEF", start=30)})
    effect = effect_of_series(poisson(), model="synthetic", slope=True, controls=donors, region="Kent")
    everywhere = other_events(effect, _with(_event("2018-06")))
    assert everywhere.outcome is Outcome.PASSED
    assert "1 came everywhere, and so to the donors too" in everywhere.statement
    assert other_events(effect, _with(_event("2018-06", regions=("Kent",)))).outcome is Outcome.FAILED
    assert launch_and_season(effect).outcome is Outcome.NOT_RUN


def test_events_are_not_looked_for_without_a_register(poisson, effect_of_series) -> None:
    effect = effect_of_series(poisson())
    for check in (other_events, what_is_counted):
        assert check(effect, NOTHING).outcome is Outcome.NOT_RUN
        assert check(effect, _with()).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("start", "outcome"),
    [("2018-02", Outcome.FAILED), ("2017-11-15", Outcome.FAILED), ("2016-01", Outcome.INCONCLUSIVE),
     ("2001-01", Outcome.PASSED)],
)  # fmt: skip
def test_a_definition_that_changes_with_the_launch(start, outcome, poisson, effect_of_series) -> None:
    for kind in (EventKind.DEFINITION, EventKind.CHANNEL_OPENS):
        assert what_is_counted(effect_of_series(poisson()), _with(_event(start, kind))).outcome is outcome


def test_capacity_that_is_reached_often_sometimes_and_never(poisson, effect_of_series) -> None:
    effect = effect_of_series(poisson())
    after = effect.design.observed[48:]
    often, sometimes = np.quantile(after, 0.5), np.quantile(after, 0.9)
    assert ceiling(effect, CheckContext(capacity=often)).outcome is Outcome.FAILED
    assert ceiling(effect, CheckContext(capacity=sometimes / 0.96)).outcome is Outcome.INCONCLUSIVE
    assert ceiling(effect, CheckContext(capacity=500)).outcome is Outcome.PASSED
    series = pd.Series(500.0, effect.design.periods)
    assert ceiling(effect, CheckContext(capacity=series)).figures == ceiling(effect, CheckContext(capacity=500)).figures
    with pytest.raises(UsageError, match="above 0"):
        ceiling(effect, CheckContext(capacity=0))


def test_a_flat_top_is_seen_without_a_capacity(poisson, effect_of_series) -> None:
    series = poisson(ratio=1.6)
    assert ceiling(effect_of_series(series), NOTHING).outcome is Outcome.PASSED
    cut = series.copy()
    cut.iloc[48:] = np.minimum(cut.iloc[48:], 108)
    assert ceiling(effect_of_series(cut), NOTHING).outcome is Outcome.FAILED
    grown = _with(_event("2018-06", EventKind.CAPACITY))
    assert ceiling(effect_of_series(series), grown).outcome is Outcome.INCONCLUSIVE


def test_a_ceiling_cannot_be_seen_in_a_few_months(poisson, effect_of_series) -> None:
    found = ceiling(effect_of_series(poisson(), launch="2019-10"), NOTHING)
    assert found.outcome is Outcome.NOT_RUN
    assert "capacity" in found.meaning
