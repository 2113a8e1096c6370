"""``model="synthetic"``: a weighted average of comparison regions stands in for the region without its campaign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, NoReturn, get_args

import numpy as np
import pandas as pd
from scipy import special

from evalkit import vocab
from evalkit.catalogue import counted, text
from evalkit.display import Displayed
from evalkit.errors import CannotEstimate, DesignError, ModelError, unknown
from evalkit.model.base import Draws, Link, Numerator, Requirements
from evalkit.model.guard import require_variation
from evalkit.model.logscale import LARGEST_LOG
from evalkit.model.synthetic.donors import judge_donors, require_donors
from evalkit.model.synthetic.panel import Form, Match, Panel, Synthesis, panel_of, synthesise
from evalkit.model.synthetic.placebo import ErrorScale, Misses, error_scale, misses_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design import ControlsAs, Design

_LISTED: Final = 6
_SEEN: Final = 1e-6  # a weight below this is not worth a line in a chart


@dataclass(frozen=True, kw_only=True)
class Synthetic(Displayed):
    """Options of the synthetic control.

    Attributes
    ----------
    match : {"index", "rate", "log"}, optional
        What the donors have to resemble before launch: the rate over its own mean before launch (the default for
        counts, as regions differ in size and the movements are what a donor can share), the rate itself (the default
        for a measure), or the log of the rate.
    form : {"classic", "demeaned", "augmented"}
        Weights that are not negative and add to 1; the same after each region's own mean before launch is taken off
        (an intercept; with an index it changes nothing); or with a ridge correction of what is left unmatched, whose
        weights may be negative.
    penalty : float, optional
        Of the augmented form; by cross-validation over the periods before launch unless given.
    excluded : mapping of str to str
        Regions that must not be donors, with the reason: ``{"Ashmere": "had the campaign itself"}``.
    level_factor : float
        A donor whose mean before launch is this many times away from that of the series is not eligible: above or below
        where levels are matched, below only (counts) where an index is.
    max_missing : float
        Largest share of periods, before launch and from the launch on, in which a donor may be without a count.
    kind : {"counts", "measure"}
        What is evaluated.
    """

    match: Match | None = None
    form: Form = "classic"
    penalty: float | None = None
    excluded: Mapping[str, str] = field(default_factory=dict)
    level_factor: float = 10.0
    max_missing: float = 0.1
    kind: vocab.Kind = "counts"

    def __post_init__(self) -> None:
        for what, value, allowed in (
            ("match", self.matched, get_args(Match)),
            ("form", self.form, get_args(Form)),
            ("kind of series", self.kind, vocab.KINDS),
        ):
            if value not in allowed:
                raise ModelError(unknown(what, value, allowed))
        if not isinstance(self.excluded, Mapping):
            raise ModelError(
                f"excluded is a {type(self.excluded).__name__}. Allowed: a mapping of region to reason, such as "
                "{'Ashmere': 'had the campaign itself'}."
            )
        if self.penalty is not None and not (np.isfinite(self.penalty) and self.penalty > 0):
            raise ModelError(f"penalty is {self.penalty!r}. Allowed: a number above 0, or None to have it chosen.")
        if not self.level_factor > 1:
            raise ModelError(f"level_factor is {self.level_factor!r}. Allowed: a number above 1.")
        if not 0 <= self.max_missing < 1:
            raise ModelError(f"max_missing is {self.max_missing!r}. Allowed: a share from 0 up to, not including, 1.")

    @property
    def name(self) -> str:
        """``"synthetic"``."""
        return "synthetic"

    @property
    def controls_as(self) -> ControlsAs:
        """``"comparison"``: donors are read side by side."""
        return "comparison"

    @property
    def matched(self) -> Match:
        """What is matched: as asked, or the index for counts and the rate for a measure."""
        return self.match or ("index" if self.kind == "counts" else "rate")

    def fit(self, design: Design) -> SyntheticFit:
        """Weights, synthetic series and the errors of placebo regions; ``CannotEstimate`` where there are none."""
        if design.comparison is None:
            raise CannotEstimate(
                text("cannot.synthetic.no_regions"),
                text("cannot.synthetic.no_regions_remedy"),
            )
        if design.kind == "counts":
            require_variation(design)
        self._require_rates(design)
        judged = judge_donors(design, design.comparison, self)
        require_donors(judged)
        eligible = design.comparison.columns(list(judged.loc[judged["eligible"], "donor"]))
        panel = panel_of(design, eligible, self.matched)
        _require_periods(design, panel)
        synthesis = synthesise(panel, 0, range(1, len(panel.names)), self.form, self.penalty)
        if not synthesis.series[panel.window].sum() > 0 and design.kind == "counts":
            raise CannotEstimate(text("cannot.synthetic.empty"), text("cannot.synthetic.empty_remedy"))
        misses = misses_of(panel, synthesis, self.form)
        return SyntheticFit(
            options=self,
            design=_within(design, panel),
            panel=panel,
            synthesis=synthesis,
            misses=misses,
            scale=error_scale(panel, misses),
            judged=judged,
        )

    def _require_rates(self, design: Design) -> None:
        comparison = design.comparison
        if comparison is None or self.matched == "index":
            return
        if design.offset.any() != comparison.offset.any():
            without = text(
                "cannot.synthetic.none_of_comparison" if design.offset.any() else "cannot.synthetic.none_of_region"
            )
            raise CannotEstimate(
                text("cannot.synthetic.one_sided", without=without),
                text("cannot.synthetic.one_sided_remedy"),
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class SyntheticFit:
    """A fitted synthetic control; see :class:`evalkit.model.base.Fit`.

    Attributes
    ----------
    design : Design
        As fitted: a period in which an eligible donor was not counted is not used.
    panel : Panel
        The treated region and its eligible donors on the matched scale.
    synthesis : Synthesis
        Weights and synthetic series of the treated region.
    misses : Misses
        Its errors, and those of every donor as a placebo.
    scale : ErrorScale
        The size of errors, from the placebo regions.
    judged : DataFrame
        Donors, whether eligible, and why not.
    """

    options: Synthetic
    design: Design
    panel: Panel
    synthesis: Synthesis
    misses: Misses
    scale: ErrorScale
    judged: pd.DataFrame

    @property
    def name(self) -> str:
        """``"synthetic"``."""
        return self.options.name

    @property
    def label(self) -> str:
        """The model in words."""
        form = "" if self.options.form == "classic" else text(f"model.synthetic.form.{self.options.form}")
        return text("model.synthetic.label", form=form, donors=len(self.panel.names) - 1)

    @property
    def compared(self) -> tuple[str, ...]:
        """Names of the donors that entered the fit."""
        return self.panel.names[1:]

    @property
    def treated_name(self) -> str:
        """What tables call the treated region, whose own name the fit does not know."""
        return "(treated)"

    @property
    def numerator(self) -> Numerator:
        """``"observed"``."""
        return "observed"

    @property
    def link(self) -> Link:
        """``"log"`` for counts, ``"identity"`` for a measure."""
        return "log" if self.design.kind == "counts" else "identity"

    @property
    def terms(self) -> tuple[str, ...]:
        """None: the effect is what was observed against the synthetic series, whatever its shape."""
        return ()

    @property
    def donors(self) -> pd.DataFrame:
        """One row a donor, by weight: ``donor``, ``eligible``, ``reason`` and ``weight`` (0 where not eligible)."""
        weight = dict(zip(self.panel.names[1:], self.synthesis.weights, strict=True))
        table = self.judged.assign(weight=[float(weight.get(name, 0.0)) for name in self.judged["donor"]])
        return table.sort_values(["eligible", "weight"], ascending=False, kind="stable", ignore_index=True)

    @property
    def gaps(self) -> pd.DataFrame:
        """Observed and synthetic by period, ``gap`` (difference), ``ratio``, and which side of the launch it is on.

        Periods in which a donor was not counted have no synthetic value and are left out.
        """
        table = pd.DataFrame(
            {
                "observed": self.panel.values[:, 0],
                "synthetic": self.synthesis.series,
                "pre": self.panel.pre,
                "window": self.panel.window,
            },
            index=self.design.periods,
        )
        table = table[self.panel.available]
        ratio = table["observed"] / table["synthetic"].where(table["synthetic"] > 0)
        return table.assign(gap=table["observed"] - table["synthetic"], ratio=ratio)

    @cached_property
    def before(self) -> Design:
        """What the synthetic series was fitted to: the periods before launch, with nothing but an intercept.

        Residual checks look at these periods, as later ones hold the effect.
        """
        ones = np.ones((len(self.design.periods), 1))
        return replace(
            self.design,
            columns=(vocab.INTERCEPT,),
            with_campaign=ones,
            without_campaign=ones,
            campaign_terms=(),
            used=self.panel.pre,
        )

    @cached_property
    def fitted(self) -> NDArray[np.float64]:
        """The synthetic series, shape (n,); 0 in periods in which a donor was not counted."""
        return np.where(self.panel.available, self.synthesis.series, 0.0)

    @property
    def systematic(self) -> NDArray[np.float64]:
        """The same as ``fitted``."""
        return self.fitted

    @property
    def dispersion(self) -> float:
        """Variance of a count around the synthetic series over its mean, before launch."""
        pre = self.panel.pre
        return float(np.mean((self.panel.values[pre, 0] - self.fitted[pre]) ** 2) / np.abs(self.fitted[pre]).mean())

    @property
    def parameters(self) -> Mapping[str, float]:
        """Fit before launch (root mean squared errors), donors, and the scale of errors.

        ``rmspe`` is on the matched scale; ``rmspe_log`` of log counts (``rmspe_outcome`` for a measure);
        ``rmspe_average`` what a plain average of the same donors leaves on the matched scale; ``error_total`` the
        standard deviation of the error of the window as a whole.
        """
        pre, scaled = self.panel.pre, self.panel.scaled
        plain = scaled[pre, 0] - scaled[pre, 1:].mean(axis=1)
        of_outcome = "rmspe_log" if self.design.kind == "counts" else "rmspe_outcome"
        return {
            "rmspe": float(self.misses.pre_rmspe[0]),
            of_outcome: self.scale.before,
            "rmspe_average": float(np.sqrt(np.mean(plain**2))),
            "donors": float(len(self.panel.names) - 1),
            "donors_with_weight": float((np.abs(self.synthesis.weights) > _SEEN).sum()),
            "error_total": self.scale.total,
            "rho": self._rho,
        }

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader of a result should know about the donors and the fit."""
        found = []
        out = self.judged[~self.judged["eligible"]]
        if len(out):
            listed = "; ".join(
                text("model.synthetic.donor", donor=row.donor, reason=row.reason)
                for row in out.head(_LISTED).itertuples()
            )
            listed += text("model.synthetic.more_in_fit", number=len(out) - _LISTED) if len(out) > _LISTED else ""
            found.append(text("model.synthetic.not_donors", number=len(out), all=len(self.judged), listed=listed))
        absent = sorted(set(self.options.excluded) - set(self.judged["donor"]))
        if absent:
            found.append(text("model.synthetic.absent", regions=", ".join(absent)))
        if not self.synthesis.unique:
            found.append(text("model.synthetic.several"))
        worse = int((self.scale.before > self.misses.pre_error[1:]).sum())
        if worse == len(self.panel.names) - 1:
            found.append(text("model.synthetic.less_well"))
        if self.scale.left_out:
            found.append(
                text("model.synthetic.poorly", number=len(self.scale.left_out), regions=", ".join(self.scale.left_out))
            )
        ignored = _ignored(self.design)
        if ignored:
            found.append(text("model.synthetic.ignored", names=", ".join(ignored)))
        return tuple(found)

    def marginal(self, term: str) -> NoReturn:
        """There is no coefficient; ``DesignError``."""
        raise DesignError(f"A synthetic control has no {term!r} coefficient. Read its rate ratio.")

    def draws(self, size: int, seed: int) -> Draws:
        """What was observed, against the synthetic series with the errors that the placebo regions show.

        Without the campaign, in the window: the total is the synthetic total times exp(e), e from a t distribution with
        the scale ``scale.total`` and ``scale.df`` degrees of freedom (for a measure, plus e a period); single periods
        scatter about it so that one has the scale ``scale.single``. With the campaign, in the window: what was counted.
        Before launch the two are the same: the synthetic series with the errors of that time.
        """
        rng = np.random.default_rng(seed)
        uniform = (rng.permutation(size) + rng.random(size)) / size
        whole = self.scale.total * special.stdtrit(self.scale.df, uniform)
        if self.link == "log":  # with 1 degree of freedom a draw may lie beyond any count
            whole = np.clip(whole, -LARGEST_LOG, LARGEST_LOG)
        spread = np.sqrt(max(self.scale.single**2 - self.scale.total**2, 0.0))
        scatter = np.where(self.design.post, spread, self.scale.before) * rng.standard_normal((size, len(self.fitted)))
        without = self._scattered(whole, scatter)
        with_campaign = without.copy()
        window = self.panel.window
        with_campaign[:, window] = self.panel.values[window, 0]
        return Draws(with_campaign=with_campaign, without_campaign=without)

    def _scattered(self, whole: NDArray[np.float64], scatter: NDArray[np.float64]) -> NDArray[np.float64]:
        """The synthetic series with errors; its total over the window has the error ``whole`` and no other."""
        series, window, post = self.fitted, self.panel.window, self.design.post
        if self.link == "identity":
            balanced = scatter - np.where(post, scatter[:, window].mean(axis=1, keepdims=True), 0.0)
            return np.asarray(series + balanced + np.where(post, whole[:, None], 0.0))
        moved = np.maximum(series, 0.0) * np.exp(scatter)
        totals = moved[:, window].sum(axis=1)
        factor = np.exp(whole) * max(series[window].sum(), 0.0) / np.where(totals > 0, totals, 1.0)
        return np.asarray(np.where(post, moved * factor[:, None], moved))

    def counted(self, expected: NDArray[np.float64], seed: int) -> NDArray[np.float64]:  # noqa: ARG002
        """The same: the errors of placebo regions, which the draws hold, already contain the noise of counting."""
        return expected

    @cached_property
    def _rho(self) -> float:
        """Lag-one correlation of the errors before launch, over neighbouring periods."""
        errors = np.where(self.panel.pre, self.misses.errors[:, 0], np.nan)
        pairs = ~np.isnan(errors[1:]) & ~np.isnan(errors[:-1])
        if pairs.sum() < 3:
            return 0.0
        centred = errors - np.nanmean(errors)
        denominator = np.nansum(centred**2) * pairs.sum() / self.panel.pre.sum()
        value = float((centred[1:] * centred[:-1])[pairs].sum() / denominator)
        return float(np.clip(value, -0.95, 0.95))

    def predictive(self, size: int, seed: int) -> NDArray[np.float64]:
        """Replicated counts around the synthetic series, shape (size, n).

        Errors are an autoregressive process with the variance and the lag-one correlation seen before launch; counts
        are Poisson around it, which takes its share of the variance.
        """
        rng = np.random.default_rng([seed, 3])
        noise = rng.standard_normal((size, len(self.fitted)))
        for t in range(1, noise.shape[1]):
            noise[:, t] = self._rho * noise[:, t - 1] + np.sqrt(1 - self._rho**2) * noise[:, t]
        if self.link == "identity":
            return np.asarray(self.fitted + self.scale.before * noise)
        expected = np.maximum(self.fitted, 0.0)
        by_counting = float(np.mean(1 / (expected[self.panel.pre] + 0.5)))
        sigma = np.sqrt(max(self.scale.before**2 - by_counting, 0.0))
        counts = rng.poisson(np.minimum(expected * np.exp(sigma * noise - sigma**2 / 2), 1e15))
        return np.asarray(counts, dtype=np.float64)


