"""A plan: an evaluation as it stood before its data ended, and what differs from it now.

A plan holds what was asked (settings, regions, channels, registers) and what was known of the data (their last period,
a hash of every series). ``differences`` compares two of them: the one that was frozen, and the same record made now.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from evalkit.catalogue import text
from evalkit.display import Displayed
from evalkit.errors import EvaluationError, Problem
from evalkit.evaluation.bundle import PLAN_KEY

SCHEMA: Final = 1
KINDS: Final = (
    "setting",
    "declaration",
    "region",
    "channel",
    "campaign",
    "event",
    "claim",
    "data revised",
    "data end",
    "code version",
)
_SAID_HOW: Final = ("language", "catalogue")
"""Settings that change no number: one plan serves a report in each language."""
_MADE_OF_COUNTS: Final = ("fingerprint", "inputs", "series", "keyed")
_REGISTERS: Final = {"campaign": "campaigns", "event": "events", "claim": "claims"}


@dataclass(frozen=True, kw_only=True)
class SeriesRecord:
    """One series of contacts as it stood: enough to tell whether it was changed, not what it was.

    Attributes
    ----------
    hash : str
        Sha256 (hexadecimal) of every period, count and exposure; in a plan that is made public with its key.
    counts : int
        How many periods had a count.
    cells : mapping of str to str, optional
        A short hash of every count by period, from which changed counts can be told one by one. A guess at a count can
        be tried against it: it is left out of a plan that is made public.
    """

    hash: str
    counts: int
    cells: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True, repr=False)
class Plan(Displayed):
    """An evaluation as it stood on one day.

    Attributes
    ----------
    frozen_on : datetime.date
        The day.
    code_version : str
        Version of evalkit.
    title : str
        Title of the evaluation.
    fingerprint : str
        Of the evaluation: settings and the bytes of every input file.
    settings : mapping
        Every setting of the evaluation file, defaults included.
    regions, channels : tuple of str
        What was to be evaluated.
    frequency : str
        Length of a period, as pandas writes it.
    data_end : str
        Last period of the contacts on that day.
    planned_end : str or None
        Last period that the evaluation was to use; None where none was given.
    inputs : mapping
        For each input file its sha256 (``"hash"``).
    campaigns, events, claims : mapping of str to str
        The rows of each register in words: launches and ends, dates and places, figures.
    series : mapping of str to SeriesRecord
        By ``"region | channel"``.
    keyed : bool
        Whether everything made of counts is hashed with a key, so that no guess at a count can be tried on the plan: as
        in a plan that is made public.
    key : str
        The key (hexadecimal), empty where there is none or it is not at hand. It is no part of the plan's own file but
        stands beside it, see :func:`write_plan`.
    """

    frozen_on: dt.date
    code_version: str
    title: str
    fingerprint: str
    settings: Mapping[str, Any]
    regions: tuple[str, ...]
    channels: tuple[str, ...]
    frequency: str
    data_end: str
    planned_end: str | None = None
    inputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    campaigns: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)
    claims: Mapping[str, str] = field(default_factory=dict)
    series: Mapping[str, SeriesRecord] = field(default_factory=dict)
    keyed: bool = False
    key: str = field(default="", repr=False)

    @property
    def before_data_end(self) -> bool | None:
        """Whether the data ended before their planned end on that day; None where no end was planned."""
        return None if self.planned_end is None else self.data_end < self.planned_end

    @property
    def hash(self) -> str:
        """Sha256 (hexadecimal) of everything else in the plan."""
        canonical = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def settings_hash(self) -> str:
        """Sha256 (hexadecimal) of the plan without anything made of counts: no guess at a count can be tried on it."""
        values = {name: value for name, value in self.to_dict().items() if name not in _MADE_OF_COUNTS}
        canonical = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, without the hash and the key."""
        values = {**asdict(self), "frozen_on": self.frozen_on.isoformat()}
        for name in ("key",) if self.keyed else ("key", "keyed"):
            del values[name]
        return {"schema": SCHEMA, **json.loads(json.dumps(values))}


@dataclass(frozen=True, kw_only=True)
class Deviation(Displayed):
    """One difference between the plan and what was done.

    Attributes
    ----------
    kind : str
        One of ``KINDS``.
    what : str
        What differs: the name of a setting, of a region, of a campaign.
    planned, found : str
        What the plan says, and what there is now.
    """

    kind: str
    what: str
    planned: str
    found: str

    def __str__(self) -> str:
        return f"{self.kind} {self.what}: planned {self.planned}, now {self.found}"

    def to_dict(self) -> dict[str, str]:
        """Plain values for JSON."""
        return {"kind": self.kind, "what": self.what, "planned": self.planned, "found": self.found}


