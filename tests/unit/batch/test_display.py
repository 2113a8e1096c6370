"""Every public result shows itself: as an accessible table, as Markdown, as plain text, with names escaped."""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
import re
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import evalkit as ek
from evalkit.batch.runner import RegionRun
from evalkit.batch.verify import Verification
from evalkit.check import CheckResults, across_specifications
from evalkit.effect import Effects
from evalkit.evaluation import Deviation
from evalkit.report import ChannelResult
from evalkit.report.rounds.compare import Round
from evalkit.report.rounds.difference import RoundsDifference

NASTY = '<b>A&B</b> | $x$ "quoted" *stars*'
LAUNCH = "2018-01"
NO_RESULTS = {"Cluster": "a connection to a scheduler", "Wording": "the texts of a language"}


@cache
def series(seed: int = 1, ratio: float = 1.6) -> pd.Series:
    return ek.simulate_series(np.random.default_rng(seed), level_ratio=ratio, launch=LAUNCH)


@cache
def effect() -> ek.Effect:
    return ek.estimate_effect(series(), LAUNCH, region=NASTY, channel="helpline")


@cache
def many() -> pd.DataFrame:
    return pd.DataFrame({f"R{seed}": series(seed) for seed in range(1, 6)})


@cache
def inputs() -> ek.Inputs:
    return ek.read_inputs(ek.resources.path("data/demo/evaluation.toml"))


@cache
def samples() -> dict[str, Any]:
    """One of each public class, by its name."""
    pooled = ek.estimate_pooled(many(), dict.fromkeys(many().columns, LAUNCH), window=12)
    checks = ek.run_checks(effect())
    plan = ek.PowerPlan(before=24, after=12, mean=50, dispersion=2, autocorrelation=0.2, ratios=[2], replicates=50)
    frozen = ek.freeze_plan(inputs().evaluation, frozen_on=dt.date(2024, 1, 1))
    curve = ek.specification_curve(effect(), choices=ek.Choices(season=(1, 2), transition=(0,), window=(None,)))
    verdict = ek.check_claim("threefold", effect())
    audit = ek.audit_published()
    channel = ChannelResult(channel="helpline", effect=effect(), checks=checks, verdicts=(verdict,))
    suggestions = ek.suggest_design(
        inputs().contacts, ("Wathermere", "2018-09"), campaigns=inputs().campaigns, channel="website"
    )
    report = ek.evaluate_region(dataclasses.replace(inputs(), channels=("website",)), "Ashvarrow")
    plan_of = ek.plan_disclosure({("A", "helpline"): series()})
    quality = ek.quality_statement(effect(), checks)
    found = [
        effect(),
        ek.estimate_effects(many(), LAUNCH),
        effect().rate_ratio,
        ek.NotEstimable("too few months", "wait"),
        ek.Sampling(),
        pooled,
        ek.event_study(many(), dict.fromkeys(many().columns, LAUNCH)),
        checks,
        checks[0],
        ek.multiplicity([effect()]),
        curve,
        across_specifications(effect(), curve),
        quality,
        suggestions,
        suggestions.items[0],
        ek.power(plan),
        plan,
        verdict,
        ek.parse_claim("69 % more"),
        audit,
        audit[0],
        inputs().contacts,
        inputs(),
        inputs().evaluation,
        inputs().evaluation.declarations,
        ek.Declaration(answer="yes", evidence="minutes"),
        effect().design,
        effect().design.spec,
        frozen,
        Deviation(kind="setting changed", what=NASTY, planned="1", found="2"),
        ek.checks_table([channel]),
        ek.errors.Problem(code="gap", what=f"{NASTY} has a gap.", repair="Fill it."),
        ek.review_plan(frozen, inputs()),
        plan_of,
        ek.control(report),
        ek.Ingested(contacts=inputs().contacts, audit={"rows": {"on_closed_days": 3}}, notes=()),
        _mapping(),
        Round(name="2024 Q1", manifest={"reports": [{"region": NASTY, "status": "failed"}]}, regions={}),
        RoundsDifference(first="2024 Q1", second="2024 Q2", reasons=(), regions=(), added=(NASTY,)),
        Verification(place="out", files=3, missing=(NASTY,)),
        report,
        ek.RunSummary(out=Path("out"), regions=(_run("done"), _run("failed"))),
        channel,
        ek.load_simulation(ek.resources.path("data/demo/simulation.toml")),
        ek.BankHolidays(),
        ek.Decay(),
        ek.EventTerm(name=NASTY, start="2019-01"),
        ek.Flights([("2018-01", "2018-04")]),
        ek.Opening(),
        ek.CheckContext(regions={"A": series()}),
        ek.Choices(),
        ek.explore(inputs(), region="Wathermere", channel="website"),
        ek.explorer_state(inputs(), region="Wathermere", channel="website"),
        *(model() for model in _MODELS),
    ]
    return {type(one).__name__: one for one in found}


_MODELS = (ek.Arima, ek.Controlled, ek.Forecast, ek.Hierarchy, ek.Latent, ek.RandomEffects, ek.Segmented)
_MODELS = (*_MODELS, ek.Structural, ek.Synthetic)


def _mapping() -> ek.Mapping:
    return ek.Mapping.model_validate(
        {
            "unit": "contacts",
            "time": {"column": "at", "format": "%Y-%m-%d", "zone": "Europe/London"},
            "place": {"column": NASTY, "kind": "police force name"},
            "channel": {"constant": "helpline"},
        }
    )


