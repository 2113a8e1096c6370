"""Synthetic control on a donor pool, with placebo-in-space inference."""

from evalkit.model.synthetic.fit import Synthetic, SyntheticFit
from evalkit.model.synthetic.panel import Form, Match
from evalkit.model.synthetic.placebo import (
    PlaceboInSpace,
    leave_one_donor_out,
    placebo_gaps,
    placebo_in_space,
)

__all__ = [
    "Form",
    "Match",
    "PlaceboInSpace",
    "Synthetic",
    "SyntheticFit",
    "leave_one_donor_out",
    "placebo_gaps",
    "placebo_in_space",
]
