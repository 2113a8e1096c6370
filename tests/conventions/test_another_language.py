"""In another language nothing English is left of what checks, verdicts, audits and quality statements say."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit import catalogue
from evalkit.check import quality_statement, run_checks
from evalkit.claim import audit_published, check_claim
from evalkit.claim.wording import sentence
from evalkit.effect import estimate_effect
from evalkit.effect.names import shown_name
from evalkit.languages import ENGLISH, Wording, packaged
from evalkit.registers import published

# names of lists and scales, of what is declared in an evaluation file, and what the test itself names
PROPER_NAMES = {"ARIMA", "EPOC", "Ramsay", "Turner", "Hategeka", "Further", "Maryland", "Nesta", "Northshire"}
_WORD = re.compile(r"[A-Za-z]{2,}")


def translated(entry: Any) -> Any:
    """The same entries in no known language: every letter is another one, places stay."""
    if isinstance(entry, dict):
        return {name: translated(one) for name, one in entry.items()}
    if isinstance(entry, list):
        return [translated(one) for one in entry]
    return "".join(
        re.sub("[A-Za-z]", "\N{CYRILLIC SMALL LETTER ZHE}", said).replace("{", "{{").replace("}", "}}")
        + ("" if place is None else f"{{{place}{f'!{kept}' if kept else ''}{f':{form}' if form else ''}}}")
        for said, place, form, kept in string.Formatter().parse(entry)
    )


@pytest.fixture(autouse=True)
def another_language() -> Iterator[None]:
    entries = translated(packaged(ENGLISH).entries)
    with catalogue.speaking(Wording(language="zz", entries=entries, hash="pretended")):
        yield


def left(sentences: Iterator[str], known: set[str]) -> list[str]:
    """Sentences with a word that is no name."""
    return [said for said in sentences if {*_WORD.findall(said)} - known]


def test_a_word_that_is_no_name_is_found() -> None:
    assert left(iter([catalogue.text("check.no_regions"), "Northshire"]), PROPER_NAMES) == []
    assert left(iter(["told in English", catalogue.text("check.no_regions")]), PROPER_NAMES) == ["told in English"]


def test_the_audit_of_published_claims() -> None:
    registers = ("claims", "series", "campaigns", "events", "population")
    names = {word for register in registers for row in published(register) for word in _WORD.findall(repr(row))}
    audit = audit_published()

    def said() -> Iterator[str]:
        for one in audit:
            yield from (*one.reasons, one.evidence, one.settles)
        yield from map(sentence, audit.findings)

    assert left(said(), names) == []


@pytest.mark.parametrize("model", ["latent", "segmented", "forecast", "synthetic", "controlled"])
def test_an_effect_its_checks_its_quality_and_its_verdicts(model: str) -> None:
    rng = np.random.default_rng(5)
    periods = pd.period_range("2015-01", periods=60, freq="M")
    counts = pd.Series(
        rng.poisson(np.where(periods >= pd.Period("2018-07", "M"), 150, 100)), index=periods, dtype=float
    )
    counts.iloc[7] = np.nan
    others = pd.DataFrame({f"R{j}": rng.poisson(80, 60) for j in range(5)}, index=periods)
    beside = {"controls": others} if model in ("synthetic", "controlled") else {}
    effect = estimate_effect(counts, "2018-07", model=model, region="Northshire", channel="helpline", **beside)
    checks = run_checks(effect) if model in ("segmented", "synthetic") else ()
    quality = quality_statement(effect, checks)

    def said() -> Iterator[str]:
        yield from (*effect.warnings, *effect.summary().splitlines())
        for check in checks:
            yield from (check.title, check.question, check.statement, check.meaning)
        for item in quality.items:
            yield from (item.question, re.sub('"[a-z_]+"', "", item.evidence))
        yield from (quality.level_maryland.reason, quality.level_nesta.reason)
        for claim in ("threefold", "69 %", 1.0, 0.7):
            yield from check_claim(claim, effect).summary().splitlines()

    assert left(said(), PROPER_NAMES) == []


def test_parts_of_an_effect() -> None:
    periods = pd.period_range("2015-01", periods=60, freq="M")
    counts = pd.Series(np.random.default_rng(7).poisson(120, 60), index=periods)
    asked: tuple[dict[str, Any], ...] = (
        {"launches": ["2019-01"]},
        {"off": "2018-12"},
        {"flights": [("2017-07", "2017-12"), ("2018-07", "2018-12")]},
    )
    for terms in asked:
        effect = estimate_effect(counts, "2017-07", second_opinion=False, **terms)
        assert effect.components
        assert left(iter(effect.summary().splitlines()), PROPER_NAMES) == []
    for name in ("builds up to, launch 2", "ratio 1 month after launch", "change 3 weeks after launch"):
        assert left(iter([shown_name(name)]), PROPER_NAMES) == []


def test_an_effect_that_cannot_be_estimated() -> None:
    periods = pd.period_range("2019-01", periods=20, freq="M")
    short = pd.Series(np.arange(20.0) + 30, index=periods)
    for counts, launch in ((short, "2019-06"), (short * 0, "2020-03"), (short, "2020-08")):
        ratio = estimate_effect(counts, launch).rate_ratio
        assert left(iter([str(ratio), ratio.remedy]), PROPER_NAMES) == []
