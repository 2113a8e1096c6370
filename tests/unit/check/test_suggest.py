"""Which designs the data allow: on the demonstration, and on small data made for each rule."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evalkit as ek
from evalkit.check.suggest import Suggestion, Suggestions, suggest_design
from evalkit.check.suggest.suggestions import DONORS
from evalkit.contacts import Contacts, read_table
from evalkit.effect import Effect
from evalkit.errors import UsageError
from evalkit.registers import Campaign, Event, ImpreciseDate, read_campaigns, read_events
from evalkit.vocab import DatePrecision

DEMO = Path(__file__).resolve().parents[3] / "data" / "demo"
ORDER = ["synthetic", "controlled", "pooled", "single region", "forecast", "before and after"]


def month(text: str, precision: DatePrecision = DatePrecision.MONTH) -> ImpreciseDate:
    day = dt.date.fromisoformat(f"{text}-01")
    last = dt.date(day.year, 12, 31) if precision is DatePrecision.YEAR else day
    return ImpreciseDate(start=day, end=last, precision=precision, text=text)


def campaign(region: str, launch: str, name: str = "c", precision: DatePrecision = DatePrecision.MONTH) -> Campaign:
    return Campaign(campaign=name, regions=(region,), launch=month(launch, precision))


def counts(
    seed: int, months: int = 60, *, level: float = 40.0, growth: float = 0.0, ratio: float = 1.0, launch: int = 36
) -> np.ndarray:
    time = np.arange(months)
    expected = level * np.exp(growth * time / 12 + 0.15 * np.sin(2 * np.pi * time / 12))
    return np.random.default_rng(seed).poisson(expected * np.where(time < launch, 1, ratio)).astype(float)


def contacts_of(regions: dict[str, np.ndarray], channel: str = "helpline") -> Contacts:
    parts = [
        pd.DataFrame(
            {
                "region": name,
                "channel": channel,
                "period": pd.period_range("2016-01", periods=len(values), freq="M").astype(str),
                "contacts": values,
            }
        )
        for name, values in regions.items()
    ]
    return read_table(pd.concat(parts, ignore_index=True).dropna())


def others(number: int) -> dict[str, np.ndarray]:
    return {f"Other {k}": counts(100 + k) for k in range(number)}


TREATED = {"Kent": counts(1, ratio=1.8)}
KENT = campaign("Kent", "2019-01")


def ready(found: Suggestions) -> list[str]:
    return [item.design for item in found if item.ready]


def run(contacts: Contacts, item: Suggestion) -> object:
    return eval(item.call, {"ek": ek, "contacts": contacts})  # the call is text that a user would paste


@pytest.fixture(scope="module")
def demo() -> tuple[Contacts, tuple[Campaign, ...], tuple[Event, ...]]:
    return (
        ek.read_contacts(DEMO / "contacts.csv"),
        read_campaigns(DEMO / "campaigns.csv"),
        read_events(DEMO / "events.csv"),
    )


def test_a_treated_region_of_the_demonstration(demo) -> None:
    contacts, campaigns, events = demo
    own = next(row for row in campaigns if row.regions == ("Wathermere",))
    found = suggest_design(contacts, own, campaigns=campaigns, events=events, channel="helpline")
    assert [item.design for item in found] == ORDER
    assert [item.maryland for item in found] == [3, 3, 3, 2, 2, 1]
    assert found.best is not None
    assert found.best.design == "synthetic"
    assert len(found.best.controls) == 12
    assert found.left_out["Belmarrow"] == "had a campaign of its own (vale-2018, 2018-09)"
    assert found.simulated
    assert str(found).startswith("Simulated data")
    assert found.of("single region").kwargs["events"]["film-2017"] == ("2017-03", "2017-04")
    assert "relaunch-2019" not in found.of("single region").kwargs["events"]  # another channel


def test_a_comparison_region_of_the_demonstration_is_a_placebo(demo) -> None:
    contacts, campaigns, _ = demo
    found = suggest_design(contacts, ("Ashvarrow", "2018-11"), campaigns=campaigns)
    assert any("what follows is a placebo" in note for note in found.notes)
    assert found.channel == "helpline"
    assert "Ashvarrow" not in found.of("pooled").kwargs["launches"]
    assert len(found.of("controlled").controls) <= 11


def test_short_data_allow_arithmetic_only() -> None:
    contacts = contacts_of({name: values[:40] for name, values in ({**TREATED, **others(6)}).items()})
    early = campaign("Kent", "2016-07")
    found = suggest_design(contacts, early, campaigns=[early])
    assert ready(found) == ["before and after"]
    assert found.of("single region").reasons == ("6 months before launch; 12 are needed.",)
    assert "24 are needed" in found.of("synthetic").reasons[0]
    late = suggest_design(contacts, ("Kent", "2019-04"), campaigns=[])
    assert "1 months from the launch on; 2 are needed." in late.of("single region").reasons


def test_few_periods_after_launch_leave_the_slope_out() -> None:
    contacts = contacts_of({name: values[:39] for name, values in ({**TREATED, **others(2)}).items()})
    single = suggest_design(contacts, KENT, campaigns=[KENT]).of("single region")
    assert single.kwargs["slope"] is False
    assert "--no-slope" in single.command
    assert any("change of level only" in reason for reason in single.reasons)


def test_without_donors_one_region_is_left_to_itself() -> None:
    found = suggest_design(contacts_of(TREATED), KENT, campaigns=[KENT])
    assert ready(found) == ["single region", "forecast", "before and after"]
    assert found.of("controlled").reasons == ("No region is left to compare with.",)
    assert f"{DONORS} are needed" in found.of("synthetic").reasons[0]


@pytest.mark.parametrize(("number", "best"), [(1, "controlled"), (DONORS - 1, "controlled"), (DONORS, "synthetic")])
def test_the_number_of_regions_decides_between_controlled_and_synthetic(number: int, best: str) -> None:
    found = suggest_design(contacts_of({**TREATED, **others(number)}), KENT, campaigns=[KENT])
    assert found.best is not None
    assert found.best.design == best


def test_without_a_register_nothing_is_compared_with() -> None:
    contacts = contacts_of({**TREATED, **others(6)})
    found = suggest_design(contacts, ("Kent", "2019-01"))
    assert ready(found) == ["single region", "forecast", "before and after"]
    assert "No register of campaigns" in found.of("controlled").reasons[0]
    assert "controlled" in ready(suggest_design(contacts, ("Kent", "2019-01"), campaigns=[]))


def test_every_reason_why_a_region_cannot_be_compared_with() -> None:
    gap_before, gap_after = counts(2), counts(3)
    gap_before[:10] = np.nan
    gap_after[-10:] = np.nan
    contacts = contacts_of(
        {
            **TREATED,
            "Copy": TREATED["Kent"],
            "Begun": counts(4),
            "Undated": counts(5),
            "Later": counts(6),
            "Gap before": gap_before,
            "Gap after": gap_after,
            "Tiny": counts(7, level=0.3),
        }
    )
    undated = Campaign(
        campaign="u", regions=("Undated",), launch=ImpreciseDate(start=None, end=None, precision=DatePrecision.UNKNOWN)
    )
    register = [KENT, campaign("Begun", "2020-11"), undated, campaign("Later", "2021-03")]
    found = suggest_design(contacts, KENT, campaigns=register)
    assert found.of("controlled").controls == ("Later",)
    assert {name: reason.split(" (")[0][:30] for name, reason in found.left_out.items()} == {
        "Begun": "had a campaign of its own",
        "Copy": "the same counts as the region ",
        "Gap after": "counted in only 14 of 24 perio",
        "Gap before": "counted in only 26 of 36 perio",
        "Tiny": "0.2 contacts a period, too few",
        "Undated": "had a campaign of its own",
    }
    assert found.left_out["Gap before"].endswith("before the launch")


def test_a_trend_apart_bars_the_controlled_design_but_not_a_donor() -> None:
    growing = {f"Growing {k}": counts(200 + k, level=60, growth=0.4) for k in range(DONORS)}
    found = suggest_design(contacts_of({**TREATED, **growing}), KENT, campaigns=[KENT])
    assert "Trends before launch are apart in all 5 regions" in found.of("controlled").reasons[0]
    assert found.best is not None
    assert found.best.design == "synthetic"
    mixed = suggest_design(contacts_of({**TREATED, **growing, **others(1)}), KENT, campaigns=[KENT])
    assert mixed.of("controlled").controls == ("Other 0",)


def test_parallel_trends_are_seldom_called_apart() -> None:
    contacts = contacts_of({**TREATED, **others(40)})
    kept = suggest_design(contacts, KENT, campaigns=[KENT]).of("controlled").controls
    assert len(kept) >= 36  # at least 90 %: the 95 % interval has to leave out 0 and the trends be 10 % a year apart


def test_a_second_campaign_ends_the_window_and_an_earlier_one_is_told() -> None:
    contacts = contacts_of({**TREATED, **others(2)})
    second = campaign("Kent", "2020-01", "second")
    found = suggest_design(contacts, KENT, campaigns=[KENT, second])
    assert found.of("controlled").kwargs["end"] == "2019-12"
    assert found.of("single region").kwargs["end"] == "2019-12"
    assert "'2019-01':'2019-12'" in found.of("before and after").call
    assert any("second" in note for note in found.notes)
    after = suggest_design(contacts, second, campaigns=[KENT, second])
    assert "end" not in after.of("controlled").kwargs
    assert any("An earlier campaign (c) began in 2019-01" in note for note in after.notes)


def test_an_event_at_the_launch_is_told_and_gets_no_term() -> None:
    contacts = contacts_of({**TREATED, **others(1)})
    film = Event(event="film", title="A film", start=month("2019-01"), end=month("2019-02"))
    hours = Event(event="hours", title="Longer hours", start=month("2018-03"))
    before = Event(event="old", title="Before all data", start=month("2012-03"))
    found = suggest_design(contacts, KENT, campaigns=[KENT], events=[film, hours, before])
    assert found.of("single region").kwargs["events"] == {"hours": "2018-03"}
    assert any("A film began in the period of the launch" in note for note in found.notes)
    assert found.of("single region").command == ""  # the command line has no events


def test_staggered_launches_can_be_pooled() -> None:
    treated = {name: counts(k, ratio=1.5) for k, name in enumerate(("Kent", "Essex", "Surrey"))}
    register = [KENT, campaign("Essex", "2019-05"), campaign("Surrey", "2019-09")]
    alone = suggest_design(contacts_of(treated), KENT, campaigns=register).of("pooled")
    assert alone.ready
    assert alone.maryland == 2
    assert "comparisons" not in alone.kwargs
    beside = suggest_design(contacts_of({**treated, **others(3)}), KENT, campaigns=register).of("pooled")
    assert beside.maryland == 3
    assert beside.kwargs["comparisons"] == "not-yet-launched"
    few = suggest_design(contacts_of(treated), KENT, campaigns=register[:2]).of("pooled")
    assert few.reasons == ("2 regions with a campaign and enough data; 3 are needed.",)


@pytest.mark.parametrize("design", ["synthetic", "controlled", "single region", "forecast", "before and after"])
def test_the_call_of_every_ready_design_runs(design: str) -> None:
    contacts = contacts_of({**TREATED, **others(DONORS)})
    item = suggest_design(contacts, KENT, campaigns=[KENT]).of(design)
    assert item.ready
    made = run(contacts, item)
    if design == "before and after":
        assert made == pytest.approx(1.8, rel=0.1)  # no trend and no season between the two halves
    else:
        assert isinstance(made, Effect)
        assert made.estimable
        assert made.rate_ratio.lower < 1.8 < made.rate_ratio.upper


def test_the_pooled_call_runs() -> None:
    treated = {name: counts(k, ratio=1.5) for k, name in enumerate(("Kent", "Essex", "Surrey"))}
    register = [KENT, campaign("Essex", "2019-01", "d"), campaign("Surrey", "2019-01", "e")]
    contacts = contacts_of({**treated, **others(2)})
    item = suggest_design(contacts, KENT, campaigns=register).of("pooled")
    assert len(run(contacts, item).regions) == 3


def test_wrong_questions_are_refused_with_what_is_allowed() -> None:
    contacts = contacts_of({**TREATED, **others(1)})
    both = Campaign(campaign="b", regions=("Kent", "Other 0"), launch=month("2019-01"))
    cases = {
        "names 2 regions": both,
        "known only to the year": campaign("Kent", "2019-01", precision=DatePrecision.YEAR),
        "Did you mean 'Kent'": ("Kant", "2019-01"),
        "outside the contacts": ("Kent", "2031-01"),
    }
    for message, asked in cases.items():
        with pytest.raises(UsageError, match=message):
            suggest_design(contacts, asked, campaigns=[])
    with pytest.raises(UsageError, match="Unknown channel 'website'"):
        suggest_design(contacts, KENT, campaigns=[KENT], channel="website")


def test_order_of_rows_and_names_of_regions_change_nothing() -> None:
    regions = {**TREATED, **others(3)}
    first = suggest_design(contacts_of(regions), KENT, campaigns=[KENT])
    turned = suggest_design(contacts_of(dict(reversed(regions.items()))), KENT, campaigns=[KENT])
    assert first.to_dict() == turned.to_dict()


def test_plain_values_and_table() -> None:
    found = suggest_design(contacts_of({**TREATED, **others(1)}), KENT, campaigns=[KENT])
    plain = found.to_dict()
    assert plain["best"] == "controlled"
    assert [row["design"] for row in plain["suggestions"]] == ORDER == found.to_frame()["design"].tolist()
    assert "suggested" in str(found)
