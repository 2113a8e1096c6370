"""The verdict on a claimed change: every cell of the table, its sentences, and what may never happen."""

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.claim import TABLE, Thresholds, Verdict, before_after_ratio, check_claim, claim_from_row, parse_claim
from evalkit.claim.claim import CONTACT_UNITS
from evalkit.claim.decision import BeforeAfter, Reach
from evalkit.design import build_design
from evalkit.effect import Effect, Estimate, NotEstimable, Window, estimate_effect
from evalkit.errors import ClaimError
from evalkit.registers import ClaimRow, Interval
from evalkit.vocab import Channel, Qualifier, StatisticType, Unit, VerdictKind

PERIODS = pd.period_range("2016-01", "2019-12", freq="M")
LAUNCH = pd.Period("2018-01", "M")
NORMAL = np.sort(np.random.default_rng(0).standard_normal(4000))


def counts(before: float, after: float, periods: pd.PeriodIndex = PERIODS) -> pd.Series:
    """Flat counts before and after the launch."""
    return pd.Series(np.where(periods < LAUNCH, before, after).astype(float), index=periods)


def effect(
    net: float,
    spread: float,
    *,
    before: float = 100,
    after: float = 100,
    series: pd.Series | None = None,
    controls: bool = False,
    **changes: object,
) -> Effect:
    """An effect with a rate ratio of ``net``, log-normal with that spread, on flat counts or the series given."""
    beside = counts(80, 120).to_frame("Elm") if controls else None
    design = build_design(counts(before, after) if series is None else series, LAUNCH, controls=beside)
    draws = net * np.exp(spread * NORMAL)
    window = Window(start=LAUNCH, end=design.periods[-1], periods=design.n_post)
    ratio = Estimate(
        name="rate_ratio",
        value=net,
        lower=float(np.quantile(draws, 0.025)),
        upper=float(np.quantile(draws, 0.975)),
        level=0.95,
        unit="rate ratio",
        window=window,
    )
    why = NotEstimable("not asked for")
    values: dict[str, object] = {
        "launch": LAUNCH,
        "model": "latent",
        "model_label": "latent",
        "n_pre": design.n_pre,
        "n_post": design.n_post,
        "level": 0.95,
        "level_change": why,
        "slope_change": why,
        "rate_ratio": ratio,
        "cumulative_effect": why,
        "window": window,
        "design": design,
        "ratio_draws": draws,
    }
    return Effect(**(values | changes))  # type: ignore[arg-type]


CELLS = [
    ((Reach.LIKELY, BeforeAfter.REACHES), effect(3.0, 0.02, after=320)),
    ((Reach.LIKELY, BeforeAfter.FALLS_SHORT), effect(3.0, 0.02, after=200)),
    ((Reach.LIKELY, BeforeAfter.UNKNOWN), effect(3.0, 0.02, before=0, after=200)),
    ((Reach.OPEN, BeforeAfter.REACHES), effect(2.4, 0.3, after=300)),
    ((Reach.OPEN, BeforeAfter.FALLS_SHORT), effect(2.4, 0.3, after=200)),
    ((Reach.OPEN, BeforeAfter.UNKNOWN), effect(2.4, 0.3, before=0, after=200)),
    ((Reach.EXCLUDED, BeforeAfter.REACHES), effect(1.6, 0.05, after=300)),
    ((Reach.EXCLUDED, BeforeAfter.FALLS_SHORT), effect(1.6, 0.05, after=200)),
    ((Reach.EXCLUDED, BeforeAfter.UNKNOWN), effect(1.6, 0.05, before=0, after=200)),
]
LEADS = {
    VerdictKind.SUPPORTED: "Net of trend and season the change reaches the claimed 3.00 times (2.50 to 3.50 with",
    VerdictKind.INCONCLUSIVE: "The data neither reach nor exclude the claimed 3.00 times",
    VerdictKind.NOT_ATTRIBUTABLE: "Before and after differ by the claimed 3.00 times (2.50 to 3.50 with rounding), but",
    VerdictKind.NOT_SUPPORTED: "",
}


