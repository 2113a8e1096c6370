"""Effects and reports made by hand, so that every number in a golden sentence is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from evalkit import vocab
from evalkit.check import CheckResult
from evalkit.claim import Verdict, claim_from_ratio
from evalkit.design import build_design
from evalkit.effect import Effect, Estimate, NotEstimable, Window, estimate_effect
from evalkit.model import Draws
from evalkit.registers import Event, ImpreciseDate
from evalkit.report import ChannelResult, Provenance, RegionReport

HOSTILE = '#eval("1+1") <script> \\input $x$ & Söhne 東京'
LAUNCH = pd.Period("2019-05", "M")


def estimate(name: str, value: float, lower: float, upper: float, *, months: int = 20, gaps: int = 0) -> Estimate:
    window = Window(start=LAUNCH, end=LAUNCH + months - 1, periods=months - gaps)
    unit = "contacts" if name == vocab.CUMULATIVE_EFFECT else "rate ratio"
    return Estimate(name=name, value=value, lower=lower, upper=upper, level=0.95, unit=unit, window=window)


@dataclass(frozen=True)
class KnownFit:
    """A fit with straight lines: fitted, without the campaign, an effect ± 8 and a counterfactual ± 15 around them."""

    fitted: np.ndarray
    without: np.ndarray

    def draws(self, size: int, seed: int) -> Draws:
        spread = np.linspace(-8, 8, size)[:, None] / 0.95
        return Draws(with_campaign=np.tile(self.fitted, (size, 1)), without_campaign=self.without + spread)

    def counted(self, expected: np.ndarray, seed: int) -> np.ndarray:
        return expected + np.linspace(-7, 7, len(expected))[:, None] / 0.95


def effect_with(
    ratio: tuple[float, float, float] | NotEstimable,
    total: tuple[float, float, float] = (343.2, 112.4, 561.0),
    *,
    months: int = 20,
    gaps: int = 0,
    channel: str = "helpline",
    region: str = "North Vale",
) -> Effect:
    """An effect with these intervals; its path is a straight line, its draws are spread over the interval."""
    index = pd.period_range("2017-01", LAUNCH + months - 1, freq="M")
    counts = pd.Series(np.linspace(40, 90, len(index)).round(), index)
    known = not isinstance(ratio, NotEstimable)
    results = {
        vocab.RATE_RATIO: estimate(vocab.RATE_RATIO, *ratio, months=months, gaps=gaps) if known else ratio,
        vocab.CUMULATIVE_EFFECT: estimate(vocab.CUMULATIVE_EFFECT, *total, months=months, gaps=gaps)
        if known
        else ratio,
        vocab.LEVEL_CHANGE: estimate(vocab.LEVEL_CHANGE, *ratio) if known else ratio,
        vocab.SLOPE_CHANGE: estimate(vocab.SLOPE_CHANGE, 1.02, 0.91, 1.14) if known else ratio,
    }
    return Effect(
        launch=LAUNCH,
        model="latent",
        model_label="latent Poisson regression",
        n_pre=28,
        n_post=months - gaps,
        level=0.95,
        design=build_design(counts, LAUNCH),
        region=region,
        channel=channel,
        ratio_draws=np.linspace(ratio[1], ratio[2], 400) if known else np.empty(0),
        total_draws=np.linspace(total[1], total[2], 400) if known else np.empty(0),
        fit=KnownFit(np.linspace(41, 88, len(index)), np.linspace(41, 60, len(index))) if known else None,
        **results,
    )


def date(text: str, precision: vocab.DatePrecision = vocab.DatePrecision.DAY) -> ImpreciseDate:
    day = dt.date.fromisoformat(text)
    return ImpreciseDate(start=day, end=day, precision=precision)


EVENTS = (
    Event(
        event="a", title="Website relaunched", start=date("2019-06-01", vocab.DatePrecision.MONTH), source="own site"
    ),
    Event(event="b", title="First lockdown", start=date("2020-03-23"), end=date("2020-07-04")),
    Event(event="c", title="Warning messages on sites $x_1$", start=date("2020-04-01")),
    Event(event="d", title="Helpline hours extended", start=date("2020-10-07")),
    Event(event="e", title="Before all data", start=date("1999-01-01")),
)


def provenance() -> Provenance:
    return Provenance(
        data_hash="0f9ec86d" * 8,
        evaluation_fingerprint="ab12cd34" * 8,
        code_version="0.1.0",
        seed=20190502,
        issued=dt.date(2026, 3, 2),
    )


def report_with(
    *effects: Effect,
    region: str = "North Vale",
    comparison: bool = False,
    simulated: bool = True,
    kind: vocab.VerdictKind = vocab.VerdictKind.NOT_SUPPORTED,
) -> RegionReport:
    effects = effects or (effect_with((1.62, 1.21, 2.14)), effect_with((1.05, 0.93, 1.19), channel="website"))
    claim = replace(claim_from_ratio(3), text="The campaign brought a threefold increase.")
    verdict = Verdict(
        kind=kind, claim=claim, reasons=("3 times lies above the interval.", "A second reason."), figures={}
    )
    check = CheckResult(
        name="placebo in time",
        question="Does the same analysis find an effect where nothing was launched?",
        outcome=vocab.Outcome.FAILED,
        statement="With a false launch the rate ratio is 1.40 (1.10 to 1.80).",
    )
    return RegionReport(
        title="Help-seeking after the Look Again campaign",
        commissioner="Example Foundation",
        region=region,
        campaign_title=None if comparison else "Look Again",
        campaign_source="" if comparison else "news release of 2 May 2019",
        launch=LAUNCH,
        is_comparison=comparison,
        results=tuple(
            ChannelResult(
                channel=effect.channel,
                effect=replace(effect, region=region, second_opinion=replace(effect, model_label="quasi-Poisson")),
                checks=(check,),
                verdicts=(verdict,) if effect.channel == "helpline" and not comparison else (),
            )
            for effect in effects
        ),
        events=EVENTS,
        simulated=simulated,
        provenance=provenance(),
        notes=("One month is missing.",),
    )


@pytest.fixture(scope="session")
def estimated() -> Effect:
    """An effect estimated by segmented regression, with two missing months."""
    generator = np.random.default_rng(7)
    month = np.arange(72)
    expected = 40 * np.exp(0.1 * month / 12 + 0.2 * np.sin(2 * np.pi * month / 12)) * np.where(month < 40, 1, 1.5)
    series = pd.Series(
        generator.poisson(expected).astype(float), index=pd.period_range("2016-01", periods=72, freq="M")
    )
    series.iloc[[20, 21]] = np.nan
    return estimate_effect(series, "2019-05", model="segmented", region="North Vale", channel="helpline")


@pytest.fixture(scope="session")
def make_estimate() -> Callable[..., Estimate]:
    return estimate


@pytest.fixture(scope="session")
def make_effect() -> Callable[..., Effect]:
    return effect_with


@pytest.fixture(scope="session")
def events() -> tuple[Event, ...]:
    return EVENTS


@pytest.fixture(scope="session")
def hostile() -> str:
    return HOSTILE


@pytest.fixture(scope="session")
def make_report() -> Callable[..., RegionReport]:
    return report_with
