"""The campaign's columns, window and parts: flights, several launches, lag, decay, end of campaign."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit.design import Decay, Design, DesignSpec, EventTerm, Flights, build_design, design_spec
from evalkit.errors import DesignError

LAUNCH = "2017-01"


def _monthly(n: int = 48, start: str = "2015-01") -> pd.Series:
    return pd.Series(np.arange(n) + 10.0, pd.period_range(start, periods=n, freq="M"))


def _design(**options: Any) -> Design:
    return build_design(_monthly(), LAUNCH, design_spec(options))


def _ones(design: Design, column: str) -> list[str]:
    frame = design.to_frame()
    return [str(period) for period in frame.index[frame[column] == 1]]


def _months(mask: np.ndarray, design: Design) -> list[str]:
    return [str(period) for period in design.periods[mask]]


FLIGHTS = [("2017-01", "2017-02"), ("2017-06", "2017-06"), ("2018-01", "2018-03")]
ACTIVE = ["2017-01", "2017-02", "2017-06", "2018-01", "2018-02", "2018-03"]


def test_flights_share_one_column_and_the_window_is_the_active_periods() -> None:
    design = _design(flights=FLIGHTS)
    assert design.campaign_terms == ("level",)
    assert _ones(design, "level") == ACTIVE
    assert _months(design.window, design) == ACTIVE
    assert [part.name for part in design.parts] == ["active over inactive"]
    assert design.used.all()


def test_separate_flights_have_a_column_and_a_part_each() -> None:
    design = _design(flights=Flights(FLIGHTS, separate=True))
    assert design.campaign_terms == ("flight 1", "flight 2", "flight 3")
    assert _ones(design, "flight 3") == ["2018-01", "2018-02", "2018-03"]
    assert [part.name for part in design.parts] == ["active over inactive", "flight 1", "flight 2", "flight 3"]
    assert _months(design.parts[2].window, design) == ["2017-06"]


def test_a_flight_may_go_on_beyond_the_data() -> None:
    design = _design(flights=[("2017-01", "2017-02"), ("2018-11", "2019-06")])
    assert _ones(design, "level")[-2:] == ["2018-11", "2018-12"]


def test_each_launch_has_its_own_level_slope_and_part() -> None:
    design = _design(launches=["2018-01"])
    assert design.campaign_terms == ("level", "slope", "level 2", "slope 2")
    assert _ones(design, "level 2")[0] == "2018-01"
    assert design.to_frame().loc["2018-12", "slope 2"].item() == pytest.approx(1)
    assert [(part.name, part.terms) for part in design.parts] == [
        ("launch 1", ("level", "slope")),
        ("launch 2", ("level 2", "slope 2")),
    ]
    assert design.window.sum() == 24


def test_each_launch_has_its_own_transition() -> None:
    design = _design(launches=["2018-01"], transition=2, slope=False)
    assert _months(~design.used, design) == ["2017-01", "2017-02", "2018-01", "2018-02"]
    modelled = _design(launches=["2018-01"], transition=2, transition_handling="model", slope=False)
    assert modelled.campaign_terms == ("transition", "level", "transition 2", "level 2")
    assert _ones(modelled, "transition 2") == ["2018-01", "2018-02"]


def test_a_lag_moves_the_effect_and_leaves_the_lagged_periods_among_the_unaffected() -> None:
    design = _design(lag=2)
    assert _ones(design, "level")[0] == "2017-03"
    assert design.used.all()
    assert design.window.sum() == 22
    assert str(design.launch) == LAUNCH
    assert _ones(_design(lag=1, flights=FLIGHTS), "level") == [
        "2017-02", "2017-03", "2017-07", "2018-02", "2018-03", "2018-04",
    ]  # fmt: skip


def test_the_end_of_a_campaign_splits_the_effect_in_two() -> None:
    design = _design(off="2017-12")
    frame = design.to_frame()
    assert design.campaign_terms == ("level", "slope", "after")
    assert _ones(design, "level") == [f"2017-{month:02d}" for month in range(1, 13)]
    assert frame.loc["2018-01", "slope"].item() == 0
    assert _ones(design, "after")[0] == "2018-01"
    assert [part.name for part in design.parts] == ["while running", "after the end", "share that persisted"]
    assert design.window.sum() == 24


def test_a_pulse_fades_as_the_transfer_function_has_it() -> None:
    design = _design(decay=0.5)
    column = design.with_campaign[:, design.column("level")]
    np.testing.assert_allclose(column[24:28], [1, 0.5, 0.25, 0.125])
    assert (column[:24] == 0).all()


def test_a_step_builds_up_to_its_coefficient() -> None:
    design = _design(decay=Decay(0.5, form="step"))
    column = design.with_campaign[:, design.column("built-up level")]
    np.testing.assert_allclose(column[24:28], [0.5, 0.75, 0.875, 0.9375])
    assert column[-1] == pytest.approx(1, abs=1e-6)
    assert [part.name for part in design.parts] == ["builds up to"]


def test_flights_with_decay_carry_over_as_a_sum_over_earlier_periods() -> None:
    design = _design(flights=FLIGHTS, decay=0.6)
    active = np.isin(design.periods.astype(str), ACTIVE).astype(float)
    by_hand = [0.4 * sum(0.6**k * active[t - k] for k in range(t + 1)) for t in range(48)]
    np.testing.assert_allclose(design.with_campaign[:, design.column("adstock")], by_hand, atol=1e-12)
    assert design.window.sum() == 24


def test_another_decay_rate_changes_only_the_campaigns_columns() -> None:
    design = _design(decay="estimate")
    assert design.unknown_decay == Decay().grid
    fast = design.with_decay(0.2)
    assert fast.unknown_decay == ()
    assert fast.decay == 0.2
    np.testing.assert_allclose(fast.with_campaign[24:27, -1], [1, 0.2, 0.04])
    np.testing.assert_array_equal(fast.with_campaign[:, :-1], design.with_campaign[:, :-1])
    np.testing.assert_array_equal(fast.without_campaign, design.without_campaign)


@pytest.mark.parametrize(
    "options",
    [
        {"flights": FLIGHTS},
        {"flights": Flights(FLIGHTS, separate=True), "lag": 1},
        {"launches": ["2018-01"]},
        {"off": "2017-12"},
        {"decay": 0.7},
        {"decay": Decay(0.7, form="step")},
        {"flights": FLIGHTS, "decay": 0.7},
    ],
)
def test_the_columns_move_with_the_calendar(options: dict[str, Any]) -> None:
    """A year later everything is the same but the dates."""

    def later(value: Any) -> Any:
        if isinstance(value, str) and value[:2] == "20":
            return f"{int(value[:4]) + 1}{value[4:]}"
        if isinstance(value, Flights):
            return Flights(later(list(value.periods)), separate=value.separate)
        return (
            [tuple(map(later, x)) if isinstance(x, tuple) else later(x) for x in value]
            if isinstance(value, list)
            else value
        )

    first = build_design(_monthly(), LAUNCH, design_spec(options))
    second = build_design(
        _monthly(start="2016-01"), "2018-01", design_spec({key: later(value) for key, value in options.items()})
    )
    np.testing.assert_array_equal(first.with_campaign, second.with_campaign)
    np.testing.assert_array_equal(first.window, second.window)
    for one, other in zip(first.parts, second.parts, strict=True):
        assert (one.name, one.terms) == (other.name, other.terms)
        np.testing.assert_array_equal(one.window, other.window)


@pytest.mark.parametrize(
    "options",
    [
        {"flights": Flights(FLIGHTS, separate=True)},
        {"launches": ["2018-01"]},
        {"off": "2017-12"},
        {"decay": 0.7},
        {"flights": FLIGHTS, "decay": 0.7},
        {"lag": 2},
    ],
)
def test_a_placebo_moves_the_whole_campaign_before_the_launch(options: dict[str, Any]) -> None:
    """The false campaign has the true one's pattern, cut where the data before launch end."""
    design = _design(**options)
    false = design.placebo(pd.Period("2016-01", "M"))
    assert str(false.periods[-1]) == "2016-12"
    assert set(false.campaign_terms) <= set(design.campaign_terms)
    for term in false.campaign_terms:
        np.testing.assert_allclose(
            false.with_campaign[12:, false.column(term)], design.with_campaign[24:36, design.column(term)]
        )
        assert (false.with_campaign[:12, false.column(term)] == 0).all()
    for part in false.parts:
        assert part.window.any()
        assert set(part.terms) <= set(false.campaign_terms)
    assert (false.without_campaign[:, [false.column(term) for term in false.campaign_terms]] == 0).all()


