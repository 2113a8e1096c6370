"""What one report is given of the plan of a run: enough to decide as the whole does, and nothing of other regions."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from evalkit.evaluation import DisclosureSettings
from evalkit.report.disclosure import DisclosurePlan, plan_disclosure
from evalkit.report.disclosure.table import ALL
from evalkit.report.disclosure.windows import Windows

INDEX = pd.period_range("2018-01", periods=36, freq="M")
REGIONS = ("North", "South", "West")


def counts_of(seed: int) -> dict[tuple[str, str], pd.Series]:
    random = np.random.default_rng(seed)
    return {
        (region, channel): pd.Series(random.poisson(random.choice([3, 9, 30, 60]), 36).astype(float), INDEX)
        for region in REGIONS
        for channel in ("helpline", "website")
    }


def whole(counts: dict[tuple[str, str], pd.Series], totals: tuple[str, ...] = ("years", "regions")) -> DisclosurePlan:
    return plan_disclosure(counts, DisclosureSettings(totals=totals))  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
def test_every_window_is_taken_or_not_as_by_the_whole_plan(seed: int) -> None:
    """Years that enter a published total over regions are held still: the part has to know which do."""
    counts = counts_of(seed)
    plan = whole(counts)
    for key in counts:
        part = DisclosurePlan.from_json(plan.part(key[0]).to_json())
        for first, last in combinations(INDEX[[2, 9, 14, 20, 27, 31]], 2):
            assert Windows(counts[key], part, key).take(first, last) is Windows(counts[key], plan, key).take(
                first, last
            )


def test_a_part_holds_nothing_of_other_regions_but_what_is_told_of_all_together() -> None:
    plan = whole(counts_of(0))
    part = plan.part("North")
    assert {region for region, _ in part.levels} == {"North"}
    assert {region for region, _, _ in part.cells} == {"North", ALL}
    assert {entry.region for entry in part.log} <= {"North", "all regions"}
    assert {key: part.cells[key] for key in part.cells} == {
        key: value for key, value in plan.cells.items() if key[0] in ("North", ALL)
    }


def test_a_part_of_a_part_is_the_same_and_has_the_same_hash() -> None:
    plan = whole(counts_of(0))
    part = plan.part("North")
    assert part.part("North").to_json() == part.to_json()
    assert part.part_hash("North") == plan.part_hash("North")
    assert plan.part("Nowhere").levels == {}
    assert plan.part_hash("Nowhere") != plan.part_hash("North")


def test_a_number_of_another_region_changes_no_hash_but_its_own() -> None:
    """Large numbers, so that every total is told before and after."""
    counts = {(region, "helpline"): pd.Series(60.0, INDEX) for region in REGIONS}
    before = whole(counts)
    counts["South", "helpline"] = counts["South", "helpline"] + 20
    after = whole(counts)
    assert before.part_hash("North") == after.part_hash("North")
    assert before.part_hash("South") != after.part_hash("South")


def test_a_total_that_is_no_longer_told_changes_the_hash_of_every_region() -> None:
    """It was held still before, and no longer is: another estimate may be published."""
    counts = {(region, "helpline"): pd.Series(60.0, INDEX) for region in REGIONS}
    assert whole(counts).part_hash("North") != whole(counts, ("years",)).part_hash("North")
