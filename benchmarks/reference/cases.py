"""The series of the reference posteriors: where each comes from and what is asked of it."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from benchmarks.places import ROOT
from evalkit.design import DesignSpec, build_design, event_terms

if TYPE_CHECKING:
    from evalkit.design import Design

FOLDER = ROOT / "tests" / "reference" / "latent_posteriors"
SIMULATED = "simulated.csv"


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """One series with its question; see ``cases.toml``.

    Attributes
    ----------
    name, about : str
        Key in ``cases.toml`` and one line of words.
    file : str
        A CSV in the folder of shared series, or ``simulated.csv``.
    launch : str
        First exposed month, inclusive.
    options : dict
        Options of the design, as ``evalkit.estimate_effect`` takes them.
    count : str
        Column of the counts.
    exposure : str or None
        Column of the exposure.
    first : str or None
        First month to keep, inclusive.
    select : dict
        Column to value: rows to keep.
    simulation : dict or None
        What a simulated series was made with.
    target_accept : float
        Of the sampler; nearer to 1 (smaller steps) where it would diverge.
    """

    name: str
    about: str
    file: str
    launch: str
    options: dict[str, Any]
    count: str = "contacts"
    exposure: str | None = None
    first: str | None = None
    select: dict[str, Any] | None = None
    simulation: dict[str, Any] | None = None
    target_accept: float = 0.85

    @property
    def simulated(self) -> bool:
        """Whether the series is in the repository."""
        return self.file == SIMULATED

    @property
    def path(self) -> Path:
        """The file of the series, which may not exist for other people's series."""
        return (FOLDER if self.simulated else shared_folder()) / self.file

    def series(self) -> tuple[pd.Series, pd.Series | None]:
        """Counts and exposure (None without one), by month."""
        table = pd.read_csv(self.path)
        for column, value in (self.select or ({"region": self.name} if self.simulated else {})).items():
            table = table[table[column] == value]
        table = table.set_index(pd.PeriodIndex(table["period"], freq="M")).sort_index()
        table = table.loc[self.first :] if self.first else table
        exposure = None if self.exposure is None else table[self.exposure].astype(float)
        return table[self.count].astype(float), exposure

    def design(self) -> Design:
        """The design that both the sampler and the library fit."""
        counts, exposure = self.series()
        spec = DesignSpec(**{**self.options, "events": event_terms(self.options.get("events"))})
        return build_design(counts, self.launch, spec, exposure=exposure)


def shared_folder() -> Path:
    """The folder of other people's series: beside the checkout, or where EVALKIT_SHARED says."""
    return Path(os.environ.get("EVALKIT_SHARED", ROOT.parent / "shared")) / "data" / "series"


@cache
def cases() -> dict[str, Case]:
    """Every case by name, in the order of ``cases.toml``."""
    table = tomllib.loads((FOLDER / "cases.toml").read_text(encoding="utf-8"))
    return {name: Case(name=name, **entry) for name, entry in table.items()}
