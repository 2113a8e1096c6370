"""The audit on small registers of made-up regions: each rule finds its fault, and nothing where there is none."""

from __future__ import annotations

import datetime as dt
import json
import math

import pytest

from evalkit.claim import Audit, AuditClass, FindingKind, audit_claims
from evalkit.claim.wording import _SENTENCES, sentence
from evalkit.registers import Campaign, ClaimRow, Event, Interval, PopulationRow, SeriesRow, Source, parse_date
from evalkit.vocab import Channel, EventKind, FigureStatus, Qualifier, StatisticType, Topic, Unit

COUNT, PERCENT, RATIO = StatisticType.COUNT, StatisticType.PERCENT_CHANGE, StatisticType.RATIO


def year(number: int, *, first: int = 1, last: int = 12, months: float | None = None) -> Interval:
    end = dt.date(number + last // 12, last % 12 + 1, 1) - dt.timedelta(days=1)
    return Interval(start=dt.date(number, first, 1), end=end, stated_months=months)


def claim(name: str, statistic: StatisticType, value: float | None, **changes: object) -> ClaimRow:
    values: dict[str, object] = {"claim_id": name, "region": "Ashmere", "statistic_type": statistic, "value": value}
    return ClaimRow(**(values | {"period": year(2018)} | changes))  # type: ignore[arg-type]


def only(audit: Audit, rule: str) -> FindingKind:
    (found,) = audit.of_rule(rule)
    return found.kind


# --- changes ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "expected"), [(50, AuditClass.CONSISTENT), (51, AuditClass.CONTRADICTED), (49.6, AuditClass.CONTRADICTED)]
)
def test_a_percentage_is_recomputed_from_both_counts(value: float, expected: AuditClass) -> None:
    audit = audit_claims(
        [
            claim("now", COUNT, 150, baseline=year(2017), baseline_value=100),
            claim("rise", PERCENT, value, baseline=year(2017), baseline_value=100),
        ]
    )
    assert audit.by_id["rise"].audit_class is expected
    assert audit.by_id["rise"].recomputed == 1.5
    confirmed = AuditClass.CONSISTENT if expected is AuditClass.CONSISTENT else AuditClass.UNCHECKED
    assert audit.by_id["now"].audit_class is confirmed


def test_counts_may_come_from_a_series() -> None:
    rows = [
        SeriesRow(
            series_id=str(value), series="own", region="Ashmere", channel=Channel.COMBINED, value=value, period=period
        )
        for value, period in ((200.0, year(2018)), (100.0, year(2017)))
    ]
    audit = audit_claims([claim("double", RATIO, 2, baseline=year(2017))], rows)
    assert audit[0].audit_class is AuditClass.CONSISTENT
    assert audit[0].main is not None
    assert set(audit[0].main.against) == {"200.0", "100.0"}


def test_derived_series_rows_confirm_nothing() -> None:
    rows = [
        SeriesRow(
            series_id=str(value),
            series="own",
            region="Ashmere",
            channel=Channel.COMBINED,
            value=value,
            period=period,
            status=status,
        )
        for value, period, status in (
            (200.0, year(2018), FigureStatus.PUBLISHED),
            (100.0, year(2017), FigureStatus.DERIVED),
        )
    ]
    audit = audit_claims([claim("double", RATIO, 2, baseline=year(2017))], rows)
    assert audit[0].audit_class is AuditClass.IMPLIED


def test_an_implied_baseline_and_an_implied_count() -> None:
    audit = audit_claims(
        [
            claim("now", COUNT, 4776),
            claim("rise", PERCENT, 69, baseline=year(2016)),
            claim("before", COUNT, 200, region="Calder", period=year(2017)),
            claim("later", PERCENT, 50, region="Calder", baseline=year(2017)),
        ]
    )
    rise, later = audit.by_id["rise"], audit.by_id["later"]
    assert (rise.lower, rise.upper) == (2818, 2834)
    assert (later.lower, later.upper) == (299, 301)
    assert {one.audit_class for one in audit} == {AuditClass.IMPLIED}


def test_a_percentage_that_no_whole_number_fits() -> None:
    audit = audit_claims([claim("now", COUNT, 3), claim("rise", PERCENT, 99, baseline=year(2017))])
    assert audit.by_id["rise"].audit_class is AuditClass.CONTRADICTED
    assert "No whole number" in audit.by_id["rise"].reasons[0]