def test_the_table_has_every_cell() -> None:
    assert set(TABLE) == {(reach, plain) for reach in Reach for plain in BeforeAfter} == {cell for cell, _ in CELLS}


@pytest.mark.parametrize(("cell", "given_effect"), CELLS, ids=[" / ".join(cell) for cell, _ in CELLS])
def test_every_cell_of_the_table(cell: tuple[Reach, BeforeAfter], given_effect: Effect) -> None:
    verdict = check_claim("threefold", given_effect)
    assert verdict.kind is TABLE[cell]
    assert verdict.figures["before_after_reaches"] == cell[1]
    assert verdict.reasons[0].startswith(LEADS[verdict.kind])
    assert all(reason.endswith(".") for reason in verdict.reasons)


# --- golden sentences -------------------------------------------------------------------------------------------------
GOLDEN = Path(__file__).with_name("golden_verdicts.txt")
NO_ESTIMATE = NotEstimable("8 months before launch; needs at least 12")
EARLIER = Interval(start=dt.date(2017, 1, 1), end=dt.date(2017, 12, 31))


def golden_verdicts() -> dict[str, Verdict]:
    """A verdict for every cell of the table, with and without comparison regions, and for everything in the way."""
    cells = {" / ".join(cell): check_claim("threefold", given) for cell, given in CELLS}
    controls = {
        f"comparison regions, {name}": check_claim("threefold", alone, controlled=beside)
        for name, alone, beside in (
            ("same verdict", effect(3.2, 0.05, after=320), effect(3.0, 0.05, after=320, controls=True)),
            ("another verdict", effect(3.0, 0.05, after=300), effect(1.4, 0.05, after=300, controls=True)),
            ("open", effect(2.4, 0.3, after=300), effect(2.4, 0.2, after=300, controls=True)),
            ("excluded / falls short", effect(1.6, 0.05, after=200), effect(1.2, 0.05, after=200, controls=True)),
            ("no estimate", effect(3.0, 0.05, after=300), effect(3, 0.05, controls=True, rate_ratio=NO_ESTIMATE)),
        )
    }
    obstacles = {
        "asserts no change": check_claim(row(statistic_type=StatisticType.COUNT, value=300.0), effect(3.0, 0.02)),
        "other region": check_claim(row(region="Ashmere"), effect(3.0, 0.02, region="Calder")),
        "other channel": check_claim(row(channel=Channel.HELPLINE), effect(3.0, 0.02, channel="website")),
        "all channels together": check_claim(row(), effect(3.0, 0.02, channel="helpline")),
        "other unit": check_claim(row(unit=Unit.OFFENCES), effect(3.0, 0.02)),
        "before the launch": check_claim(row(period=EARLIER), effect(3.0, 0.02)),
        "no estimate": check_claim(row(), effect(3.0, 0.02, rate_ratio=NO_ESTIMATE)),
    }
    return cells | controls | obstacles | {"a real fit": check_claim("threefold", mostly_trend())}


def mostly_trend() -> Effect:
    """Threefold before and after, of which the campaign makes 1.3 times and trend the rest."""
    months = np.arange(72)
    periods = pd.period_range("2014-01", periods=72, freq="M")
    season = 0.15 * np.cos(2 * np.pi * months / 12)
    mean = 120 * np.exp(0.45 * (months - 36) / 12 + np.log(1.3) * (months >= 36) + season)
    return estimate_effect(pd.Series(np.round(mean), index=periods, name="contacts"), "2017-01", model="segmented")


def as_text(verdicts: dict[str, Verdict]) -> str:
    """Every verdict under its name."""
    return "\n\n".join(f"## {name}\n{verdict.summary()}" for name, verdict in verdicts.items()) + "\n"


def test_the_wording_of_every_cell_is_that_of_the_golden_file() -> None:
    """After a change that is meant: write ``as_text(golden_verdicts())`` to the file, and read the difference."""
    assert as_text(golden_verdicts()) == GOLDEN.read_text(encoding="utf-8")


def test_the_golden_file_holds_every_verdict_with_its_level_of_evidence() -> None:
    verdicts = golden_verdicts().values()
    assert {one.kind for one in verdicts} == set(VerdictKind)
    assert all(any(reason.startswith("Strength of evidence") for reason in one.reasons) for one in verdicts)


