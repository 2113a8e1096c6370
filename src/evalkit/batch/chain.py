"""That a round which is published knows of those before it: what a run looks for, and refuses to do without.

Two rounds that do not know of each other can give away by their difference what each of them leaves out. So a run looks
for rounds of the same series beside its output and in it, and goes on only where they were named, where they told
nothing but what this one tells (the same counts, run once more), or where it is declared to be the first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from evalkit.batch.disclosure import INTERNAL_PLAN, disclosure_plan, published_as, read_previous, several
from evalkit.batch.input_hashes import input_hashes
from evalkit.batch.manifest import MANIFEST
from evalkit.batch.reading import INPUTS, output_at
from evalkit.batch.standing import other_counts, revised_unseen
from evalkit.catalogue import listed
from evalkit.errors import EvalkitError, ReportError, UsageError
from evalkit.evaluation.addresses import filesystem, is_address, joined, unreachable, without_secrets
from evalkit.report.disclosure import DisclosurePlan
from evalkit.report.disclosure.earlier import told_by
from evalkit.report.disclosure.plan import small_address
from evalkit.report.disclosure.table import ALL

if TYPE_CHECKING:
    from evalkit.batch.disclosure import Previous
    from evalkit.batch.inputs import Inputs
    from evalkit.report.disclosure.table import Address
    from evalkit.report.disclosure.tables_of import Key

Place = str | Path


@dataclass(frozen=True, kw_only=True)
class Chained:
    """The plan of a run as one of a chain of rounds.

    Attributes
    ----------
    plan : DisclosurePlan
        What may be published, held against the rounds that were named.
    notes : tuple of str
        What could not be looked at, and what is written over.
    """

    plan: DisclosurePlan
    notes: tuple[str, ...] = ()


def chained_plan(
    inputs: Inputs, out: Place, *, previous: Previous = None, first_round: bool = False, resume: bool = False
) -> Chained:
    """The disclosure plan of a run, held against the rounds before it.

    Parameters
    ----------
    inputs : Inputs
        What is to be published of.
    out : str or Path
        Where the run writes to; nothing is written here.
    previous : DisclosurePlan, str or Path, or a sequence of them, optional
        The rounds that were named.
    first_round : bool, optional
        Whether it was declared that nothing was published of these counts before.
    resume : bool, optional
        Whether the run in ``out`` is gone on with.

    Raises
    ------
    UsageError
        An earlier round of the same counts is there, or is declared, which was not named.
    """
    named = several(previous)
    if named and first_round:
        raise UsageError(
            "Both an earlier round and --first-round were given. Leave --first-round out: it says that nothing was "
            "published before."
        )
    for place in named:
        if not isinstance(place, DisclosurePlan) and _same_place(place, out):
            raise UsageError(
                f"The earlier round {_shown(place)} is where this run writes to, which would take its place. Name "
                "another folder for this run."
            )
    plan = disclosure_plan(inputs, previous=previous)
    if plan.profile.off:
        return Chained(plan=plan)
    declared = first_round or (resume and not named and _was_first(inputs, out))
    plan = replace(plan, first_round=declared)
    if declared or inputs.contacts.simulated:
        return Chained(plan=plan)
    if not plan.held_against and inputs.evaluation.disclosure.published_before:
        raise UsageError(
            "The evaluation says published_before = true, and no earlier round was named. Give --previous DIR, the "
            "folder of the last round that was published; or --first-round where none was."
        )
    notes = [*_own_round(inputs, out, plan, resume=resume), *_beside(inputs, out, plan), *_unseen(inputs, plan, named)]
    return Chained(plan=plan, notes=tuple(notes))


def _unseen(inputs: Inputs, plan: DisclosurePlan, named: tuple[DisclosurePlan | Place, ...]) -> list[str]:
    """What whoever publishes should know of counts that were revised without that it shows."""
    earlier = [(one, one if isinstance(one, DisclosurePlan) else read_previous(one)) for one in named]
    series = [f"{region} ({channel})" for region, channel in revised_unseen(inputs, plan, earlier)]
    if not series:
        return []
    said = (
        f"Counts of {listed(series)} that were in the earlier round were revised by less than what is published shows. "
        "The new estimates beside the earlier ones may tell of it; keep these counts as they were to avoid that."
    )
    return [said]


def untold(found: DisclosurePlan, plan: DisclosurePlan) -> bool:
    """Whether a round told something of the series of a plan with which the round after that would not reckon."""
    before, now = _told_of_shared(found, plan)
    return bool(before - now)


def other_round(found: DisclosurePlan, plan: DisclosurePlan) -> bool:
    """Whether a round told of the series of a plan, and not the same: of other periods, or of other counts."""
    before, now = _told_of_shared(found, plan)
    return bool(before) and before != now


def _told_of_shared(*plans: DisclosurePlan) -> list[set[tuple[Address, tuple[int, int]]]]:
    """Everything that each of two plans, and the rounds before it, told of the series that both have."""
    shared = set.intersection(*map(_series, plans))
    regions, channels = ({key[side] for key in shared} | {ALL} for side in (0, 1))
    return [
        {
            (address, ends)
            for address, ranges in told_by(plan).items()
            if shared and address[0] in regions and address[1] in channels
            for ends in ranges
        }
        for plan in plans
    ]


def _series(plan: DisclosurePlan) -> set[Key]:
    known = plan.levels or {address[:2] for address in (*plan.cells, *plan.earlier, *map(small_address, plan.log))}
    return {(region, channel) for region, channel in known if ALL not in (region, channel)}


# --- the output itself ------------------------------------------------------------------------------------------------


def _own_round(inputs: Inputs, out: Place, plan: DisclosurePlan, *, resume: bool) -> list[str]:
    """Refuse to write over a round that this one does not know of; what is to be said where its counts were revised."""
    before = _plan_in(out)
    if before is None:
        return []
    if before.held_against and not plan.held_against:
        raise UsageError(
            f"The run in {_shown(out)} was held against an earlier round, and no earlier round was named this time. "
            "Give the same --previous again."
        )
    if not _another(inputs, _local(out), before, plan):
        return []
    if not resume or _grown(inputs, out):
        raise UsageError(
            f"{_shown(out)} holds a round of the same series with other counts or periods, which this run would "
            "replace without being held against it. If it was published, name another folder for this run and give "
            f"--previous {_shown(out)}; if it is this round made again, give --resume; if nothing of these counts was "
            "ever published, give --first-round."
        )
    said = (
        f"The counts were revised since the run in {_shown(out)}, which is made again: this round was not held "
        "against it. If it was published, name another folder and give --previous."
    )
    return [said]


def _was_first(inputs: Inputs, out: Place) -> bool:
    """Whether the run in an output, of the same counts, was declared to be the first."""
    before = _plan_in(out)
    return before is not None and before.first_round and not other_counts(inputs, _local(out))


def _grown(inputs: Inputs, out: Place) -> bool:
    """Whether the counts have periods that a run did not have, of a series that it had."""
    try:
        before = json.loads(output_at(_local(out)).read(INPUTS))["series"]
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError):
        return False
    now = input_hashes(inputs)["series"]
    return any(set(now[name]["cells"]) - set(before[name]["cells"]) for name in set(before) & set(now))


def _plan_in(out: Place) -> DisclosurePlan | None:
    """The plan of the run in an output, None where no run wrote one."""
    try:
        return DisclosurePlan.from_json(output_at(_local(out)).read(INTERNAL_PLAN))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ReportError as problem:
        raise UsageError(
            f"{INTERNAL_PLAN} in {_shown(out)} cannot be read, so that it is not known what the round there told. "
            "Restore the file, or name another folder for this run and give --previous with the last published round."
        ) from problem


# --- beside it --------------------------------------------------------------------------------------------------------


def _another(inputs: Inputs, place: Place, found: DisclosurePlan, plan: DisclosurePlan) -> bool:
    """Whether another round was published there: of other counts, whether or not its tables show that."""
    shared = not found.profile.off and bool(_series(found) & _series(plan))
    return other_round(found, plan) or (shared and other_counts(inputs, place))


def _beside(inputs: Inputs, out: Place, plan: DisclosurePlan) -> list[str]:
    """Refuse where a round beside the output was not named; what could not be looked at."""
    notes = []
    try:
        places = list(_runs_beside(_local(out)))
    except _Unreachable as problem:
        return [f"Whether an earlier round lies beside the output could not be seen: {problem}"]
    for place in places:
        try:
            found = read_previous(place)
            issued = [one.issued for one in published_as(place, found) if one.issued]
        except EvalkitError:
            notes.append(f"{_shown(place)} beside the output may be an earlier round, but cannot be read.")
            continue
        when = f", issued {issued[-1]}," if issued else ""
        if plan.held_against:
            if untold(found, plan):
                raise UsageError(
                    f"{_shown(place)}{when} is a round of the same series too, and tells of their counts what the "
                    "round that was named does not. Name it as well (--previous may be given several times), or move "
                    "it elsewhere where it was never published."
                )
        elif _another(inputs, place, found, plan):
            raise UsageError(
                f"{_shown(place)}{when} is a round of the same series, and no earlier round was named. Two rounds "
                "that do not know of each other can give away a count that each leaves out. Give --previous "
                f"{_shown(place)}; or --first-round where nothing of these counts was ever published."
            )
    return notes


class _Unreachable(Exception):
    """A store that does not show what lies beside an output."""


def _runs_beside(out: Place) -> Iterator[Place]:
    """Where other runs wrote, in the folder that holds an output."""
    if isinstance(out, Path):
        own = out.resolve()
        for folder in sorted(own.parent.iterdir()) if own.parent.is_dir() else []:
            if folder != own and _has_manifest(folder):
                yield folder
        return
    store, path = filesystem(out)
    parent, _, own_name = path.rstrip("/").rpartition("/")
    if not parent:
        return
    try:
        names = {str(one).rstrip("/").rpartition("/")[2] for one in store.ls(parent, detail=False)} - {own_name}
        runs = sorted(name for name in names if store.exists(f"{parent}/{name}/{MANIFEST}"))
    except FileNotFoundError:
        return
    except Exception as problem:  # each store has errors of its own: connection, permission, credentials
        raise _Unreachable(unreachable(out, problem)) from None
    yield from (joined(out, f"../{name}") for name in runs)


def _has_manifest(folder: Path) -> bool:
    try:
        return (folder / MANIFEST).is_file()
    except PermissionError:  # a folder that this user may not enter is no round of his
        return False


def _local(place: Place) -> Place:
    """A path for an address of this machine; an address of elsewhere, or a path, as it is."""
    if not is_address(place):
        return Path(place)
    return Path(url2pathname(urlsplit(str(place)).path)) if str(place).startswith("file://") else place


def _same_place(one: Place, other: Place) -> bool:
    first, second = _local(one), _local(other)
    if isinstance(first, Path) and isinstance(second, Path):
        return first.resolve() == second.resolve()
    return str(first).rstrip("/") == str(second).rstrip("/")


def _shown(place: Any) -> str:
    return without_secrets(place)
