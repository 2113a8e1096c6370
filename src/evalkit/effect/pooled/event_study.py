"""The effect by time since launch, pooled over regions: how it builds up, and whether it was there before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.catalogue import Spoken, in_its_language, period, periods, text
from evalkit.display import Displayed
from evalkit.effect.estimate import NotEstimable, Result, Window
from evalkit.effect.pooled.assemble import ratio_from
from evalkit.effect.pooled.bins import Bins, Fitted, fit_bins
from evalkit.effect.pooled.gather import Laid, Launches, lay_out
from evalkit.effect.pooled.one_stage import pooled_spec
from evalkit.effect.pooled.pooled import LeftOut
from evalkit.effect.pooled.shared import gls_row, shared_variance
from evalkit.errors import CannotEstimate, DesignError, ModelError
from evalkit.model import Latent
from evalkit.model.pooled import Hierarchy, integrate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from evalkit.contacts import Contacts
    from evalkit.effect.pooled.pooled import Comparisons
    from evalkit.model import Marginal
    from evalkit.model.pooled import GridDensity, HierarchyPosterior

_NORMAL: Final = 1.959964  # quantile of the normal distribution at 0.975
_TABLE: Final = ("first", "last", "regions", "value", "lower", "upper", "new_lower", "new_upper", "tau", "reason")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EventStudy(Spoken, Displayed):
    """The pooled effect by periods since launch.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a bin in order of time: ``first`` and ``last`` period since launch (both inclusive, 0 is the launch),
        ``regions`` that count, ``value``, ``lower``, ``upper`` (the average ratio to what the reference, its trend and
        its season lead to expect), ``new_lower``, ``new_upper`` (in one further region), ``tau``, and ``reason`` where
        it cannot be estimated (the numbers are then NaN).
    by_region : pandas.DataFrame
        One row a region and bin: region, first, last, value, lower, upper.
    leads, lags, bin : int
        Periods before launch and from it on that have bins, and the periods in one bin.
    level : float
        Probability content of every interval; each bin on its own.
    before : Estimate or NotEstimable
        The average ratio over all bins before launch: 1 where trend and season describe them as they do the reference.
        Placebo evidence.
    left_out : tuple of LeftOut
        Regions that do not count, with reasons.
    comparisons : str, optional
        As in :class:`Pooled`.
    frequency : {"Y", "Q", "M", "W", "D"}
        What the periods are.
    warnings : tuple of str
        What the reader should know first.
    simulated : bool
        Whether any series said of itself that its counts were made up.
    """

    table: pd.DataFrame
    by_region: pd.DataFrame
    leads: int
    lags: int
    bin: int
    level: float
    before: Result
    left_out: tuple[LeftOut, ...]
    comparisons: str | None
    frequency: vocab.Frequency
    warnings: tuple[str, ...] = ()
    simulated: bool = False

    @property
    def estimable(self) -> bool:
        """Whether any bin could be estimated."""
        return bool((self.table["reason"] == "").any())

    @property
    def leads_outside(self) -> tuple[int, int]:
        """How many of the bins before launch have an interval without 1, and how many there are."""
        early = self.table[(self.table["last"] < 0) & (self.table["reason"] == "")]
        return int(((early["lower"] > 1) | (early["upper"] < 1)).sum()), len(early)

    def to_frame(self) -> pd.DataFrame:
        """A copy of ``table``."""
        return self.table.copy()

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON; what is not estimable is left out of its row, which has a reason."""
        rows = [
            {str(name): value for name, value in row.items() if not (isinstance(value, float) and np.isnan(value))}
            for row in self.table.to_dict("records")
        ]
        return {
            "bins": rows,
            "leads": self.leads,
            "lags": self.lags,
            "bin": self.bin,
            "level": self.level,
            "before": self.before.to_dict(),
            "leads_outside": list(self.leads_outside),
            "left_out": [left.to_dict() for left in self.left_out],
            "comparisons": self.comparisons,
            "warnings": list(self.warnings),
            "simulated": self.simulated,
        }

    @in_its_language
    def summary(self) -> str:
        """The bins as plain text, one line each, warnings first."""
        lines = [text("wording.simulated")] if self.simulated else []
        lines.append(
            text(
                "effect.event_study.heading",
                periods=periods(self.frequency),
                unit=period(self.frequency),
                lead=self.leads,
            )
        )
        lines += [text("effect.shown.warning", warning=warning) for warning in self.warnings]
        for row in self.table.to_dict("records"):
            what = row["reason"] and text("effect.shown.not_estimable", reason=row["reason"])
            what = what or text(
                "effect.event_study.bin",
                value=row["value"],
                lower=row["lower"],
                upper=row["upper"],
                regions=row["regions"],
            )
            lines.append(text("effect.event_study.line", first=row["first"], last=row["last"], what=what))
        outside, bins = self.leads_outside
        lines.append(text("effect.event_study.before", before=self.before, outside=outside, bins=bins))
        lines += [text("effect.event_study.left_out", region=left.region, reason=left.reason) for left in self.left_out]
        lines.append(text("effect.event_study.intervals", level=100 * self.level))
        return "\n".join(lines)