def _run(status: str) -> RegionRun:
    cause = "" if status == "done" else NASTY
    return RegionRun(region=NASTY, status=status, cause=cause, seconds=1.0, notebook="a.ipynb")


def public_classes() -> Iterator[str]:
    """Classes among the public names, and the classes of the library that public functions return."""
    classes = dict(_library_classes())
    for name in ek.__all__:
        thing = getattr(ek, name)
        if inspect.isclass(thing):
            yield name
        elif inspect.isfunction(thing):
            returned = str(inspect.signature(thing).return_annotation)
            yield from (word for word in re.findall(r"(?<![\w.])\w+", returned) if word in classes)


def _library_classes() -> Iterator[tuple[str, type]]:
    """Every class of the modules that the public names have loaded."""
    assert all(hasattr(ek, name) for name in ek.__all__)
    for module in [module for name, module in sys.modules.items() if name.startswith("evalkit.")]:
        for name, thing in vars(module).items():
            if inspect.isclass(thing) and thing.__module__ == module.__name__:
                yield name, thing


def test_there_is_a_sample_of_every_public_result_and_no_other() -> None:
    missing = sorted(set(public_classes()) - set(samples()) - set(NO_RESULTS))
    assert missing == [], "give each a display (evalkit.display.Displayed, report/display) and a sample here"


class Tables(HTMLParser):
    """Tables with their captions and headings, and every tag that was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def faults(result: Any) -> list[str]:
    """What is wrong with the display of a result."""
    html, markdown, text = result._repr_html_(), result._repr_markdown_(), str(result)
    page = Tables()
    page.feed(html)
    names = [tag for tag, _ in page.tags]
    heads = [attrs for tag, attrs in page.tags if tag == "th"]
    rules = {
        "no text": not text.strip(),
        "no Markdown": not markdown.strip(),
        "a missing number is shown": "nan" in re.findall(r"\b\w+\b", html),
        "too long for a line of input": len(repr(result)) > 60_000,
        "a table without a caption": names.count("caption") != names.count("table"),
        "a heading without a scope": not all(attrs.get("scope") in {"col", "row"} for attrs in heads),
        "a name is not escaped": bool({"script", "b", "img", "iframe"} & set(names)),
        "a table that Markdown lacks": "table" in names and "| ---" not in markdown,
    }
    return [rule for rule, broken in rules.items() if broken]


def test_every_public_result_shows_itself_in_three_ways() -> None:
    assert {name: faults(result) for name, result in samples().items() if faults(result)} == {}


def test_every_kind_of_fault_is_found() -> None:
    class Bad:
        def _repr_html_(self) -> str:
            return "<table><tr><th>nan</th></tr></table><b>x</b>"

        def _repr_markdown_(self) -> str:
            return ""

        def __repr__(self) -> str:
            return " " * 60_001

    assert len(faults(Bad())) == 8


def test_what_the_reader_must_know_first_comes_first() -> None:
    warned = dataclasses.replace(effect(), warnings=("the trend is steep",))
    html = warned._repr_html_()
    assert html.index("The trend is steep") < html.index("times") < html.index("<table")
    assert html.index("Simulated data") < html.index("The trend is steep")
    assert 'role="note"' in html


def test_names_are_text_in_html_and_markdown() -> None:
    assert "&lt;b&gt;A&amp;B&lt;/b&gt;" in effect()._repr_html_()
    assert (
        r"\<b\>A&B\</b\> \| \$x\$"
        in effect()._repr_markdown_().replace(r"\>", ">").replace("<b>", r"\<b\>").replace("</b>", r"\</b\>")
        or r"\<b" in effect()._repr_markdown_()
    )
    turned = dataclasses.replace(effect(), region="A\u202eB")
    assert "\u202e" not in turned._repr_html_() + turned._repr_markdown_() + str(turned)
    assert "mathjax_ignore" in effect()._repr_html_()


def test_the_sentence_and_the_table_give_units_window_and_interval() -> None:
    html = effect()._repr_html_()
    ratio = effect().rate_ratio
    assert isinstance(ratio, ek.Estimate)
    assert f"{ratio.value:.2f}" in html
    for words in ("95\u00a0%", "interval", "Additional contacts", "January 2018 to", "Contacts are not people"):
        assert words in html


def test_what_cannot_be_estimated_gives_its_reason_in_the_table() -> None:
    short = ek.estimate_effect(series().loc["2017-10":], LAUNCH)
    html = short._repr_html_()
    assert "Not estimable" in html
    assert "The data cannot say" in html


def test_a_long_table_says_how_many_rows_are_not_shown() -> None:
    effects = Effects(dict.fromkeys(range(70), effect()))
    html = effects._repr_html_()
    assert html.count("<tr>") == 60
    assert "10 more rows are not shown" in html


def test_many_checks_are_a_tuple_with_fails_first() -> None:
    checks = ek.run_checks(effect())
    assert isinstance(checks, tuple)
    assert isinstance(checks, CheckResults)
    outcomes = re.findall(r">(Fail|Inconclusive|Pass|Not run)</td>", checks._repr_html_())
    assert len(outcomes) == len(checks)
    assert outcomes == sorted(outcomes, key=["Fail", "Inconclusive", "Pass", "Not run"].index)
