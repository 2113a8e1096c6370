"""The disclosure plan of a run: made before any region, from the counts and from what an earlier round published."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from evalkit.batch.manifest import COUNTS, EARLIER_ROUNDS, MANIFEST, SUPPRESSIONS, read_manifest
from evalkit.batch.reading import output_at
from evalkit.batch.standing import standing_series
from evalkit.catalogue import in_its_language
from evalkit.errors import UsageError
from evalkit.evaluation.addresses import is_address, without_secrets
from evalkit.report.disclosure import DisclosurePlan, plan_disclosure, suppressions_csv
from evalkit.report.disclosure.chain import EarlierRound, in_order
from evalkit.report.disclosure.earlier import earlier_frame, plan_from_counts
from evalkit.report.disclosure.log import read_suppressions
from evalkit.report.exports import csv_bytes

if TYPE_CHECKING:
    from evalkit.batch.inputs import Inputs
    from evalkit.batch.reading import Output

INTERNAL_PLAN: Final = "internal/disclosure.json"
Previous = DisclosurePlan | str | Path | Sequence[DisclosurePlan | str | Path] | None


@in_its_language
def disclosure_plan(inputs: Inputs, plan: str | Path = "", *, previous: Previous = None) -> DisclosurePlan:
    """What may be published of every count of an evaluation.

    Parameters
    ----------
    inputs : Inputs
        What :func:`evalkit.read_inputs` read.
    plan : str or Path, optional
        A plan that a run has written (``internal/disclosure.json``); by default it is made from the inputs.
    previous : DisclosurePlan, str or Path, or a sequence of them, optional
        The last round: its plan, or the folder or address that it wrote to; several where none of them was held against
        the other. Nothing published now may, together with them and with the rounds before them, narrow a protected
        count.

    Raises
    ------
    ReportError
        The file is no disclosure plan.
    UsageError
        The folder of the earlier round holds neither a plan nor published counts.
    """
    if str(plan):
        return DisclosurePlan.from_json(Path(plan).read_bytes())
    before = [one if isinstance(one, DisclosurePlan) else read_previous(one) for one in several(previous)]
    counted = set(inputs.contacts.keys())
    wanted = [(region, channel) for region in inputs.regions for channel in inputs.channels]
    series = {key: inputs.contacts.series(*key) for key in wanted if key in counted}
    made = plan_disclosure(series, inputs.evaluation.disclosure, previous=before)
    earlier = tuple(zip(several(previous), before, strict=True))
    rounds = in_order(chain.from_iterable(starmap(published_as, earlier)))
    return replace(made, held_against=rounds, standing=standing_series(inputs, made, earlier))


def several(previous: Previous) -> tuple[DisclosurePlan | str | Path, ...]:
    """The earlier rounds that were named: none, one or several."""
    if previous is None:
        return ()
    return (previous,) if isinstance(previous, str | Path | DisclosurePlan) else tuple(previous)


def published_as(place: DisclosurePlan | str | Path, plan: DisclosurePlan) -> tuple[EarlierRound, ...]:
    """An earlier round as what was published of it calls it; for one for internal use, those it was held against."""
    if plan.profile.off:
        return plan.held_against
    manifest = None if isinstance(place, DisclosurePlan) else _held(output_at(place), MANIFEST)
    if manifest is None:
        return (EarlierRound(plan_hash=plan.hash),)
    found = read_manifest(manifest)
    return (EarlierRound(issued=found.issued, plan_hash=str(found.disclosure.get("plan_hash", ""))),)


def read_previous(folder: str | Path) -> DisclosurePlan:
    """What earlier rounds published: the plan of the last one where ``internal/`` is still there, or its CSV files.

    Either carries on what the rounds before it told.

    Raises
    ------
    UsageError
        The folder or address holds neither of them, or cannot be reached.
    """
    output = output_at(folder)
    plan = _held(output, INTERNAL_PLAN)
    if plan is not None:
        return DisclosurePlan.from_json(plan)
    counts = _held(output, COUNTS)
    if counts is not None:
        log, earlier = _held(output, SUPPRESSIONS), _held(output, EARLIER_ROUNDS)
        entries = () if log is None else read_suppressions(log)
        return plan_from_counts(_as_text(counts), entries, None if earlier is None else _as_text(earlier))
    named = without_secrets(folder) if is_address(folder) else Path(folder).name
    raise UsageError(
        f"The earlier round {named!r} holds neither {INTERNAL_PLAN} nor counts.csv. Name the folder that evalkit run "
        "wrote, or leave --previous out where nothing was published before."
    )


def _as_text(content: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)


def _held(output: Output, name: str) -> bytes | None:
    try:
        return output.read(name)
    except (FileNotFoundError, NotADirectoryError):
        return None


def plan_files(plan: DisclosurePlan) -> dict[str, bytes]:
    """The plan for internal use, and what is published with it.

    Counts as published, the log of suppressions, and where rounds before told something else, what they told.
    """
    before = {EARLIER_ROUNDS: csv_bytes(earlier_frame(plan))} if plan.earlier else {}
    return {
        **before,
        INTERNAL_PLAN: plan.to_json(),
        COUNTS: csv_bytes(plan.counts_frame()),
        SUPPRESSIONS: suppressions_csv(plan.log),
    }


def manifest_entry(plan: DisclosurePlan) -> dict[str, Any]:
    """What the manifest says of disclosure control, and of the earlier rounds that this one was held against."""
    return {
        "profile": plan.profile.name,
        "plan_hash": plan.hash,
        "held_against": [one.to_dict() for one in plan.held_against],
        "first_round": plan.first_round,
    }
