"""Lines and bands of a chart made from published counts, where some of the exact ones are left out.

The path of a model has six numbers a period. Each is rounded, but each rounding also says on which side of an edge the
number lay, and a few hundred such edges can leave one single value for a count that was left out, for a reader who
fits the same model himself. So where a series has such counts, its model is fitted once more to what is published of
it, and the path is of that fit: whatever is made of published numbers adds nothing to them. Estimates stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evalkit.check.refit import without_periods
from evalkit.effect import Estimate
from evalkit.effect.path import path_of
from evalkit.errors import CannotEstimate

if TYPE_CHECKING:
    from evalkit.design import Design
    from evalkit.effect import Effect
    from evalkit.report.disclosure.profiles import Profile


def path_of_published(effect: Effect, cells: pd.Series, profile: Profile) -> pd.DataFrame:
    """The path of the same model, fitted to published counts; without its lines where these cannot be fitted.

    Parameters
    ----------
    effect : Effect
        What was estimated from exact counts.
    cells : pandas.Series
        The published count of each period of the design, NaN where it is missing or left out.
    profile : Profile
        The rules: of a count left out as small the middle of its range is taken, one left out to protect another is
        taken as missing.
    """
    fit = None
    if effect.fit is not None and effect.options is not None:
        try:
            fit = effect.options.fit(published_design(effect.design, cells.to_numpy(dtype=float), profile))
        except CannotEstimate:
            fit = None
    path = path_of(effect.design if fit is None else fit.design, fit, effect.level, effect.sampling)
    last = path["cumulative_effect"].last_valid_index()
    if last is not None and isinstance(effect.cumulative_effect, Estimate):  # published beside it, and is the same
        total = effect.cumulative_effect
        columns = ["cumulative_effect", "cumulative_effect_lower", "cumulative_effect_upper"]
        path.loc[last, columns] = [total.value, total.lower, total.upper]
    return path


def published_design(design: Design, cells: np.ndarray, profile: Profile) -> Design:
    """The design with what is published of its counts in their place."""
    hidden = np.isnan(cells) & ~np.isnan(design.observed)
    small = hidden & np.array([profile.is_small(round(count)) for count in np.nan_to_num(design.observed)])
    shown = np.where(small, (profile.least + profile.small) // 2, cells)
    return without_periods(replace(design, observed=shown, parts=()), np.flatnonzero(hidden & ~small))