def _within(design: Design, panel: Panel) -> Design:
    """The design over the periods in which every eligible donor was counted, and what is said of the others."""
    used = design.used & panel.available
    lost = int((design.used & ~panel.available).sum())
    return replace(
        design,
        used=used,
        window=panel.window,
        exposed=design.exposed & panel.available,
        warnings=(*design.warnings, text("model.synthetic.no_count", periods=lost)) if lost else design.warnings,
    )


def _require_periods(design: Design, panel: Panel) -> None:
    needs = Requirements()
    unit = vocab.FREQUENCY_NAMES[design.frequency]
    annual = design.frequency == "Y"
    need = needs.pre_periods_annual if annual else round(needs.pre_years * vocab.PERIODS_PER_YEAR[design.frequency])
    have = int(panel.pre.sum())
    if have < need:
        raise CannotEstimate(
            text("cannot.synthetic.before", periods=counted(have, unit), need=need),
            text("cannot.synthetic.before_remedy"),
        )
    if not panel.window.any():
        raise CannotEstimate(
            text("cannot.synthetic.after"),
            text("cannot.synthetic.after_remedy"),
        )


def _ignored(design: Design) -> list[str]:
    """Events and covariates of the design, which a synthetic control cannot use."""
    after = max((design.columns.index(term) for term in design.campaign_terms), default=len(design.columns))
    return [*(event.name for event in design.spec.events), *design.columns[after + 1 :]]
