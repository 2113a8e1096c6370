"""The disclosure plan: what is published of every count, fixed before any region runs, from the counts alone."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar

import pandas as pd

from evalkit.display import Displayed
from evalkit.errors import ReportError
from evalkit.evaluation.disclosure import DisclosureSettings
from evalkit.report.disclosure.chain import EarlierRound, in_order
from evalkit.report.disclosure.log import Suppression
from evalkit.report.disclosure.primary import level_of, native_level, published_level
from evalkit.report.disclosure.profiles import Profile, named_profile, profile_of
from evalkit.report.disclosure.secondary import Protected, protect
from evalkit.report.disclosure.table import ALL, Address, Ranges, Table
from evalkit.report.disclosure.tables_of import Key, tables_of

if TYPE_CHECKING:
    from evalkit.contacts import Contacts

SCHEMA: Final = 1
ALL_REGIONS: Final = "all regions"
ALL_CHANNELS: Final = "all channels"
_K = TypeVar("_K", Key, Address)
_V = TypeVar("_V")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DisclosurePlan(Displayed):
    """What is published of every count; it holds no count that is not.

    Attributes
    ----------
    profile : Profile
        The rules.
    levels : mapping of (region, channel) to str
        Period at which each series is published (``D``, ``W``, ``M``, ``Q``, ``Y``); empty for none.
    cells : mapping of (region, channel, period) to int or None
        Published value of each count and total, None for one that is left out. ``ALL`` stands for a total.
    log : tuple of Suppression
        What was left out, and by which rule.
    earlier : mapping of (region, channel, period) to ranges
        What the rounds before told, where that is not what this one tells: the next round has to reckon with it.
    over_same : frozenset of (region, channel, period)
        Totals among these that are over the same series as this plan.
    held_against : tuple of EarlierRound
        The published rounds that were named when it was made; those before them are reckoned with through them.
    first_round : bool
        Whether it was declared that nothing was published of these counts before.
    standing : frozenset of (region, channel)
        Series of which no estimate is published, as those of an earlier round stand: what is published of their counts
        is the same, and new estimates would tell how the exact ones were revised.
    """

    profile: Profile
    levels: Mapping[Key, str]
    cells: Mapping[Address, int | None] = field(default_factory=dict)
    log: tuple[Suppression, ...] = ()
    earlier: Mapping[Address, Ranges] = field(default_factory=dict)
    over_same: frozenset[Address] = frozenset()
    held_against: tuple[EarlierRound, ...] = ()
    first_round: bool = False
    standing: frozenset[Key] = frozenset()

    @cached_property
    def hash(self) -> str:
        """Sha256 (hexadecimal) of everything in it."""
        return hashlib.sha256(self.to_json()).hexdigest()

    def part(self, region: str) -> DisclosurePlan:
        """What the report on one region has to know: what it says of that region, and of totals over all regions."""
        return _joined(self._own(region), self._own(ALL))

    def part_hash(self, region: str) -> str:
        """Sha256 of what a report follows from: what is said of its region, and of which totals anything is told.

        A total's value does not enter: a number revised in one region leaves the reports on others as they are.
        """
        over = self._own(ALL)
        small = {small_address(entry) for entry in over.log if entry.rule == "small count"}
        told = {address for address, value in over.cells.items() if value is not None} | small
        known = replace(
            over, cells=dict.fromkeys(told), earlier=dict.fromkeys(over.earlier, ()), log=(), over_same=frozenset()
        )
        return _joined(self._own(region), known).hash

    def _own(self, region: str) -> DisclosurePlan:
        nothing = replace(self, levels={}, cells={}, log=(), earlier={}, over_same=frozenset(), standing=frozenset())
        return self._parts.get(region) or nothing

    @cached_property
    def _parts(self) -> dict[str, DisclosurePlan]:
        levels, cells, earlier = (_by_region(held) for held in (self.levels, self.cells, self.earlier))
        log: dict[str, list[Suppression]] = defaultdict(list)
        for entry in self.log:
            log[ALL if entry.region == ALL_REGIONS else entry.region].append(entry)
        return {
            region: replace(
                self,
                levels=levels.get(region, {}),
                cells=cells.get(region, {}),
                log=tuple(log.get(region, ())),
                earlier=earlier.get(region, {}),
                over_same=self.over_same & set(earlier.get(region, {})),
                standing=frozenset(key for key in self.standing if key[0] == region),
            )
            for region in {*levels, *cells, *log, *earlier}
        }

    def level(self, region: str, channel: str) -> str:
        """The period at which a series is published; ``ReportError`` where the plan does not know it."""
        if (region, channel) not in self.levels:
            raise ReportError(
                f"The disclosure plan has no series of {region!r}, {channel!r}. Make the plan from the same "
                "contacts as the report."
            )
        return self.levels[region, channel]

    def published(self, region: str, channel: str) -> pd.Series:
        """The published counts of one series at its level, by period as text; NaN where left out."""
        level = self.level(region, channel)
        own = self._by_series.get((region, channel), {})
        return pd.Series({period: value for period, value in own.items() if level_of(period) == level}, dtype=float)

    @cached_property
    def _by_series(self) -> dict[Key, dict[str, int | None]]:
        found: dict[Key, dict[str, int | None]] = defaultdict(dict)
        for (region, channel, period), value in self.cells.items():
            found[region, channel][period] = value
        return found

    def counts_frame(self) -> pd.DataFrame:
        """Every published count and total by region, channel and period; contacts are missing where left out."""
        rows = [
            {
                **dict(zip(("region", "channel"), named(address), strict=True)),
                "period": address[2],
                "contacts": value,
                "suppressed": value is None,
            }
            for address, value in sorted(self.cells.items())
        ]
        frame = pd.DataFrame(rows, columns=["region", "channel", "period", "contacts", "suppressed"])
        return frame.astype({"contacts": "Int64"}).assign(profile=self.profile.name)

    def to_json(self) -> bytes:
        """The plan as JSON, the same bytes for the same plan."""
        values: dict[str, object] = {
            "schema": SCHEMA,
            "profile": {"name": self.profile.name, "zeros": self.profile.zeros},
            "series": [[*key, level] for key, level in sorted(self.levels.items())],
            "cells": [[*address, value] for address, value in sorted(self.cells.items())],
            "log": [entry.to_dict() for entry in self.log],
        }
        if self.earlier:
            values["earlier"] = [[*address, ranges] for address, ranges in sorted(self.earlier.items())]
        if self.over_same:
            values["over_same"] = sorted(self.over_same)
        if self.held_against:
            values["held_against"] = [one.to_dict() for one in self.held_against]
        if self.first_round:
            values["first_round"] = True
        if self.standing:
            values["standing"] = sorted(self.standing)
        return (json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n").encode()

    @classmethod
    def from_json(cls, content: bytes | str) -> DisclosurePlan:
        """The plan that ``to_json`` wrote; ``ReportError`` where it is none."""
        try:
            values = json.loads(content)
            if values["schema"] != SCHEMA:
                raise ReportError(f"The disclosure plan has layout {values['schema']!r}; this version reads {SCHEMA}.")
            return cls(
                profile=named_profile(values["profile"]["name"], zeros=values["profile"]["zeros"]),
                levels={(region, channel): level for region, channel, level in values["series"]},
                cells={(region, channel, period): value for region, channel, period, value in values["cells"]},
                log=tuple(Suppression(**entry) for entry in values["log"]),
                earlier={
                    (region, channel, period): tuple((least, most) for least, most in ranges)
                    for region, channel, period, ranges in values.get("earlier", [])
                },
                over_same=frozenset(
                    (region, channel, period) for region, channel, period in values.get("over_same", [])
                ),
                held_against=tuple(map(EarlierRound.from_dict, values.get("held_against", []))),
                first_round=bool(values.get("first_round", False)),
                standing=frozenset((region, channel) for region, channel in values.get("standing", [])),
            )
        except (ValueError, KeyError, TypeError) as problem:
            raise ReportError(
                "The disclosure plan cannot be read: it is not the disclosure.json that a run wrote. Make it again "
                "with evalkit run."
            ) from problem


def plan_disclosure(
    contacts: Contacts | Mapping[Key, pd.Series],
    settings: DisclosureSettings | None = None,
    *,
    previous: DisclosurePlan | Sequence[DisclosurePlan] | None = None,
) -> DisclosurePlan:
    """Decide what is published of every count.

    Parameters
    ----------
    contacts : Contacts or mapping of (region, channel) to pandas.Series
        Raw counts, NaN where missing.
    settings : DisclosureSettings, optional
        The ``[disclosure]`` table of the evaluation file; the default profile unless given.
    previous : DisclosurePlan or sequence of DisclosurePlan, optional
        That of the last release of the same counts, or those of several releases none of which knew of the other:
        nothing published now may, together with them and with the releases before them, narrow a protected count.

    Returns
    -------
    DisclosurePlan
        The method is described in ``docs/methods/disclosure.md``.
    """
    asked = settings or DisclosureSettings()
    profile, series = profile_of(asked), _series_of(contacts)
    levels = {key: published_level(counts, profile) for key, counts in series.items()}
    from evalkit.report.disclosure.earlier import carried_on, over_others, published_rounds, told_by

    before = (previous,) if isinstance(previous, DisclosurePlan) else tuple(previous or ())
    told, other = told_by(*before), over_others(before, series)
    rounds = in_order(published_rounds(before))
    if profile.off:
        raw = DisclosurePlan(profile=profile, levels=levels, cells=_raw_cells(series), held_against=rounds)
        return carried_on(raw, told, other)
    tables = tables_of(series, levels, totals_wanted=asked.totals, earlier=told)
    cells: dict[Address, int | None] = {}
    log = [_series_entry(key, level) for key, level in levels.items() if level != _native(series[key])]
    for table in tables.values():
        wanted = {address for address in table.nodes if _is_wanted(address, levels, asked)}
        done = protect(table, profile, withheld=(set(table.nodes) - wanted) | (other & set(table.nodes)))
        found, entries = _decided(table, profile, wanted, done)
        cells |= found
        log += entries
    made = DisclosurePlan(profile=profile, levels=levels, cells=cells, log=tuple(sorted(log)), held_against=rounds)
    return carried_on(made, told, other)


def _joined(own: DisclosurePlan, over: DisclosurePlan) -> DisclosurePlan:
    return replace(
        own,
        cells={**own.cells, **over.cells},
        log=(*own.log, *over.log),
        earlier={**own.earlier, **over.earlier},
        over_same=own.over_same | over.over_same,
    )


def _by_region(held: Mapping[_K, _V]) -> dict[str, dict[_K, _V]]:
    found: dict[str, dict[_K, _V]] = defaultdict(dict)
    for key, value in held.items():
        found[key[0]][key] = value
    return found


def _native(counts: pd.Series) -> str:
    return native_level(pd.PeriodIndex(counts.index))


def _series_of(contacts: Contacts | Mapping[Key, pd.Series]) -> dict[Key, pd.Series]:
    if isinstance(contacts, Mapping):
        return dict(contacts)
    return {key: contacts.series(*key) for key in contacts.keys()}  # noqa: SIM118 - no mapping


def _raw_cells(series: Mapping[Key, pd.Series]) -> dict[Address, int | None]:
    return {
        (*key, str(period)): None if pd.isna(count) else round(count)
        for key, counts in series.items()
        for period, count in counts.items()
    }


def _is_wanted(address: Address, levels: Mapping[Key, str], asked: DisclosureSettings) -> bool:
    """Whether a node is to be published at all: its series' own period, or a total that was asked for."""
    region, channel, period = address
    if ALL in (region, channel):
        kinds = {"regions": region == ALL, "channels": channel == ALL}
        return all(kind in asked.totals for kind, summed in kinds.items() if summed)
    level = levels[region, channel]
    return bool(level) and (level_of(period) == level or (level_of(period) == "Y" and "years" in asked.totals))


