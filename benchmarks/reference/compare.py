"""The library's quantiles beside the reference, in the unit of each quantile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from benchmarks.reference.cases import Case, cases
from benchmarks.reference.studies import STUDIES, Study
from evalkit import estimate_effect
from evalkit.effect import Sampling
from evalkit.effect.estimate import Estimate
from evalkit.model.latent import Latent, LatentGrid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evalkit.effect.effect import Effect

COMPARED = ("q025", "q50", "q975")
LIMITS = {"q025": 0.1, "q50": 0.05, "q975": 0.1}
"""Largest discrepancy allowed, in the unit of the quantile (posterior standard deviations)."""
LARGEST = 8_000_000
"""Draws times periods at most: 64 MB an array."""
TAILS = (0.025, 0.5, 0.975)


def library(case: Case, study: Study) -> pd.DataFrame:
    """Quantiles (``COMPARED``) of every estimand of a case by ``estimate_effect`` with the prior of the study.

    Window totals come from 100,000 joint draws (fewer for a long series), so that their own error does not matter.
    """
    counts, exposure = case.series()
    draws = min(100_000, LARGEST // len(counts))
    effect = estimate_effect(
        counts,
        case.launch,
        model=Latent(prior=study.options),
        exposure=exposure,
        sampling=Sampling(draws=draws),
        second_opinion=False,
        **case.options,
    )
    rows = {
        "log_level_change": np.log(_ends(effect.level_change)),
        "log_rate_ratio": np.log(_ends(effect.rate_ratio)),
        "cumulative_effect": _ends(effect.cumulative_effect),
        "counterfactual_total": _counterfactual(effect, draws),
        "rho": effect.fit.posterior.rho.quantile(TAILS),
        "sigma": effect.fit.posterior.sigma.quantile(TAILS),
    }
    if isinstance(effect.slope_change, Estimate):
        rows["log_slope_change"] = np.log(_ends(effect.slope_change))
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(COMPARED)).rename_axis("estimand")


def discrepancies(case: Case, study: Study) -> pd.DataFrame:
    """Library less reference, in the unit of each quantile; a row an estimand, a column a quantile."""
    found = library(case, study)
    known = study.posteriors.loc[case.name]
    return pd.DataFrame({label: (found[label] - known[label]) / known[f"unit_{label}"] for label in COMPARED})


def compare(study: Study, chosen: Iterable[Case]) -> pd.DataFrame:
    """Discrepancies of every case that can be read here and has a reference, a row a case and estimand."""
    known = set(study.runs.index)
    found = {case.name: discrepancies(case, study) for case in chosen if case.path.exists() and case.name in known}
    return pd.concat(found, names=["case"])


def markdown(found: pd.DataFrame) -> str:
    """Two tables: the largest discrepancy by estimand, and median / lower / upper by case and estimand."""
    worst = found.abs().groupby("estimand").max().reindex(list(dict.fromkeys(found.index.get_level_values("estimand"))))
    lines = ["| estimand | 2.5 % | median | 97.5 % |", "|---|---|---|---|"]
    lines += [f"| {name} | {row.q025:.3f} | {row.q50:.3f} | {row.q975:.3f} |" for name, row in worst.iterrows()]
    order = list(worst.index)
    lines += ["", "| series | " + " | ".join(order) + " |", "|---" * (len(order) + 1) + "|"]
    for case in dict.fromkeys(found.index.get_level_values("case")):
        part = found.loc[case]
        cells = [_cell(part.loc[name]) if name in part.index else "" for name in order]
        lines.append(f"| {case} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def runs_markdown(study: Study) -> str:
    """The reference runs, a row a series: its size, how the sampler fared, and the weight of what has no memory."""
    white = "memoryless" in study.runs
    lines = ["| series | months | contacts a month | terms | draws | divergences | R-hat | error, share of allowed |"]
    lines[0] += " P(w > 0) |" if white else ""
    lines += ["|---" * (9 if white else 8) + "|"]
    lines += [
        f"| {run['case']} | {run['periods']} | {run['contacts'] / run['periods']:,.1f} | {run['terms']} "
        f"| {run['draws']:,} | {run['divergences']} | {run['rhat_max']:.4f} | {run['error_of_allowed']:.2f} |"
        + (f" {run['memoryless']:.2f} |" if white else "")
        for run in study.runs.reset_index().to_dict("records")
    ]
    return "\n".join(lines) + "\n"


def orders_markdown() -> str:
    """Largest discrepancy of the campaign's coefficients over all series, by the order of the correction."""
    study = STUDIES["memory_only"]
    lines = ["| correction | coefficient | 2.5 % | median | 97.5 % |", "|---|---|---|---|---|"]
    readable = [case for case in cases().values() if case.path.exists()]
    for order, words in enumerate(("none (Laplace)", "mean and skewness", "and second order (the library)")):
        for term in ("level", "slope"):
            found = [
                _coefficient(case, order, term, study) for case in readable if term == "level" or case.options[term]
            ]
            worst = np.abs(found).max(axis=0)
            lines.append(f"| {words} | {term} | " + " | ".join(f"{value:.3f}" for value in worst) + " |")
    return "\n".join(lines) + "\n"


def _coefficient(case: Case, order: int, term: str, study: Study) -> np.ndarray:
    row = study.posteriors.loc[(case.name, f"log_{term}_change")]
    quantiles = (
        Latent(prior=study.options, grid=LatentGrid(order=order)).fit(case.design()).marginal(term).quantile(TAILS)
    )
    return np.array([(q - row[label]) / row[f"unit_{label}"] for q, label in zip(quantiles, COMPARED, strict=True)])


def write_page() -> None:
    """Put the tables of the present code between the markers of ``docs/methods/reference-posteriors.md``."""
    from benchmarks.places import PAGES

    page = PAGES / "reference-posteriors.md"
    text = page.read_text(encoding="utf-8")
    for marker, table in (
        *((f"runs {name}", runs_markdown(study)) for name, study in STUDIES.items()),
        ("orders", orders_markdown()),
        *((f"figures {name}", markdown(compare(study, cases().values()))) for name, study in STUDIES.items()),
    ):
        before, opening, rest = text.partition(f"<!-- {marker} -->\n")
        _, closing, after = rest.partition(f"<!-- end of {marker} -->\n")
        text = f"{before}{opening}\n{table}\n{closing}{after}"
    page.write_text(text, encoding="utf-8")


def _cell(row: pd.Series) -> str:
    numbers = " ".join(f"{row[label]:+.2f}" for label in COMPARED)
    return f"**{numbers}**" if any(abs(row[label]) > limit for label, limit in LIMITS.items()) else numbers


def _ends(estimate: object) -> np.ndarray:
    if not isinstance(estimate, Estimate):
        message = f"The library has no estimate here: {estimate}"
        raise TypeError(message)
    return np.array([estimate.lower, estimate.value, estimate.upper])


def _counterfactual(effect: Effect, draws: int) -> np.ndarray:
    expected = effect.fit.draws(draws, Sampling().seed).without_campaign
    replicated = effect.fit.counted(expected, Sampling().seed)[:, effect.design.window].sum(axis=1)
    jitter = np.random.default_rng(1).uniform(-0.5, 0.5, len(replicated))
    return np.quantile(replicated + jitter, TAILS)
