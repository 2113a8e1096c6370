"""Two rounds of one evaluation side by side: what changed between them, and what else differs that may be why."""

from evalkit.report.rounds.compare import Round, compare_rounds
from evalkit.report.rounds.difference import Change, RegionDifference, RoundsDifference
from evalkit.report.rounds.text import difference_text

__all__ = ["Change", "RegionDifference", "Round", "RoundsDifference", "compare_rounds", "difference_text"]
