"""Adding up and subtracting what is published narrows no protected count; and the attack is one that can succeed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import evalkit as ek
from e2e import attack, subtraction
from evalkit.batch.disclosure import plan_files, read_previous
from evalkit.evaluation import DisclosureSettings
from evalkit.registers import ClaimRow, Interval
from evalkit.report.disclosure import plan as planning
from evalkit.report.disclosure.secondary import Protected
from evalkit.report.disclosure.windows import Windows
from evalkit.vocab import StatisticType
from reports import report_of_effect

PERIODS = pd.period_range("2018-01", periods=36, freq="M")


def _some(seed: int, *, mean: float, small: dict[int, int] | None = None) -> pd.Series:
    """Counts about a mean, none of them small but those that are planted."""
    counts = np.maximum(np.random.default_rng(seed).poisson(mean, len(PERIODS)), 8)
    for place, count in (small or {}).items():
        counts[place] = count
    return pd.Series(counts, PERIODS, dtype=float)


SERIES = {
    ("North Vale", "helpline"): _some(1, mean=14, small={3: 2, 30: 6}),
    ("North Vale", "website"): _some(2, mean=60),
    ("South Vale", "helpline"): pd.Series([3.0 if place in (5, 17) else 0.0 for place in range(36)], PERIODS),
    ("South Vale", "website"): pd.Series([5.0 if place == 20 else 0.0 for place in range(36)], PERIODS),
    ("East Vale", "helpline"): _some(3, mean=25, small={12: 7}),
    ("East Vale", "website"): pd.Series([1.0 + place % 3 for place in range(36)], PERIODS),
}


def files_of(*rounds: ek.DisclosurePlan) -> list[dict[str, bytes]]:
    """What each round publishes of its counts."""
    return [
        {name: content for name, content in plan_files(plan).items() if not name.startswith("internal/")}
        for plan in rounds
    ]


def narrowed_by(
    *files: dict[str, bytes], series: dict[tuple[str, str], pd.Series] = SERIES, only: str = ""
) -> dict[str, object]:
    """What an attacker finds out who has the files of all rounds, of the counts as they are now."""
    attacker = subtraction.Attack(series)
    for one in files:
        attacker.learn(subtraction.facts(one))
    return dict(attacker.narrowed(() if only else subtraction.left_out_to_protect(files[-1]), only=only))


def test_nothing_is_narrowed_by_adding_up_and_subtracting() -> None:
    plan = ek.plan_disclosure(SERIES)
    assert {"small count", "protects another"} <= {entry.rule for entry in plan.log}
    assert narrowed_by(*files_of(plan)) == {}


def test_without_secondary_suppression_the_attack_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "protect", lambda table, profile, withheld=(): Protected(hidden=frozenset(withheld)))
    found = narrowed_by(*files_of(ek.plan_disclosure(SERIES)), only="South Vale")
    assert any(name.startswith("South Vale") for name in found)


def _region_file(**result: object) -> dict[str, bytes]:
    """A region's JSON with a path that tells nothing, and whatever else it says."""
    path: dict[str, list[object]] = {"period": [], "observed": []}
    stored = {
        "region": "North Vale",
        "launch": "2020-01",
        "results": [{"channel": "helpline", "path": path, "verdicts": [], "estimates": NOTHING, **result}],
    }
    return {"regions/north-vale.json": json.dumps(stored).encode()}


NOTHING = {"rate_ratio": {}, "cumulative_effect": {}}


def test_a_mean_of_exact_counts_would_be_found() -> None:
    """Two months on an exact mean: the one that is printed leaves little room for the other."""
    (files,) = files_of(ek.plan_disclosure(SERIES))
    mean = float(SERIES["North Vale", "helpline"]["2018-03":"2018-04"].mean())
    figures = {"before": float(f"{mean:.3g}"), "window_before": "2018-03 to 2018-04"}
    found = narrowed_by(files | _region_file(verdicts=[{"figures": figures}]), only="North Vale, helpline")
    assert "North Vale, helpline, 2018-04" in found


