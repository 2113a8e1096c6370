"""How counts are protected in what is published: the ``[disclosure]`` table of an evaluation file."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

ProfileName = Literal["default", "midpoint6", "threshold10", "internal"]
Zeros = Literal["shown", "suppressed"]
TotalName = Literal["years", "channels", "regions"]


class DisclosureSettings(BaseModel):
    """What is done to every number of contacts before it leaves.

    Attributes
    ----------
    profile : {"default", "midpoint6", "threshold10", "internal"}
        ``default``: counts from 1 to 7 are suppressed, others rounded to the nearest 5. ``midpoint6``: every count is
        replaced by the middle of its group of six. ``threshold10``: counts from 1 to 9 are suppressed, others rounded
        to the nearest 5. ``internal``: nothing is changed, and everything is marked as not for publication.
    zeros : {"shown", "suppressed"}
        Whether a count of zero is shown as 0, or suppressed like a small count.
    totals : tuple of {"years", "channels", "regions"}
        Totals that are published where they give away no suppressed count.
    published_before : bool
        Whether rounds of this evaluation have been published: every run must then name the last one, or say that it is
        the first one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: ProfileName = Field(
        default="default",
        description='the protection of small counts: one of "default", "midpoint6", "threshold10"'
        ' or "internal" (none, not for publication)',
    )
    zeros: Zeros = Field(default="shown", description='whether counts of zero are "shown" or "suppressed"')
    totals: tuple[TotalName, ...] = Field(
        default=("years", "channels", "regions"),
        description='the totals to publish where they are safe, of "years", "channels" and "regions"; [] for none',
    )
    published_before: StrictBool = Field(
        default=False,
        description="whether rounds of this evaluation have been published: every run must then name the last one",
    )