@pytest.mark.parametrize(
    ("claim", "given_effect", "lead"),
    [
        ("threefold", effect(5.0, 0.02, after=500), "with rounding). The claim understates it."),
        ("threefold", effect(1.6, 0.05, after=200), "Neither before and after nor the change net of trend and season"),
        ("threefold", effect(1.6, 0.05, before=0), "Net of trend and season the change falls short of the claimed"),
        ("more than doubled", effect(3.0, 0.05, after=300), "reaches the claimed 2.00 times or more."),
        ("fell by more than 20 %", effect(0.5, 0.05, after=50), "reaches the claimed 0.80 times or less."),
        ("from 100 to 160", effect(2.0, 0.05, after=200), "reaches the claimed 1.60 times. The claim understates it."),
    ],
)
def test_leading_sentences(claim: str, given_effect: Effect, lead: str) -> None:
    assert lead in check_claim(claim, given_effect).reasons[0]


def test_a_probability_is_never_said_to_be_certain() -> None:
    assert "is above 99 %" in check_claim(2, effect(3.0, 0.02)).reasons[1]
    assert "is below 1 %" in check_claim(5, effect(3.0, 0.02)).reasons[1]


# --- direction --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("claim", "net", "after", "kind"),
    [
        ("fell by 24 %", 0.70, 70, VerdictKind.SUPPORTED),
        ("fell by 24 %", 1.00, 70, VerdictKind.NOT_ATTRIBUTABLE),
        ("fell by 24 %", 1.00, 100, VerdictKind.NOT_SUPPORTED),
        ("halved", 0.40, 40, VerdictKind.SUPPORTED),
        ("doubled", 0.40, 40, VerdictKind.NOT_SUPPORTED),
        ("less than doubled", 1.2, 120, VerdictKind.SUPPORTED),
        ("almost tripled", 2.9, 290, VerdictKind.SUPPORTED),
    ],
)
def test_falls_and_upper_limits(claim: str, net: float, after: float, kind: VerdictKind) -> None:
    assert check_claim(claim, effect(net, 0.02, after=after)).kind is kind


@pytest.mark.parametrize(("claim", "net"), [("up 5 %", 1.163), ("fell by 5 %", 0.858)])
def test_supported_needs_an_interval_that_excludes_no_change(claim: str, net: float) -> None:
    wide, narrow = check_claim(claim, effect(net, 0.08)), check_claim(claim, effect(net, 0.04))
    assert float(wide.figures["prob_reached"]) > 0.9
    assert (wide.kind, narrow.kind) == (VerdictKind.INCONCLUSIVE, VerdictKind.SUPPORTED)
    assert wide.reasons[0].endswith("likely, but do not exclude that nothing changed.")


def test_a_supported_claim_that_before_and_after_do_not_show_says_so() -> None:
    windows = {
        "period": Interval(start=dt.date(2018, 1, 1), end=dt.date(2018, 12, 31)),
        "baseline": Interval(start=dt.date(2017, 1, 1), end=dt.date(2017, 12, 31)),
    }
    verdict = check_claim(row(**windows), effect(3.0, 0.02, after=200))
    assert verdict.kind is VerdictKind.SUPPORTED
    assert verdict.reasons[0].endswith("; the published before/after comparison itself does not show it.")


@pytest.mark.parametrize("qualifier", [Qualifier.AT_LEAST, Qualifier.MORE_THAN, Qualifier.ALMOST, Qualifier.EXACT])
@pytest.mark.parametrize(("statistic", "value"), [(StatisticType.PERCENT_CHANGE, -30.0), (StatisticType.RATIO, 0.7)])
def test_a_fall_in_a_register_is_met_by_falls_only(
    qualifier: Qualifier, statistic: StatisticType, value: float
) -> None:
    claim = row(statistic_type=statistic, value=value, qualifier=qualifier)
    assert check_claim(claim, effect(1.0, 0.02)).kind is VerdictKind.NOT_SUPPORTED
    assert check_claim(claim, effect(1.5, 0.02, after=150)).kind is VerdictKind.NOT_SUPPORTED
    assert check_claim(claim, effect(0.5, 0.02, after=50)).kind is VerdictKind.SUPPORTED


