"""From places to regions: the lookup file, and how a place is written so that both sides agree."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalkit import resources
from evalkit.contacts.cells import folded
from evalkit.contacts.files import load_file
from evalkit.contacts.ingest.mapping import PlaceKind, PlaceSettings, refused
from evalkit.contacts.numbers import is_missing
from evalkit.errors import ContactsError, IngestError, Problem, unknown
from evalkit.vocab import REGION, UNALLOCATED

POLICE_FORCES: Final = "data/lookups/police-forces.csv"
EMPTY: Final = "empty"
FORM: Final = "not of the form of a place"
ABSENT: Final = "not in the lookup"
AMBIGUOUS: Final = "ambiguous"
ELSEWHERE: Final = "another region"
REASONS: Final = (EMPTY, FORM, ABSENT, AMBIGUOUS, ELSEWHERE)
MOST_REGIONS: Final = 10_000
_PLACE: Final = "place"
_POSTCODE: Final = {"postcode area": r"^([A-Z]{1,2})", "postcode district": r"^([A-Z]{1,2}[0-9][A-Z0-9]?)"}
# an area, a district or a whole postcode; the three characters at the end of a whole one are its inward part
_FORM: Final = r"^[A-Z]{1,2}([0-9][A-Z0-9]?([0-9][A-Z]{2})?)?$"
_FORCE_WORDS: Final = r"\b(police|constabulary|service|force|the|of|s)\b"


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """Where each place belongs.

    Attributes
    ----------
    kind : str
        What a place is.
    regions : tuple of str
        The regions counted, sorted.
    codes : dict of str to int
        For each place in its plain form the number of its region, or of the reason why it has none: the number of
        regions plus the place of the reason in ``REASONS``.
    """

    kind: PlaceKind
    regions: tuple[str, ...]
    codes: dict[str, int]

    def reason_code(self, reason: str) -> int:
        """The number that stands for a reason."""
        return len(self.regions) + REASONS.index(reason)


def plain_sql(kind: PlaceKind, column: str) -> str:
    """An expression for the plain form of a place: NULL where it is empty, ``""`` where it has not the form of one."""
    if kind in _POSTCODE:
        tight = f"upper(replace(trim({column}), ' ', ''))"
        outward = f"CASE WHEN length({tight}) > 4 THEN left({tight}, -3) ELSE {tight} END"
        return (
            f"CASE WHEN {tight} = '' THEN NULL WHEN NOT regexp_matches({tight}, '{_FORM}') THEN '' "
            f"ELSE regexp_extract({outward}, '{_POSTCODE[kind]}', 1) END"
        )
    if kind == "police force code":
        return f"nullif(upper(trim({column})), '')"
    words = f"replace(lower(strip_accents({column})), '&', ' and ')"
    plain = f"regexp_replace({words}, '[^a-z0-9]+', ' ', 'g')"
    if kind == "police force name":
        plain = f"regexp_replace({plain}, '{_FORCE_WORDS}', ' ', 'g')"
        plain = f"regexp_replace({plain}, ' +', ' ', 'g')"
    return f"CASE WHEN trim({column}) = '' THEN NULL ELSE trim({plain}) END"


def read_lookup(place: PlaceSettings) -> tuple[tuple[str, str], ...]:
    """Pairs of place and region of the lookup file, as written.

    Raises
    ------
    IngestError
        The file has no such columns, empty cells, or names that cannot be regions.
    """
    path = place.lookup or resources.path(POLICE_FORCES)
    try:
        table = load_file(path)
    except ContactsError as error:
        problems = error.problems
    else:
        return _pairs(path, {folded(name): column for column, name in enumerate(table.header)}, table.cells)
    raise IngestError(str(path), problems)


def _pairs(path: Path, named: dict[str, int], cells: object) -> tuple[tuple[str, str], ...]:
    absent = [name for name in (_PLACE, REGION) if name not in named]
    if absent:
        what = f"The lookup has no column {' and no column '.join(map(repr, absent))}."
        raise refused(str(path), "missing-column", what, "Give it the columns 'place' and 'region'.")
    frame = cells[[named[_PLACE], named[REGION]]]  # type: ignore[index]  # a frame of cells
    problems, pairs = [], []
    for row, place, region in frame.itertuples():
        if is_missing(place) or is_missing(region):
            problems.append(
                Problem(code="empty-cell", what="A cell is empty.", repair="Fill or remove it.", rows=(row,))
            )
        elif str(region).strip().casefold() == UNALLOCATED or re.match(r"[=+@\t\r-]", str(region).strip()):
            what = f"{str(region).strip()!r} cannot be the name of a region."
            repair = f"Names do not begin with = + - or @, and {UNALLOCATED!r} is kept for places without a region."
            problems.append(Problem(code="region-name", what=what, repair=repair, rows=(row,)))
        else:
            pairs.append((str(place).strip(), str(region).strip()))
    if problems:
        raise IngestError(str(path), problems)
    return tuple(pairs)


def to_lookup(place: PlaceSettings, pairs: tuple[tuple[str, str], ...], plain: list[str | None]) -> Lookup:
    """The lookup from its pairs and the plain form of each place, in the same order.

    A place that is listed for several regions is ambiguous. A region that is not to be counted is a reason, too.
    """
    every = tuple(sorted({region for _, region in pairs}))
    missing = [region for region in place.regions if region not in every]
    source = str(place.lookup or POLICE_FORCES)
    if missing:
        what = "; ".join(unknown("region", region, every) for region in missing)
        raise refused(source, "unknown-name", what, "Mend regions under [place], or the lookup.")
    regions = tuple(sorted(place.regions)) if place.regions else every
    if len(regions) > MOST_REGIONS:
        raise refused(source, "too-many-regions", f"There are {len(regions)} regions; at most {MOST_REGIONS}.", "")
    wrong = [pair[0] for pair, form in zip(pairs, plain, strict=True) if not form]
    if wrong:
        what = f"{len(wrong)} places are not of the form of a {place.kind}, the first is {wrong[0]!r}."
        raise refused(source, "place-form", what, "Mend them, or the kind under [place].")
    found: dict[str, set[str]] = defaultdict(set)
    for (_, region), form in zip(pairs, plain, strict=True):
        found[str(form)].add(region)
    number = {region: code for code, region in enumerate(regions)}
    elsewhere, ambiguous = (len(regions) + REASONS.index(reason) for reason in (ELSEWHERE, AMBIGUOUS))
    codes = {form: ambiguous if len(its) > 1 else number.get(next(iter(its)), elsewhere) for form, its in found.items()}
    return Lookup(kind=place.kind, regions=regions, codes=codes)
