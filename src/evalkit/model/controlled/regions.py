"""The treated region and its comparison regions as designs of their own, and what is refused before any fit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from evalkit.catalogue import text
from evalkit.design import repeats
from evalkit.errors import CannotEstimate, ModelError
from evalkit.model.guard import require_estimable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design import Comparison, Design


@dataclass(frozen=True, kw_only=True, eq=False)
class Regions:
    """What a controlled model fits.

    Attributes
    ----------
    treated : Design
        The series itself.
    comparison : mapping of str to Design
        The same design on the counts of each comparison region, in the order of their names.
    warnings : tuple of str
        Comparison regions that are left out, each with the reason.
    """

    treated: Design
    comparison: dict[str, Design]
    warnings: tuple[str, ...]


def regions_of(design: Design, *, pooled: bool) -> Regions:
    """The designs of the treated and the comparison regions.

    A comparison region whose own counts cannot carry the design is left out with a warning.

    Parameters
    ----------
    pooled : bool
        One comparison region: the total of all, over the periods in which every one was counted.

    Raises
    ------
    ModelError
        The design has no comparison regions.
    CannotEstimate
        The treated region cannot carry the design, none of the comparison regions can, or two series are the same.
    """
    if design.comparison is None:
        raise ModelError(
            "The controlled model compares the series with other regions, and none were given. Give controls=, a table "
            "with one column for each comparison region, or use model='latent'."
        )
    _require_different(design, design.comparison)
    treated = replace(design, comparison=None)
    require_estimable(treated)
    comparison = _total(design.comparison) if pooled else design.comparison
    found: dict[str, Design] = {}
    warnings = []
    for name in sorted(comparison.names):
        alone = _alone(treated, comparison.columns([name]))
        try:
            require_estimable(alone)
        except CannotEstimate as problem:
            warnings.append(text("model.controlled.left_out", name=name, reason=problem.reason))
        else:
            found[name] = alone
    if not found:
        raise CannotEstimate(
            text("cannot.controlled.none", why="; ".join(warnings)),
            text("cannot.controlled.none_remedy"),
        )
    return Regions(treated=treated, comparison=found, warnings=tuple(warnings))


def _alone(treated: Design, region: Comparison) -> Design:
    """The design of the treated region with the counts of a comparison region in their place."""
    observed, offset = region.observed[:, 0], region.offset[:, 0]
    exposed = np.isfinite(observed)
    used = exposed & _admissible(treated)
    return replace(
        treated,
        observed=observed.copy(),
        offset=offset.copy(),
        used=used,
        window=used & treated.post,
        exposed=exposed,
        warnings=(),
    )


def _admissible(design: Design) -> NDArray[np.bool_]:
    """Periods that the design lets in: not of an excluded transition, and not set aside though they were counted."""
    in_transition = design.in_transition & (design.spec.transition_handling == "exclude")
    set_aside = np.isfinite(design.observed) & design.exposed & ~design.used
    return np.asarray(~in_transition & ~set_aside)


def _total(comparison: Comparison) -> Comparison:
    together = replace(
        comparison,
        names=(text("model.controlled.together", number=len(comparison.names)),),
        observed=comparison.observed.sum(axis=1, keepdims=True),
        offset=np.log(np.exp(comparison.offset).sum(axis=1, keepdims=True)),
    )
    if not comparison.offset.any():  # no exposure was given: the total has none either
        return replace(together, offset=np.zeros_like(together.offset))
    return together


def _require_different(design: Design, comparison: Comparison) -> None:
    """Raise ``CannotEstimate`` where a comparison region repeats the series, or another comparison region."""
    series = {text("cannot.controlled.itself"): design.observed}
    for j, name in enumerate(comparison.names):
        values = comparison.observed[:, j]
        for known, other in series.items():
            if repeats(values, other):
                both = np.isfinite(values) & np.isfinite(other)
                raise CannotEstimate(
                    text("cannot.controlled.copy", region=name, known=known, periods=int(both.sum())),
                    text("cannot.controlled.copy_remedy"),
                )
        series[text("cannot.controlled.region", name=name)] = values
