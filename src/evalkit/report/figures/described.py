"""A figure that carries its description, so that a notebook keeps it beside the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Callable


class DescribedFigure(Figure):
    """A figure whose words stand in the output of a notebook: as its plain text, and as ``alt`` of the picture.

    Attributes
    ----------
    describe : callable or None
        Gives the description, from the numbers; called when the figure is displayed.
    """

    describe: Callable[[], str] | None = None

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        """The words; the picture itself is made by whoever displays figures in the notebook."""
        if self.describe is None:
            return {}, {}
        text = self.describe()
        return {"text/plain": text}, {kind: {"alt": text} for kind in ("image/png", "image/jpeg", "image/svg+xml")}