@dataclass(frozen=True, kw_only=True)
class PlanReview(Displayed):
    """A plan and every deviation from it.

    Attributes
    ----------
    frozen_on : datetime.date
        Day of the plan.
    hash, fingerprint : str
        Of the plan, and of the evaluation that it holds.
    before_data_end : bool or None
        As in :class:`Plan`.
    deviations : tuple of Deviation
        Empty where the plan was kept.
    settings_hash : str
        As in :class:`Plan`; empty where only ``hash`` is known.
    """

    frozen_on: dt.date
    hash: str
    fingerprint: str
    before_data_end: bool | None
    deviations: tuple[Deviation, ...] = ()
    settings_hash: str = ""

    def for_publication(self) -> PlanReview:
        """The review without the two hashes that follow from exact counts; ``hash`` is that of the settings."""
        return replace(self, hash=self.settings_hash, fingerprint="")

    def of_kind(self, *kinds: str) -> tuple[Deviation, ...]:
        """Deviations of some kinds."""
        return tuple(deviation for deviation in self.deviations if deviation.kind in kinds)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "frozen_on": self.frozen_on.isoformat(),
            "hash": self.hash,
            "fingerprint": self.fingerprint,
            "settings_hash": self.settings_hash,
            "before_data_end": self.before_data_end,
            "deviations": [deviation.to_dict() for deviation in self.deviations],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> PlanReview:
        """The review that ``to_dict`` wrote."""
        return cls(
            frozen_on=dt.date.fromisoformat(values["frozen_on"]),
            hash=values["hash"],
            fingerprint=values["fingerprint"],
            settings_hash=values.get("settings_hash", ""),
            before_data_end=values["before_data_end"],
            deviations=tuple(Deviation(**deviation) for deviation in values["deviations"]),
        )


def hashed(text: str, key: str = "") -> str:
    """Sha256 (hexadecimal) of a text; with a key (hexadecimal) its HMAC, on which no guess can be tried without it."""
    if not key:
        return hashlib.sha256(text.encode()).hexdigest()
    return hmac.new(bytes.fromhex(key), text.encode(), hashlib.sha256).hexdigest()


def key_file(path: str | Path) -> Path:
    """Where the key of a plan stands: beside it, ``plan.key`` for ``plan.json``."""
    return Path(path).with_suffix(PLAN_KEY)


def write_plan(plan: Plan, path: str | Path, *, force: bool = False) -> Path:
    """Write a plan with its own hash; the file appears complete or not at all.

    The key of a plan that is made public is written beside it, for its owner alone (``plan.key``, not for publication).

    Raises
    ------
    EvaluationError
        There is a file already and ``force`` is not set: a plan that can be replaced unseen is no plan. Or the folder
        is not there.
    """
    file = Path(path)
    there = [one for one in (file, *([key_file(file)] if plan.key else [])) if one.exists()]
    if there and not force:
        file = there[0]
        repair = (
            "Keep it and name another file with --out; or, where nobody has relied on it yet, replace it with --force."
        )
        what = f"{file.name} is there already, and a plan is not overwritten."
        raise EvaluationError(str(file), [Problem(code="plan-exists", what=what, repair=repair)])
    content = {**plan.to_dict(), "settings_hash": plan.settings_hash, "hash": plan.hash}
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    try:
        if plan.key:
            _replace(key_file(file), f"{plan.key}\n", mode=0o600)
        _replace(file, text)
    except OSError as error:
        problem = Problem(
            code="cannot-write", what=f"{file} cannot be written: {error.strerror}.", repair="Choose another place."
        )
        raise EvaluationError(str(file), [problem]) from error
    return file