def test_a_placebo_leaves_out_what_its_calendar_does_not_reach() -> None:
    false = _design(launches=["2018-06"]).placebo(pd.Period("2016-01", "M"))
    assert false.campaign_terms == ("level", "slope")
    assert [part.name for part in false.parts] == ["launch 1"]


def test_before_launch_has_no_campaign_whatever_its_shape() -> None:
    early = _design(flights=FLIGHTS, decay=0.5).before_launch()
    assert early.campaign_terms == ()
    assert early.parts == ()
    assert early.used.sum() == 24


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"flights": [("2017-01", "2017-03"), ("2017-03", "2017-05")]}, "overlap or are out of order"),
        ({"flights": [("2017-01", "2017-03"), ("2016-03", "2016-05")]}, "overlap or are out of order"),
        ({"flights": [("2017-01", "2016-12")]}, "ends in 2016-12, before it starts in 2017-01"),
        ({"flights": [("2017-01", "2017-02"), ("2020-01", "2020-02")]}, "outside the data.*2015-01 to 2018-12"),
        ({"flights": [("2017-02", "2017-03")]}, "first flight starts in 2017-02, and the launch is 2017-01"),
        ({"flights": []}, "There are no flights"),
        ({"flights": ["2017-01"]}, "A flight is '2017-01'. Allowed: pairs"),
        ({"flights": "2017-01"}, "Allowed: pairs"),
        ({"launches": ["2017-01"]}, "Two launches are given in 2017-01"),
        ({"launches": ["2017-05", "2017-05"]}, "Two launches are given in 2017-05"),
        ({"launches": ["2016-05"]}, "comes after 2017-01 in the list"),
        ({"launches": ["2022-05"]}, "further launch 2022-05 lies outside the data"),
        ({"launches": "2017-05"}, "Allowed: a list of periods"),
        ({"off": "2016-05"}, "off date 2016-05 lies before the launch"),
        ({"off": "2018-12"}, "last period of the data"),
        ({"off": "2030-01"}, "lies outside the data"),
        ({"decay": 1.0}, "decay rate is 1.0. Allowed: a number above 0 and below 1"),
        ({"decay": 0}, "decay rate is 0"),
        ({"decay": "estimated"}, "Did you mean 'estimate'"),
        ({"lag": -1}, "lag is -1"),
        ({"flights": FLIGHTS, "launches": ["2018-01"]}, "flights and launches were both given"),
        ({"off": "2017-05", "decay": 0.5}, "off and decay were both given"),
        ({"decay": 0.5, "transition": 1}, "decay and transition were both given"),
        ({"flight": FLIGHTS}, "Did you mean 'flights'"),
    ],
)
def test_what_contradicts_itself_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        _design(**options)


def test_options_of_decay_are_checked() -> None:
    with pytest.raises(DesignError, match="Did you mean 'pulse'"):
        Decay(0.5, form="puls")  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="two or more rates, rising"):
        Decay(grid=(0.5, 0.4))
    with pytest.raises(DesignError, match="no decaying effect"):
        _design().with_decay(0.5)


def test_an_event_may_not_take_the_name_of_a_campaign_column() -> None:
    spec = DesignSpec(launches=("2018-01",), events=(EventTerm(name="level 2", start="2016-01"),))
    with pytest.raises(DesignError, match="'level 2' is the name of another term"):
        build_design(_monthly(), LAUNCH, spec)
