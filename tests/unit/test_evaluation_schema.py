"""The schema that editors read says what the settings classes say, and the written template is read back."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from evalkit.evaluation import (
    SCHEMA_LINE,
    Evaluation,
    evaluation_schema,
    evaluation_template,
    schema_text,
    settings_problems,
)

MINIMAL: dict[str, Any] = {"contacts": "contacts.csv", "campaigns": "campaigns.csv"}


def located(values: dict[str, Any]) -> dict[str, Any]:
    """With paths as the reader makes them."""
    paths = ("contacts", "campaigns", "events", "claims", "population", "truth", "plan")
    return {key: Path(value) if key in paths and isinstance(value, str) else value for key, value in values.items()}


def refused_by_schema(values: dict[str, Any]) -> bool:
    return not Draft202012Validator(evaluation_schema()).is_valid(values)


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(evaluation_schema())


def test_the_committed_schema_is_that_of_the_classes(root: Path) -> None:
    committed = (root / "data" / "demo" / "evaluation.schema.json").read_text(encoding="utf-8")
    anew = "ek.write_simulation(ek.load_simulation('data/demo'), 'data/demo', overwrite=True) writes it anew"
    assert committed == schema_text(), anew


def test_the_demonstration_names_it_and_keeps_to_it(root: Path) -> None:
    text = (root / "data" / "demo" / "evaluation.toml").read_text(encoding="utf-8")
    assert text.splitlines()[0] == SCHEMA_LINE
    errors = [error.message for error in Draft202012Validator(evaluation_schema()).iter_errors(tomllib.loads(text))]
    assert errors == []


def test_every_key_is_described() -> None:
    schema = evaluation_schema()
    tables = {"": schema, **schema["$defs"]}
    described = {
        f"{table}.{key}": "description" in entry
        for table, content in tables.items()
        for key, entry in content.get("properties", {}).items()
    }
    assert len(described) > 40
    assert [key for key, has in described.items() if not has] == []


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"model": {"name": "arima", "level": 0.9, "harmonics": 0, "decay": "estimate", "weekday": True}},
        {"model": {"flights": [["2019-05", "2019-07"]], "opening": ["Monday", "Tuesday"], "holidays": "Wales"}},
        {"declarations": {"theory": {"answer": "yes", "evidence": "A page of 2018."}}},
        {"regions": ["Ashmere"], "reference_launch": "2019-05"},
    ],
)
def test_both_accept(values: dict[str, Any]) -> None:
    asked = {**MINIMAL, **values}
    assert settings_problems(located(asked), Evaluation) == []
    assert not refused_by_schema(asked)


@pytest.mark.parametrize(
    "values",
    [
        {"titel": "T"},
        {"title": 3},
        {"title": ""},
        {"regions": "Ashmere"},
        {"model": {"slop": True}},
        {"model": {"level": 1}},
        {"model": {"level": "high"}},
        {"model": {"harmonics": 7}},
        {"model": {"name": "bayes"}},
        {"model": {"decay": 1.5}},
        {"model": {"decay": "guess"}},
        {"model": {"opening": "weekdays"}},
        {"model": {"opening": ["Funday"]}},
        {"model": {"opening": []}},
        {"model": {"flights": [["2019-05"]]}},
        {"declarations": {"theory": {"answer": "maybe"}}},
        {"declarations": {"theory": {"answer": "yes", "proof": "none"}}},
        {"declarations": {"theorie": {"answer": "yes"}}},
        {"contacts": None},
    ],
)
def test_both_refuse(values: dict[str, Any]) -> None:
    asked = {**MINIMAL, **values}
    assert settings_problems(located(asked), Evaluation) != []
    assert refused_by_schema(asked)


def test_a_misspelt_key_of_an_inner_table_names_the_nearest(tmp_path: Path) -> None:
    asked = {**MINIMAL, "declarations": {"theory": {"answer": "yes", "evidense": "…"}, "theorie": {"answer": "yes"}}}
    found = [str(problem) for problem in settings_problems(located(asked), Evaluation)]
    assert any("Unknown key in declarations.theory 'evidense'. Did you mean 'evidence'?" in text for text in found)
    assert any("Unknown key in declarations 'theorie'. Did you mean 'theory'?" in text for text in found)


def test_the_template_explains_every_key_and_reads_back() -> None:
    asked = {**MINIMAL, "title": 'A "title"', "model": {"window_months": 12, "events": ["a"]}}
    text = evaluation_template(asked)
    assert text.splitlines()[0] == SCHEMA_LINE
    read = tomllib.loads(text)
    assert {**read, "model": dict(read["model"])} == {**asked, **{name: {} for name in read if name not in asked}}
    schema = evaluation_schema()
    for table in (schema, *schema["$defs"].values()):
        for key, entry in table["properties"].items():
            assert key in text
            assert entry["description"] in text or key in ("answer", "evidence")


def test_defaults_behind_the_remarks_are_those_of_the_classes() -> None:
    lines = [line.removeprefix("# ") for line in evaluation_template(MINIMAL).splitlines()]
    level = next(line for line in lines if line.startswith("level = "))
    assert json.loads(level.removeprefix("level = ")) == Evaluation.model_validate(located(MINIMAL)).model.level