def _decided(
    table: Table, profile: Profile, wanted: Iterable[Address], done: Protected
) -> tuple[dict[Address, int | None], list[Suppression]]:
    """What is printed for each wanted node, and the log."""
    cells: dict[Address, int | None] = {}
    log = []
    for address in wanted:
        count = table.count(table.nodes[address])
        own = profile.suppressed(count)
        cells[address] = None if own or address in done.hidden else profile.published(count)
        if cells[address] is None:
            total = len(table.nodes[address].members) > 1
            log.append(_entry(address, "protects another" if address in done.hidden else "small count", total=total))
    log += [_entry(address, "known already", total=False) for address in done.exposed]
    return cells, log


def _entry(address: Address, rule: str, *, total: bool) -> Suppression:
    region, channel = named(address)
    return Suppression(region=region, channel=channel, period=address[2], rule=rule, what="total" if total else "count")


def named(address: Address) -> tuple[str, str]:
    """Region and channel in words."""
    region, channel, _ = address
    return ALL_REGIONS if region == ALL else region, ALL_CHANNELS if channel == ALL else channel


def small_address(entry: Suppression) -> Address:
    """The count that an entry of the log is about."""
    region = ALL if entry.region == ALL_REGIONS else entry.region
    return region, ALL if entry.channel == ALL_CHANNELS else entry.channel, entry.period


def _series_entry(key: Key, level: str) -> Suppression:
    rule = "longer periods" if level else "too small for a series"
    return Suppression(region=key[0], channel=key[1], rule=rule, what="series")
