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

EPOC: Final = "EPOC"
RAMSAY: Final = "Ramsay 2003"
TURNER: Final = "Turner 2021"
HATEGEKA: Final = "Hategeka 2020"
FURTHER: Final = "Further"


@dataclass(frozen=True)
class Asked:
    """A question of a list: where it stands, the topic that answers it, and the question."""

    source: str
    number: str
    topic: str
    question: str


ITEMS: Final[tuple[Asked, ...]] = (
    Asked(EPOC, "1", "independent", "Did the campaign come on its own, with no other change at the time?"),
    Asked(EPOC, "2", "shape", "Was the shape of the effect fixed in advance?"),
    Asked(EPOC, "3", "counting", "Did counting stay the same before and after?"),
    Asked(EPOC, "4", "objective", "Could knowing of the campaign not change what was counted?"),
    Asked(EPOC, "5", "complete", "Are missing counts few, or dealt with?"),
    Asked(EPOC, "6", "selective", "Is everything reported that was looked at?"),
    Asked(EPOC, "7", "other bias", "Is the analysis free of other sources of bias?"),
    Asked(RAMSAY, "1", "independent", "Was the campaign independent of other changes over time?"),
    Asked(RAMSAY, "2", "counting", "Was the campaign unlikely to change how data were collected?"),
    Asked(RAMSAY, "3", "objective", "Was the outcome assessed objectively, or blind?"),
    Asked(RAMSAY, "4", "reliable", "Is the outcome measured reliably?"),
    Asked(RAMSAY, "5", "complete", "Do the data cover at least four fifths of what they should, at every point?"),
    Asked(RAMSAY, "6", "shape", "Was the shape of the effect stated in advance?"),
    Asked(RAMSAY, "7", "spacing", "Is there a reason for the number and spacing of the data points?"),
    Asked(RAMSAY, "8", "technique", "Was a method for time series used, and used rightly?"),
    Asked(TURNER, "G1", "points", "Does the graph show every data point that was analysed, unjoined?"),
    Asked(TURNER, "G2", "launch line", "Is the launch marked and named in the graph, with any transition?"),
    Asked(TURNER, "G3", "trend lines", "Does the graph show the fitted line before and after?"),
    Asked(TURNER, "G4", "counterfactual", "Does the graph show what would have been, in a line of its own kind?"),
    Asked(TURNER, "A1", "prespecified", "Was the method of analysis fixed in advance?"),
    Asked(TURNER, "A2", "dependence", "Is dependence between neighbouring counts part of the method?"),
    Asked(TURNER, "A3", "length", "Is the series long enough for intervals to be trusted?"),
    Asked(TURNER, "A4", "intervals", "Are conclusions drawn from estimates and intervals, not from a threshold?"),
    Asked(HATEGEKA, "H1", "interval", "Are the length of a period and the number of points stated?"),
    Asked(HATEGEKA, "H2", "comparison", "Is there a comparison series?"),
    Asked(HATEGEKA, "H3", "impact model", "Is the impact model stated: level, slope, delay?"),
    Asked(HATEGEKA, "H4", "dependence", "Was autocorrelation dealt with?"),
    Asked(HATEGEKA, "H5", "season", "Was season dealt with?"),
    Asked(HATEGEKA, "H6", "stationarity", "Was a drift that is no part of the effect dealt with?"),
    Asked(FURTHER, "F1", "protocol", "Was a protocol deposited before the data ended?"),
    Asked(FURTHER, "F2", "plan", "Was the evaluation frozen as a plan, and kept to?"),
    Asked(FURTHER, "F3", "funding", "Is it stated who paid?"),
    Asked(FURTHER, "F4", "conflicts", "Is it stated who has an interest in the result?"),
)
