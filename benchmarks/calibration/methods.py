"""The methods under study, by name: each takes counts and a setting and hands back intervals."""

from __future__ import annotations

import ast
import hashlib
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import metadata
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.calibration import latent, log_normal, regression
from benchmarks.calibration.intervals import Estimated, from_errors, from_ratio
from benchmarks.places import ROOT
from benchmarks.rivals import RIVALS, run_rival
from evalkit import vocab
from evalkit.model import Arima, Structural

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.calibration.cells import Setting

RATIO_REPLICATES: Final = 250
"""Series of a cell for which the rate ratio of the regressions is drawn: it takes longer than the fit."""
_DRAWS, _SEED = 500, 7


@dataclass(frozen=True, kw_only=True)
class Method:
    """One method.

    Attributes
    ----------
    label : str
        For tables.
    estimate : callable
        Counts (m, n) and the setting to intervals by estimand.
    version : str
        Of what does the work, where that is not our code.
    sources : tuple of str
        Files of our code that the figures depend on, from the root of the checkout.
    """

    label: str
    estimate: Callable[[NDArray[np.float64], Setting], Estimated]
    version: str = ""
    sources: tuple[str, ...] = ()


@cache
def version_of(method: str) -> str:
    """What the figures of a method are made by: a rival's release, or a short hash of the statements of our code.

    Read once in a process: code that changes on disk while a run goes on is not the code of that run.
    """
    chosen = METHODS[method]
    if not chosen.sources:
        return chosen.version
    return hash_of(chosen.sources)


def hash_of(sources: Sequence[str]) -> str:
    """A short hash of the statements in some files, named from the root of the checkout."""
    bodies = "".join(_statements((ROOT / name).read_text(encoding="utf-8")) for name in sources)
    return hashlib.sha256(bodies.encode()).hexdigest()[:12]


def _statements(source: str) -> str:
    """The syntax tree without docstrings: comments and wording change no figure."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)


def _segmented(counts: NDArray[np.float64], setting: Setting, *, family: str, hac: bool) -> Estimated:
    block = regression.segmented(counts, setting, family=family, hac=hac)
    first = regression.segmented(counts[:RATIO_REPLICATES], setting, family=family, hac=hac)
    ratio = regression.window_ratio(first, setting, np.random.default_rng(_SEED), _DRAWS)
    return {vocab.LEVEL_CHANGE: block.term(setting.level), vocab.RATE_RATIO: ratio}


def _least_squares(counts: NDArray[np.float64], setting: Setting, *, hac: bool) -> Estimated:
    return {vocab.LEVEL_CHANGE: regression.least_squares(counts, setting, hac=hac).term(setting.level)}


def _sarimax(counts: NDArray[np.float64], setting: Setting) -> Estimated:
    """Maximum likelihood regression of log(y + ½) with AR(1) errors and normal intervals, as statsmodels gives them."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    estimate, error = np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    for i, y in enumerate(np.log(counts + 0.5)):
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                fit = SARIMAX(y, exog=setting.matrix, order=(1, 0, 0)).fit(disp=0, maxiter=200)
            except np.linalg.LinAlgError:
                continue
            if fit.mle_retvals["converged"]:
                estimate[i], error[i] = fit.params[setting.level], fit.bse[setting.level]
    usable = np.isfinite(estimate) & np.isfinite(error)
    return {vocab.LEVEL_CHANGE: from_errors(estimate, error, np.inf, usable)}


def _rival(counts: NDArray[np.float64], setting: Setting, *, name: str) -> Estimated:
    answer = run_rival(name, counts, setting.matrix, int(np.argmax(setting.post)))
    return {vocab.RATE_RATIO: from_ratio(answer["centre"], answer["lower"], answer["upper"])}


CORE = tuple(
    f"src/evalkit/model/latent/{name}.py"
    for name in ("kernel", "explore", "loggamma", "posterior", "prior", "sampling")
)
_ARIMA = tuple(
    f"src/evalkit/model/{name}.py"
    for name in (
        "logscale",
        *(f"arima/{part}" for part in ("contrasts", "fit", "likelihood", "maximise", "noise", "prediction", "search")),
    )
)
_STRUCTURAL = tuple(
    f"src/evalkit/model/{name}.py"
    for name in ("logscale", "structural/components", "structural/fit", "structural/posterior")
)
_BLOCK = ("benchmarks/calibration/regression.py",)
_FAMILIES = {
    "poisson": "Poisson regression",
    "quasi-poisson": "quasi-Poisson regression",
    "negative-binomial": "negative binomial regression",
}
METHODS: Final[dict[str, Method]] = {
    "latent": Method(label="latent (this library)", estimate=partial(latent.level_change, workers=1), sources=CORE),
    "latent-ratio": Method(label="latent (this library)", estimate=latent.rate_ratio, sources=CORE),
    "forecast": Method(label="forecast (this library)", estimate=latent.forecast, sources=CORE),
    **{
        f"{family}{'-hac' * hac}": Method(
            label=f"{label}{', Newey–West' * hac}",
            estimate=partial(_segmented, family=family, hac=hac),
            sources=_BLOCK,
        )
        for family, label in _FAMILIES.items()
        for hac in (False, True)
        if (family, hac) != ("quasi-poisson", True)  # a sandwich does not depend on the dispersion
    },
    **{
        f"least-squares{'-hac' * hac}": Method(
            label=f"least squares, log counts{', Newey–West' * hac}",
            estimate=partial(_least_squares, hac=hac),
            sources=_BLOCK,
        )
        for hac in (False, True)
    },
    "arima": Method(
        label="ARIMA(1,0,0) regression (this library)",
        estimate=partial(log_normal.estimated, model=Arima()),
        sources=_ARIMA,
    ),
    "arima-auto": Method(
        label="ARIMA regression, orders by AICc (this library)",
        estimate=partial(log_normal.estimated, model=Arima(order="auto")),
        sources=_ARIMA,
    ),
    "structural": Method(
        label="structural, local level (this library)",
        estimate=partial(log_normal.estimated, model=Structural()),
        sources=_STRUCTURAL,
    ),
    "structural-forecast": Method(
        label="structural, projected (this library)",
        estimate=partial(log_normal.estimated, model=Structural(form="counterfactual")),
        sources=_STRUCTURAL,
    ),
    "sarimax": Method(
        label="SARIMAX(1,0,0) with step, log counts",
        estimate=_sarimax,
        version=f"statsmodels {metadata.version('statsmodels')}",
    ),
    **{
        name: Method(label=rival.label, estimate=partial(_rival, name=name), version=rival.requirements[0])
        for name, rival in RIVALS.items()
    },
}