@pytest.mark.parametrize("claim", ["fell by at least 30 %", "fell by almost 30 %", "fell by more than 30 %"])
def test_a_fall_reads_alike_in_words_and_in_a_register(claim: str) -> None:
    parsed = parse_claim(claim)
    typed = row(statistic_type=StatisticType.PERCENT_CHANGE, value=parsed.value, qualifier=parsed.qualifier)
    assert claim_from_row(typed).bounds == parsed.bounds


@pytest.mark.parametrize(
    ("net", "spread", "kind"),
    [
        (1.0, 0.01, VerdictKind.SUPPORTED),
        (1.0, 0.1, VerdictKind.INCONCLUSIVE),
        (1.3, 0.2, VerdictKind.INCONCLUSIVE),
        (1.3, 0.02, VerdictKind.NOT_SUPPORTED),
        (0.7, 0.02, VerdictKind.NOT_SUPPORTED),
        (3.0, 0.02, VerdictKind.NOT_SUPPORTED),
    ],
)
def test_a_claim_of_no_change_has_two_sides(net: float, spread: float, kind: VerdictKind) -> None:
    verdict = check_claim(1, effect(net, spread))
    assert verdict.kind is kind
    assert "absence of a change (0.950 to 1.050 times)" in verdict.reasons[0]
    assert "the probability of 0.950 to 1.050 times is" in verdict.reasons[1]


# --- what a verdict may never do --------------------------------------------------------------------------------------
@given(
    net=st.floats(0.2, 6),
    spreads=st.tuples(st.floats(0.005, 1), st.floats(0.005, 1)),
    after=st.integers(20, 600),
    claim=st.sampled_from(
        [
            "threefold",
            "69 %",
            "more than doubled",
            "fell by 24 %",
            "halved",
            "almost tripled",
            "up 5 %",
            "less than doubled",
            1,
        ]
    ),
)
def test_a_wider_interval_never_makes_a_verdict_firmer(
    net: float, spreads: tuple[float, float], after: float, claim: str
) -> None:
    narrow, wide = (check_claim(claim, effect(net, spread, after=after)).kind for spread in sorted(spreads))
    assert wide in (narrow, VerdictKind.INCONCLUSIVE)


@given(net=st.floats(0.2, 6), spread=st.floats(0.005, 1), lower=st.floats(1.1, 5), more=st.floats(0.1, 3))
def test_a_larger_claim_is_never_easier_to_support(net: float, spread: float, lower: float, more: float) -> None:
    given_effect = effect(net, spread)
    if check_claim(f"up by more than {100 * (lower + more):.0f} %", given_effect).kind is VerdictKind.SUPPORTED:
        assert check_claim(f"up by more than {100 * lower:.0f} %", given_effect).kind is VerdictKind.SUPPORTED


@pytest.mark.parametrize(("likely", "excluded"), [(0.4, 0.05), (0.9, 0.6), (1.2, 0.1), (0.9, -0.1)])
def test_thresholds_that_would_break_this_are_refused(likely: float, excluded: float) -> None:
    with pytest.raises(ClaimError, match="allowed are likely above"):
        Thresholds(likely=likely, excluded=excluded)


def test_stricter_thresholds_are_obeyed() -> None:
    given_effect = effect(2.7, 0.05)
    assert check_claim(3, given_effect).kind is VerdictKind.SUPPORTED
    assert check_claim(3, given_effect, thresholds=Thresholds(likely=0.99)).kind is VerdictKind.INCONCLUSIVE