def test_a_mean_of_published_counts_adds_nothing() -> None:
    (files,) = files_of(ek.plan_disclosure(SERIES))
    counts = SERIES["North Vale", "website"]["2018-03":"2018-05"]
    figures = {"before": float(f"{(5 * (counts / 5).round()).mean():.3g}"), "window_before": "2018-03 to 2018-05"}
    attacker = subtraction.Attack(SERIES)
    attacker.learn(subtraction.facts(files | _region_file(verdicts=[{"figures": figures}])))
    assert not [fact for fact in attacker.used if fact.where.startswith("figure")]


def test_a_ratio_and_a_difference_of_a_short_window_would_be_found() -> None:
    """4 counted where 50 were expected: 0.08 times and 46 fewer can only be 4."""
    series = SERIES | {("North Vale", "helpline"): SERIES["North Vale", "helpline"].copy()}
    series["North Vale", "helpline"]["2020-07"] = 4.0
    (files,) = files_of(ek.plan_disclosure(series))
    window = ["2020-07", "2020-07"]
    estimates = {
        "rate_ratio": {"value": 0.08, "window": window},
        "cumulative_effect": {"value": -45.0, "window": window},
    }
    found = narrowed_by(files | _region_file(estimates=estimates), series=series, only="North Vale, helpline")
    assert found["North Vale, helpline, 2020-07"] == (4, 4)


def test_a_line_that_shows_exact_counts_would_be_found() -> None:
    """Whatever the axis: heights that are a straight function of the exact counts, and not of the printed ones."""
    exact = SERIES["North Vale", "website"].to_numpy()
    rounded = 5 * np.round(exact / 5)
    assert attack.is_drawn_from(np.round(300 - 1.7 * exact, 1), exact)
    assert not attack.is_drawn_from(np.round(300 - 1.7 * rounded, 1), exact)


# --- several rounds ---------------------------------------------------------------------------------------------------

YEARS = pd.period_range("2018-01", periods=48, freq="M")


def _nearly_empty_year(month: int, count: int) -> pd.Series:
    """Nobody in 2018 but for one month, many afterwards."""
    counts = pd.Series(np.random.default_rng(month).poisson(30, len(YEARS)) + 8.0, YEARS)
    counts["2018"] = 0.0
    counts[f"2018-{month:02d}"] = count
    return counts


ROUND = {("South Vale", "helpline"): _nearly_empty_year(4, 7), ("South Vale", "website"): _nearly_empty_year(9, 6)}
MONTHS = DisclosureSettings(totals=())
FIRST = ek.plan_disclosure(ROUND, DisclosureSettings(profile="default"))
YEARLY = replace(FIRST, levels={}, log=(), cells={("South Vale", "(all)", "2018"): 15})
"""The first round gave one figure: 13 to 17 in 2018, by both channels. Beside zeros that leaves 6 and more for each."""


def _open_to(*rounds: ek.DisclosurePlan) -> dict[str, object]:
    return narrowed_by(*files_of(*rounds), series=ROUND)


