"""The items of each list, in our own words, with the topic that answers each.

EPOC: Cochrane Effective Practice and Organisation of Care, suggested risk of bias criteria, the seven for interrupted
time series. Ramsay 2003: Ramsay, Matowe, Grilli, Grimshaw and Thomas, Int J Technol Assess Health Care 19:613. Turner
2021: letters G for the graph, Turner et al., Res Synth Methods 12:106, and A for the analysis, Turner et al., BMC Med
Res Methodol 21:134 and 21:181. Hategeka 2020: Hategeka, Ruton, Karamouzian, Lynd and Law, BMJ Global Health 5:e003567.
What of these could be read, and what could not, stands in ``docs/methods/quality.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from evalkit.catalogue import text

EPOC: Final = "EPOC"
RAMSAY: Final = "Ramsay 2003"
TURNER: Final = "Turner 2021"
HATEGEKA: Final = "Hategeka 2020"
FURTHER: Final = "Further"


@dataclass(frozen=True)
class Asked:
    """A question of a list: where it stands, and the topic that answers it; its words stand in the catalogue."""

    source: str
    number: str
    topic: str

    @property
    def question(self) -> str:
        """The question in plain words."""
        return text(f"quality.questions.{self.source.split()[0]}_{self.number}".lower())


ITEMS: Final[tuple[Asked, ...]] = (
    Asked(EPOC, "1", "independent"),
    Asked(EPOC, "2", "shape"),
    Asked(EPOC, "3", "counting"),
    Asked(EPOC, "4", "objective"),
    Asked(EPOC, "5", "complete"),
    Asked(EPOC, "6", "selective"),
    Asked(EPOC, "7", "other bias"),
    Asked(RAMSAY, "1", "independent"),
    Asked(RAMSAY, "2", "counting"),
    Asked(RAMSAY, "3", "objective"),
    Asked(RAMSAY, "4", "reliable"),
    Asked(RAMSAY, "5", "complete"),
    Asked(RAMSAY, "6", "shape"),
    Asked(RAMSAY, "7", "spacing"),
    Asked(RAMSAY, "8", "technique"),
    Asked(TURNER, "G1", "points"),
    Asked(TURNER, "G2", "launch line"),
    Asked(TURNER, "G3", "trend lines"),
    Asked(TURNER, "G4", "counterfactual"),
    Asked(TURNER, "A1", "prespecified"),
    Asked(TURNER, "A2", "dependence"),
    Asked(TURNER, "A3", "length"),
    Asked(TURNER, "A4", "intervals"),
    Asked(HATEGEKA, "H1", "interval"),
    Asked(HATEGEKA, "H2", "comparison"),
    Asked(HATEGEKA, "H3", "impact model"),
    Asked(HATEGEKA, "H4", "dependence"),
    Asked(HATEGEKA, "H5", "season"),
    Asked(HATEGEKA, "H6", "stationarity"),
    Asked(FURTHER, "F1", "protocol"),
    Asked(FURTHER, "F2", "plan"),
    Asked(FURTHER, "F3", "funding"),
    Asked(FURTHER, "F4", "conflicts"),
)