def event_study(
    frame: pd.DataFrame | Contacts,
    launches: Launches,
    *,
    leads: int = 12,
    lags: int = 18,
    bin: int = 3,  # noqa: A002  # the word of the plot
    comparisons: Comparisons | None = None,
    channel: str | None = None,
    level: float = 0.95,
    options: Hierarchy | None = None,
    model: Latent | None = None,
    **design_options: Any,
) -> EventStudy:
    """Estimate the effect by periods since launch, pooled over regions.

    Each region gets one latent model: trend and season as asked, and one level for every bin of ``bin`` periods from
    ``leads`` periods before launch to ``lags`` from it on. What comes before the first bin is the reference, which
    alone tells trend and season from the bins; later data are left out. The intervals so carry overdispersion,
    autocorrelation and what the trend does not know. Each bin is then pooled over regions as in
    :func:`estimate_pooled`.

    Parameters
    ----------
    frame, launches, comparisons, channel, level, options, model
        As in :func:`estimate_pooled`.
    leads, lags : int, optional
        Periods before launch, 0 or more, and from the launch on, 1 or more, that have bins.
    bin : int, optional
        Periods in one bin; ``leads`` and ``lags`` are whole multiples of it.
    **design_options
        ``trend``, ``season``, ``harmonics``, ``events``, as in :func:`estimate_effect`.

    Returns
    -------
    EventStudy
        Regions without a year of reference, or otherwise not estimable, are in ``left_out``; bins with fewer than two
        regions have a reason instead of numbers.

    Raises
    ------
    DesignError, ContactsError, ModelError
        As in :func:`estimate_pooled`; and leads or lags that the bins do not divide.
    """
    bins = _bins(leads, lags, bin)
    if not 0.5 <= level < 1:
        raise ModelError(f"The level is {level!r}. Allowed: a probability from 0.5 up to, but not including, 1.")
    for name in ("slope", "transition", "transition_handling", "end", "lag"):
        if name in design_options:
            raise DesignError(f"An event study has bins in the place of {name!r}. Leave it out.")
    options, model = options or Hierarchy(), model or Latent()
    laid = lay_out(frame, launches, pooled_spec(design_options), window=lags, comparisons=comparisons, channel=channel)
    fitted, left_out = fit_bins(laid, bins, model)
    rows = [_row(place, laid, bins, fitted, level, options, model) for place in range(len(bins.first))]
    frequency = next(iter(laid.designs.values())).frequency if laid.designs else "M"
    return EventStudy(
        table=pd.DataFrame(rows, columns=list(_TABLE)),
        by_region=_by_region(bins, fitted, level),
        leads=leads,
        lags=lags,
        bin=bin,
        level=level,
        before=_before(laid, bins, fitted, level, options, model),
        left_out=(*laid.left_out, *left_out),
        comparisons=comparisons,
        frequency=frequency,
        warnings=_warnings(fitted, bins, comparisons),
        simulated=any(region.counts.attrs.get(vocab.SIMULATED, False) for region in laid.regions),
    )


