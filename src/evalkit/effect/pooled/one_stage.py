"""One hierarchical model for all regions: a common campaign effect, and regions that differ from it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from evalkit import vocab
from evalkit.catalogue import text
from evalkit.design import DesignSpec, design_spec
from evalkit.effect.compute import window_of
from evalkit.effect.estimate import Estimate, NotEstimable
from evalkit.effect.pooled.assemble import (
    Part,
    common_warnings,
    fixed_of,
    heterogeneity_of,
    part_of,
    ratio_from,
    regions_frame,
    require_estimand,
    span,
    too_few,
)
from evalkit.effect.pooled.density import log_effect
from evalkit.effect.pooled.gather import Laid, Launches, lay_out
from evalkit.effect.pooled.pooled import LeftOut, Pooled
from evalkit.effect.pooled.shared import gls_row, shared_variance
from evalkit.errors import CannotEstimate, DesignError
from evalkit.model import Latent, fit_many
from evalkit.model.pooled import Hierarchy, combine, integrate

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from evalkit.contacts import Contacts
    from evalkit.effect.pooled.pooled import Comparisons
    from evalkit.model import LatentFit, Marginal
    from evalkit.model.pooled import HierarchyPosterior

_BEYOND: Final = math.log(1e6)
_ONE_SERIES: Final = ("flights", "off", "decay")


def estimate_pooled(
    frame: pd.DataFrame | Contacts,
    launches: Launches,
    *,
    estimand: str = vocab.RATE_RATIO,
    window: int | None = 12,
    comparisons: Comparisons | None = None,
    channel: str | None = None,
    level: float = 0.95,
    options: Hierarchy | None = None,
    model: Latent | None = None,
    **design_options: Any,
) -> Pooled:
    """Estimate a campaign effect that many regions share, from all of them at once.

    Each region keeps its own trend, season and latent process; only the campaign effects are tied together, as draws
    from ``Normal(theta, tau^2)`` on the log scale. The posterior of theta, tau, of each region and of a new region is
    integrated deterministically; a region enters with the whole posterior of its effect, not with a normal summary.

    Parameters
    ----------
    frame : pandas.DataFrame or Contacts
        Wide (one column a region) or tidy contacts, or what :func:`evalkit.read_contacts` gave.
    launches : mapping or pandas.DataFrame
        First exposed period by region, or a table with columns region and launch. Regions without a launch had no
        campaign; those whose launch lies after their data are not yet launched.
    estimand : {"rate_ratio", "level_change"}
        The rate ratio over the window, or the ratio at launch.
    window : int, optional
        Periods from each region's launch on that the effect refers to, 12 by default; None for all. Later data are left
        out.
    comparisons : {"not-yet-launched"}, optional
        Read each region relative to the total of the regions without a campaign until the end of its window. None: each
        against its own past, where a change that comes to all regions at once is taken for an effect in those that it
        finds near their launch.
    channel : str, optional
        For tidy contacts with several channels.
    level : float, optional
        Probability content of every interval.
    options : Hierarchy, optional
        Prior of the spread between regions.
    model : Latent, optional
        Prior and numerical settings of the regions' own models.
    **design_options
        ``slope`` (False here unless given), ``trend``, ``season``, ``harmonics``, ``transition``,
        ``transition_handling``, ``end`` (with ``window=None``), ``events``, as in :func:`estimate_effect`.

    Returns
    -------
    Pooled
        Regions that cannot be estimated are in ``left_out``; with fewer than two others every result is a
        ``NotEstimable``.

    Raises
    ------
    DesignError
        A launch for a region that is not there, two launches for one, several channels, one series under two names.
    ContactsError, ModelError
        As in :func:`estimate_effects`.

    Notes
    -----
    ``docs/methods/pooled.md`` has the equations, and what was measured.

    Examples
    --------
    >>> import evalkit as ek
    >>> import numpy as np
    >>> import pandas as pd
    >>> rng = np.random.default_rng(7)
    >>> launches = {"A": "2018-01", "B": "2018-04", "C": "2018-07"}
    >>> table = {n: ek.simulate_series(rng, level_ratio=2.0, launch=when) for n, when in launches.items()}
    >>> pooled = ek.estimate_pooled(pd.DataFrame(table), launches)
    >>> pooled.effect.lower < 2 < pooled.effect.upper
    True
    """
    require_estimand(estimand, level)
    options, model = options or Hierarchy(), model or Latent()
    laid = lay_out(
        frame, launches, pooled_spec(design_options), window=window, comparisons=comparisons, channel=channel
    )
    fits, left_out = _fitted(laid, model)
    marginals, parts, unreadable = _marginals(laid, fits, estimand, level)
    left_out = (*laid.left_out, *left_out, *unreadable)
    shared = {
        "stage": "one-stage",
        "method": text("effect.pooled.one_stage"),
        "estimand": estimand,
        "level": level,
        "left_out": left_out,
        "comparisons": comparisons,
        "window": None if window is None else int(window),
        "simulated": any(region.counts.attrs.get(vocab.SIMULATED, False) for region in laid.regions),
        "options": options,
    }
    if len(parts) < 2:
        why = too_few(parts, left_out)
        frame_of = regions_frame(parts, [1.0] * len(parts))
        return Pooled(effect=why, new_region=why, tau=why, fixed=why, heterogeneity=None, regions=frame_of, **shared)  # type: ignore[arg-type]
    posterior = integrate(marginals, options)
    extra = 0.0
    if comparisons is not None:
        sizes = {part.region: float(w) * part.log_se for part, w in zip(parts, posterior.weights, strict=True)}
        rows = {name: _row_of(fits[name], estimand) for name in sizes}
        extra = math.sqrt(shared_variance(laid, rows, sizes, model))
    return _pooled(posterior, parts, extra, shared)


def _pooled(posterior: HierarchyPosterior, parts: list[Part], extra: float, shared: dict[str, Any]) -> Pooled:
    level, window = shared["level"], span(parts)
    combined = combine(np.array([p.log_value for p in parts]), np.array([p.log_se for p in parts]), level=level)
    ends = [float(end) for end in posterior.tau.quantile([0.5, (1 - level) / 2, (1 + level) / 2])]
    warnings = list(common_warnings(parts, shared["estimand"]))
    if shared["comparisons"] is None:
        warnings.append(text("effect.pooled.own_past"))
    if extra:
        warnings.append(text("effect.pooled.shared", extra=extra))
    common, ahead = posterior.common.widened(extra), posterior.new_region.widened(extra)
    return Pooled(
        effect=ratio_from(common, "average effect", level, window),
        new_region=ratio_from(ahead, "new region", level, window),
        tau=Estimate("spread between regions", ends[0], ends[1], ends[2], level, "log ratio", window),
        fixed=fixed_of(combined, level, window),
        heterogeneity=heterogeneity_of(combined),
        regions=_with_pooled(regions_frame(parts, list(posterior.weights)), posterior, level),
        warnings=tuple(warnings),
        common=common,
        ahead=ahead,
        posterior=posterior,
        **shared,
    )


def _row_of(fit: LatentFit, estimand: str) -> NDArray[np.float64]:
    """How the log counts of a region enter its log effect, to first order."""
    design = fit.design
    contrast = (design.with_campaign - design.without_campaign)[design.window].mean(axis=0)
    if estimand == vocab.LEVEL_CHANGE:
        contrast = np.eye(len(contrast))[design.column(vocab.LEVEL)]
    return gls_row(fit.posterior, design.with_campaign, design.offset, contrast)


def _with_pooled(frame: pd.DataFrame, posterior: HierarchyPosterior, level: float) -> pd.DataFrame:
    ends = np.array([np.exp(r.quantile([0.5, (1 - level) / 2, (1 + level) / 2])) for r in posterior.regions])
    return frame.assign(pooled_value=ends[:, 0], pooled_lower=ends[:, 1], pooled_upper=ends[:, 2])


def _fitted(laid: Laid, model: Latent) -> tuple[dict[str, LatentFit], tuple[LeftOut, ...]]:
    fits: dict[str, LatentFit] = {}
    left_out = []
    for name, fit in zip(laid.designs, fit_many(model, list(laid.designs.values())), strict=True):
        if isinstance(fit, CannotEstimate):
            left_out.append(LeftOut(region=name, reason=fit.reason, remedy=fit.remedy))
        else:
            fits[name] = fit  # type: ignore[assignment]  # a latent model gives latent fits
    return fits, tuple(left_out)


def _marginals(
    laid: Laid, fits: Mapping[str, LatentFit], estimand: str, level: float
) -> tuple[list[Marginal], list[Part], tuple[LeftOut, ...]]:
    marginals, parts, left_out = [], [], []
    for name, fit in fits.items():
        marginal = log_effect(fit, estimand)
        ends = marginal.quantile([0.5, (1 - level) / 2, (1 + level) / 2])
        if not np.isfinite(ends).all() or ends[2] - ends[1] > _BEYOND:
            why = NotEstimable(text("effect.pooled.interval_too_wide"), text("effect.simpler"))
            left_out.append(LeftOut(region=name, reason=why.reason, remedy=why.remedy))
            continue
        marginals.append(marginal)
        parts.append(part_of(fit.design.launch, window_of(fit.design), list(np.exp(ends)), level, (name, laid.channel)))
    return marginals, parts, tuple(left_out)


def pooled_spec(options: Mapping[str, Any]) -> DesignSpec:
    """The terms asked for; no slope change unless one is.

    Raises
    ------
    DesignError
        An unknown option, or a campaign that is more than one lasting change a region.
    """
    spec = design_spec({"slope": False, **options})
    for name in _ONE_SERIES:
        if getattr(spec, name):
            raise DesignError(
                f"{name} describes the campaign of one series; regions are pooled with one lasting change from each "
                f"launch on. Leave {name} out, or estimate each region with it and use pool_effects."
            )
    return spec
