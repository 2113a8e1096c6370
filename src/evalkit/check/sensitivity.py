"""Does the finding depend on the priors, or on which of several designs is the right one?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.catalogue import text
from evalkit.check.base import CheckResult, Question
from evalkit.check.moves import judged, moved
from evalkit.check.ready import ready
from evalkit.check.refit import LIGHT, REFIT_COLUMNS, base_row, latent_fit, refitted, with_columns
from evalkit.check.wandering import wandering_columns
from evalkit.design import DesignSpec, build_design
from evalkit.errors import CannotEstimate
from evalkit.model import Forecast, Latent
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evalkit.design import Design
    from evalkit.effect import Effect
    from evalkit.model.latent import LatentFit

_PRIOR: Final = Question("prior sensitivity")
_DESIGN: Final = Question("model probability")
SEASON_SD, TREND_SD = 0.15, 0.15
"""Prior standard deviations of a further season coefficient and of a bend of the trend (a year), on the log scale."""


@_PRIOR.or_not_run
def prior_sensitivity(effect: Effect) -> CheckResult:
    """Estimate the rate ratio again under six priors: sigma flat or exponential, rho with power 0, 0.5 or 1.

    Returns
    -------
    CheckResult
        Judged as in :func:`evalkit.check.influence.leave_one_period_out`. Only for the models that have these priors.
    """
    options = effect.options
    if not isinstance(options, (Latent, Forecast)):
        return _PRIOR.not_run(
            text("check.prior_sensitivity.no_priors", label=effect.model_label), text("check.ask_latent")
        )
    parts = ready(effect)
    if isinstance(parts, str):
        return _PRIOR.not_run(parts)
    rows = []
    for sigma in ("flat", "exponential"):
        for power in (0.0, 0.5, 1.0):
            prior = replace(options.prior, sigma=sigma, rho_power=power)
            refit = refitted([replace(effect.design, parts=())], replace(options, prior=prior), effect.level)
            rows.append(refit.assign(prior=text("check.prior_sensitivity.prior", sigma=sigma, power=power)))
    table = pd.concat(rows, ignore_index=True)[["prior", *REFIT_COLUMNS]]
    table = moved(table, base_row(effect.design, options, parts.ratio))
    outcome = judged(table)
    if outcome is Outcome.NOT_RUN:
        return _PRIOR.not_run(text("check.prior_sensitivity.not_estimable", reason=table["reason"].iloc[0]))
    known = table[table["value"].notna()]
    return _PRIOR.answer(
        outcome,
        text(
            "check.prior_sensitivity.statement",
            number=len(known),
            least=known["value"].min(),
            most=known["value"].max(),
            lower_least=known["lower"].min(),
            lower_most=known["lower"].max(),
            upper_least=known["upper"].min(),
            upper_most=known["upper"].max(),
            tail=_tail(outcome),
        ),
        _meaning(outcome, text("check.prior_sensitivity.priors")),
        figures={"largest_move": float(known["move"].abs().max()), "changing": float(known["changes"].sum())},
        table=table,
    )


@_DESIGN.or_not_run
def model_probability(effect: Effect) -> CheckResult:
    """Average the rate ratio over designs, each weighted by its marginal likelihood.

    The designs keep every term of the one that was asked for, flat priors and all, and add: nothing; one more pair of
    the season; a season that differs in the later half; a bend of the trend in the middle of the time before launch; a
    drift. Everything that is added has a normal prior, so that the marginal likelihoods may be compared. The designs
    are equally probable beforehand.

    Returns
    -------
    CheckResult
        Judged as in :func:`evalkit.check.influence.leave_one_period_out`, on the average alone. Only for the latent
        model. ``table`` has a row a design with its probability, and the average last.
    """
    options = effect.options
    if not isinstance(options, Latent):
        return _DESIGN.not_run(
            text("check.model_probability.no_likelihood", label=effect.model_label), text("check.ask_latent")
        )
    parts = ready(effect)
    if isinstance(parts, str):
        return _DESIGN.not_run(parts)
    fits = _fits(effect.design, options)
    evidence = np.array([fit.posterior.log_marginal_likelihood for fit in fits.values()])
    probability = np.exp(evidence - evidence.max())
    probability /= probability.sum()
    draws = [_ratios(fit, effect.design) for fit in fits.values()]
    tails = [(1 - effect.level) / 2, 0.5, (1 + effect.level) / 2]
    quantiles = [np.quantile(own, tails) for own in draws]
    quantiles.append(_mixture_quantiles(draws, probability, tails))
    table = pd.DataFrame(
        {
            "design": [*fits, "average"],
            "probability": [*probability, 1.0],
            "value": [q[1] for q in quantiles],
            "lower": [q[0] for q in quantiles],
            "upper": [q[2] for q in quantiles],
        }
    )
    table = moved(table, base_row(effect.design, options, parts.ratio))
    average = table.iloc[[-1]]
    outcome = judged(average)
    best = table.iloc[int(probability.argmax())]
    row = average.iloc[0]
    return _DESIGN.answer(
        outcome,
        text(
            "check.model_probability.statement",
            number=len(fits),
            value=row["value"],
            lower=row["lower"],
            upper=row["upper"],
            probability=100 * best["probability"],
            best=best["design"],
            tail=_tail(outcome),
        ),
        _meaning(outcome, text("check.model_probability.designs")),
        figures={
            "own_probability": float(probability[0]),
            "best_probability": float(probability.max()),
            "value": float(row["value"]),
            "lower": float(row["lower"]),
            "upper": float(row["upper"]),
        },
        table=table,
    )


def _fits(design: Design, options: Latent) -> Mapping[str, LatentFit]:
    """The fit of each design that can be estimated; the first is the one that was asked for."""
    fits = {text("check.model_probability.as_asked"): latent_fit(design, options.prior)}
    for name, (columns, sds) in _additions(design).items():
        prior = replace(options.prior, coefficient_sd={**options.prior.coefficient_sd, **sds})
        try:
            fits[name] = latent_fit(with_columns(design, columns), prior)
        except CannotEstimate:  # a design that the data cannot carry has no place in the average
            continue
    return fits


def _additions(design: Design) -> dict[str, tuple[dict[str, NDArray[np.float64]], dict[str, float]]]:
    """What each further design adds: columns of shape (n,) and their prior standard deviations, by name."""
    found: dict[str, tuple[dict[str, NDArray[np.float64]], dict[str, float]]] = {}
    if design.frequency != "Y" and design.spec.season == "harmonics":
        more = _next_pair(design)
        if more:
            found[text("check.model_probability.further_pair")] = (more, dict.fromkeys(more, SEASON_SD))
    own = {name: design.column(name) for name in ("sin 1", "cos 1") if name in design.columns}
    if own:
        later = (np.arange(len(design.periods)) >= len(design.periods) // 2).astype(np.float64)
        changed = {f"{name} later": design.with_campaign[:, at] * later for name, at in own.items()}
        found[text("check.model_probability.changing_season")] = (changed, dict.fromkeys(changed, SEASON_SD))
    early = np.flatnonzero(~design.post)
    if len(early) > 3:
        per_year = vocab.PERIODS_PER_YEAR[design.frequency]
        bend = np.maximum(0, np.arange(len(design.periods)) - early[len(early) // 2]) / per_year
        found[text("check.model_probability.bend")] = (
            {"bend": bend},
            {"bend": TREND_SD},
        )
    found[text("check.model_probability.drift")] = wandering_columns(design)
    return found


def _next_pair(design: Design) -> dict[str, NDArray[np.float64]]:
    spec = DesignSpec(harmonics=design.spec.harmonics + 1)
    made = build_design(pd.Series(1.0, index=design.periods), design.launch, spec)
    names = [name for name in made.columns if name.startswith(("sin ", "cos ")) and name not in design.columns]
    return {name: made.with_campaign[:, made.column(name)] for name in names}


def _ratios(fit: LatentFit, design: Design) -> NDArray[np.float64]:
    draws = fit.draws(LIGHT.draws, LIGHT.seed)
    totals = [expected[:, design.window].sum(axis=1) for expected in (draws.with_campaign, draws.without_campaign)]
    return np.asarray(totals[0] / totals[1])


def _mixture_quantiles(
    draws: list[NDArray[np.float64]], probability: NDArray[np.float64], tails: list[float]
) -> NDArray[np.float64]:
    values = np.concatenate(draws)
    weights = np.concatenate([np.full(len(own), p / len(own)) for own, p in zip(draws, probability, strict=True)])
    order = np.argsort(values)
    return np.asarray(np.interp(tails, np.cumsum(weights[order]), values[order]))


def _tail(outcome: Outcome) -> str:
    return {
        Outcome.PASSED: text("check.stays"),
        Outcome.INCONCLUSIVE: text("check.close"),
        Outcome.FAILED: text("check.changes"),
    }[outcome]


def _meaning(outcome: Outcome, what: str) -> str:
    return {
        Outcome.PASSED: text("check.stays_means", what=what),
        Outcome.INCONCLUSIVE: text("check.close_means", what=what),
        Outcome.FAILED: text("check.changes_means", what=what),
    }[outcome]