# --- what cannot be checked -------------------------------------------------------------------------------------------
def row(**changes: object) -> ClaimRow:
    values: dict[str, object] = {"claim_id": "A", "region": "", "statistic_type": StatisticType.RATIO, "value": 3.0}
    return ClaimRow(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("claim", "changes", "words"),
    [
        (row(statistic_type=StatisticType.COUNT, value=300.0), {}, "asserts no change"),
        (row(region="Ashmere"), {"region": "Calder"}, "The claim is about Ashmere, the effect about Calder"),
        (row(channel=Channel.HELPLINE), {"channel": "website"}, "about the channel helpline"),
        (
            row(period=Interval(start=dt.date(2017, 1, 1), end=dt.date(2017, 12, 31))),
            {},
            "ends before the launch (January 2018): a figure from before the launch can show no effect",
        ),
        (row(), {"rate_ratio": NotEstimable("8 months before launch; needs at least 12")}, "8 months before launch"),
    ],
)
def test_cannot_be_checked_with_the_reason(claim: ClaimRow, changes: dict[str, object], words: str) -> None:
    verdict = check_claim(claim, effect(3.0, 0.02, **changes))
    assert verdict.kind is VerdictKind.CANNOT_BE_CHECKED
    assert words in verdict.reasons[0]
    assert "settle it" in verdict.reasons[-1]


def test_what_is_no_claim_is_refused() -> None:
    for nonsense in (None, [3], True):
        with pytest.raises(ClaimError, match="allowed are a Claim"):
            check_claim(nonsense, effect(3.0, 0.02))  # type: ignore[arg-type]
    with pytest.raises(ClaimError, match="Cannot parse"):
        check_claim("a great success", effect(3.0, 0.02))


def test_all_kinds_of_claim_give_the_same_verdict() -> None:
    given_effect = effect(3.0, 0.02, after=300)
    kinds = [check_claim(claim, given_effect) for claim in (3, "threefold", parse_claim("threefold"), row())]
    assert {one.kind for one in kinds} == {VerdictKind.SUPPORTED}
    assert len({one.reasons for one in kinds}) == 1


def test_all_channels_together_are_not_one_channel() -> None:
    verdict = check_claim(row(), effect(3.0, 0.02, channel="helpline"))
    assert verdict.kind is VerdictKind.CANNOT_BE_CHECKED
    assert verdict.reasons[0] == "The claim is about all channels together, the effect about helpline alone."
    for channel in ("", "combined"):
        assert check_claim(row(), effect(3.0, 0.02, channel=channel)).kind is VerdictKind.SUPPORTED
    for untyped in (3, "threefold"):
        assert check_claim(untyped, effect(3.0, 0.02, channel="helpline")).kind is VerdictKind.SUPPORTED


@pytest.mark.parametrize("unit", list(Unit))
def test_a_claim_that_counts_something_else_cannot_be_checked(unit: Unit) -> None:
    verdict = check_claim(row(unit=unit), effect(3.0, 0.02))
    assert (verdict.kind is VerdictKind.SUPPORTED) is (unit in CONTACT_UNITS)
    if unit is Unit.OFFENCES:
        assert verdict.reasons[0].endswith("contacts are not offences.")


def test_people_prevented_are_no_contacts() -> None:
    verdict = check_claim(row(unit=Unit.PEOPLE, unit_text="people prevented from offending"), effect(3.0, 0.02))
    assert verdict.kind is VerdictKind.CANNOT_BE_CHECKED
    assert verdict.reasons[0].endswith("contacts are not people prevented from offending.")


# --- the before/after ratio -------------------------------------------------------------------------------------------
def test_windows_are_equally_long_around_the_launch() -> None:
    found = before_after_ratio(effect(1.0, 0.02, series=counts(50, 100, PERIODS[12:])))
    assert found is not None
    assert (found.window_before, found.window_after) == ("2017-01 to 2017-12", "2018-01 to 2018-12")
    assert found.same_months
    assert found.value == 2


def test_the_claims_own_windows_come_first() -> None:
    claim = claim_from_row(
        row(
            period=Interval(start=dt.date(2018, 2, 1), end=dt.date(2018, 7, 31)),
            baseline=Interval(start=dt.date(2017, 8, 1), end=dt.date(2018, 1, 31)),
        )
    )
    found = before_after_ratio(effect(1.0, 0.02, before=60, after=120), claim)
    assert found is not None
    assert (found.window_before, found.window_after) == ("2017-08 to 2018-01", "2018-02 to 2018-07")
    assert found.value == pytest.approx(120 / 70)
    assert not found.same_months
    assert any("different calendar months" in one for one in check_claim(claim, effect(1.0, 0.02, after=300)).reasons)


