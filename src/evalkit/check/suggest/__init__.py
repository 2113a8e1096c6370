"""Which design do the data allow? Strongest first, with the reason for each."""

from evalkit.check.suggest.comparisons import comparison_regions
from evalkit.check.suggest.suggestion import Suggestion, Suggestions
from evalkit.check.suggest.suggestions import suggest_design

__all__ = ["Suggestion", "Suggestions", "comparison_regions", "suggest_design"]