def test_a_change_without_a_period_is_held_against_the_campaigns_own_windows() -> None:
    rows = [
        claim("fold", RATIO, 3, period=None, campaign="Spring"),
        claim("all", COUNT, 203, baseline=year(2017), baseline_value=100, campaign="Spring", members=("Elm", "Fell")),
        claim("part", COUNT, 58, baseline=year(2017), baseline_value=20, campaign="Spring", region="Elm"),
    ]
    rows[0] = claim("fold", RATIO, 3, period=None, campaign="Spring", members=("Elm", "Fell"))
    audit = audit_claims(rows)
    result = audit.by_id["fold"]
    assert result.audit_class is AuditClass.CONTRADICTED
    assert result.recomputed == 2.03
    assert "only Elm (2.90 times) comes near. Another, unpublished window may be meant." in result.reasons[0]


def test_a_change_without_a_period_and_without_a_campaign_cannot_be_checked() -> None:
    audit = audit_claims([claim("fold", RATIO, 3, period=None, period_text="lately")])
    assert audit[0].audit_class is AuditClass.UNCHECKED
    assert audit[0].reasons == (
        "The source names no periods, and no counts are published for it; both would settle it.",
    )


def test_the_same_change_twice() -> None:
    rows = [claim(str(value), PERCENT, value, baseline=year(2017)) for value in (20, 30)]
    audit = audit_claims(rows)
    assert only(audit, "change-twice") is FindingKind.CONTRADICTED
    assert {one.audit_class for one in audit} == {AuditClass.CONTRADICTED}


def test_windows_that_leave_out_a_month() -> None:
    later, before = year(2018, first=7, last=9), year(2018, first=3, last=5)
    audit = audit_claims([claim("A", PERCENT, 83, period=later, baseline=before)])
    assert only(audit, "window-gap") is FindingKind.TENSION
    assert only(audit, "season") is FindingKind.CONTEXT


def test_the_same_quarter_of_two_years_leaves_nothing_out() -> None:
    audit = audit_claims([claim("A", PERCENT, 83, period=year(2019, last=3), baseline=year(2018, last=3))])
    assert not audit.of_rule("window-gap")
    assert not audit.of_rule("season")


def national(value: float, number: int) -> ClaimRow:
    return claim(f"UK {number}", COUNT, value, region="UK", region_type="country", country="UK", period=year(number))


def test_would_it_have_happened_anyway() -> None:
    rows = [
        national(1000, 2017),
        national(2000, 2018),
        claim("now", COUNT, 150, country="UK"),
        claim("before", COUNT, 100, country="UK", period=year(2017)),
        claim("rise", PERCENT, 50, country="UK", baseline=year(2017)),
    ]
    (found,) = audit_claims(rows).of_rule("comparison")
    assert found.figures["country_ratio"] == 2
    assert found.figures["relative"] == 0.75
    assert float(found.figures["relative_dispersed_upper"]) > float(found.figures["relative_upper"])


def test_a_chain_that_cannot_hold() -> None:
    rows = [
        national(1000, 2017),
        national(900, 2018),
        national(2000, 2019),
        claim("2017", COUNT, 1500, country="UK", period=year(2017)),
        claim("2019", COUNT, 1500, country="UK", period=year(2019)),
        claim("rise", PERCENT, 150, country="UK", period=year(2019), baseline=year(2018)),
    ]
    audit = audit_claims(rows)
    assert only(audit, "chain") is FindingKind.CONTRADICTED
    rows[4] = claim("2019", COUNT, 3200, country="UK", period=year(2019))
    assert not audit_claims(rows).of_rule("chain")


# --- counts -----------------------------------------------------------------------------------------------------------
def channels(website: float, helpline: float, whole: float, **changes: object) -> list[ClaimRow]:
    return [
        claim("web", COUNT, website, channel=Channel.WEBSITE, unit=Unit.USERS),
        claim("phone", COUNT, helpline, channel=Channel.HELPLINE, unit=Unit.CALLERS),
        claim("all", COUNT, whole, **changes),
    ]


def test_channels_sum_to_a_rounded_total() -> None:
    audit = audit_claims(channels(285, 38, 300, qualifier=Qualifier.MORE_THAN))
    assert only(audit, "channel-sum") is FindingKind.CONSISTENT
    assert {one.audit_class for one in audit} == {AuditClass.CONSISTENT}