def test_missing_periods_are_left_out_of_both_means() -> None:
    series = counts(50, 100)
    series["2017-03"] = np.nan
    found = before_after_ratio(effect(1.0, 0.02, series=series))
    assert found is not None
    assert (found.value, found.periods_before, found.periods_after) == (pytest.approx(2.0), 23, 24)
    assert found.poisson.lower < 2 < found.poisson.upper


def test_no_ratio_without_contacts_before() -> None:
    assert before_after_ratio(effect(1.0, 0.02, before=0)) is None


# --- on a real fit ----------------------------------------------------------------------------------------------------
def test_threefold_before_and_after_that_is_mostly_trend() -> None:
    rng = np.random.default_rng(3)
    months = np.arange(72)
    periods = pd.period_range("2014-01", periods=72, freq="M")
    mean = 120 * np.exp(0.45 * (months - 36) / 12 + np.log(1.3) * (months >= 36))
    series = pd.Series(rng.poisson(mean).astype(float), index=periods, name="contacts")
    verdict = check_claim("threefold", estimate_effect(series, "2017-01", model="segmented"))
    assert verdict.kind is VerdictKind.NOT_ATTRIBUTABLE
    assert float(verdict.figures["before_after"]) > 2.5
    assert float(verdict.figures["net_upper"]) < 2.5


def fading() -> Effect:
    """A real fit on a campaign that doubles contacts in its first year and does nothing in its second."""
    rng = np.random.default_rng(5)
    periods = pd.period_range("2014-01", periods=60, freq="M")
    months = np.arange(60)
    mean = 400 * np.where((months >= 36) & (months < 48), 2.0, 1.0)
    return estimate_effect(pd.Series(rng.poisson(mean).astype(float), index=periods), "2017-01", model="segmented")


def test_the_net_change_is_that_of_the_claims_own_period() -> None:
    given_effect = fading()
    first = row(value=1.5, period=Interval(start=dt.date(2017, 1, 1), end=dt.date(2017, 6, 30)))
    last = row(value=1.5, period=Interval(start=dt.date(2018, 7, 1), end=dt.date(2018, 12, 31)))
    early, late = check_claim(first, given_effect), check_claim(last, given_effect)
    assert (early.kind, late.kind) == (VerdictKind.SUPPORTED, VerdictKind.NOT_SUPPORTED)
    assert early.figures["window"] == "2017-01 to 2017-06"
    assert "over the claim's period, January 2017 to June 2017" in early.reasons[1]
    assert float(early.figures["net_lower"]) > float(late.figures["net_upper"])


def test_a_claim_over_the_whole_window_gives_the_effect_itself() -> None:
    given_effect = fading()
    whole = row(period=Interval(start=dt.date(2017, 1, 1), end=dt.date(2018, 12, 31)))
    figures = check_claim(whole, given_effect).figures
    assert isinstance(given_effect.rate_ratio, Estimate)
    assert (figures["net"], figures["net_lower"]) == (given_effect.rate_ratio.value, given_effect.rate_ratio.lower)
    assert figures["own_window"] is True


def test_a_claim_about_a_time_after_the_data_cannot_be_checked() -> None:
    verdict = check_claim(row(period=Interval(start=dt.date(2021, 1, 1), end=dt.date(2021, 12, 31))), fading())
    assert verdict.kind is VerdictKind.CANNOT_BE_CHECKED
    assert "no counted period from the launch on lies in the claimed period (2021)" in (verdict.reasons[0])


def test_comparison_regions_raise_the_strength_of_evidence() -> None:
    assert check_claim(3, effect(3.0, 0.02, model="controlled")).figures["evidence_level"] == 3
    assert check_claim(3, effect(3.0, 0.02)).figures["evidence_level"] == 2


# --- handing on -------------------------------------------------------------------------------------------------------
@pytest.fixture
def verdict() -> Verdict:
    return check_claim("more than doubled", effect(3.0, 0.02, after=300))


