"""Simulated contacts: the configuration, the known effect, the truth and the folder they are written to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from evalkit.contacts import read_contacts
from evalkit.errors import SimulationError, UsageError
from evalkit.evaluation import load_evaluation
from evalkit.registers import read_campaigns, read_claims, read_events
from evalkit.simulate import (
    ClaimSettings,
    Simulation,
    load_simulation,
    simulate_contacts,
    simulate_series,
    simulation_files,
    stationary_ar1,
    write_simulation,
)
from evalkit.simulate.process import fading_factor
from evalkit.simulate.sentences import claim_text, stated
from evalkit.simulate.toml import to_toml

# Without growth, season and fluctuation every expectation is known by hand: 100 contacts a month, 90 and 10.
PLAIN: dict[str, Any] = {
    "title": "Plain",
    "seed": 1,
    "start": "2018-01",
    "end": "2021-12",
    "reference": "2018-01",
    "window_months": 12,
    "reference_launch": "2020-01",
    "evaluation": {"title": "Plain"},
    "channels": [{"channel": "website", "share": 0.9}, {"channel": "helpline", "share": 0.1}],
    "campaigns": [
        {"campaign": "triple", "title": "T", "kind": "threefold", "launch": "2020-01", "level_ratio": 3.0},
        {
            "campaign": "fade",
            "title": "F",
            "kind": "fading",
            "launch": "2020-01",
            "level_ratio": 2.0,
            "halving_months": 4.0,
            "channels": ["website"],
            "before": ["2018-01", "2018-12"],
            "after": ["2020-01", "2020-01"],
        },
    ],
    "events": [{"event": "step", "title": "S", "start": "2019-01", "ratio": 1.5, "regions": ["Hexwold"]}],
    "gaps": [{"region": "Hexwold", "start": "2020-03", "end": "2020-04", "channels": ["helpline"]}],
    "regions": [
        {"region": "Arbenfold", "contacts_per_year": 1200.0, "population": 100000, "campaign": "triple"},
        {"region": "Hexwold", "contacts_per_year": 1200.0, "population": 100000, "campaign": "fade"},
        {"region": "Ivenshire", "contacts_per_year": 1200.0, "population": 100000},
    ],
    "claims": [
        {
            "claim": "C1",
            "region": "Arbenfold",
            "channel": "website",
            "statistic_type": "ratio",
            "period": ["2020-01", "2020-12"],
            "baseline": ["2019-01", "2019-12"],
            "baseline_published": True,
        },
        {
            "claim": "C2",
            "region": "Ivenshire",
            "channel": "chat",
            "statistic_type": "count",
            "value": 12,
            "period": ["2020-01", "2020-12"],
        },
    ],
}


@pytest.fixture(scope="module")
def plain() -> Simulation:
    return Simulation.model_validate(PLAIN)


@pytest.fixture(scope="module")
def truth(plain: Simulation) -> pd.DataFrame:
    return simulate_contacts(plain).truth.set_index(["region", "channel"])


# --- configuration ---------------------------------------------------------------------------------------------------


def test_a_configuration_survives_toml(plain: Simulation, tmp_path: Path) -> None:
    (tmp_path / "simulation.toml").write_text(to_toml(plain, title="Plain"), encoding="utf-8")
    assert load_simulation(tmp_path) == plain


def test_unknown_keys_and_wrong_values_come_together(tmp_path: Path) -> None:
    text = to_toml(Simulation.model_validate(PLAIN), title="Plain")
    text = text.replace("window_months = 12", "window_month = 12").replace("share = 0.9", 'share = "most"')
    text = text.replace('start = "2018-01"', 'start = "January 2018"').replace('"ratio"', '"ration"')
    (tmp_path / "simulation.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SimulationError) as caught:
        load_simulation(tmp_path)
    message = str(caught.value)
    assert "Unknown key 'window_month'. Did you mean 'window_months'?" in message
    assert "channels[1].share is 'most' (text); allowed: a number." in message
    assert "start is 'January 2018' (text); allowed: a month written YYYY-MM." in message
    assert "claims[1].statistic_type is 'ration' (text)" in message
    assert "Did you mean 'ratio'?" in message


@pytest.mark.parametrize(
    ("change", "fragment"),
    [
        ({"end": "2017-12"}, "end 2017-12 is before start 2018-01"),
        ({"channels": [{"channel": "website", "share": 0.5}]}, "the shares of the channels sum to 0.5"),
        ({"reference_launch": "2018-01"}, "reference_launch 2018-01 must be after 2018-01"),
        ({"gaps": [{"region": "Hexwald", "start": "2020-03", "end": "2020-04"}]}, "did you mean 'Hexwold'?"),
        ({"gaps": [{"region": "Hexwold", "start": "2020-03", "end": "2020-02"}]}, "2020-02 is before 2020-03"),
        ({"regions": [*PLAIN["regions"], PLAIN["regions"][0]]}, "region 'Arbenfold' is there 2 times"),
        ({"campaigns": PLAIN["campaigns"][:1]}, "campaign 'fade' is not in this configuration"),
        ({"claims": [{**PLAIN["claims"][0], "baseline": None}]}, "a ratio or percent_change has one"),
        (
            {"claims": [{**PLAIN["claims"][0], "baseline": ["2017-01", "2017-12"]}]},
            "its months must lie between 2018-01 and 2021-12",
        ),
    ],
)
def test_contradictions_are_named(change: dict[str, Any], fragment: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Simulation.model_validate({**PLAIN, **change})
    assert fragment in str(caught.value)


def test_a_configuration_cannot_be_changed(plain: Simulation) -> None:
    with pytest.raises(ValidationError):
        plain.seed = 2  # type: ignore[misc]


# --- the known effect ------------------------------------------------------------------------------------------------


def test_a_fading_effect_starts_at_two_and_its_excess_halves_every_four_months() -> None:
    factor = fading_factor(np.array([0.0, 4.0, 8.0]), ratio=2.0, halving_months=4.0)
    assert factor.tolist() == [2.0, 1.5, 1.25]


def test_a_slope_is_a_ratio_per_year() -> None:
    factor = fading_factor(np.array([0.0, 12.0, 24.0]), ratio=3.0, halving_months=None, slope_ratio=1.1)
    assert factor == pytest.approx([3.0, 3.3, 3.63], rel=1e-12)


def test_truth_of_a_lasting_effect(truth: pd.DataFrame) -> None:
    row = truth.loc[("Arbenfold", "website")]
    assert (row.launch, row.window_start, row.window_end) == ("2020-01", "2020-01", "2020-12")
    assert (row.expected_without, row.expected_with) == pytest.approx((90 * 12, 270 * 12), rel=1e-9)
    assert (row.rate_ratio, row.cumulative_effect) == pytest.approx((3.0, 180 * 12), rel=1e-9)
    assert row.before_after_ratio == pytest.approx(3.0, rel=1e-9)


def test_truth_of_a_fading_effect_on_one_channel_after_an_event(truth: pd.DataFrame) -> None:
    website, helpline = truth.loc[("Hexwold", "website")], truth.loc[("Hexwold", "helpline")]
    excess = sum(2 ** (-month / 4) for month in range(12))
    assert website.cumulative_effect == pytest.approx(90 * 1.5 * excess, rel=1e-6)
    assert website.rate_ratio == pytest.approx(1 + excess / 12, rel=1e-6)
    assert website.before_after_ratio == pytest.approx(2 * 1.5, rel=1e-9)
    assert (helpline.kind, helpline.rate_ratio, helpline.cumulative_effect) == ("none", 1.0, 0.0)


def test_truth_of_a_comparison_region(truth: pd.DataFrame) -> None:
    row = truth.loc[("Ivenshire", "website")]
    assert (row.kind, row.campaign, row.launch, row.rate_ratio) == ("comparison", "", "2020-01", 1.0)


def test_a_campaign_ends_after_its_last_month() -> None:
    campaign = {**PLAIN["campaigns"][0], "end": "2020-06"}
    config = Simulation.model_validate({**PLAIN, "campaigns": [campaign, PLAIN["campaigns"][1]]})
    path = simulate_contacts(config).paths[0]
    ratio = path.with_campaign / path.without
    assert ratio["2020-01":"2020-06"].tolist() == pytest.approx([3.0] * 6)
    assert ratio["2020-07":].eq(1.0).all()
    assert ratio[:"2019-12"].eq(1.0).all()


def test_gaps_are_missing_rows_not_zeros(plain: Simulation) -> None:
    contacts = simulate_contacts(plain).contacts
    helpline = contacts.series("Hexwold", "helpline")
    assert helpline.isna().sum() == 2
    assert helpline[["2020-03", "2020-04"]].isna().all()
    assert contacts.series("Hexwold", "website").notna().all()


def test_contacts_say_that_they_are_simulated(plain: Simulation) -> None:
    simulated = simulate_contacts(plain)
    assert simulated.contacts.simulated is True
    assert simulated.metadata["simulated"] is True


# --- one series ------------------------------------------------------------------------------------------------------


def test_one_series_has_counts_on_months() -> None:
    series = simulate_series(np.random.default_rng(1), n=24, start="2019-03")
    assert series.name == "contacts"
    assert str(series.index[0]) == "2019-03"
    assert len(series) == 24
    assert series.dtype == np.float64
    assert series.eq(series.round()).all()


def test_one_series_has_the_effect_asked_for() -> None:
    series = simulate_series(
        np.random.default_rng(1), n=48, mean=10_000, sigma=0, level_ratio=3, slope_ratio=1.2, launch="2017-01"
    )
    # Poisson sd of a mean of 12 months at 10,000 a month is 29: 1 % is more than three of them.
    assert series["2016-01":"2016-12"].mean() == pytest.approx(10_000, rel=0.01)
    assert series["2017-01":"2017-01"].mean() == pytest.approx(30_000, rel=0.03)
    assert series["2018-01":"2018-01"].mean() == pytest.approx(36_000, rel=0.03)


@pytest.mark.parametrize(
    ("arguments", "fragment"),
    [
        ({"mean": 0}, "mean is 0; it must be a finite number above 0."),
        ({"level_ratio": -1}, "level_ratio is -1"),
        ({"rho": 1}, "rho is 1; a stationary process needs a correlation above -1 and below 1."),
        ({"sigma": -0.1}, "sigma is -0.1"),
        ({"n": 1}, "n is 1"),
        ({"launch": "2031-01"}, "The launch 2031-01 is outside the series, 2015-01 to 2020-12."),
    ],
)
def test_one_series_refuses_what_cannot_be(arguments: dict[str, Any], fragment: str) -> None:
    with pytest.raises(UsageError) as caught:
        simulate_series(np.random.default_rng(1), **arguments)
    assert fragment in str(caught.value)


def test_the_fluctuation_vanishes_without_spread() -> None:
    assert stationary_ar1(np.random.default_rng(1), 5, rho=0.5, sigma=0.0).tolist() == [0.0] * 5


# --- claims ----------------------------------------------------------------------------------------------------------


def claim(**changes: Any) -> ClaimSettings:
    return ClaimSettings.model_validate({**PLAIN["claims"][0], **changes})


@pytest.mark.parametrize(
    ("changes", "counted", "expected"),
    [
        ({}, 2.96, 3.0),
        ({"qualifier": "more than"}, 2.96, 2.9),
        ({"qualifier": "almost"}, 2.91, 3.0),
        ({"inflation": 2.0}, 1.5, 3.0),
        ({"statistic_type": "percent_change"}, 28.4, 28),
        ({"statistic_type": "percent_change", "inflation": 1.5}, 20.0, 80),
        ({"statistic_type": "count", "baseline": None, "inflation": 1.3}, 100, 130),
        ({"value": 2.5}, None, 2.5),
    ],
)
def test_figures_are_rounded_as_a_publisher_would(
    changes: dict[str, Any], counted: float | None, expected: float
) -> None:
    assert stated(claim(**changes), counted) == pytest.approx(expected)


def test_a_claim_without_anything_to_compare_with_needs_a_value() -> None:
    with pytest.raises(UsageError, match="Give the claim a value, or another baseline"):
        stated(claim(), None)


@pytest.mark.parametrize(
    ("changes", "figure", "sentence"),
    [
        (
            {"qualifier": "around"},
            3.0,
            "Since the campaign began, contacts from {} were around 3 times as many in 2020 as in 2019.",
        ),
        (
            {"statistic_type": "percent_change", "attributed": False, "period": ["2020-03", "2020-05"]},
            -12.0,
            "Contacts from {} were 12 per cent lower in March 2020 to May 2020 than in 2019.",
        ),
        (
            {"statistic_type": "count", "baseline": None, "attributed": False, "period": ["2020-03", "2020-03"]},
            1234.0,
            "Contacts from {} numbered 1,234 in March 2020.",
        ),
    ],
)
def test_claims_are_sentences(changes: dict[str, Any], figure: float, sentence: str) -> None:
    assert claim_text(claim(**changes), figure) == sentence.format("Arbenfold through the website")


# --- the folder ------------------------------------------------------------------------------------------------------


def test_a_written_folder_can_be_evaluated(plain: Simulation, tmp_path: Path) -> None:
    write_simulation(plain, tmp_path / "made")
    evaluation = load_evaluation(tmp_path / "made")
    assert evaluation.reference_launch == "2020-01"
    contacts = read_contacts(evaluation.contacts)
    assert contacts.simulated is True
    assert contacts.content_hash == simulate_contacts(plain).contacts.content_hash
    campaigns = read_campaigns(evaluation.campaigns, regions=contacts.regions)
    assert {(row.campaign, row.regions, row.launch.iso) for row in campaigns} == {
        ("triple", ("Arbenfold",), "2020-01"),
        ("fade", ("Hexwold",), "2020-01"),
    }
    assert evaluation.events is not None
    assert [row.regions for row in read_events(evaluation.events, regions=contacts.regions)] == [("Hexwold",)]
    assert evaluation.claims is not None
    first, second = read_claims(evaluation.claims, regions=contacts.regions)
    assert first.baseline_value == contacts.series("Arbenfold", "website")["2019-01":"2019-12"].sum()
    assert str(first.period) == "2020-01-01 to 2020-12-31"
    assert (second.channel, second.value, second.baseline) == ("chat", 12.0, None)


def test_every_row_and_the_metadata_carry_the_flag(plain: Simulation) -> None:
    files = simulation_files(plain)
    rows = files["contacts.csv"].decode().splitlines()
    assert rows[0] == "region,channel,period,contacts,exposure,simulated"
    assert all(row.endswith(",true") for row in rows[1:])
    metadata = json.loads(files["contacts.metadata.json"])
    assert metadata["simulated"] is True
    assert metadata["unit"] == "contacts"
    assert metadata["seed"] == plain.seed
    assert metadata["configuration_sha256"] == plain.content_hash


def test_written_files_are_replaced_only_by_their_own_kind(plain: Simulation, tmp_path: Path) -> None:
    paths = write_simulation(plain, tmp_path)
    before = {path.name: path.read_bytes() for path in paths}
    another = Simulation.model_validate({**PLAIN, "seed": 2})
    write_simulation(another, tmp_path)
    assert (tmp_path / "contacts.csv").read_bytes() != before["contacts.csv"]
    write_simulation(plain, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_with_other_files_is_left_alone(plain: Simulation, tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").write_text("region,channel,period,contacts\n")
    with pytest.raises(UsageError, match=r"holds contacts\.csv, which no earlier simulation wrote"):
        write_simulation(plain, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["contacts.csv"]
    write_simulation(plain, tmp_path, overwrite=True)
    assert read_contacts(tmp_path / "contacts.csv").simulated


def test_a_file_changed_by_hand_is_left_alone(plain: Simulation, tmp_path: Path) -> None:
    write_simulation(plain, tmp_path)
    with (tmp_path / "claims.csv").open("a") as file:
        file.write("\n")
    with pytest.raises(UsageError, match=r"claims\.csv"):
        write_simulation(plain, tmp_path)


def test_the_configuration_may_lie_in_the_folder(plain: Simulation, tmp_path: Path) -> None:
    text = "# my own remark\n" + to_toml(plain, title="Plain")
    (tmp_path / "simulation.toml").write_text(text, encoding="utf-8")
    write_simulation(load_simulation(tmp_path), tmp_path)
    assert (tmp_path / "evaluation.toml").is_file()


def test_a_file_in_the_place_of_the_folder(plain: Simulation, tmp_path: Path) -> None:
    (tmp_path / "made").write_text("")
    with pytest.raises(UsageError, match="is a file; a simulation is written into a folder"):
        write_simulation(plain, tmp_path / "made")


# --- the bundled evaluation ------------------------------------------------------------------------------------------


def test_fictional_regions_are_in_no_published_register(root: Path) -> None:
    regions = {region.region.casefold() for region in load_simulation(root / "data" / "demo").regions}
    published = " ".join(
        path.read_text(encoding="utf-8").casefold() for path in (root / "data" / "published").glob("*.csv")
    )
    assert len(regions) == 45
    assert not [name for name in regions if name in published]
