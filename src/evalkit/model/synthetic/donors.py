"""Which comparison regions may be donors, and why the others may not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit.catalogue import counted, text
from evalkit.design import repeats
from evalkit.errors import CannotEstimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.design import Comparison, Design
    from evalkit.model.synthetic.fit import Synthetic

FEWEST: Final = 2
_SHOWN: Final = 8


def judge_donors(design: Design, comparison: Comparison, options: Synthetic) -> pd.DataFrame:
    """One row a donor, in the order given: ``donor``, ``eligible``, ``reason`` (empty where eligible)."""
    reasons = [_reason(design, comparison, j, options) for j in range(len(comparison.names))]
    for j in range(len(reasons)):
        reasons[j] = reasons[j] or _copied(design, comparison, j, [i for i in range(j) if not reasons[i]])
    return pd.DataFrame(
        {"donor": list(comparison.names), "eligible": [not reason for reason in reasons], "reason": reasons}
    )


def require_donors(judged: pd.DataFrame) -> None:
    """Raise ``CannotEstimate`` where fewer than two donors are left, with each one that was excluded and why."""
    left = int(judged["eligible"].sum())
    if left >= FEWEST:
        return
    out = judged[~judged["eligible"]]
    listed = "; ".join(
        text("model.synthetic.donor", donor=row.donor, reason=row.reason) for row in out.head(_SHOWN).itertuples()
    )
    more = text("model.synthetic.more", number=len(out) - _SHOWN) if len(out) > _SHOWN else ""
    why = f" ({listed}{more})" if len(out) else ""
    raise CannotEstimate(
        text("cannot.synthetic.donors", donors=counted(left, "eligible donor"), fewest=FEWEST, why=why),
        text("cannot.synthetic.donors_remedy"),
    )


def _reason(design: Design, comparison: Comparison, j: int, options: Synthetic) -> str:
    """Why a donor is not eligible; empty where it is."""
    name = comparison.names[j]
    if name in options.excluded:
        return str(options.excluded[name]) or text("model.synthetic.excluded")
    values = comparison.observed[:, j]
    counted = ~np.isnan(values)
    before = design.used & ~design.post
    if not (counted & before).any():
        return text("model.synthetic.nothing_shared")
    for mask, side in ((before, "before"), (design.window, "after")):
        missing, of = int((mask & ~counted).sum()), int(mask.sum())
        if missing > options.max_missing * of:
            when = text(f"model.synthetic.{side}")
            return text("model.synthetic.not_counted", missing=missing, asked=of, when=when, share=options.max_missing)
    shared = before & counted
    if design.kind == "counts" and values[shared].sum() == 0:
        return text("model.synthetic.none_before")
    everywhere = design.used & counted
    if np.array_equal(values[everywhere], design.observed[everywhere]):
        return text("model.synthetic.identical")
    return _far_away(design, comparison, j, shared, options)


def _copied(design: Design, comparison: Comparison, j: int, earlier: list[int]) -> str:
    """Why a donor that repeats an eligible one is not eligible: as placebos the two would match each other exactly."""
    for i in earlier:
        if repeats(comparison.observed[design.used, i], comparison.observed[design.used, j]):
            return text("model.synthetic.copy", other=comparison.names[i])
    return ""


def _far_away(design: Design, comparison: Comparison, j: int, shared: NDArray[np.bool_], options: Synthetic) -> str:
    """Whether its level before launch is too far from that of the series to stand in for it.

    Where levels are matched a mean rate more than ``level_factor`` times higher or lower; where only movements are, a
    mean count more than that many times lower, whose noise would drown them (a larger region has less noise).
    """
    if design.kind != "counts":
        return ""
    own, other = design.observed[shared], comparison.observed[shared, j]
    if options.matched == "index":
        ratio, what = other.mean() / own.mean(), text("model.synthetic.mean_count")
        far = ratio < 1 / options.level_factor
    else:
        rates = other.sum() / np.exp(comparison.offset[shared, j]).sum()
        ratio, what = rates / (own.sum() / np.exp(design.offset[shared]).sum()), text("model.synthetic.mean_rate")
        far = not 1 / options.level_factor <= ratio <= options.level_factor
    if not far:
        return ""
    least, most = 1 / options.level_factor, options.level_factor
    limit = text("model.synthetic.within", least=least, most=most)
    if options.matched == "index":
        limit = text("model.synthetic.at_least", least=least)
    return text("model.synthetic.far", what=what, ratio=ratio, limit=limit)
