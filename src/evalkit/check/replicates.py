"""Counts that the fitted model could have produced, made once for all checks that compare the data with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from evalkit.model.latest import Latest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evalkit.model import Fit

NUMBER: Final = 999
SEED: Final = 41
_LATEST = Latest()


def replicates(fit: Fit, seed: int = SEED) -> NDArray[np.float64]:
    """999 replicates of the counts, shape (999, n), read-only; those made last are kept for the next check.

    Each check has its 95 % from as many replicates as if it had made its own; that they are the same ones makes only
    the Monte-Carlo errors of different checks alike.
    """
    return _LATEST.of((fit,), seed, lambda: _made(fit, seed))


def _made(fit: Fit, seed: int) -> NDArray[np.float64]:
    made = fit.predictive(NUMBER, seed)
    made.flags.writeable = False
    return made
