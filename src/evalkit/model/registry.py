"""Which models there are, and fitting many designs at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from evalkit.errors import CannotEstimate
from evalkit.model.arima import Arima
from evalkit.model.controlled import Controlled
from evalkit.model.latent import Forecast, Latent
from evalkit.model.segmented import Segmented
from evalkit.model.structural import Structural
from evalkit.model.synthetic import Synthetic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from evalkit.design import Design
    from evalkit.model.base import Fit, Model

MODELS: Final[dict[str, type]] = {
    "latent": Latent,
    "segmented": Segmented,
    "forecast": Forecast,
    "arima": Arima,
    "structural": Structural,
    "synthetic": Synthetic,
    "controlled": Controlled,
}


def fit_many(
    model: Model, designs: Sequence[Design], *, progress: Callable[[int, int], None] | None = None
) -> list[Fit | CannotEstimate]:
    """Fit one model to many designs; a design that cannot be estimated yields its ``CannotEstimate``.

    A model with a ``fit_many`` of its own (the latent core) does them in one compiled call.
    """
    batched = getattr(model, "fit_many", None)
    if batched is not None:
        return list(batched(designs, progress=progress))
    fits: list[Fit | CannotEstimate] = []
    for done, design in enumerate(designs, 1):
        try:
            fits.append(model.fit(design))
        except CannotEstimate as problem:
            fits.append(problem)
        if progress is not None:
            progress(done, len(designs))
    return fits
