"""Whether a design can be estimated at all, before any model sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evalkit import vocab
from evalkit.catalogue import counted, text
from evalkit.errors import CannotEstimate
from evalkit.model.base import Requirements

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design import Design

_COLLINEAR = 1e-8  # share of a column's own length that is left after the earlier columns


def require_estimable(design: Design, requirements: Requirements | None = None) -> None:
    """Raise ``CannotEstimate``, with figures and a remedy, where the data cannot say what the design asks.

    Tells apart: too few periods before or after launch, more columns than periods, no contacts at all, none on one
    side of the launch, and a column that the others already contain (named).
    """
    if design.unknown_decay and design.campaign_terms:
        raise CannotEstimate(
            text("cannot.decay"),
            text("cannot.decay_remedy"),
        )
    require_periods(design, requirements or Requirements())
    require_variation(design)
    require_full_rank(design.with_campaign[design.used], design.columns)


def require_periods(design: Design, requirements: Requirements) -> None:
    """Raise ``CannotEstimate`` for too few used periods before launch, from the launch on, or in all."""
    frequency = design.frequency
    unit, per_year = vocab.FREQUENCY_NAMES[frequency], vocab.PERIODS_PER_YEAR[frequency]
    need_pre = requirements.pre_periods_annual if frequency == "Y" else round(requirements.pre_years * per_year)
    n_pre = design.n_pre
    if n_pre < need_pre:
        raise CannotEstimate(
            text("cannot.before", periods=counted(n_pre, unit), need=need_pre),
            text("cannot.before_remedy"),
        )
    has_slope = vocab.SLOPE in design.campaign_terms
    need_post = requirements.post_periods
    if has_slope:
        need_post = max(requirements.post_periods_slope, round(requirements.post_years_slope * per_year))
    n_exposed = int(design.window.sum())
    if design.campaign_terms and n_exposed < need_post:
        where = text("cannot.side_after" if n_exposed == design.n_post else "cannot.side_exposed")
        with_slope = text("cannot.with_slope") if has_slope else ""
        remedy = text("cannot.wait_or_no_slope" if has_slope else "cannot.wait")
        raise CannotEstimate(
            text("cannot.after", periods=counted(n_exposed, unit), where=where, need=need_post, with_slope=with_slope),
            remedy,
        )
    for part in design.parts:
        n_part = int((part.window & design.used).sum())
        if n_part < requirements.post_periods:
            raise CannotEstimate(
                text("cannot.part", periods=counted(n_part, unit), part=part.name, need=requirements.post_periods),
                text("cannot.part_remedy"),
            )
    n_used, p = int(design.used.sum()), len(design.columns)
    if n_used <= p:
        raise CannotEstimate(
            text("cannot.terms", periods=n_used, terms=p),
            text("cannot.terms_remedy"),
        )


def require_variation(design: Design) -> None:
    """Raise ``CannotEstimate`` where no contacts were counted at all, or none on one side of the launch.

    A measure may be zero, but one that never changes says nothing of its own variability.
    """
    counts = design.observed
    if design.kind == "measure":
        if np.ptp(counts[design.used]) == 0:
            raise CannotEstimate(
                text("cannot.same_measure", measure=counts[design.used][0]), text("cannot.same_measure_remedy")
            )
        return
    if counts[design.used].sum() == 0:
        raise CannotEstimate(text("cannot.no_contacts"), text("cannot.no_contacts_remedy"))
    post = design.post
    for where, mask in (("cannot.side_before", ~post), ("cannot.side_after", post)):
        chosen = design.used & mask
        if chosen.any() and counts[chosen].sum() == 0:
            side = text(where)
            raise CannotEstimate(
                text("cannot.no_contacts_side", side=side),
                text("cannot.no_contacts_side_remedy"),
            )


def require_full_rank(matrix: NDArray[np.float64], columns: tuple[str, ...]) -> None:
    """Raise ``CannotEstimate`` naming the first column that earlier columns already contain.

    Parameters
    ----------
    matrix : ndarray of shape (m, p)
        Used rows of the design.
    columns : tuple of str
        Their p names.
    """
    length = np.linalg.norm(matrix, axis=0)
    empty = np.flatnonzero(length == 0)
    if empty.size:
        raise CannotEstimate(text("cannot.zero", term=columns[empty[0]]), text("cannot.zero_remedy"))
    r = np.abs(np.diag(np.linalg.qr(matrix / length, mode="r")))
    culprits = np.flatnonzero(r < _COLLINEAR * max(matrix.shape))
    if culprits.size:
        raise CannotEstimate(
            text("cannot.same", term=columns[culprits[0]], others=", ".join(columns[: culprits[0]])),
            text("cannot.same_remedy"),
        )
