"""Parts of a campaign's effect, from the same joint draws as the whole: one launch of several, one flight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evalkit.catalogue import text
from evalkit.effect.estimate import NotEstimable
from evalkit.effect.names import shown_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from evalkit.design import Design, Part
    from evalkit.model import Fit
    from evalkit.model.base import Draws

UNITS = {"ratio": "rate ratio", "coefficient": "rate ratio", "share": "share"}


def parts_of(fit: Fit, draws: Draws, level: float) -> dict[str, NDArray[np.float64] | NotEstimable]:
    """Draws of every part of the fit's design by name, each of shape (S,), or why there are none."""
    found: dict[str, NDArray[np.float64] | NotEstimable] = {}
    for part in fit.design.parts:
        if part.measure == "ratio":
            found[part.name] = _ratio(part, fit, draws)
        elif part.measure == "share":
            found[part.name] = _share(part, fit, draws, found, level)
        else:
            found[part.name] = _coefficient(part, fit, draws)
    return found


def counted_window(part: Part, design: Design) -> NDArray[np.bool_]:
    """The periods of a part that enter the fit, shape (n,)."""
    return np.asarray(part.window & design.used)


def _ratio(part: Part, fit: Fit, draws: Draws) -> NDArray[np.float64] | NotEstimable:
    """Contacts expected with every column over those expected without the part's own, summed over its window."""
    window = counted_window(part, fit.design)
    if not window.any():
        return NotEstimable(
            text("effect.parts.nothing_counted", name=shown_name(part.name)),
            text("effect.parts.nothing_counted_remedy"),
        )
    with_part = draws.with_campaign[:, window]
    if _is_all_of_it(part, fit.design, window):
        without = draws.without_campaign[:, window]
    elif draws.campaign is not None and set(part.terms) <= set(draws.campaign.terms):
        added = draws.campaign.of(part.terms, window)
        without = with_part * np.exp(-added) if fit.link == "log" else with_part - added
    else:
        return _not_told_apart(part, fit)
    total = without.sum(axis=1)
    if not (total > 0).all():  # only a measure that is no count gets here
        return NotEstimable(
            text("effect.parts.no_total", name=shown_name(part.name)),
            text("effect.no_ratio_remedy"),
        )
    return np.asarray(with_part.sum(axis=1) / total)


def _is_all_of_it(part: Part, design: Design, window: NDArray[np.bool_]) -> bool:
    """Whether no other column of the campaign is at work in the window, so that every model can answer."""
    others = [design.column(term) for term in design.campaign_terms if term not in part.terms]
    return not design.with_campaign[window][:, others].any()


def _share(
    part: Part, fit: Fit, draws: Draws, found: Mapping[str, NDArray[np.float64] | NotEstimable], level: float
) -> NDArray[np.float64] | NotEstimable:
    """(ratio - 1) of one part over (ratio - 1) of another, where the interval of the other leaves out 1."""
    numerator, denominator = _ratio(part, fit, draws), found[str(part.of)]
    if isinstance(numerator, NotEstimable):
        return numerator
    if isinstance(denominator, NotEstimable):
        return denominator
    lower, upper = np.quantile(denominator, [(1 - level) / 2, (1 + level) / 2])
    if lower <= 1 <= upper:
        return NotEstimable(
            text(
                "effect.parts.holds_one",
                of=shown_name(str(part.of)),
                value=np.median(denominator),
                lower=lower,
                upper=upper,
            ),
            text("effect.parts.holds_one_remedy"),
        )
    return np.asarray((numerator - 1) / (denominator - 1))


def _coefficient(part: Part, fit: Fit, draws: Draws) -> NDArray[np.float64] | NotEstimable:
    if draws.campaign is None or part.terms[0] not in draws.campaign.terms:
        return _not_told_apart(part, fit)
    own = draws.campaign.coefficients[:, draws.campaign.terms.index(part.terms[0])]
    return np.exp(own) if fit.link == "log" else own


def _not_told_apart(part: Part, fit: Fit) -> NotEstimable:
    return NotEstimable(
        text("effect.parts.not_told_apart", label=fit.label, name=shown_name(part.name)),
        text("effect.parts.not_told_apart_remedy"),
    )
