"""The explorer: choose a region, channel, launch, model and window, and see effect and verdict follow.

``explorer_state`` is a function of what was asked, without a browser; ``explore`` puts a widget on top of it. Reports
use neither: a widget needs a running kernel, and an exported one would load from elsewhere.
"""

from __future__ import annotations

from evalkit.explorer.choices import Choice, Source, source_of
from evalkit.explorer.state import ExplorerView, explorer_state
from evalkit.explorer.widget import Explorer, explore

__all__ = ["Choice", "Explorer", "ExplorerView", "Source", "explore", "explorer_state", "source_of"]