def test_channels_that_do_not_sum_to_the_total() -> None:
    assert only(audit_claims(channels(108, 12, 140)), "channel-sum") is FindingKind.CONTRADICTED


def test_a_channel_above_the_total() -> None:
    audit = audit_claims(channels(200, 12, 140))
    assert only(audit, "part-above-whole") is FindingKind.CONTRADICTED
    assert not audit.of_rule("channel-sum")


def test_of_two_figures_the_one_that_is_confirmed_is_not_charged() -> None:
    rows = [
        claim("one", COUNT, 150),
        claim("other", COUNT, 170),
        claim("rise", PERCENT, 50, baseline=year(2017), baseline_value=100),
    ]
    audit = audit_claims(rows)
    assert audit.by_id["one"].audit_class is AuditClass.CONSISTENT
    assert audit.by_id["other"].audit_class is AuditClass.CONTRADICTED


def test_a_month_with_more_than_its_year() -> None:
    audit = audit_claims([claim("year", COUNT, 1350), claim("month", COUNT, 3699, period=year(2018, first=3, last=3))])
    assert only(audit, "part-above-whole") is FindingKind.CONTRADICTED


def test_windows_that_tile_a_longer_one() -> None:
    span = Interval(start=dt.date(2017, 1, 1), end=dt.date(2018, 12, 31))
    rows = [claim("2017", COUNT, 10, period=year(2017)), claim("2018", COUNT, 20)]
    assert only(audit_claims([*rows, claim("both", COUNT, 30, period=span)]), "window-sum") is FindingKind.CONSISTENT
    assert only(audit_claims([*rows, claim("both", COUNT, 31, period=span)]), "window-sum") is FindingKind.CONTRADICTED
    assert not audit_claims([rows[1], claim("both", COUNT, 31, period=span)]).of_rule("window-sum")


def test_areas_that_make_up_a_region() -> None:
    rows = [claim(name, COUNT, 10, region=name) for name in ("Elm", "Fell")]
    whole = claim("all", COUNT, 20, members=("Elm", "Fell"))
    assert only(audit_claims([*rows, whole]), "area-sum") is FindingKind.CONSISTENT
    assert not audit_claims([rows[0], whole]).of_rule("area-sum")
    assert len(audit_claims([rows[0], whole]).of_rule("share")) == 1


def test_a_region_changes_between_its_areas() -> None:
    rows = [
        claim("2017", COUNT, 100, period=year(2017), members=("Elm", "Fell")),
        claim("2018", COUNT, 60, members=("Elm", "Fell")),
        claim("elm", PERCENT, 29, region="Elm", baseline=year(2017)),
        claim("fell", PERCENT, 37, region="Fell", baseline=year(2017)),
    ]
    assert only(audit_claims(rows), "change-of-parts") is FindingKind.CONTRADICTED
    rows[1] = claim("2018", COUNT, 133, members=("Elm", "Fell"))
    assert only(audit_claims(rows), "change-of-parts") is FindingKind.CONSISTENT


def test_a_mean_per_month() -> None:
    half = year(2018, last=6, months=6)
    rows = [claim("half", COUNT, 3549, period=half), claim("mean", COUNT, 600, per="month", qualifier=Qualifier.ALMOST)]
    audit = audit_claims(rows)
    assert only(audit, "monthly-mean") is FindingKind.CONSISTENT
    assert audit.of_rule("monthly-mean")[0].figures["mean"] == 591.5


def test_a_unit_that_the_size_rules_out() -> None:
    rows = [
        national(80_000, 2018),
        claim(
            "calls",
            COUNT,
            12_500,
            region="UK",
            country="UK",
            channel=Channel.HELPLINE,
            unit=Unit.CALLS,
            topic=Topic.ALL,
        ),
        claim("region", COUNT, 5_260, country="UK", unit=Unit.CALLS),
    ]
    audit = audit_claims(rows)
    assert only(audit, "unit") is FindingKind.CONTRADICTED
    assert audit.by_id["region"].audit_class is AuditClass.CONTRADICTED


def test_offences_that_another_source_calls_people() -> None:
    rows = [
        claim("offences", COUNT, 24_722, unit=Unit.OFFENCES),
        claim("people", COUNT, 25_000, unit=Unit.PEOPLE, qualifier=Qualifier.ALMOST),
    ]
    assert only(audit_claims(rows), "unit-elsewhere") is FindingKind.CONTRADICTED


