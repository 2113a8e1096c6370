"""Two rounds side by side: what counts as a change, what may be why, and how it is said."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

import evalkit as ek
from evalkit.effect import Estimate, Window
from evalkit.effect.path import default_sampling
from evalkit.report.disclosure.profiles import named_profile
from evalkit.report.rounds import Round, compare_rounds, difference_text
from evalkit.report.rounds.noise import moved

MANIFEST: dict[str, Any] = {
    "evaluation": {"title": "T", "fingerprint": "f", "settings": {"model": {"name": "latent", "harmonics": 2}}},
    "data_hash": "d",
    "code": {"version": "0.1.0", "hash": "c" * 64},
    "packages": {"numpy": "2.4.6"},
    "seed": 1,
    "disclosure": {"profile": "default", "plan_hash": "p"},
    "reports": [],
}


def estimate(value: float, lower: float, upper: float, unit: str = "rate ratio") -> dict[str, Any]:
    window = {"window": ["2019-05", "2019-06"], "periods": 2}
    return {"value": value, "lower": lower, "upper": upper, "unit": unit, "level": 0.95, **window}


def channel(
    ratio: dict[str, Any], *, name: str = "helpline", observed: tuple[Any, ...] = (40.0, 55.0)
) -> dict[str, Any]:
    return {
        "channel": name,
        "model": "latent",
        "model_label": "latent",
        "level": 0.95,
        "numerator": "expected",
        "n_pre": 40,
        "n_post": 8,
        "estimates": {
            "level_change": ratio,
            "slope_change": {"not_estimable": "the design has no slope", "remedy": ""},
            "rate_ratio": ratio,
            "cumulative_effect": estimate(40.0, 10.0, 70.0, "contacts"),
        },
        "second_opinion": None,
        "tail": 0.1,
        "checks": [],
        "quality": None,
        "verdicts": [
            {
                "kind": "supported",
                "statement": "contacts rose threefold",
                "claimed_ratio": 3.0,
                "reasons": [],
                "figures": {},
            }
        ],
        "warnings": [],
        "path": {"period": ["2019-05", "2019-06"][: len(observed)], "observed": list(observed)},
    }


def region(*channels: dict[str, Any], name: str = "Kent") -> dict[str, Any]:
    about = {"data_hash": "d", "evaluation_fingerprint": "f", "code_version": "0", "seed": 1, "issued": "2024-01-01"}
    return {
        "schema": 1,
        "title": "T",
        "commissioner": "",
        "region": name,
        "campaign": "C",
        "launch": "2019-05",
        "frequency": "M",
        "is_comparison": False,
        "simulated": True,
        "unit": "contacts",
        "results": list(channels),
        "provenance": about,
        "plan": None,
    }


def a_round(*regions: dict[str, Any], name: str = "q1", inputs: Any = None, **changes: Any) -> Round:
    reports = [{"region": one["region"], "status": "done"} for one in regions]
    manifest = {**copy.deepcopy(MANIFEST), "reports": reports, **changes}
    return Round(name=name, manifest=manifest, regions={one["region"]: one for one in regions}, inputs=inputs)


STEADY = region(channel(estimate(1.5, 1.1, 2.0)))


def test_a_round_beside_itself_is_the_same() -> None:
    found = compare_rounds(a_round(STEADY), a_round(copy.deepcopy(STEADY), name="q2"))
    assert found.same
    assert found.reasons == ()
    assert "0 regions changed, 1 did not." in difference_text(found)
    assert json.loads(json.dumps(found.to_dict()))["same"] is True


def test_a_revision_of_the_data_is_named_with_its_periods_and_what_it_changed() -> None:
    after = region(channel(estimate(0.9, 0.7, 1.2), observed=(30.0, 55.0)))
    found = compare_rounds(a_round(STEADY), a_round(after, name="q2", data_hash="e"))
    (kent,) = found.changed
    assert [(change.what, change.before, change.after) for change in kent.changes] == [
        ("finding", "higher", "no clear change"),
        ("rate ratio", "1.50 (1.10 to 2.00)", "0.90 (0.70 to 1.20)"),
        ("level change", "1.50 (1.10 to 2.00)", "0.90 (0.70 to 1.20)"),
    ]
    assert kent.reasons == ("contacts by helpline as published: 1 period revised (2019-05)",)
    assert not found.same


def test_with_the_internal_part_the_counts_themselves_are_compared() -> None:
    def inputs(hashed: str, **cells: str) -> dict[str, Any]:
        one = {"region": "Kent", "channel": "helpline", "hash": hashed, "cells": cells}
        return {"files": {"contacts": hashed, "events": "e"}, "series": {"Kent | helpline": one}}

    after = region(channel(estimate(0.9, 0.7, 1.2)))
    first = a_round(STEADY, inputs=inputs("1", **{"2019-05": "a", "2019-06": "b"}))
    revised = inputs("2", **{"2019-05": "a", "2019-06": "c", "2019-07": "d", "2019-08": "e"})
    found = compare_rounds(first, a_round(after, data_hash="e", inputs=revised))
    assert found.changed[0].reasons == (
        "contacts by helpline: 1 period revised (2019-06), 2 added (2019-07 to 2019-08)",
    )
    other = {"Essex | helpline": {"region": "Essex", "channel": "helpline", "hash": "3", "cells": {}}}
    beside = {**first.inputs, "series": {**first.inputs["series"], **other}}
    elsewhere = compare_rounds(first, a_round(after, data_hash="e", inputs=beside))
    assert elsewhere.changed[0].reasons == ("contacts: other regions revised, this one not",)
    other_events = {**inputs("1", **{"2019-05": "a", "2019-06": "b"}), "files": {"contacts": "1", "events": "f"}}
    assert compare_rounds(first, a_round(after, inputs=other_events)).reasons == ("registers: events",)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"code": {"version": "0.2.0", "hash": "d" * 64}},
            "code: evalkit 0.1.0 (cccccccccccc), then 0.2.0 (dddddddddddd)",
        ),
        ({"packages": {"numpy": "2.5.0"}}, "packages: numpy 2.4.6, then 2.5.0"),
        ({"seed": 2}, "seed: 1, then 2"),
        ({"disclosure": {"profile": "midpoint6", "plan_hash": "p"}}, "disclosure: profile default, then midpoint6"),
        (
            {"disclosure": {"profile": "default", "plan_hash": "q"}},
            "disclosure: published counts differ, or what",
        ),
        (
            {"evaluation": {"fingerprint": "g", "settings": {"model": {"name": "latent", "harmonics": 3}}}},
            "settings: model.harmonics 2, then 3",
        ),
        (
            {"evaluation": {"fingerprint": "g", "settings": MANIFEST["evaluation"]["settings"]}},
            "registers: a file of the evaluation other than the contacts",
        ),
    ],
)
def test_what_differs_for_all_regions_is_named(changes: dict[str, Any], reason: str) -> None:
    after = region(channel(estimate(3.5, 3.1, 4.0)))
    found = compare_rounds(a_round(STEADY), a_round(after, **changes))
    assert [one for one in found.reasons if one.startswith(reason)]
    assert found.changed[0].reasons == found.reasons


def test_a_change_that_nothing_explains_is_said_to_be_one() -> None:
    found = compare_rounds(a_round(STEADY), a_round(region(channel(estimate(3.5, 3.1, 4.0)))))
    assert found.changed[0].reasons == ("nothing that is recorded differs: the first round does not reproduce",)


def test_verdicts_new_channels_and_reasons_for_no_estimate_are_changes() -> None:
    after = copy.deepcopy(STEADY)
    after["results"][0]["verdicts"][0]["kind"] = "not supported"
    after["results"][0]["estimates"]["rate_ratio"] = {"not_estimable": "8 months before launch; needs at least 12"}
    after["results"].append(channel(estimate(1.5, 1.1, 2.0), name="website"))
    found = compare_rounds(a_round(STEADY), a_round(after, data_hash="e"))
    said = {(change.channel, change.what, change.after) for change in found.changed[0].changes}
    assert ("helpline", "verdict", "not supported") in said
    assert ("helpline", "rate ratio", "not estimable: 8 months before launch; needs at least 12") in said
    assert ("website", "finding", "higher") in said


def test_new_gone_and_failed_regions_are_listed() -> None:
    failed = {"reports": [{"region": "Kent", "status": "done"}, {"region": "Surrey", "status": "timed out"}]}
    first, second = a_round(STEADY, {**STEADY, "region": "Essex"}), a_round(STEADY, {**STEADY, "region": "Devon"})
    found = compare_rounds(first, second)
    assert (found.added, found.removed, found.failed) == (("Devon",), ("Essex",), ())
    assert compare_rounds(a_round(STEADY), a_round(STEADY, **failed)).failed == ("Surrey",)
    assert "New: Devon\nGone: Essex" in difference_text(found)


def test_the_text_names_region_change_and_reason_in_columns_that_line_up() -> None:
    after = region(channel(estimate(0.9, 0.7, 1.2), observed=(30.0, 55.0)))
    text = difference_text(compare_rounds(a_round(STEADY), a_round(after, name="q2", data_hash="e", seed=2)))
    assert text.splitlines()[:3] == ["q1, then q2", "What differs for all regions:", "  seed: 1, then 2"]
    assert "  helpline  rate ratio    1.50 (1.10 to 2.00)  0.90 (0.70 to 1.20)" in text
    assert "  may be why: contacts by helpline as published: 1 period revised (2019-05)" in text


# --- noise ------------------------------------------------------------------------------------------------------------


def made(value: float, lower: float, upper: float, unit: str = "rate ratio") -> Estimate:
    window = Window(start=None, end=None, periods=2)  # type: ignore[arg-type]
    return Estimate("x", value, lower, upper, 0.95, unit, window)


def test_other_draws_of_the_same_posterior_are_noise_and_half_a_standard_deviation_is_not() -> None:
    import numpy as np

    def drawn(seed: int, shift: float = 0.0) -> Estimate:
        draws = np.exp(np.random.default_rng(seed).normal(0.3 + shift, 0.2, default_sampling(48).draws))
        lower, value, upper = np.quantile(draws, [0.025, 0.5, 0.975])
        return made(float(value), float(lower), float(upper))

    pairs = [(drawn(seed), drawn(seed + 1000)) for seed in range(200)]
    # three errors, three numbers each: about one in a hundred
    assert sum(moved(*pair, periods=48) for pair in pairs) <= 6
    assert all(moved(drawn(seed), drawn(seed + 1000, shift=0.1), periods=48) for seed in range(200))


def test_one_step_of_rounding_is_noise() -> None:
    default = named_profile("default")
    narrow, wider = made(40, 35, 45, "contacts"), made(45, 35, 45, "contacts")
    assert moved(narrow, wider, periods=48)
    assert not moved(narrow, wider, periods=48, profile=default)
    assert moved(narrow, made(50, 35, 45, "contacts"), periods=48, profile=default)
    assert not moved(made(1.52, 1.51, 1.53), made(1.53, 1.52, 1.54), periods=48, profile=default)
    assert moved(made(1.52, 1.51, 1.53), made(1.54, 1.53, 1.55), periods=48, profile=default)
    assert moved(narrow, made(40, 35, 45, "visits"), periods=48, profile=default)


def test_negative_and_zero_ends_are_compared_as_they_are() -> None:
    assert not moved(made(0.0, -10.0, 10.0, "contacts"), made(0.0, -10.0, 10.0, "contacts"), periods=48)
    assert moved(made(0.0, -10.0, 10.0, "contacts"), made(5.0, -5.0, 15.0, "contacts"), periods=48)


def test_the_facade_has_them() -> None:
    assert ek.compare_rounds is compare_rounds
    assert ek.difference_text is difference_text


def test_another_plan_says_whether_other_counts_are_left_out_or_only_counts_differ() -> None:
    def reason(before: dict[Any, bool], after: dict[Any, bool]) -> str:
        rounds = [a_round(STEADY), a_round(STEADY, disclosure={"profile": "default", "plan_hash": "q"})]
        sides = [replace(one, suppressed=said) for one, said in zip(rounds, (before, after), strict=True)]
        (found,) = compare_rounds(*sides).reasons
        return found

    may, june = ("Kent", "helpline", "2019-05"), ("Kent", "helpline", "2019-06")
    same = {may: False, june: True}
    assert reason(same, dict(same)).startswith("disclosure: published counts differ; what is left out")
    assert reason(same, {may: True, june: True}).startswith("disclosure: other counts are left out")
    assert "other regions, channels or periods" in reason(same, {**same, ("Kent", "helpline", "2019-07"): False})
