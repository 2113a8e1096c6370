"""The path behind an effect, period by period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from evalkit import vocab
from evalkit.display import Displayed
from evalkit.errors import ModelError

if TYPE_CHECKING:
    from evalkit.design import Design
    from evalkit.model import Fit


_PLENTY: Final = 4_000_000
_FEWEST: Final = 1000
_ROOM: Final = 40_000_000  # numbers; several arrays of four times as many are held for a moment


@dataclass(frozen=True, kw_only=True)
class Sampling(Displayed):
    """How many joint draws stand behind window totals, and from which seed.

    With 8,000 draws the Monte-Carlo error of a 2.5 % quantile is about 0.03 standard deviations, more in a long tail;
    with 1,000 about 0.09. Series of more than 500 periods get fewer than 8,000 unless a number is given
    (:func:`default_sampling`).
    """

    draws: int = 8000
    seed: int = 20190502

    def __post_init__(self) -> None:
        if self.draws < 100:
            raise ModelError(f"{self.draws} draws were asked for. Allowed: 100 or more.")
        if self.seed < 0:
            raise ModelError(f"The seed is {self.seed}. Allowed: 0 or more.")


def default_sampling(periods: int) -> Sampling:
    """8,000 draws up to 500 periods, then four million divided by the periods, but no fewer than 1,000."""
    return Sampling(draws=int(np.clip(_PLENTY // max(periods, 1), _FEWEST, Sampling().draws)))


def require_room(sampling: Sampling, periods: int) -> None:
    """Raise ``ModelError`` where draws by periods would not fit into the memory of a usual computer."""
    if sampling.draws * periods > _ROOM:
        raise ModelError(
            f"{sampling.draws} draws over {periods} periods are too many to hold. Allowed here: up to "
            f"{_ROOM // periods}; use Sampling(draws=...) with fewer, or a coarser period such as weeks."
        )


def path_of(design: Design, fit: Fit | None, level: float, sampling: Sampling) -> pd.DataFrame:
    """The path by period, with the columns of ``Effect.path``; without a fit only ``observed`` is filled."""
    path = pd.DataFrame(np.nan, index=design.periods, columns=list(vocab.PATH_COLUMNS))
    path["observed"] = design.observed
    if fit is None:
        return path
    probabilities = [0.5, (1 - level) / 2, (1 + level) / 2]
    draws = fit.draws(sampling.draws, sampling.seed)
    counted = fit.counted(draws.without_campaign, sampling.seed)
    path["fitted"] = fit.fitted
    path["counterfactual"] = np.median(draws.without_campaign, axis=0)
    path["counterfactual_lower"], path["counterfactual_upper"] = np.quantile(counted, probabilities[1:], axis=0)
    unknown = ["fitted", "counterfactual", "counterfactual_lower", "counterfactual_upper"]
    path.loc[~design.exposed, unknown] = np.nan
    inside = design.window
    effect = (draws.with_campaign - draws.without_campaign)[:, inside]
    for name, values in (("effect", effect), ("cumulative_effect", np.cumsum(effect, axis=1))):
        middle, lower, upper = np.quantile(values, probabilities, axis=0)
        path.loc[inside, [name, f"{name}_lower", f"{name}_upper"]] = np.column_stack([middle, lower, upper])
    return path


def path_by(design: Design, fit: Fit | None, level: float, sampling: Sampling, groups: pd.PeriodIndex) -> pd.DataFrame:
    """The path by longer periods, from the same joint draws: the sum of a quantile is not the quantile of a sum.

    Parameters
    ----------
    groups : pandas.PeriodIndex
        For each period of the design, the longer one that it belongs to.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``Effect.path``, one row for each longer period; missing where a part of it is missing. The effect
        and its sum are those of the periods in the window, wherever a longer one begins.
    """
    found = groups.unique()
    path = pd.DataFrame(np.nan, index=found, columns=list(vocab.PATH_COLUMNS))
    member = np.asarray(groups.to_numpy()[:, None] == found.to_numpy()[None, :], dtype=np.float64)  # periods by groups
    path["observed"] = pd.Series(design.observed).groupby(groups).agg(lambda part: part.sum(skipna=False))
    if fit is None:
        return path
    probabilities = [0.5, (1 - level) / 2, (1 + level) / 2]
    draws = fit.draws(sampling.draws, sampling.seed)
    counted = fit.counted(draws.without_campaign, sampling.seed)
    path["fitted"] = np.asarray(fit.fitted) @ member
    path["counterfactual"] = np.median(draws.without_campaign @ member, axis=0)
    path["counterfactual_lower"], path["counterfactual_upper"] = np.quantile(
        counted @ member, probabilities[1:], axis=0
    )
    unknown = ["fitted", "counterfactual", "counterfactual_lower", "counterfactual_upper"]
    path.loc[(~np.asarray(design.exposed) @ member) > 0, unknown] = np.nan
    inside = np.asarray(design.window)
    reached = (inside @ member) > 0
    change = np.where(inside, draws.with_campaign - draws.without_campaign, 0.0) @ member
    for name, values in (("effect", change), ("cumulative_effect", np.cumsum(change, axis=1))):
        middle, lower, upper = np.quantile(values[:, reached], probabilities, axis=0)
        path.loc[reached, [name, f"{name}_lower", f"{name}_upper"]] = np.column_stack([middle, lower, upper])
    return path
