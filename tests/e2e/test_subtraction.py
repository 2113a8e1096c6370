"""Adding up and subtracting what is published narrows no protected count; and the attack is one that can succeed."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import evalkit as ek
from e2e import attack, subtraction
from evalkit.batch.disclosure import plan_files
from evalkit.report.disclosure import plan as planning
from evalkit.report.disclosure.secondary import Protected

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
    found = narrowed_by(*files_of(ek.plan_disclosure(SERIES)))
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
