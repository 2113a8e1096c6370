"""Several regions laid end to end in one matrix: own columns, shared columns, the common change and the campaign's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evalkit import vocab

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from evalkit.design import Design


@dataclass(frozen=True, kw_only=True, eq=False)
class Stack:
    """R regions of n periods each, the treated one first.

    Attributes
    ----------
    terms : tuple of str
        The campaign's own terms under their names, the common change as ``"comparison level"``, a column of one group
        as ``"trend (Kent)"``, a shared one as ``"trend"``.
    matrix : ndarray of shape (R n, p)
        Rows region by region.
    observed, offset, used, starts : ndarray of shape (R n,)
        As in :class:`evalkit.design.Design`; True where a region begins.
    """

    terms: tuple[str, ...]
    matrix: NDArray[np.float64]
    observed: NDArray[np.float64]
    offset: NDArray[np.float64]
    used: NDArray[np.bool_]
    starts: NDArray[np.bool_]

    def positions(self, terms: Sequence[str]) -> list[int]:
        """Positions of columns by name."""
        return [self.terms.index(term) for term in terms]


def comparison_term(term: str) -> str:
    """Name of the common change that belongs to a campaign term."""
    return f"comparison {term}"


def stack(designs: Sequence[Design], groups: Sequence[str], shared: Sequence[str]) -> Stack:
    """Lay designs on one calendar end to end.

    Parameters
    ----------
    designs : sequence of Design
        The treated region first.
    groups : sequence of str
        Label of each region; regions of one label share every column that is not the campaign's.
    shared : sequence of {"trend", "season"}
        What all regions share.
    """
    treated = designs[0]
    n, r = len(treated.periods), len(designs)
    campaign = set(treated.campaign_terms)
    whole: list[tuple[str, NDArray[np.float64]]] = []
    labels = np.repeat(np.asarray(groups), n)
    for j, term in enumerate(treated.columns):
        column = np.tile(treated.with_campaign[:, j], r)
        if term in campaign:
            whole += [(term, np.where(np.arange(r * n) < n, column, 0.0)), (comparison_term(term), column)]
        elif kind_of_term(term) in shared:
            whole.append((term, column))
        else:
            whole += [(f"{term} ({group})", column * (labels == group)) for group in dict.fromkeys(groups)]
    whole = [(term, column) for term, column in whole if column.any()]
    return Stack(
        terms=tuple(term for term, _ in whole),
        matrix=np.column_stack([column for _, column in whole]),
        observed=np.concatenate([design.observed for design in designs]),
        offset=np.concatenate([design.offset for design in designs]),
        used=np.concatenate([design.used for design in designs]),
        starts=np.tile(np.arange(n) == 0, r),
    )


def kind_of_term(term: str) -> str:
    """What of a region a column describes: ``"trend"``, ``"season"`` or ``"other"``."""
    if term == vocab.TREND:
        return "trend"
    seasonal = ("sin ", "cos ", "month ", "quarter ")
    return "season" if term.startswith(seasonal) else "other"