@pytest.mark.parametrize("internal", [True, False], ids=["plan kept", "published files alone"])
def test_the_last_of_three_rounds_reckons_with_the_first(tmp_path: Path, internal: bool) -> None:
    """Only the second is named, which gave no totals; the third has counts that were revised since the first."""
    second = ek.plan_disclosure(ROUND, MONTHS, previous=YEARLY)
    for name, content in plan_files(second).items():
        if internal or not name.startswith("internal/"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(content)
    revised = {key: counts.where(counts.index < pd.Period("2020-06", "M"), counts + 9) for key, counts in ROUND.items()}
    third = ek.plan_disclosure(revised, MONTHS, previous=read_previous(tmp_path))
    assert narrowed_by(*files_of(YEARLY, second, third), series=revised) == {}
    assert third.earlier["South Vale", "(all)", "2018"] == ((13, 17),)


def test_without_what_the_second_carries_on_the_third_would_give_a_count_away() -> None:
    second = ek.plan_disclosure(ROUND, MONTHS, previous=YEARLY)
    third = ek.plan_disclosure(ROUND, MONTHS, previous=replace(second, earlier={}, cells={}, log=()))
    assert "*, helpline, 2018-04" in _open_to(YEARLY, third)


def test_what_earlier_rounds_told_follows_from_what_they_published() -> None:
    """Whether a count was revised out of a range that was told must not show: the range is carried on all the same."""
    other = {key: counts.where(counts.index != pd.Period("2018-09", "M"), 60.0) for key, counts in ROUND.items()}
    plans = [ek.plan_disclosure(counts, MONTHS, previous=YEARLY) for counts in (ROUND, other)]
    assert plans[0].earlier == plans[1].earlier == {("South Vale", "(all)", "2018"): ((13, 17),)}


def test_a_round_for_internal_use_carries_on_what_was_published_before_it() -> None:
    second = ek.plan_disclosure(ROUND, DisclosureSettings(profile="internal"), previous=YEARLY)
    third = ek.plan_disclosure(ROUND, MONTHS, previous=ek.DisclosurePlan.from_json(second.to_json()))
    assert _open_to(YEARLY, third) == {}


def test_a_total_over_other_regions_than_before_is_not_given() -> None:
    """Two totals, one with a region more, would give that region's count."""
    counts = dict(SERIES)
    added = {("West Vale", channel): _nearly_empty_year(2, 3).loc["2018":"2020"] for channel in ("helpline", "website")}
    first = ek.plan_disclosure(counts)
    second = ek.plan_disclosure(counts | added, previous=first)
    third = ek.plan_disclosure(counts | added, previous=second)
    over = [address for address, value in first.cells.items() if address[0] == "(all)" and value is not None]
    assert over
    assert all(plan.cells[address] is None for plan in (second, third) for address in over)
    same = ek.plan_disclosure(counts, previous=first)
    assert {address for address in over if same.cells[address] is None} == set()


@pytest.mark.slow
@settings(max_examples=8, deadline=None, derandomize=True, phases=[Phase.generate])
@given(data=st.data())
def test_three_random_rounds_narrow_nothing_that_the_first_two_leave_open(data: st.DataObject) -> None:
    """Quarters of two regions and channels, revised between rounds, other totals each time; all files in one hand."""
    index = pd.period_range("2018", periods=8, freq="Q")
    keys = [(region, channel) for region in ("North Vale", "South Vale") for channel in ("helpline", "website")]
    plans: list[ek.DisclosurePlan] = []
    counts: dict[tuple[str, str], pd.Series] = {}
    for _ in range(3):
        for key in keys:
            if key not in counts or data.draw(st.booleans()):
                drawn = data.draw(st.lists(st.sampled_from([0, 2, 5, 9, 14, 31]), min_size=8, max_size=8))
                counts[key] = pd.Series(drawn, index, dtype=float)
        chosen = data.draw(st.sets(st.sampled_from(["years", "channels", "regions"])))
        asked = DisclosureSettings(totals=tuple(sorted(chosen)))
        plans.append(ek.plan_disclosure(dict(counts), asked, previous=plans[-1] if plans else None))
    before, after = subtraction.Attack(counts), subtraction.Attack(counts)
    for one in files_of(*plans[:2]):
        before.learn(subtraction.facts(one))
    for one in files_of(*plans):
        after.learn(subtraction.facts(one))
    known = before.narrowed()
    for name, (low, high) in after.narrowed().items():
        assert name in known, (name, low, high)
        assert low <= max(1, known[name][0]), name
        assert high >= min(7, known[name][1]), name


# --- estimates --------------------------------------------------------------------------------------------------------


def released(counts: pd.Series, launch: str, model: str, claim: tuple[str, str] | None = None) -> dict[str, bytes]:
    """What is published of one series with an effect, and a claim about some of its months."""
    key = ("North Vale", "helpline")
    effect = ek.estimate_effect(
        counts, launch, model=model, harmonics=0, slope=False, second_opinion=False, region=key[0], channel=key[1]
    )
    verdicts = () if claim is None else (ek.check_claim(claim_about(*claim), effect),)
    report = report_of_effect(effect, verdicts)
    plan = ek.plan_disclosure({key: counts})
    (files,) = files_of(plan)
    return files | {"regions/north-vale.json": json.dumps(ek.control(report, plan).to_dict()).encode()}


def claim_about(first: str, last: str) -> ClaimRow:
    """That contacts doubled in some months against the year before."""
    days = [pd.Period(first, "M").start_time.date(), pd.Period(last, "M").end_time.date()]
    before = [day.replace(year=day.year - 1) for day in days]
    return ClaimRow(
        claim_id="C1",
        region="North Vale",
        channel="helpline",
        statistic_type=StatisticType.RATIO,
        value=2.0,
        period=Interval(start=days[0], end=days[1]),
        baseline=Interval(start=before[0], end=before[1]),
    )


def _many_with(small: dict[str, int], mean: float = 50) -> pd.Series:
    """Sixty months about a mean, with a few small counts among them."""
    index = pd.period_range("2016-01", periods=60, freq="M")
    counts = pd.Series(np.maximum(np.random.default_rng(8).poisson(mean, 60), 9.0), index)
    for period, count in small.items():
        counts[period] = count
    return counts


TELLING = [
    pytest.param({"2020-12": 5, "2020-11": 10}, "2020-11", "forecast", None, id="two months of a forecast"),
    pytest.param({"2019-08": 3}, "2019-06", "forecast", ("2019-08", "2019-08"), id="a claim about one month"),
]
SHORT = [
    *TELLING,
    pytest.param({"2020-12": 4, "2020-11": 9}, "2020-11", "segmented", None, id="two months of a regression"),
    pytest.param({"2020-12": 4}, "2020-10", "forecast", None, id="three months of a forecast"),
    pytest.param({"2020-01": 5}, "2020-02", "forecast", None, id="one month before the launch in its year"),
]


@pytest.mark.parametrize(("small", "launch", "model", "claim"), SHORT)
def test_estimates_narrow_nothing(
    small: dict[str, int], launch: str, model: str, claim: tuple[str, str] | None
) -> None:
    counts = _many_with(small)
    files = released(counts, launch, model, claim)
    assert narrowed_by(files, series={("North Vale", "helpline"): counts}) == {}


@pytest.mark.parametrize(("small", "launch", "model", "claim"), TELLING)
def test_estimates_over_any_window_would(
    small: dict[str, int],
    launch: str,
    model: str,
    claim: tuple[str, str] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Windows, "take", lambda *_: True)
    counts = _many_with(small)
    files = released(counts, launch, model, claim)
    assert any(next(iter(small)) in name for name in narrowed_by(files, series={("North Vale", "helpline"): counts}))


@pytest.mark.slow
@settings(max_examples=25, deadline=None, derandomize=True, phases=[Phase.generate])
@given(data=st.data())
def test_estimates_of_random_series_narrow_nothing(data: st.DataObject) -> None:
    small = data.draw(
        st.dictionaries(
            st.sampled_from([f"{year}-{month:02d}" for year in (2019, 2020) for month in range(1, 13)]),
            st.integers(1, 7),
            min_size=1,
            max_size=3,
        )
    )
    counts = _many_with(small, mean=data.draw(st.sampled_from([14, 30, 60])))
    launch = data.draw(st.sampled_from(["2019-03", "2019-12", "2020-02", "2020-07", "2020-10"]))
    month = data.draw(st.integers(pd.Period(launch, "M").month, 12))
    claim = (f"{launch[:4]}-{month:02d}", f"{launch[:4]}-{min(month + data.draw(st.integers(0, 3)), 12):02d}")
    files = released(counts, launch, data.draw(st.sampled_from(["forecast", "segmented", "latent"])), claim)
    assert narrowed_by(files, series={("North Vale", "helpline"): counts}) == {}