def test_a_verdict_as_json_and_as_a_table(verdict: Verdict) -> None:
    plain = json.loads(json.dumps(verdict.to_dict(), allow_nan=False))
    assert plain["kind"] == "supported"
    assert plain["claim"]["ratio"] == 2
    assert plain["figures"]["claimed_upper"] is None
    assert math.isinf(float(verdict.figures["claimed_upper"]))
    table = verdict.to_frame()
    assert list(table["verdict"]) == ["supported"]
    assert table["net"].iloc[0] == 3.0


def test_a_verdict_prints_its_reasons(verdict: Verdict) -> None:
    assert str(verdict).startswith("Verdict: supported\n  Net of trend and season")
    assert "<li>Net of trend" in verdict._repr_html_()


# --- comparison regions, and what trend and season account for ------------------------------------------------------
def test_with_comparison_regions_they_decide_and_the_answer_without_them_stands_beside() -> None:
    verdict = check_claim(3, effect(3.0, 0.05, after=300), controlled=effect(1.4, 0.05, after=300, controls=True))
    assert verdict.kind is VerdictKind.NOT_ATTRIBUTABLE
    assert (verdict.figures["net"], verdict.figures["alone"]) == (1.4, 3.0)
    assert (verdict.figures["evidence_level"], verdict.figures["alone_verdict"]) == (3, "supported")


def test_comparison_regions_that_give_no_estimate_do_not_decide() -> None:
    beside = effect(1.4, 0.05, controls=True, rate_ratio=NO_ESTIMATE)
    verdict = check_claim(3, effect(3.0, 0.05, after=300), controlled=beside)
    assert (verdict.kind, verdict.figures["evidence_level"]) == (VerdictKind.SUPPORTED, 2)
    assert any("With comparison regions the effect cannot be estimated" in one for one in verdict.reasons)


def test_two_effects_of_different_questions_are_refused() -> None:
    with pytest.raises(ClaimError, match="both must be of the same series"):
        check_claim(3, effect(3.0, 0.05), controlled=effect(3.0, 0.05, controls=True, region="Calder"))
    with pytest.raises(ClaimError, match="without comparison regions"):
        check_claim(3, effect(3.0, 0.05), controlled=effect(3.0, 0.05))


def test_trend_and_season_and_the_campaign_multiply_to_before_and_after() -> None:
    figures = check_claim(3, mostly_trend()).figures
    product = float(figures["explained"]) * float(figures["net"])
    assert product == pytest.approx(float(figures["before_after"]), rel=0.02)  # medians of draws, and a log-linear fit
    assert 0.7 < float(figures["explained_share"]) < 0.95
    assert float(figures["season"]) == pytest.approx(1.0, abs=0.02)  # the same calendar months on both sides


def test_the_season_of_ones_own_series_in_halves_of_a_year() -> None:
    halves = row(
        period=Interval(start=dt.date(2017, 1, 1), end=dt.date(2017, 3, 31)),
        baseline=Interval(start=dt.date(2016, 7, 1), end=dt.date(2016, 9, 30)),
    )
    verdict = check_claim(halves, mostly_trend())
    angle = 2 * np.pi * np.arange(12) / 12
    factor = np.exp(0.15 * np.cos(angle))
    assert float(verdict.figures["season"]) == pytest.approx(factor[:3].mean() / factor[6:9].mean(), rel=0.02)
    assert any("by the season of this series" in reason for reason in verdict.reasons)


def test_the_interval_at_the_dispersion_of_the_series_itself() -> None:
    rng = np.random.default_rng(11)
    periods = pd.period_range("2014-01", periods=72, freq="M")
    noisy = pd.Series(rng.negative_binomial(20, 20 / (20 + 100), 72).astype(float), index=periods)
    figures = check_claim(2, estimate_effect(noisy, "2017-01", model="segmented")).figures
    assert 3 < float(figures["own_dispersion"]) < 11  # 1 + 100 / 20 = 6 in the long run
    assert float(figures["before_after_own_lower"]) < float(figures["before_after_poisson_lower"])