# --- campaigns, events, population ------------------------------------------------------------------------------------
def test_a_figure_from_before_the_launch() -> None:
    campaign = Campaign(campaign="Spring", regions=("Ashmere",), launch=parse_date("2019-03"))
    audit = audit_claims([claim("A", COUNT, 5, campaign="Spring")], campaigns=[campaign])
    assert only(audit, "before-launch") is FindingKind.CONTEXT
    later = audit_claims([claim("A", COUNT, 5, campaign="Spring", period=year(2019))], campaigns=[campaign])
    assert not later.of_rule("before-launch")


@pytest.mark.parametrize(("start", "found"), [("2018-06", 1), ("2018-01", 0), ("2017", 0)])
def test_a_period_before_the_channel_opened(start: str, found: int) -> None:
    event = Event(
        event="x", title="Website opens", start=parse_date(start), kind=EventKind.CHANNEL_OPENS, channels=("website",)
    )
    period = year(2018, first=3, last=8)
    audit = audit_claims([claim("A", COUNT, 5, channel=Channel.WEBSITE, period=period)], events=[event])
    assert len(audit.of_rule("before-channel-opened")) == found


def test_a_rate_per_100k() -> None:
    people = PopulationRow(region="Ashmere", year=2018, population=200_000)
    (found,) = audit_claims([claim("A", COUNT, 50)], population=[people]).of_rule("rate")
    assert found.figures["rate"] == 25


# --- what is handed on ------------------------------------------------------------------------------------------------
@pytest.fixture
def audit() -> Audit:
    return audit_claims(
        [
            claim("words", StatisticType.QUALITATIVE, None),
            claim("share", StatisticType.SHARE, 82),
            claim("single", COUNT, 5, source=Source(citation="Newsletter")),
            claim("more", PERCENT, 50, qualifier=Qualifier.MORE_THAN, baseline=year(2017)),
            claim("model", RATIO, 2.15, baseline_text="forecast", region="Elm"),
            claim("counts", PERCENT, 12, baseline=year(2016), region="Elm"),
        ]
    )


def test_every_unchecked_claim_says_what_would_settle_it(audit: Audit) -> None:
    unchecked = [one for one in audit if one.audit_class is AuditClass.UNCHECKED]
    assert [one.claim.claim_id for one in unchecked] == ["words", "share", "model", "counts"]
    assert all("would settle it." in one.reasons[0] for one in unchecked)
    assert len({one.reasons[0] for one in unchecked}) == 4


def test_an_audit_as_json_holds_no_infinity(audit: Audit) -> None:
    plain = json.loads(json.dumps(audit.to_dict(), allow_nan=False))
    assert sum(plain["counts"].values()) == len(plain["claims"]) == 6
    assert plain["claims"][2]["source"] == "Newsletter"
    assert all(one["sentence"] for one in plain["findings"])
    more = audit.by_id["more"]
    assert more.lower == 0
    assert more.upper is not None
    assert not math.isinf(more.upper)


def test_an_audit_as_a_table(audit: Audit) -> None:
    table = audit.to_frame()
    assert list(table["claim_id"]) == [one.claim.claim_id for one in audit]
    assert set(table["class"]) <= {one.value for one in AuditClass}
    assert list(audit.findings_frame()["finding"]) == [sentence(one) for one in audit.findings]
    assert audit[:2] == audit.audits[:2]


def test_the_order_of_claims_does_not_matter() -> None:
    rows = [
        claim("now", COUNT, 150),
        claim("other", COUNT, 170),
        claim("before", COUNT, 100, period=year(2017)),
        claim("rise", PERCENT, 50, baseline=year(2017)),
        claim("fold", RATIO, 3, baseline=year(2017)),
    ]
    forth, back = audit_claims(rows), audit_claims(rows[::-1])
    assert {one.claim.claim_id: one.audit_class for one in forth} == {
        one.claim.claim_id: one.audit_class for one in back
    }


def test_no_claims_give_an_empty_audit() -> None:
    assert len(audit_claims([])) == 0
    assert audit_claims([]).to_frame().empty


def test_every_rule_has_its_sentence() -> None:
    from evalkit.claim import audit_published

    used = {one.rule for one in audit_published().findings}
    assert used == set(_SENTENCES)
