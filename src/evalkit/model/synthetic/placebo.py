"""Placebo in space and leave-one-donor-out: how far off is a synthetic control where there was no campaign?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit.catalogue import text
from evalkit.errors import CannotEstimate, ModelError
from evalkit.model.synthetic.panel import Form, Panel, Synthesis, synthesise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.model.synthetic.fit import SyntheticFit

POOR_FIT: Final = 20.0
"""A placebo whose mean squared error before launch is this many times that of the treated region fits poorly (the
widest cut-off of Abadie, Diamond and Hainmueller 2010)."""
_EXACT: Final = 1e-6  # an error before launch this small, as a share of what is matched, is no error at all


@dataclass(frozen=True, kw_only=True, eq=False)
class Misses:
    """How far the synthetic series of each region is off, the treated one first and every donor as a placebo.

    Attributes
    ----------
    fitted_errors : ndarray of shape (n, k + 1)
        Observed less synthetic on the matched scale.
    errors : ndarray of shape (n, k + 1)
        Log of observed over synthetic (counts), or their difference (a measure).
    window : ndarray of shape (k + 1,)
        The same for the window as a whole: log of the ratio of totals, or mean difference.
    pre, inside : ndarray of bool, shape (n,)
        Periods before launch and of the window.
    """

    fitted_errors: NDArray[np.float64]
    errors: NDArray[np.float64]
    window: NDArray[np.float64]
    pre: NDArray[np.bool_]
    inside: NDArray[np.bool_]

    @property
    def pre_rmspe(self) -> NDArray[np.float64]:
        """Root mean squared error before launch on the matched scale, shape (k + 1,)."""
        return _rms(self.fitted_errors[self.pre])

    @property
    def post_rmspe(self) -> NDArray[np.float64]:
        """The same over the window."""
        return _rms(self.fitted_errors[self.inside])

    @property
    def pre_error(self) -> NDArray[np.float64]:
        """Root mean square before launch of ``errors``, shape (k + 1,)."""
        return _rms(self.errors[self.pre])

    def poor(self, factor: float) -> NDArray[np.bool_]:
        """Which regions fit poorly before launch; never the treated one."""
        mspe = self.pre_rmspe**2
        return np.asarray(mspe > factor * mspe[0])


@dataclass(frozen=True, kw_only=True)
class ErrorScale:
    """Standard deviation of what the synthetic series is off by, as the placebo regions show it.

    Attributes
    ----------
    total, single : float
        Of the window as a whole, and of one period of it: log of a ratio, or a difference.
    before : float
        Root mean square before launch, of the treated region.
    df : int
        Degrees of freedom of the t distribution that belongs to ``total``: placebo regions behind it, less one.
    left_out : tuple of str
        Placebo regions that fit poorly before launch, or exactly, and are not among them.
    """

    total: float
    single: float
    before: float
    df: int
    left_out: tuple[str, ...] = ()


def misses_of(panel: Panel, treated: Synthesis, form: Form) -> Misses:
    """The treated region's errors, and those of each donor with the other donors in the place of its donors.

    The treated region is never a donor. The augmented form keeps the treated region's penalty.
    """
    k = len(panel.names) - 1
    penalty = treated.penalty if form == "augmented" else None
    all_donors = list(range(1, k + 1))
    results = [treated]
    results += [synthesise(panel, j, [i for i in all_donors if i != j], form, penalty) for j in all_donors]
    return Misses(
        fitted_errors=np.column_stack([panel.scaled[:, j] - one.fitted for j, one in enumerate(results)]),
        errors=np.column_stack([panel.errors(one.series, j) for j, one in enumerate(results)]),
        window=np.array([panel.window_error(one.series, j) for j, one in enumerate(results)]),
        pre=panel.pre,
        inside=panel.window,
    )


def error_scale(panel: Panel, misses: Misses) -> ErrorScale:
    r"""Scale of the treated region's error from placebo regions, each in units of its own error before launch.

    With ``s_j`` the root mean square error of region j before launch and ``r_j`` its error over the window, the
    standard deviation of the treated region's error is ``s_0 sqrt(mean_j (r_j / s_j)^2)`` over the m placebo regions.
    Each of them is measured against the others, so their errors nearly add up to nothing and m - 1 degrees of freedom
    are left: with equal weights and independent regions this is the t interval for one new observation from m, but for
    a factor ``sqrt(1 - 1 / m^2)`` on the scale.

    Raises
    ------
    CannotEstimate
        The synthetic series equals the treated one before launch, so that its error cannot be judged.
    """
    before = misses.pre_error
    typical = 1.0 if panel.kind == "counts" else float(np.abs(panel.values[panel.pre]).mean())
    exact = before <= _EXACT * typical
    if exact[0]:
        raise CannotEstimate(
            text("cannot.synthetic.exact", donors=len(before) - 1, periods=int(misses.pre.sum())),
            text("cannot.synthetic.exact_remedy"),
        )
    kept = ~(misses.poor(POOR_FIT) | exact)
    kept[0] = False
    if kept.sum() < 2:
        kept = ~exact
        kept[0] = False
    if kept.sum() < 2:
        raise CannotEstimate(
            text("cannot.synthetic.placebos", number=int(kept.sum())),
            text("cannot.synthetic.placebos_remedy"),
        )
    of_total = misses.window[kept] / before[kept]
    of_single = misses.errors[np.ix_(misses.inside, kept)] / before[kept]
    return ErrorScale(
        total=float(before[0] * np.sqrt(np.mean(of_total**2))),
        single=float(before[0] * np.sqrt(np.mean(of_single**2))),
        before=float(before[0]),
        df=int(kept.sum()) - 1,
        left_out=tuple(name for name, keep in zip(panel.names[1:], kept[1:], strict=True) if not keep),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class PlaceboInSpace:
    """Every donor treated as if it had had the campaign.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a region, the treated one first (``treated`` is true): ``pre_rmspe`` and ``post_rmspe`` on the matched
        scale, their ``ratio``, ``window_error`` (log of the ratio of totals, or mean difference), ``rank`` of the ratio
        (1 is the highest; ties share the worse rank) and ``poor_fit``.
    rank, of : int
        Rank of the treated region among ``of`` regions.
    p_value : float
        ``rank / of``, exact under random assignment of the campaign to one of the regions; never below ``1 / of``.
    rank_kept, of_kept, p_value_kept : int, int, float
        The same without the placebo regions that fit poorly.
    poor_fit : float
        The cut-off: how many times the treated region's mean squared error before launch.
    """

    table: pd.DataFrame = field(repr=False)
    rank: int
    of: int
    p_value: float
    rank_kept: int
    of_kept: int
    p_value_kept: float
    poor_fit: float


def placebo_in_space(fit: SyntheticFit, *, poor_fit: float = POOR_FIT) -> PlaceboInSpace:
    """Rank the treated region's error after launch, relative to that before, among placebo regions.

    Abadie, Diamond and Hainmueller 2010, J Am Stat Assoc 105:493, section 3.5. The rank is exact: no large-sample
    argument is made, and with k donors no p value is below 1 / (k + 1).

    Parameters
    ----------
    poor_fit : float, optional
        Placebo regions whose mean squared error before launch is more than this many times that of the treated region
        are marked, and the rank without them is given beside the rank with them. 1 or more.
    """
    if not (np.isfinite(poor_fit) and poor_fit >= 1):
        raise ModelError(f"poor_fit is {poor_fit!r}. Allowed: a number of 1 or more.")
    misses = fit.misses
    before, after = misses.pre_rmspe, misses.post_rmspe
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(before > 0, after / before, np.where(after > 0, np.inf, 0.0))
    poor = misses.poor(poor_fit)
    rank = np.array([int((ratio >= one).sum()) for one in ratio])
    table = pd.DataFrame(
        {
            "region": [fit.treated_name, *fit.panel.names[1:]],
            "treated": np.arange(len(ratio)) == 0,
            "pre_rmspe": before,
            "post_rmspe": after,
            "ratio": ratio,
            "window_error": misses.window,
            "rank": rank,
            "poor_fit": poor,
        }
    )
    kept = int((ratio[~poor] >= ratio[0]).sum())
    return PlaceboInSpace(
        table=table,
        rank=int(rank[0]),
        of=len(ratio),
        p_value=int(rank[0]) / len(ratio),
        rank_kept=kept,
        of_kept=int((~poor).sum()),
        p_value_kept=kept / int((~poor).sum()),
        poor_fit=float(poor_fit),
    )


def placebo_gaps(fit: SyntheticFit) -> pd.DataFrame:
    """Error by period (rows) and region (columns, the treated one first): log of a ratio, or a difference."""
    names = [fit.treated_name, *fit.panel.names[1:]]
    return pd.DataFrame(fit.misses.errors, index=fit.design.periods, columns=names)


def leave_one_donor_out(fit: SyntheticFit) -> pd.DataFrame:
    """The effect without each donor in turn.

    Returns
    -------
    DataFrame
        One row a donor, by weight: ``donor``, ``weight`` (in the full fit), ``rate_ratio`` (observed over synthetic,
        window totals), ``cumulative_effect`` (their difference) and ``pre_rmspe`` of the fit without it. Without a
        donor of no weight nothing changes.

    Raises
    ------
    CannotEstimate
        Only two donors: without either, one is left, which is no synthetic control.
    """
    panel, full = fit.panel, fit.synthesis
    k = len(panel.names) - 1
    if k < 3:
        raise CannotEstimate(
            text("cannot.synthetic.leave_one_out", donors=k), text("cannot.synthetic.leave_one_out_remedy")
        )
    rows = []
    for j in range(1, k + 1):
        weight = float(full.weights[j - 1])
        others = [i for i in range(1, k + 1) if i != j]
        one = full if weight == 0 else synthesise(panel, 0, others, fit.options.form, _penalty(fit))
        total = float(one.series[panel.window].sum())
        observed = float(panel.values[panel.window, 0].sum())
        rows.append(
            {
                "donor": panel.names[j],
                "weight": weight,
                "rate_ratio": observed / total,
                "cumulative_effect": observed - total,
                "pre_rmspe": float(_rms((panel.scaled[:, 0] - one.fitted)[panel.pre])),
            }
        )
    return pd.DataFrame(rows).sort_values("weight", ascending=False, kind="stable", ignore_index=True)


def _penalty(fit: SyntheticFit) -> float | None:
    return fit.synthesis.penalty if fit.options.form == "augmented" else None


def _rms(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.mean(values**2, axis=0)))
