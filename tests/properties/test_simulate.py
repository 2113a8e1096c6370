"""What may not change simulated contacts, and what must hold for any configuration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.simulate import Simulation, simulate_contacts, simulate_paths, simulate_series, simulation_files
from evalkit.simulate.process import stream

NAMES = ("Arbenfold", "Hexwold", "Ivenshire", "Kelderwold", "Oskerdale")

some = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def configuration(**changes: Any) -> dict[str, Any]:
    return {
        "title": "Small",
        "seed": 3,
        "start": "2018-01",
        "end": "2020-12",
        "reference": "2019-01",
        "reference_launch": "2019-06",
        "evaluation": {"title": "Small"},
        "channels": [
            {"channel": "website", "share": 0.9, "growth": 1.2, "sigma": 0.2, "rho": 0.4, "shared": 0.3},
            {"channel": "helpline", "share": 0.1, "sigma": 0.1},
        ],
        "campaigns": [{"campaign": "c", "title": "C", "kind": "modest", "launch": "2019-06", "level_ratio": 1.25}],
        "regions": [
            {"region": name, "contacts_per_year": 600.0, "population": 10**6, "campaign": "c"} for name in NAMES
        ],
        **changes,
    }


def counts(values: dict[str, Any]) -> dict[tuple[str, str], list[int]]:
    paths = simulate_paths(Simulation.model_validate(values))
    return {(path.region.region, path.channel.channel): path.counts.tolist() for path in paths}


@given(st.permutations(configuration()["regions"]), st.integers(1, 5))
@some
def test_a_series_depends_on_no_other_region(regions: list[dict[str, Any]], kept: int) -> None:
    everything = counts(configuration())
    part = counts(configuration(regions=regions[:kept]))
    assert part == {key: everything[key] for key in part}


def test_another_channel_changes_no_series() -> None:
    channels = configuration()["channels"]
    more = [channels[0] | {"share": 0.8}, channels[1], {"channel": "chat", "share": 0.1}]
    before, after = counts(configuration()), counts(configuration(channels=more))
    assert all(after[name, "helpline"] == before[name, "helpline"] for name in NAMES)


def test_a_campaign_changes_nothing_before_its_launch() -> None:
    without = configuration(campaigns=[configuration()["campaigns"][0] | {"level_ratio": 5.0}])
    before, after = counts(configuration()), counts(without)
    assert all(before[key][:17] == after[key][:17] for key in before)
    assert any(before[key][17:] != after[key][17:] for key in before)


def test_the_seed_changes_every_series() -> None:
    first, second = counts(configuration()), counts(configuration(seed=4))
    assert all(first[key] != second[key] for key in first)


def test_the_same_configuration_gives_the_same_bytes() -> None:
    config = Simulation.model_validate(configuration())
    assert simulation_files(config) == simulation_files(Simulation.model_validate(configuration()))


def test_streams_depend_on_every_name_and_its_place() -> None:
    draws = {stream(1, *names).random() for names in (("a", "b"), ("b", "a"), ("ab", ""), ("", "ab"), ("ab",))}
    assert len(draws) == 5


@given(
    seed=st.integers(0, 2**32),
    level=st.floats(0.1, 10),
    slope=st.floats(0.5, 2),
    halving=st.none() | st.floats(0.01, 100),
    rho=st.floats(-0.9, 0.95),
    sigma=st.floats(0, 1),
    window=st.integers(1, 40),
)
@some
def test_truth_holds_together(
    seed: int, level: float, slope: float, halving: float | None, rho: float, sigma: float, window: int
) -> None:
    campaign = configuration()["campaigns"][0] | {
        "level_ratio": level,
        "slope_ratio": slope,
        "halving_months": halving,
    }
    channels = [{"channel": "website", "share": 1.0, "sigma": sigma, "rho": rho}]
    values = configuration(seed=seed, campaigns=[campaign], channels=channels, window_months=window)
    simulated = simulate_contacts(Simulation.model_validate(values))
    frame, truth = simulated.contacts.frame, simulated.truth
    assert frame["contacts"].ge(0).all()
    assert frame["contacts"].eq(frame["contacts"].round()).all()
    assert truth["window_end"].le("2020-12").all()
    # Six decimals are kept, of which a ratio of small sums loses some.
    assert truth["cumulative_effect"].to_numpy() == pytest.approx(
        (truth["expected_with"] - truth["expected_without"]).to_numpy(), abs=2e-6
    )
    assert truth["rate_ratio"].to_numpy() == pytest.approx(
        (truth["expected_with"] / truth["expected_without"]).to_numpy(), rel=1e-4
    )
    if window == 1:
        assert truth["rate_ratio"].to_numpy() == pytest.approx(level, abs=1e-6)


@given(n=st.integers(2, 200), seed=st.integers(0, 2**32), mean=st.floats(0.01, 1e4), rho=st.floats(-0.9, 0.95))
@some
def test_one_series_is_complete_and_whole(n: int, seed: int, mean: float, rho: float) -> None:
    series = simulate_series(np.random.default_rng(seed), n=n, mean=mean, rho=rho)
    assert len(series) == n
    assert series.ge(0).all()
    assert series.eq(series.round()).all()
    again = simulate_series(np.random.default_rng(seed), n=n, mean=mean, rho=rho)
    assert series.equals(again)