def read_plan(path: str | Path) -> Plan:
    """Read a plan.

    Raises
    ------
    EvaluationError
        The file is missing, is no plan, is of another layout, or was changed after it was written: its own hash does
        not match.
    """
    file = Path(path)
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise _unreadable(file, f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise _unreadable(file, "is not JSON") from error
    names = {part.name for part in fields(Plan)} - {"key", "keyed"}
    if not isinstance(values, dict) or not names <= values.keys() or values.get("schema") != SCHEMA:
        raise _unreadable(file, f"is not a plan of layout {SCHEMA}")
    plan = _plan_of(values, _key_beside(file) if values.get("keyed") else "")
    if plan.hash != values.get("hash"):
        what = f"{file.name} was changed after it was frozen: its own hash does not match what is in it."
        repair = 'Use the file as it was frozen, or leave "plan" out of the evaluation and say why.'
        raise EvaluationError(str(file), [Problem(code="plan-changed", what=what, repair=repair)])
    return plan


def differences(planned: Plan, present: Plan) -> tuple[Deviation, ...]:
    """Every deviation of the present from the plan, in the order of ``KINDS``.

    ``present`` holds the series up to the plan's ``data_end`` only, since later counts are no revision; its own
    ``data_end`` is that of all data.
    """
    return (
        *_settings(planned.settings, present.settings),
        *_names("region", planned.regions, present.regions),
        *_names("channel", planned.channels, present.channels),
        *(
            found
            for kind, name in _REGISTERS.items()
            for found in _rows(kind, getattr(planned, name), getattr(present, name))
        ),
        *(_not_compared() if planned.keyed and not planned.key else _revisions(planned.series, present.series)),
        *_data_end(planned, present),
        *_changed("code version", "evalkit", planned.code_version, present.code_version),
    )


def _changed(kind: str, what: str, planned: object, found: object) -> list[Deviation]:
    if planned == found:
        return []
    return [Deviation(kind=kind, what=what, planned=_shown(planned), found=_shown(found))]


def _settings(planned: Mapping[str, Any], found: Mapping[str, Any]) -> list[Deviation]:
    before, after = (
        {name: value for name, value in _flat(each).items() if name not in _SAID_HOW} for each in (planned, found)
    )
    deviations = []
    for name in dict.fromkeys((*before, *after)):
        kind, _, rest = name.partition("declarations.")
        known = ("setting", name) if kind else ("declaration", rest)
        deviations += _changed(*known, before.get(name), after.get(name))
    return sorted(deviations, key=lambda deviation: KINDS.index(deviation.kind))


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat


def _names(kind: str, planned: tuple[str, ...], found: tuple[str, ...]) -> list[Deviation]:
    dropped = [
        _changed(kind, name, text("deviation.evaluated"), text("deviation.dropped"))
        for name in planned
        if name not in found
    ]
    added = [
        _changed(kind, name, text("deviation.not_evaluated"), text("deviation.added"))
        for name in found
        if name not in planned
    ]
    return [deviation for part in (*dropped, *added) for deviation in part]


def _rows(kind: str, planned: Mapping[str, str], found: Mapping[str, str]) -> list[Deviation]:
    absent = text("deviation.absent")
    return [
        deviation
        for name in dict.fromkeys((*planned, *found))
        for deviation in _changed(kind, name, planned.get(name, absent), found.get(name, absent))
    ]


def _revisions(planned: Mapping[str, SeriesRecord], found: Mapping[str, SeriesRecord]) -> list[Deviation]:
    """How much of the data that were there has changed since: a count of cells, never a value."""
    deviations, absent = [], text("deviation.absent")
    for name, before in planned.items():
        after = found.get(name)
        if after is None:
            deviations.append(Deviation(kind="data revised", what=name, planned=_counts(before.counts), found=absent))
        elif before.hash != after.hash:
            deviations.append(
                Deviation(
                    kind="data revised", what=name, planned=_counts(before.counts), found=_how_many(before, after)
                )
            )
    new = [name for name in found if name not in planned]
    return [
        *deviations,
        *(Deviation(kind="data revised", what=name, planned=absent, found=_counts(found[name].counts)) for name in new),
    ]


def _not_compared() -> list[Deviation]:
    """A plan that was made public and whose key is not at hand: whether counts were revised cannot be told."""
    planned, found = text("deviation.keyed"), text("deviation.not_compared")
    return [Deviation(kind="data revised", what=text("deviation.contacts"), planned=planned, found=found)]


def _how_many(before: SeriesRecord, after: SeriesRecord) -> str:
    if before.cells is None or after.cells is None:
        return text("deviation.changed")
    periods = dict.fromkeys((*before.cells, *after.cells))
    differing = sum(before.cells.get(period) != after.cells.get(period) for period in periods)
    if not differing:
        return text("deviation.exposure_changed")
    return text("deviation.changed_in", number=differing, all=len(periods))


def _counts(number: int) -> str:
    return text("deviation.counted", number=number)


def _data_end(planned: Plan, present: Plan) -> list[Deviation]:
    if planned.frequency != present.frequency:
        return _changed("data end", text("deviation.length"), planned.frequency, present.frequency)
    if planned.planned_end is None or planned.planned_end == present.data_end:
        return []
    key = "deviation.earlier" if present.data_end < planned.planned_end else "deviation.later"
    found = text(key, period=present.data_end)
    return _changed("data end", text("deviation.contacts"), planned.planned_end, found)


def _shown(value: object) -> str:
    if value is None:
        return text("numbers.none")
    if isinstance(value, bool):
        return text("deviation.yes" if value else "deviation.no")
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or text("numbers.none")
    return str(value) or text("deviation.empty")


def _key_beside(file: Path) -> str:
    """The key of a plan, empty where it is not at hand: the plan says the same, but counts cannot be compared."""
    try:
        key = key_file(file).read_text(encoding="ascii").strip()
        return key if bytes.fromhex(key) else ""
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        repair = "Put the key back as it was written, or move the file away: counts are then not compared."
        problem = Problem(code="no-key", what=f"{key_file(file).name} is no key of a plan.", repair=repair)
        raise EvaluationError(str(key_file(file)), [problem]) from error


def _plan_of(values: Mapping[str, Any], key: str) -> Plan:
    kept = {part.name: values[part.name] for part in fields(Plan) if part.name in values} | {"key": key}
    return Plan(
        **{
            **kept,
            "frozen_on": dt.date.fromisoformat(kept["frozen_on"]),
            "regions": tuple(kept["regions"]),
            "channels": tuple(kept["channels"]),
            "series": {name: SeriesRecord(**record) for name, record in kept["series"].items()},
        }
    )


def _unreadable(file: Path, why: str) -> EvaluationError:
    repair = "Make one with `evalkit plan evaluation.toml`, or mend the path, which is relative to the evaluation file."
    return EvaluationError(str(file), [Problem(code="no-plan", what=f"{file.name} {why}.", repair=repair)])


def _replace(path: Path, text: str, mode: int = 0o644) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        Path(name).chmod(mode)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
