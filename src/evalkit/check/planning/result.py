"""What a power study hands on: a table of shares with their Monte-Carlo errors, and the smallest detectable ratio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import scipy

from evalkit.catalogue import Spoken, text
from evalkit.check.planning.plan import VARIED
from evalkit.display import Displayed
from evalkit.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evalkit.check.planning.plan import PowerPlan

MEASURES: Final = ("detected", "confirmed", "refuted")
_ERRORS: Final = 1.96


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Power(Spoken, Displayed):
    """Shares of simulated evaluations that would reach each conclusion.

    Attributes
    ----------
    plan : PowerPlan
        What was planned.
    table : pandas.DataFrame
        One row a scenario and true ratio: the columns of ``Scenario``, ``ratio``, ``replicates``, then

        - ``detected``: the interval leaves out 1 on the side of the true ratio; where the true ratio is 1, on either
          side: a false alarm;
        - ``confirmed``: the probability that the claim is reached is at least ``plan.likely`` and the interval leaves
          out 1; ``refuted``: it is at most ``plan.excluded`` and the interval lies short of the claim (both absent
          where the plan has no claim);
        - each with ``*_mcse``, its Monte-Carlo standard error;
        - ``half_width``: the median factor from the middle of the interval to either end; ``not_estimable``: share of
          series without an estimate, which count as neither detected, confirmed nor refuted.
    """

    plan: PowerPlan
    table: pd.DataFrame

    def smallest_detectable(self, power: float = 0.8) -> pd.DataFrame:
        """Smallest ratio above 1 that would be detected with a given probability, for each scenario.

        The shares are made monotone in the ratio (isotonic regression) and interpolated on the log scale.

        Parameters
        ----------
        power : float
            Probability of detection, above 0 and below 1.

        Returns
        -------
        pandas.DataFrame
            One row a scenario: its columns, then ``ratio`` with ``lower`` and ``upper``, where the curve moved by 1.96
            Monte-Carlo errors up and down crosses ``power``; ``reason`` says why a number is missing.

        Raises
        ------
        UsageError
            ``power`` is not between 0 and 1, or the plan has no ratio above 1.
        """
        if not 0 < power < 1:
            raise UsageError(f"power is {power!r}. Allowed: a probability above 0 and below 1.")
        rows = []
        for values, part in self.table[self.table["ratio"] >= 1].groupby(list(VARIED), sort=False):
            ratios = part["ratio"].to_numpy(dtype=np.float64)
            if len(ratios) < 2:
                raise UsageError("The plan has no ratio above 1, so none can be the smallest that is detected.")
            share, error = part["detected"].to_numpy(), part["detected_mcse"].to_numpy()
            shifted = {"ratio": 0.0, "lower": _ERRORS, "upper": -_ERRORS}
            found = {name: _crossing(ratios, share + by * error, power) for name, by in shifted.items()}
            row: dict[str, object] = dict(zip(VARIED, values, strict=True))
            row |= {name: value if value is not None else pd.NA for name, value in found.items()}
            row["reason"] = "" if found["ratio"] is not None else text("check.power.above", ratio=ratios[-1])
            rows.append(row)
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON: the plan, the rows of the table, and the smallest detectable ratios at 0.8."""
        plan = {name: _plain(getattr(self.plan, name)) for name in self.plan.__dataclass_fields__}
        smallest = self.smallest_detectable() if max(self.plan.ratios) > 1 else pd.DataFrame()
        return {
            "plan": plan,
            "table": self.table.to_dict("records"),
            "smallest_detectable": [
                {name: (None if value is pd.NA else value) for name, value in row.items()}
                for row in smallest.astype(object).to_dict("records")
            ],
        }


def _crossing(ratios: NDArray[np.float64], share: NDArray[np.float64], power: float) -> float | None:
    """Where the monotone curve through the shares first reaches ``power``, None where it does not."""
    curve = np.asarray(scipy.optimize.isotonic_regression(share).x)
    above = np.flatnonzero(curve >= power)
    if above.size == 0:
        return None
    k = int(above[0])
    if k == 0:
        return float(ratios[0])
    step = (power - curve[k - 1]) / (curve[k] - curve[k - 1])
    return float(np.exp(np.log(ratios[k - 1]) + step * np.log(ratios[k] / ratios[k - 1])))


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
