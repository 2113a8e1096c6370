"""What the latent model refuses before it starts, each with a reason and a remedy."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from evalkit.catalogue import text
from evalkit.errors import CannotEstimate, ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CONTACTS_PER_TERM = 2  # fewer, and flat priors leave ratios such as exp(100): true to the model, useless to a reader
_SMALL: Final = 20_000  # numbers in a design, up to which what was measured of it is kept
_COLLINEAR = 1e-9  # share of a column's length that is left after the earlier columns


def require_readable(
    counts: NDArray[np.float64], matrix: NDArray[np.float64], offset: NDArray[np.float64], used: NDArray[np.bool_]
) -> None:
    """Raise ``ModelError`` for arrays that do not fit together or numbers that are no counts, rates or columns."""
    n = len(counts)
    if matrix.ndim != 2 or matrix.shape[0] != n or offset.shape != (n,) or used.shape != (n,):
        raise ModelError(
            f"{n} counts came with a matrix of shape {matrix.shape}, an offset of {offset.shape} and a mask of "
            f"{used.shape}. Allowed: one row, one offset and one mask entry for each count."
        )
    wrong = used & ~(np.isfinite(counts) & (counts >= 0))
    if wrong.any():
        raise ModelError(
            f"The count in row {int(np.flatnonzero(wrong)[0])} is {counts[wrong][0]!r}. Allowed: numbers of 0 or more; "
            f"leave a missing period out of the mask."
        )
    if not (np.isfinite(matrix).all() and np.isfinite(offset).all()):
        raise ModelError(
            "The design or the offset has entries that are not finite. Correct them, masked rows included."
        )


def require_chains(starts: NDArray[np.bool_], n: int) -> None:
    """Raise ``ModelError`` where ``starts`` is not one entry for each of the n counts, the first of them True."""
    if starts.shape != (n,) or not starts[0]:
        first = bool(starts[0]) if starts.shape == (n,) else "not read"
        raise ModelError(
            f"The starts have shape {starts.shape} for {n} counts; the first entry is {first}. Allowed: one entry for "
            f"each count, True where a latent process begins, the first of them True."
        )


def require_estimable_terms(
    counts: NDArray[np.float64],
    whole: NDArray[np.float64],
    used: NDArray[np.bool_],
    flat: NDArray[np.bool_],
    terms: tuple[str, ...],
) -> None:
    """Raise ``CannotEstimate`` where the posterior would be improper or the design cannot tell its terms apart.

    Parameters
    ----------
    counts, whole : ndarray of shape (n,) and (n, p)
        Counts and design in every period.
    used : ndarray of bool, shape (n,)
        Periods with a count.
    flat : ndarray of bool, shape (p,)
        Coefficients with a flat prior.  A proper prior makes any of this a sound, wide answer.
    terms : tuple of str
        Names of the columns.
    """
    m = int(used.sum())
    if m == 0:
        raise CannotEstimate(text("cannot.latent.nothing_counted"), text("cannot.latent.nothing_counted_remedy"))
    names = tuple(term for term, is_flat in zip(terms, flat, strict=True) if is_flat)
    if m <= len(names):
        raise CannotEstimate(
            text("cannot.latent.terms", periods=m, terms=len(names)),
            text("cannot.latent.terms_remedy"),
        )
    if not names:
        return
    measured = _measured if whole.size <= _SMALL else _measured.__wrapped__
    free, length, left = measured(whole.tobytes(), whole.shape, used.tobytes(), flat.tobytes())
    counts = counts[used]
    _require_rank(length, left, names)
    if not counts.any():
        raise CannotEstimate(text("cannot.no_contacts"), text("cannot.no_contacts_remedy"))
    _require_no_separation(counts, free, names)
    if counts.sum() < _CONTACTS_PER_TERM * free.shape[1]:
        raise CannotEstimate(
            text("cannot.latent.contacts_for_terms"),  # no figure: this is quoted on the pages of other regions
            text("cannot.latent.unreliable_remedy"),
        )


@lru_cache(maxsize=128)
def _measured(
    content: bytes, shape: tuple[int, int], used: bytes, flat: bytes
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The flat columns in the counted periods, of height 1; their lengths; what share of each earlier columns leave.

    Many series share a design, so what was measured is kept, by the content of the arrays.
    """
    free = np.frombuffer(content).reshape(shape)[:, np.frombuffer(flat, dtype=np.bool_)]
    height = np.abs(free).max(axis=0)
    free = free[np.frombuffer(used, dtype=np.bool_)] / np.where(height > 0, height, 1.0)
    length = np.sqrt(np.einsum("ij,ij->j", free, free))
    left = np.zeros(0)
    if length.min() >= _COLLINEAR:
        left = np.abs(np.diagonal(np.linalg.qr(free / length, mode="r")))
    for made in (free, length, left):
        made.flags.writeable = False
    return free, length, left


def _require_rank(length: NDArray[np.float64], left: NDArray[np.float64], names: tuple[str, ...]) -> None:
    if length.min() < _COLLINEAR:
        raise CannotEstimate(
            text("cannot.latent.zero", term=names[int(np.argmin(length))]),
            text("cannot.zero_remedy"),
        )
    if left.min() < _COLLINEAR:
        culprit = int(np.argmax(left < _COLLINEAR))
        raise CannotEstimate(
            text("cannot.same", term=names[culprit], others=", ".join(names[:culprit])),
            text("cannot.latent.same_remedy"),
        )


def _require_no_separation(counts: NDArray[np.float64], matrix: NDArray[np.float64], names: tuple[str, ...]) -> None:
    """A direction a with Xa = 0 wherever contacts were counted and Xa <= 0, not all 0, elsewhere.

    The likelihood never falls along it, and the posterior under flat priors is improper (Correia, Guimarães and
    Zylkin 2020, Stata Journal 20:95).
    """
    positive = counts > 0
    if positive.all():
        return
    if np.linalg.matrix_rank(matrix[positive], tol=_COLLINEAR * len(counts)) == matrix.shape[1]:
        return
    from scipy.optimize import linprog

    zeros = matrix[~positive]
    found = linprog(
        zeros.sum(axis=0),
        A_ub=zeros,
        b_ub=np.zeros(len(zeros)),
        A_eq=matrix[positive],
        b_eq=np.zeros(int(positive.sum())),
        bounds=(-1, 1),
    )
    if found.status == 0 and float(found.fun or 0.0) < -1e-6:
        culprit = names[_separated(matrix, positive, np.asarray(found.x))]
        raise CannotEstimate(
            text("cannot.latent.unbounded", term=culprit),
            text("cannot.latent.unbounded_remedy", term=culprit),
        )


def _separated(matrix: NDArray[np.float64], positive: NDArray[np.bool_], direction: NDArray[np.float64]) -> int:
    """The column to name: one that is separated by itself where there is one, else the last of the direction."""
    alone = [j for j, column in enumerate(matrix.T) if not column[positive].any() and abs(np.sign(column).sum()) > 0]
    return alone[0] if alone else int(np.flatnonzero(np.abs(direction) > 1e-6)[-1])
