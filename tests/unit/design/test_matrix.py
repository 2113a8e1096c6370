"""The design: what each column is, what is masked, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evalkit.design import DesignSpec, EventTerm, build_design
from evalkit.errors import DesignError


def _monthly(n: int = 48, start: str = "2015-01") -> pd.Series:
    return pd.Series(np.arange(n) + 10.0, pd.period_range(start, periods=n, freq="M"))


def test_columns_and_their_meaning() -> None:
    design = build_design(_monthly(), "2017-01")
    assert design.columns == ("intercept", "trend", "sin 1", "cos 1", "sin 2", "cos 2", "level", "slope")
    assert design.campaign_terms == ("level", "slope")
    frame = design.to_frame()
    assert frame.loc["2017-01", "trend"].item() == 0
    assert frame.loc["2016-01", "trend"].item() == -1
    assert frame["level"].tolist() == [0.0] * 24 + [1.0] * 24
    assert frame.loc["2016-12", "slope"].item() == 0
    assert frame.loc["2017-12", "slope"].item() == pytest.approx(1)


def test_matrix_without_campaign_differs_only_in_the_campaign_columns() -> None:
    design = build_design(_monthly(), "2017-01")
    assert (design.without_campaign[:, -2:] == 0).all()
    np.testing.assert_array_equal(design.without_campaign[:, :-2], design.with_campaign[:, :-2])


def test_season_does_not_depend_on_the_year_it_starts_in() -> None:
    early = build_design(_monthly(36, "2015-01"), "2017-01").to_frame()
    late = build_design(_monthly(36, "2016-01"), "2018-01").to_frame()
    np.testing.assert_array_equal(early.filter(like="1"), late.filter(like="1"))


@pytest.mark.parametrize(
    ("freq", "harmonics", "expected"),
    [("Y", 2, 0), ("Q", 2, 3), ("M", 2, 4), ("M", 9, 11), ("W-SUN", 3, 6), ("D", 1, 2)],
)
def test_harmonics_never_exceed_what_the_calendar_carries(freq: str, harmonics: int, expected: int) -> None:
    periods = pd.period_range("2010-01-01", periods=400, freq=freq)
    design = build_design(pd.Series(5.0, periods), periods[200], DesignSpec(harmonics=harmonics))
    season = [name for name in design.columns if name[:3] in {"sin", "cos"}]
    assert len(season) == expected
    assert np.linalg.matrix_rank(design.with_campaign) == len(design.columns)


def test_missing_periods_keep_their_place_and_leave_the_fit() -> None:
    series = _monthly().drop(pd.Period("2016-03", "M"))
    series.loc[pd.Period("2018-02", "M")] = np.nan
    design = build_design(series, "2017-01")
    assert len(design.periods) == 48
    assert not design.to_frame().loc["2016-03", "used"].item()
    assert (design.n_pre, design.n_post) == (23, 23)
    assert design.window.sum() == 23


def test_transition_is_left_out_or_gets_a_level_of_its_own() -> None:
    left_out = build_design(_monthly(), "2017-01", DesignSpec(transition=3))
    assert left_out.n_post == 21
    assert left_out.to_frame()["level"].sum() == 21
    modelled = build_design(_monthly(), "2017-01", DesignSpec(transition=3, transition_handling="model"))
    assert modelled.n_post == 24
    assert modelled.campaign_terms == ("transition", "level", "slope")
    frame = modelled.to_frame()
    assert frame["transition"].sum() == 3
    assert frame.loc["2017-04", "slope"].item() == pytest.approx(1 / 12)


def test_end_cuts_later_data_off() -> None:
    design = build_design(_monthly(), "2017-01", DesignSpec(end="2017-06"))
    assert str(design.periods[-1]) == "2017-06"
    assert design.n_post == 6


def test_exposure_is_an_offset_and_its_gaps_are_not_fitted() -> None:
    series = _monthly()
    exposure = pd.Series(1000.0, series.index)
    exposure.iloc[5] = np.nan
    exposure.iloc[6] = 0
    design = build_design(series, "2017-01", exposure=exposure)
    assert design.offset[0] == pytest.approx(np.log(1000))
    assert design.n_pre == 22
    assert design.warnings == ("2 of 48 periods have no exposure and are left out of the fit",)


def test_events_enter_with_and_without_the_campaign() -> None:
    spec = DesignSpec(
        events=(EventTerm(name="film", start="2016-02", end="2016-03"), EventTerm(name="site", start="2018-01"))
    )
    frame = build_design(_monthly(), "2017-01", spec).to_frame()
    assert frame["film"].sum() == 2
    assert frame["site"].sum() == 12


def test_controls_become_one_centred_log_covariate() -> None:
    series = _monthly()
    controls = pd.DataFrame({"A": series * 2, "B": series * 3}, index=series.index)
    controls.loc[series.index[3], "A"] = np.nan
    design = build_design(series, "2017-01", controls=controls)
    column = design.with_campaign[:, design.column("log controls")]
    used = design.used
    assert not used[3]
    assert column[used].mean() == pytest.approx(0, abs=1e-12)
    assert column[5] - column[4] == pytest.approx(np.log((5 * 15 + 0.5) / (5 * 14 + 0.5)))


def test_before_launch_has_no_campaign_columns() -> None:
    early = build_design(_monthly(), "2017-01").before_launch()
    assert early.campaign_terms == ()
    assert "level" not in early.columns
    assert early.used.sum() == 24
    assert len(early.periods) == 48


def test_placebo_moves_the_launch_and_forgets_what_came_later() -> None:
    spec = DesignSpec(events=(EventTerm(name="site", start="2018-01"),))
    false = build_design(_monthly(), "2017-01", spec).placebo(pd.Period("2016-06", "M"))
    assert str(false.periods[-1]) == "2016-12"
    assert "site" not in false.columns
    assert false.to_frame()["level"].sum() == 7
    assert (false.without_campaign[:, -2:] == 0).all()


@pytest.mark.parametrize(
    ("launch", "spec", "exposure", "message"),
    [
        ("2021-01", DesignSpec(), None, r"launch 2021-01 lies outside the data, which run from 2015-01 to 2018-12"),
        ("2017-01", DesignSpec(end="2016-01"), None, r"end 2016-01 lies before the launch 2017-01"),
        ("2017-01", DesignSpec(end="2030-01"), None, r"end 2030-01 lies outside the data"),
        ("2017-01", DesignSpec(events=(EventTerm(name="x", start="2030-01"),)), None, r"'x' covers no period"),
        ("2017-01", DesignSpec(events=(EventTerm(name="x", start="2010-01"),)), None, r"'x' covers every period"),
        ("2017-01", DesignSpec(events=(EventTerm(name="level", start="2016-01"),)), None, r"name of another term"),
        ("2017-01", DesignSpec(), -3.0, r"exposure is -3.0. Allowed: a number above 0"),
    ],
)
def test_what_is_refused(launch: str, spec: DesignSpec, exposure: float | None, message: str) -> None:
    with pytest.raises(DesignError, match=message):
        build_design(_monthly(), launch, spec, exposure=exposure)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"season": "harmonic"}, r"Unknown season 'harmonic'. Did you mean 'harmonics'"),
        ({"harmonics": -1}, r"harmonics is -1. Allowed: a whole number, 0 or more"),
        ({"transition": 1.5}, r"transition is 1.5"),
        ({"transition_handling": "skip"}, r"Unknown transition handling 'skip'"),
        (
            {"events": (EventTerm(name="a", start="2016"), EventTerm(name="a", start="2017"))},
            r"'a' is used more than once",
        ),
    ],
)
def test_options_check_themselves(options: dict[str, object], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        DesignSpec(**options)


def test_the_callers_series_is_not_changed() -> None:
    series = _monthly()
    before = series.copy()
    design = build_design(series, "2017-01")
    design.observed[0] = -1
    pd.testing.assert_series_equal(series, before)
