"""The simulator does what its configuration says, and the bundled contacts are what it makes.

Tolerances are five Monte-Carlo standard errors of the quantity, worked out beside each test; seeds are fixed, so a
failure is a change of the simulator, not chance.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.contacts import read_contacts
from evalkit.registers import read_campaigns, read_claims, read_events
from evalkit.simulate import Simulated, Simulation, load_simulation, simulate_contacts, simulation_files, stationary_ar1

SE = 5.0


@pytest.fixture(scope="session")
def demo(root: Path) -> Path:
    return root / "data" / "demo"


@pytest.fixture(scope="session")
def made(demo: Path) -> Simulated:
    return simulate_contacts(load_simulation(demo))


# --- the bundled folder ----------------------------------------------------------------------------------------------


def test_the_bundled_folder_is_made_from_its_configuration_byte_for_byte(demo: Path) -> None:
    made = simulation_files(load_simulation(demo))
    stored = {path.name: path.read_bytes() for path in demo.iterdir() if path.is_file()}
    assert sorted(stored) == sorted(made)
    assert [name for name in made if made[name] != stored[name]] == []


def test_the_bundled_registers_read_without_a_problem(demo: Path) -> None:
    contacts = read_contacts(demo / "contacts.csv")
    assert contacts.simulated
    assert [note.code for note in contacts.notes] == ["gap", "gap"]
    campaigns = read_campaigns(demo / "campaigns.csv", regions=contacts.regions)
    assert len(contacts.regions) - len(campaigns) == 12
    assert len({row.launch.iso for row in campaigns}) == 6
    assert len(read_events(demo / "events.csv", regions=contacts.regions)) == 7
    assert len(read_claims(demo / "claims.csv", regions=contacts.regions)) == 21


def test_the_bundled_contacts_look_like_the_real_ones(made: Simulated) -> None:
    frame = made.contacts.frame
    year = frame["period"].dt.year
    by_region = frame[year == 2018].groupby("region")["contacts"].sum()
    # Sizes are set from 200 to 5,000 in 2018; the campaigns of that year and chance move them by up to 40 %.
    assert by_region.min() > 150
    assert by_region.max() < 7000
    share = frame[frame["channel"] == "website"]["contacts"].sum() / frame["contacts"].sum()
    assert share == pytest.approx(0.9, abs=0.04)
    comparison = made.truth.loc[made.truth["kind"] == "comparison", "region"]
    totals = frame[frame["region"].isin(comparison)].groupby(year)["contacts"].sum()
    assert (totals[2023] / totals[2015]) ** (1 / 8) == pytest.approx(1.18, abs=0.03)


def test_the_bundled_truth_has_every_kind(made: Simulated) -> None:
    website = made.truth[made.truth["channel"] == "website"].set_index("kind")
    # Ratios of expectations without slope or fading are exact; six decimals are written.
    assert website.loc["none", "rate_ratio"].tolist() == pytest.approx([1.0] * 5, abs=1e-6)
    assert website.loc["threefold", "rate_ratio"].tolist() == pytest.approx([3.0] * 5, abs=1e-6)
    assert website.loc["threefold before and after", "rate_ratio"].tolist() == pytest.approx([1.6] * 6, abs=1e-6)
    assert website.loc["threefold before and after", "before_after_ratio"].mean() == pytest.approx(3.0, abs=0.1)
    assert website.loc["modest", "rate_ratio"].between(1.2, 1.3).all()
    assert website.loc["fading", "level_ratio"].eq(2.0).all()
    assert website.loc["fading", "rate_ratio"].between(1.2, 1.3).all()
    assert website.loc["comparison", "cumulative_effect"].eq(0.0).all()


def test_counts_scatter_about_their_expectation_as_poisson_counts_do(made: Simulated) -> None:
    excess = np.concatenate([(path.counts - path.with_campaign) / np.sqrt(path.with_campaign) for path in made.paths])
    n = excess.size
    assert abs(excess.mean()) < SE / np.sqrt(n)
    # The square of a standardised Poisson count has variance 2 + 1/mean, at most 3.2 here (means from 0.9 on).
    assert excess.var() == pytest.approx(1.0, abs=SE * np.sqrt(3.2 / n))


def test_counts_over_the_window_agree_with_the_truth(made: Simulated) -> None:
    counts = [
        path.counts[row.window_start : row.window_end].sum()
        for path, row in zip(made.paths, made.truth.itertuples(), strict=True)
    ]
    standardised = (np.array(counts) - made.truth["expected_with"]) / np.sqrt(made.truth["expected_with"])
    assert standardised.abs().max() < SE


# --- the process -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rho", [-0.2, 0.0, 0.5, 0.9])
def test_the_fluctuation_has_the_stated_spread_and_correlation(rho: float) -> None:
    n, sigma = 200_000, 0.3
    u = stationary_ar1(np.random.default_rng(11), n, rho=rho, sigma=sigma)
    lags = np.array([np.mean(u[lag:] * u[: n - lag]) / np.mean(u**2) for lag in (1, 2, 3)])
    spread = sigma * np.sqrt((1 + rho**2) / (1 - rho**2) / (2 * n))  # standard error of an AR(1) standard deviation
    assert u.std() == pytest.approx(sigma, abs=SE * spread)
    assert abs(u.mean()) < SE * sigma * np.sqrt((1 + rho) / (1 - rho) / n)
    # Bartlett's bound of the standard error of an autocorrelation is √((1 + ρ²)/(1 − ρ²)/n).
    assert lags == pytest.approx([rho, rho**2, rho**3], abs=SE * np.sqrt((1 + rho**2) / (1 - rho**2) / n))


def test_the_fluctuation_starts_stationary() -> None:
    first = np.array(
        [stationary_ar1(np.random.default_rng(seed), 3, rho=0.8, sigma=0.3)[[0, 2]] for seed in range(4000)]
    )
    # The standard error of a standard deviation from 4,000 draws is 0.3/√8000.
    assert first.std(axis=0) == pytest.approx([0.3, 0.3], abs=SE * 0.3 / np.sqrt(8000))


REPLICATES = 400


@pytest.fixture(scope="module")
def replicates() -> Simulated:
    """Many regions of one size with growth, season and fluctuation, no campaign."""
    config = Simulation.model_validate(
        {
            "title": "Replicates",
            "seed": 5,
            "start": "2015-01",
            "end": "2022-12",
            "reference": "2019-01",
            "reference_launch": "2019-01",
            "evaluation": {"title": "Replicates"},
            "channels": [
                {
                    "channel": "website",
                    "share": 1.0,
                    "growth": 1.18,
                    "sigma": 0.25,
                    "rho": 0.5,
                    "season": [{"cycles": 1, "amplitude": 0.2, "peak": 1.0}],
                }
            ],
            "regions": [
                {"region": f"Region {number}", "contacts_per_year": 1200.0, "population": 10**6}
                for number in range(REPLICATES)
            ],
        }
    )
    return simulate_contacts(config)


def test_mean_growth_season_and_dispersion_are_those_of_the_configuration(replicates: Simulated) -> None:
    wide = replicates.contacts.wide("website").to_numpy()
    month = np.arange(96)
    expected = 100 * 1.18 ** ((month - 48) / 12) * np.exp(0.2 * np.cos(2 * np.pi * month / 12))
    variance = expected + expected**2 * (np.exp(0.25**2) - 1)
    # Mean over regions, month by month: 96 comparisons, so five standard errors leave a chance of 1 in 20,000.
    assert (np.abs(wide.mean(axis=1) - expected) < SE * np.sqrt(variance / REPLICATES)).all()
    growth = np.exp(12 * np.polyfit(month, np.log(wide.mean(axis=1)) - 0.2 * np.cos(2 * np.pi * month / 12), 1)[0])
    assert growth == pytest.approx(1.18, abs=0.005)
    # 400 correlated series of 96 months give the variance to about 1 %; 5 % is five of that.
    assert (wide.var(axis=1, ddof=1) / variance).mean() == pytest.approx(1.0, abs=0.05)


def test_autocorrelation_of_counts_is_that_of_the_fluctuation(replicates: Simulated) -> None:
    u = np.column_stack([path.fluctuation for path in replicates.paths])
    pairs = np.corrcoef(u[1:].ravel(), u[:-1].ravel())[0, 1]
    # 38,000 pairs with correlation 0.5: the standard error is √(1.25/0.75/38,000) = 0.007.
    assert pairs == pytest.approx(0.5, abs=SE * 0.007)
    assert u.std() == pytest.approx(0.25, rel=SE * 0.005)


def test_a_shared_fluctuation_is_shared_as_far_as_stated() -> None:
    config = Simulation.model_validate(
        {
            "title": "Shared",
            "seed": 8,
            "start": "1900-01",
            "end": "2019-12",
            "reference": "1960-01",
            "reference_launch": "1960-01",
            "evaluation": {"title": "Shared"},
            "channels": [{"channel": "website", "share": 1.0, "sigma": 0.3, "rho": 0.4, "shared": 0.36}],
            "regions": [
                {"region": name, "contacts_per_year": 1200.0, "population": 10**6} for name in ("Arbenfold", "Hexwold")
            ],
        }
    )
    first, second = (path.fluctuation for path in simulate_contacts(config).paths)
    # 1,440 months worth 1,440·(1 − 0.16)/(1 + 0.16) = 1,043 independent ones: standard error (1 − 0.36²)/√1043 = 0.027.
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0.36, abs=SE * 0.027)
    assert pd.concat([first, second]).std() == pytest.approx(0.3, abs=SE * 0.3 / np.sqrt(2 * 1043))
