"""Series whose estimates stand as an earlier round gave them: nothing published of their counts has changed since.

Where counts were revised by less than shows, new estimates beside the earlier ones would be all that tells of it: which
count it was, and by how much, which bounds a small one. So they are withheld, and the earlier ones stand.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from evalkit.batch.comparison import comparison_regions
from evalkit.batch.input_hashes import input_hashes
from evalkit.batch.reading import INPUTS, output_at
from evalkit.report.disclosure import DisclosurePlan
from evalkit.report.disclosure.primary import groups_of, level_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from evalkit.batch.inputs import Inputs
    from evalkit.report.disclosure.tables_of import Key

Cells = dict[str, dict[str, str]]


def standing_series(
    inputs: Inputs, plan: DisclosurePlan, earlier: Iterable[tuple[DisclosurePlan | str | Path, DisclosurePlan]]
) -> frozenset[Key]:
    """Series that are published as in an earlier round, of the same periods, while exact counts behind them are others.

    Behind a series stand its own counts and those of the regions that it is compared with, as far as these are
    published as before. One that stood already in the earlier round goes on standing.

    Parameters
    ----------
    inputs : Inputs
        What is to be published of.
    plan : DisclosurePlan
        What is published now.
    earlier : iterable of (DisclosurePlan, str or Path; DisclosurePlan)
        Each round that was named: where it is, and its plan. Revisions are told by the hashes of exact counts in its
        ``internal/inputs.json``; where that is not at hand, only what stood already is known.
    """
    found: set[Key] = set()
    now: Cells | None = None
    for place, before in earlier:
        if before.profile.off or plan.profile.off:
            continue
        then = None if isinstance(place, DisclosurePlan) else _hashes(place)
        if then is None and not before.standing:
            continue
        now = _cells(input_hashes(inputs)) if now is None else now
        shown, showed = (_published(one, plan.levels) for one in (plan, before))
        for key in plan.levels:
            if shown.get(key) != showed.get(key):
                continue
            beside = ((name, key[1]) for name in _beside(inputs, key))
            behind = {key, *(one for one in beside if shown.get(one) == showed.get(one))}
            revised = then is not None and _revised(behind, now, then)
            if revised or (key in before.standing and (then is None or _same_periods(behind, now, then))):
                found.add(key)
    return frozenset(found)


def other_counts(inputs: Inputs, place: str | Path) -> bool:
    """Whether a round had other exact counts of a series than there are now, as far as its internal part tells."""
    then, now = _hashes(place), _cells(input_hashes(inputs))
    return then is not None and any(now[name] != then[name] for name in set(now) & set(then))


def revised_unseen(
    inputs: Inputs, plan: DisclosurePlan, earlier: Iterable[tuple[DisclosurePlan | str | Path, DisclosurePlan]]
) -> tuple[Key, ...]:
    """Series with new periods of which counts were revised by less than shows since an earlier round.

    Their estimates are published, as the new periods move them too; but beside the earlier ones they tell something of
    the revision to a reader who knows that little else was revised.
    """
    found: set[Key] = set()
    for place, before in earlier:
        then = None if isinstance(place, DisclosurePlan) or before.profile.off or plan.profile.off else _hashes(place)
        if then is None:
            continue
        now, shown, showed = _cells(input_hashes(inputs)), plan.cells, before.cells
        for key, level in plan.levels.items():
            index = cast("pd.PeriodIndex", inputs.contacts.series(*key).index)
            own, old = now.get(_name(key), {}), then.get(_name(key), {})
            unseen = any(
                str(period) in old
                and own.get(str(period)) != old[str(period)]
                and shown.get((*key, str(group))) == showed.get((*key, str(group)))
                for period, group in zip(index, groups_of(index, level) if level else index, strict=True)
            )
            if unseen and set(own) != set(old):
                found.add(key)
    return tuple(sorted(found))


def _beside(inputs: Inputs, key: Key) -> set[str]:
    """Regions whose counts an estimate or a placebo of the region rests on."""
    region, channel = key
    counted = {name for name, of_channel in inputs.contacts.keys() if of_channel == channel}  # noqa: SIM118 - no mapping
    without = {name for name in counted if inputs.campaign_of(name) is None}
    return (without | set(comparison_regions(inputs, region, channel))) - {region}


def _published(plan: DisclosurePlan, levels: Mapping[Key, str]) -> dict[Key, set[tuple[str, ...]]]:
    """What a plan says of the counts of each series, by its own periods, and of what was left out of them.

    Totals do not matter: one that moved says that something was revised, and not what.
    """
    found: dict[Key, set[tuple[str, ...]]] = defaultdict(set)
    for (region, channel, period), value in plan.cells.items():
        if level_of(period) == levels.get((region, channel)):
            found[region, channel].add((period, str(value)))
    for one in plan.log:
        if one.what != "total":
            found[one.region, one.channel].add((one.period, one.rule))
    return found


def _same_periods(keys: Iterable[Key], now: Cells, then: Cells) -> bool:
    return all(set(now.get(_name(key), {})) == set(then.get(_name(key), {})) for key in keys)


def _revised(keys: set[Key], now: Cells, then: Cells) -> bool:
    return _same_periods(keys, now, then) and any(now.get(_name(key)) != then.get(_name(key)) for key in keys)


def _name(key: Key) -> str:
    return f"{key[0]} | {key[1]}"


def _cells(hashes: Mapping[str, Any]) -> Cells:
    return {name: dict(series["cells"]) for name, series in hashes["series"].items()}


def _hashes(place: str | Path) -> Cells | None:
    """Hashes of the exact counts of a round by series and period, None where its internal part is not at hand."""
    try:
        return _cells(json.loads(output_at(place).read(INPUTS)))
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError):
        return None
