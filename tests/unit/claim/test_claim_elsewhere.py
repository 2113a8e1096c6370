"""Would it have happened anyway, how much season could do, and how strong a published figure is as evidence."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.claim import SEASON, Audit, Comparison, Exposure, audit_claims, audit_published, season_factor
from evalkit.claim.finding import Finding, FindingKind
from evalkit.claim.wording import sensitivity, sentence, when
from evalkit.errors import ClaimError
from evalkit.registers import Campaign, ClaimRow, Interval, parse_date
from evalkit.vocab import StatisticType

COUNT, PERCENT = StatisticType.COUNT, StatisticType.PERCENT_CHANGE


def months(year: int, first: int, last: int) -> Interval:
    end = dt.date(year + last // 12, last % 12 + 1, 1) - dt.timedelta(days=1)
    return Interval(start=dt.date(year, first, 1), end=end)


def year(number: int) -> Interval:
    return months(number, 1, 12)


def counts(region: str, before: float, after: float, **changes: object) -> list[ClaimRow]:
    """The counts of two years, and the change between them as a claim."""
    held: dict[str, object] = {"region": region, "country": "UK"}
    change = round(100 * (after / before - 1))
    return [
        ClaimRow(claim_id=f"{region} 2018", statistic_type=COUNT, value=before, period=year(2018), **held),  # type: ignore[arg-type]
        ClaimRow(claim_id=f"{region} 2019", statistic_type=COUNT, value=after, period=year(2019), **held),  # type: ignore[arg-type]
        ClaimRow(
            claim_id=region,
            statistic_type=PERCENT,
            value=change,
            period=year(2019),
            baseline=year(2018),
            **(held | changes),  # type: ignore[arg-type]
        ),
    ]


def campaign(name: str, *regions: str, launch: str = "2019-03") -> Campaign:
    return Campaign(campaign=name, regions=regions, launch=parse_date(launch), country="UK")


ROWS = [*counts("Elm", 100, 133), *counts("Fell", 200, 500), *counts("Gorse", 50, 150), *counts("UK", 9000, 20000)]


def compared(audit: Audit, name: str) -> Comparison:
    found = audit.by_id[name].comparison
    assert found is not None
    return found


# --- other regions ----------------------------------------------------------------------------------------------------
def test_regions_without_a_campaign_are_taken_together() -> None:
    found = compared(audit_claims(ROWS, campaigns=[campaign("Spring", "Elm")]), "Elm")
    assert (found.exposure, found.campaign) == (Exposure.DURING, "Spring")
    assert [one.region for one in found.unexposed] == ["Gorse", "Fell"]  # the largest change first
    assert found.pool is not None
    assert (found.pool.current, found.pool.baseline) == (650, 250)
    assert found.pool.relative == pytest.approx(1.33 / 2.6)
    assert found.nation is not None
    assert found.nation.relative == pytest.approx(1.33 / (20000 / 9000))


def test_the_interval_of_a_ratio_of_ratios() -> None:
    pool = compared(audit_claims(ROWS, campaigns=[campaign("Spring", "Elm")]), "Elm").pool
    assert pool is not None
    spread = 1.959964 * math.sqrt(1 / 133 + 1 / 100 + 1 / 650 + 1 / 250)
    assert pool.relative_poisson.lower == pytest.approx(pool.relative * math.exp(-spread), rel=1e-6)
    assert pool.relative_dispersed.lower == pytest.approx(pool.relative * math.exp(-spread * math.sqrt(5)), rel=1e-6)


@pytest.mark.parametrize(
    ("launch", "exposure"),
    [
        ("2019-03", Exposure.DURING),
        ("2018-01", Exposure.DURING),
        ("2017-05", Exposure.BEFORE),
        ("2020-01", Exposure.NONE),
        ("unknown", Exposure.UNDATED),
    ],
)
def test_whether_a_campaign_is_known_in_the_two_periods(launch: str, exposure: Exposure) -> None:
    audit = audit_claims(ROWS, campaigns=[campaign("Summer", "Fell", launch=launch)])
    found = {one.region: one for one in compared(audit, "Elm").regions}
    assert found["Fell"].exposure is exposure
    assert found["Gorse"].exposure is Exposure.NONE


def test_a_campaign_in_the_whole_country_tells_no_region_from_another() -> None:
    found = compared(audit_claims(ROWS, campaigns=[campaign("National", "UK")]), "Elm")
    assert {one.exposure for one in found.regions} == {Exposure.NONE}


def test_a_campaign_that_began_early_in_the_baseline_is_in_both_periods() -> None:
    early, late = (
        audit_claims(ROWS, campaigns=[campaign("Spring", "Elm", launch=launch)]) for launch in ("2018-02", "2018-10")
    )
    assert compared(early, "Elm").began_in_baseline
    assert not compared(late, "Elm").began_in_baseline
    assert any("so both periods hold it" in reason for reason in early.by_id["Elm"].reasons)


def test_a_region_that_holds_the_area_is_no_comparison() -> None:
    wider = counts("North", 400, 900, members=("Elm", "Hazel"))
    audit = audit_claims([*ROWS, *(row for row in wider)], campaigns=[campaign("Spring", "Elm")])
    assert "North" in {one.region for one in compared(audit, "Fell").regions}
    members = [ClaimRow(**{**row.__dict__, "members": ("Elm", "Hazel")}) for row in wider]
    audit = audit_claims([*ROWS, *members], campaigns=[campaign("Spring", "Elm")])
    assert "North" not in {one.region for one in compared(audit, "Elm").regions}


def test_a_region_of_another_country_is_no_comparison() -> None:
    rows = [*ROWS, *(ClaimRow(**{**row.__dict__, "country": "Eire"}) for row in counts("Holm", 10, 90))]
    assert "Holm" not in {one.region for one in compared(audit_claims(rows), "Elm").regions}


def test_nothing_is_compared_without_counts_of_other_regions() -> None:
    assert audit_claims(counts("Elm", 100, 133)).by_id["Elm"].comparison is None


@pytest.mark.parametrize(
    ("elm", "words"),
    [((100, 133), "contacts grew less than there"), ((100, 260), "no clear difference"), ((100, 990), "grew more")],
)
def test_the_sentence_follows_the_interval(elm: tuple[float, float], words: str) -> None:
    rows = [*counts("Elm", *(10 * count for count in elm)), *counts("Fell", 2000, 5200), *counts("Gorse", 500, 1300)]
    reasons = audit_claims(rows).by_id["Elm"].reasons
    assert any(words in reason and "Would it have happened anyway?" in reason for reason in reasons)
    assert any("No regional campaign is known in this region either." in reason for reason in reasons)


def test_from_2018_to_2019_contacts_grew_more_where_no_regional_campaign_is_known() -> None:
    """Real figures: Cheshire +33 %, Tyne and Wear +199 %, West Midlands +161 %, the UK +119 %."""
    found = compared(audit_published(), "C093")
    elsewhere = {one.region: one for one in found.regions}
    assert (found.region, found.exposure, found.began_in_baseline) == ("Cheshire", Exposure.DURING, True)
    assert {name for name, one in elsewhere.items() if one.exposure is Exposure.NONE} == {
        *("Tyne and Wear", "West Midlands", "Durham", "Staffordshire", "North Yorkshire", "Shropshire"),
    }
    assert elsewhere["Tyne and Wear"].ratio == pytest.approx(1953 / 653)
    assert elsewhere["West Midlands"].relative == pytest.approx((891 / 668) / (4462 / 1711), rel=1e-3)
    assert elsewhere["Scotland"].exposure is Exposure.DURING
    assert elsewhere["Suffolk"].exposure is Exposure.BEFORE
    assert found.pool is not None
    assert (found.pool.relative_dispersed.lower, found.pool.relative_dispersed.upper) == pytest.approx(
        (0.41, 0.66), abs=0.005
    )
    assert found.nation is not None
    assert found.nation.relative_poisson.upper < 1


# --- season -----------------------------------------------------------------------------------------------------------
def test_windows_of_the_same_months_and_whole_years_have_no_season() -> None:
    assert season_factor(months(2017, 1, 6), months(2018, 1, 6)) == pytest.approx(1)
    assert season_factor(year(2016), year(2018)) == pytest.approx(1)


def test_opposite_halves_of_a_year() -> None:
    # the mean of a cosine over half a year is 2 / pi of its amplitude; the halves differ by twice that
    assert season_factor(months(2017, 7, 12), months(2018, 1, 6)) == pytest.approx(
        math.exp(SEASON * 4 / math.pi), rel=0.01
    )


@given(first=st.integers(1, 12), second=st.integers(1, 12), peak=st.floats(0, 1), amplitude=st.floats(0, 0.3))
def test_no_season_of_that_amplitude_makes_more(first: int, second: int, peak: float, amplitude: float) -> None:
    one, two = (months(2017 if number else 2018, start, start) for number, start in ((1, first), (0, second)))
    made = [
        np.mean(
            [
                math.exp(amplitude * math.cos(2 * math.pi * ((day.timetuple().tm_yday - 1) / 365 - peak)))
                for day in (window.start + dt.timedelta(days=number) for number in range(window.days))
            ]
        )
        for window in (one, two)
    ]
    slack = 1 + amplitude**2 / 2 + 1e-12  # the rule is first order in the amplitude; floats round
    assert made[1] / made[0] <= season_factor(one, two, amplitude=amplitude) * slack
    assert season_factor(one, two, amplitude=amplitude) == pytest.approx(season_factor(two, one, amplitude=amplitude))


def test_a_negative_season_is_refused() -> None:
    with pytest.raises(ClaimError, match="must be 0 or more"):
        season_factor(year(2017), year(2018), amplitude=-0.1)


# --- evidence, and what would settle it -------------------------------------------------------------------------------
def test_the_strength_of_evidence_of_published_figures() -> None:
    words = ClaimRow(claim_id="words", region="Elm", statistic_type=StatisticType.QUALITATIVE, value=None)
    early = ClaimRow(
        claim_id="early", region="Elm", statistic_type=COUNT, value=7, period=year(2016), campaign="Spring"
    )
    audit = audit_claims([*ROWS, words, early], campaigns=[campaign("Spring", "Elm")])
    assert {name: audit.by_id[name].evidence_level for name in ("Elm", "Elm 2019", "words", "early")} == {
        "Elm": 2,
        "Elm 2019": 1,
        "words": 0,
        "early": 0,
    }
    assert "not chosen to be alike" in audit.by_id["Elm"].evidence
    assert "none (the period ends before the launch)" in audit.by_id["early"].evidence
    assert max(one.evidence_level for one in audit) == 2
    assert all("would" in one.settles for one in audit)


# --- words ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2019-01-01 to 2019-12-31", "2019"),
        ("2016-01-01 to 2018-12-31", "2016 to 2018"),
        ("2017-07-01 to 2018-01-31", "July 2017 to January 2018"),
        ("2020-07-01 to 2020-07-31", "July 2020"),
        ("2022-03-07/2022-03-08", "7 March 2022 to 8 March 2022"),
        ("launch 2019-05-02, or 2019-05", "launch 2 May 2019, or May 2019"),
        ("12345-67 and 2019", "12345-67 and 2019"),
    ],
)
def test_dates_as_people_write_them(text: str, shown: str) -> None:
    assert when(text) == shown


def test_the_sensitivity_line() -> None:
    figures = {"ratio": 139 / 84, "dispersion": 5.0, "poisson_lower": 1.26, "poisson_upper": 2.17}
    figures |= {"dispersed_lower": 0.90, "dispersed_upper": 3.03}
    own = {"own_lower": 1.04, "own_upper": 2.64, "own_dispersion": 2.9}
    assert sensitivity(figures | own) == (
        "How sure: 1.65 times stands for 1.26 to 2.17 if only chance in the counts is allowed for (Poisson), and for "
        "0.90 to 3.03 if contacts vary 5 times as much, as they often do (dispersion 5); at the dispersion of the "
        "series itself (2.9) for 1.04 to 2.64. The wider interval holds 1: no change at all cannot be excluded."
    )
    assert sensitivity({"ratio": 1.65}) == ""


def test_a_sentence_begins_with_a_capital() -> None:
    figures = {"current": 1850.0, "current_stated": 1850.0, "current_qualifier": "more than", "before": 1119.0}
    found = Finding(
        rule="since-last-year",
        kind=FindingKind.CONTEXT,
        claims=("A",),
        figures={**figures, "ratio": 1.653, "since": "2019-01-01 to 2019-12-31", "reported": False, "is_sum": False},
    )
    assert sentence(found) == "More than 1,850 against 1,119 (2019) is +65.3 %."


def test_an_unknown_claim_is_named_with_the_nearest() -> None:
    with pytest.raises(ClaimError, match="Did you mean 'Fell'"):
        audit_claims(ROWS).find("Fel")
