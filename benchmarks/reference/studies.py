"""The two sets of reference posteriors: under the library's default prior, and with one process that has memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from benchmarks.reference.cases import FOLDER
from benchmarks.reference.prior import Prior, prior_of
from evalkit.model.latent import LatentPrior

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """One set of references.

    Attributes
    ----------
    name, about : str
        Its key, and a line for the page.
    folder : Path
        Where ``posteriors.csv`` and ``runs.csv`` are kept.
    options : LatentPrior
        The prior as the library has it.
    """

    name: str
    about: str
    folder: Path
    options: LatentPrior

    @property
    def prior(self) -> Prior:
        """The same prior as weights for the sampler's draws."""
        return prior_of(self.options)

    @property
    def posteriors(self) -> pd.DataFrame:
        """The committed quantiles, indexed by case and estimand."""
        return pd.read_csv(self.folder / "posteriors.csv", index_col=["case", "estimand"])

    @property
    def runs(self) -> pd.DataFrame:
        """How the sampler fared, a row a case."""
        return pd.read_csv(self.folder / "runs.csv", index_col="case")


STUDIES: Final = {
    "default": Study(
        name="default",
        about="the library's default prior: a tenth of the prior mass on half of the variance being without memory",
        folder=FOLDER / "default",
        options=LatentPrior(),
    ),
    "memory_only": Study(
        name="memory_only",
        about="one AR(1) process and nothing without memory, ρ from −0.3",
        folder=FOLDER / "memory_only",
        options=LatentPrior(rho_lower=-0.3, white={0.0: 1.0}),
    ),
}
