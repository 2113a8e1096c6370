"""The bundled registers of real published figures: complete, typed, every row with its source."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from evalkit.errors import UsageError
from evalkit.registers import published
from evalkit.vocab import Channel

ROWS = {"campaigns": 29, "claims": 276, "series": 109, "population": 209}


@pytest.mark.parametrize(("name", "rows"), ROWS.items())
def test_nothing_is_lost(name: str, rows: int) -> None:
    assert len(published(name)) == rows  # type: ignore[call-overload]


@pytest.mark.parametrize("name", [*ROWS, "events"])
def test_every_row_names_its_source(name: str) -> None:
    rows = published(name)  # type: ignore[call-overload]
    assert [row.row for row in rows if not str(row.source).strip()] == []


@pytest.mark.parametrize("name", [*ROWS, "events", "conflicts"])
def test_sources_are_citations_not_file_names(name: str, root: Path) -> None:
    text = (root / "data" / "published" / f"{name}.csv").read_text(encoding="utf-8")
    assert re.findall(r"\b\d{3}_[0-9a-f]{8,}\.txt|\bseed s?\d|\bseeds? 00|stored text|stored copy", text) == []


def test_values_are_those_first_compiled(shared_published: Path) -> None:
    with (shared_published / "claims.csv").open(encoding="utf-8", newline="") as file:
        compiled = {row["claim_id"]: row for row in csv.DictReader(file)}
    for claim in published("claims"):
        value = compiled[claim.claim_id]["value"]
        if re.fullmatch(r"-?\d+(\.\d+)?", value):
            assert claim.value == float(value), claim.claim_id
        else:
            assert claim.value_text, claim.claim_id
        assert claim.period_text == compiled[claim.claim_id]["period"]
        assert claim.baseline_text == compiled[claim.claim_id]["baseline_period"]
        assert claim.text == compiled[claim.claim_id]["paraphrase"]


@pytest.mark.parametrize(("name", "value", "text"), [("series", "count", "period"), ("population", "population", "")])
def test_counts_are_those_first_compiled(shared_published: Path, name: str, value: str, text: str) -> None:
    with (shared_published / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        compiled = [float(row[value]) for row in csv.DictReader(file)]
    rows = published(name)  # type: ignore[call-overload]
    assert [getattr(row, "value" if name == "series" else "population") for row in rows] == compiled


def test_known_channels_only() -> None:
    assert {row.channel for row in published("claims")} <= set(Channel)
    assert {row.channel for row in published("series")} <= set(Channel)


def test_unknown_periods_stay_unknown_and_keep_their_words() -> None:
    unknown = [claim for claim in published("claims") if claim.period is None]
    assert unknown
    assert all(claim.period_text for claim in unknown)


def test_conflicts_are_linked_from_both_sides() -> None:
    claims, series = published("claims"), published("series")
    stated = {row.conflict: row for row in published("conflicts")}
    from_claims = {(name, claim.claim_id) for claim in claims for name in claim.conflicts}
    from_series = {(name, row.series_id) for row in series for name in row.conflicts}
    assert from_claims == {(row.conflict, claim) for row in stated.values() for claim in row.claim_ids}
    assert from_series == {(row.conflict, name) for row in stated.values() for name in row.series_ids}
    assert {name for row in published("campaigns") for name in row.conflicts} <= set(stated)
    assert all(row.statement.endswith(".") for row in stated.values())


def test_disagreeing_figures_both_stay() -> None:
    claims = {claim.claim_id: claim for claim in published("claims")}
    assert claims["C150"].value + claims["C151"].value == 120  # type: ignore[operator]
    assert claims["C157"].value == 140
    assert (claims["C001"].members_stated, claims["C005"].members_stated) == (5, 4)
    assert (claims["C256"].value, claims["C257"].value) == (2737, 2422)


def test_series_point_to_claims_that_exist() -> None:
    known = {claim.claim_id for claim in published("claims")}
    assert all(name in known for row in published("series") for name in row.claim_ids)


def test_known_events_are_there() -> None:
    starts = {row.event: row.start.iso for row in published("events")}
    assert starts["first-lockdown"] == "2020-03-23"
    assert starts["the-fear-films"] == "2020-02-25"
    assert starts["helpline-hours-2019"] == "2019-01"
    assert starts["warning-messages"] == "2021-02"
    assert starts["rethink-chatbot"] == "2022-03"
    assert starts["self-help-website-opened"] == "2015-10"


def test_launch_dates_have_their_precision() -> None:
    counted = Counter(row.launch.precision.value for row in published("campaigns"))
    assert counted == {"day": 13, "month": 11, "unknown": 2, "year": 2, "week": 1}


def test_a_register_that_does_not_exist() -> None:
    with pytest.raises(UsageError, match="Did you mean 'claims'"):
        published("claim")  # type: ignore[call-overload]
