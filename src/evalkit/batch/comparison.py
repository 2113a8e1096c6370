"""Which regions a region is compared with, and their counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from evalkit.effect.estimation import resolve_model
from evalkit.errors import Problem
from evalkit.registers import campaigns_during

if TYPE_CHECKING:
    from evalkit.batch.inputs import Inputs
    from evalkit.registers import Campaign


def comparison_regions(inputs: Inputs, region: str, channel: str) -> tuple[str, ...]:
    """Comparison regions of one region: those that the evaluation names, or where the model reads them every other one.

    A region that may have had a campaign while contacts were counted is never among them, nor one without counts in the
    channel.
    """
    settings = inputs.evaluation.model
    names = settings.controls or (inputs.contacts.places if _side_by_side(inputs) else ())
    counted = {name for name, of_channel in inputs.contacts.keys() if of_channel == channel}  # noqa: SIM118 - no mapping
    return tuple(name for name in names if name != region and name in counted and not _campaigns(inputs, name))


def controls_of(inputs: Inputs, region: str, channel: str) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Counts of the comparison regions side by side; their exposure where the model reads it and the file has it."""
    names = comparison_regions(inputs, region, channel)
    if not names:
        return None, None
    counts = pd.DataFrame({name: inputs.contacts.series(name, channel) for name in names})
    if not _side_by_side(inputs):
        return counts, None
    exposures = {name: inputs.contacts.exposure(name, channel) for name in names}
    there = {name: exposure for name, exposure in exposures.items() if exposure is not None}
    return counts, pd.DataFrame(there) if there else None


def unusable_controls(inputs: Inputs) -> list[Problem]:
    """Named comparison regions that had a campaign themselves, and a model that needs one without any."""
    settings = inputs.evaluation.model
    problems = []
    for name in settings.controls:
        found = _campaigns(inputs, name)
        if found:
            first = found[0]
            problems.append(
                Problem(
                    code="control-with-campaign",
                    what=f"model.controls names {name!r}, where the campaign {first.campaign!r} was launched "
                    f"({first.launch.text or 'no date'}) before the contacts end: it is no comparison region.",
                    repair="Take it out of controls, or end the contacts before its campaign.",
                )
            )
    free = [name for name in inputs.contacts.places if not _campaigns(inputs, name)]
    if _side_by_side(inputs) and not settings.controls and not free:
        problems.append(
            Problem(
                code="no-comparison-region",
                what=f"model.name is {settings.name!r}, and every region of the contacts file had a campaign.",
                repair='Add contacts of regions without one, or use another model, such as name = "latent".',
            )
        )
    return problems


def _side_by_side(inputs: Inputs) -> bool:
    """Whether the model of the evaluation reads comparison regions side by side: controlled, synthetic."""
    return resolve_model(inputs.evaluation.model.name).controls_as == "comparison"


def _campaigns(inputs: Inputs, region: str) -> tuple[Campaign, ...]:
    first, last = inputs.contacts.periods[0], inputs.contacts.periods[-1]
    return campaigns_during(inputs.campaigns, region, first, last)