def _bins(leads: int, lags: int, size: int) -> Bins:
    for name, value, least in (("leads", leads, 0), ("lags", lags, 1), ("bin", size, 1)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise DesignError(f"{name} is {value!r}. Allowed: a whole number, {least} or more.")
    for name, value in (("leads", leads), ("lags", lags)):
        if value % size:
            raise DesignError(f"{name} is {value}, which bins of {size} do not divide. Give a multiple of {size}.")
    return Bins(first=tuple(range(-leads, lags, size)), size=int(size))


def _row(
    place: int,
    laid: Laid,
    bins: Bins,
    fitted: Mapping[str, Fitted],
    level: float,
    options: Hierarchy,
    model: Latent,
) -> dict[str, object]:
    first = bins.first[place]
    row: dict[str, object] = {"first": first, "last": first + bins.size - 1, "reason": ""}
    contrasts = {name: one.unit(place) for name, one in fitted.items() if place in one.bins}
    row["regions"] = len(contrasts)
    found = _pooled(laid, fitted, contrasts, options, model)
    if isinstance(found, NotEstimable):
        return row | {"reason": found.reason}
    common, ahead, tau = found
    tails = [(1 - level) / 2, (1 + level) / 2]
    row["value"] = float(np.exp(common.centre))
    row["lower"], row["upper"] = (float(end) for end in np.exp(common.quantile(tails)))
    row["new_lower"], row["new_upper"] = (float(end) for end in np.exp(ahead.quantile(tails)))
    return row | {"tau": tau.centre}


def _before(
    laid: Laid, bins: Bins, fitted: Mapping[str, Fitted], level: float, options: Hierarchy, model: Latent
) -> Result:
    early = [place for place, first in enumerate(bins.first) if first < 0]
    if not early:
        return NotEstimable(text("effect.event_study.no_leads"), text("effect.event_study.no_leads_remedy"))
    contrasts = {}
    for name, one in fitted.items():
        there = [one.unit(place) for place in early if place in one.bins]
        if there:
            contrasts[name] = np.mean(there, axis=0)
    found = _pooled(laid, fitted, contrasts, options, model)
    if isinstance(found, NotEstimable):
        return found
    designs = [laid.designs[name] for name in contrasts]
    window = Window(
        start=min(design.launch + bins.first[0] for design in designs),
        end=max(design.launch - 1 for design in designs),
        periods=-bins.first[0] * len(designs),
    )
    return ratio_from(found[0], "before launch", level, window)


def _pooled(
    laid: Laid,
    fitted: Mapping[str, Fitted],
    contrasts: Mapping[str, NDArray[np.float64]],
    options: Hierarchy,
    model: Latent,
) -> tuple[GridDensity, GridDensity, GridDensity] | NotEstimable:
    """Densities of the average, of a new region and of tau for one contrast of coefficients a region."""
    if len(contrasts) < 2:
        return NotEstimable(text("effect.event_study.few_regions", number=len(contrasts)))
    marginals: Sequence[Marginal] = [fitted[name].marginal(contrast) for name, contrast in contrasts.items()]
    try:
        posterior: HierarchyPosterior = integrate(marginals, options)
    except CannotEstimate as problem:
        return NotEstimable(problem.reason, problem.remedy)
    extra = 0.0
    if laid.beside and any(laid.beside.values()):
        sizes = {}
        for name, marginal, weight in zip(contrasts, marginals, posterior.weights, strict=True):
            low, high = marginal.quantile([0.025, 0.975])
            sizes[name] = float(weight * (high - low)) / (2 * _NORMAL)
        rows = {
            name: gls_row(fitted[name].posterior, fitted[name].matrix, laid.designs[name].offset, contrast)
            for name, contrast in contrasts.items()
        }
        extra = float(np.sqrt(shared_variance(laid, rows, sizes, model)))
    return posterior.common.widened(extra), posterior.new_region.widened(extra), posterior.tau


def _by_region(bins: Bins, fitted: Mapping[str, Fitted], level: float) -> pd.DataFrame:
    rows = []
    for name, one in fitted.items():
        for place in one.bins:
            ends = np.exp(one.marginal(one.unit(place)).quantile([0.5, (1 - level) / 2, (1 + level) / 2]))
            rows.append((name, bins.first[place], bins.first[place] + bins.size - 1, *(float(end) for end in ends)))
    return pd.DataFrame(rows, columns=["region", "first", "last", "value", "lower", "upper"])


def _warnings(fitted: Mapping[str, Fitted], bins: Bins, comparisons: str | None) -> tuple[str, ...]:
    found = []
    reach = {len(one.bins) for one in fitted.values()}
    if len(reach) > 1 or (reach and reach != {len(bins.first)}):
        found.append(text("effect.event_study.other_regions"))
    if comparisons is None and fitted:
        found.append(text("effect.pooled.own_past"))
    return tuple(found)
