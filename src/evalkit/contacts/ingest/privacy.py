"""Privacy at the door: which headings may be shown, which columns look personal, and errors without their values.

The rule that protects people is elsewhere and simple: a column that the mapping does not name is never read, and of
those that it names only counts leave. Here is what keeps messages and reports clean as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from traceback import walk_tb
from typing import Final

from evalkit.errors import Problem

NOT_SHOWN: Final = "column {place} (name not shown)"
_LONGEST_HEADING: Final = 60

# headings of columns that hold personal data as a rule
_PERSONAL_NAMES: Final = re.compile(
    r"(^|[^a-z])(name|names|forename|surname|firstname|lastname|fullname|nickname|initials|alias|user|username|caller"
    r"|client|person"
    r"|phone|telephone|tel|mobile|msisdn|cli|number|callerid|e ?mail|mail|address|addr|street|house|ip|ipv4|ipv6"
    r"|ipaddress"
    r"|mac|imei"
    r"|device|cookie|session|fingerprint|useragent|agent|referrer|referer|url|postcode|post code|zip|zipcode|dob|birth"
    r"|birthday|birthdate|age|gender|sex|ethnicity|nhs|nino|passport|licence|card|iban|account|note|notes|comment"
    r"|comments|text|message|messages|transcript|description|details|remarks|free ?text|summary|narrative|subject|lat"
    r"|latitude|lon|lng|longitude|location|gps)([^a-z]|$)"
)
_EMAIL: Final = r"[^@\s,;]+@[^@\s,;]+\.[a-zA-Z]{2,}"
_IPV4: Final = r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"
_IPV6: Final = r"[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{0,4}){3,7}"
_PHONE: Final = r"\+?\(?\d[\d ()./-]{7,}\d"
_POSTCODE: Final = r"[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}"
_DATE: Final = r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*"
_NUMBER: Final = r"[-+]?[\d.,]+"
_FORMULA: Final = r"[=@+].*"
_DATA: Final = re.compile("|".join((_EMAIL, _IPV4, _IPV6, _PHONE, _POSTCODE, _DATE, _NUMBER, _FORMULA)), re.DOTALL)
# content that no place or channel has: patterns for the engine (RE2), matched against the whole cell
CONTACT_DETAILS: Final = (("e-mail addresses", _EMAIL), ("telephone numbers", _PHONE), ("IP addresses", _IPV4))


def looks_like_data(heading: str) -> bool:
    """Whether a heading looks like a value: a number, a date, an address; or is empty or long."""
    text = heading.strip()
    return not text or len(text) > _LONGEST_HEADING or _DATA.fullmatch(text) is not None


def looks_personal(heading: str) -> bool:
    """Whether a column of that name holds personal data as a rule."""
    return _PERSONAL_NAMES.search(_words(heading)) is not None


def shown_heading(heading: str, place: int) -> str:
    """A heading as messages show it: itself, or its place (from 1) where it looks like a value."""
    return NOT_SHOWN.format(place=place) if looks_like_data(heading) else heading.strip()


def _words(heading: str) -> str:
    """``callerName``, ``caller_name`` and ``CALLER-NAME`` as ``caller name``."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", heading)
    return re.sub(r"[\s_\-.]+", " ", apart).strip().casefold()


# --- what an engine's error says, without the values it quotes -------------------------------------------------------

_LINE: Final = re.compile(r"(?:CSV Error on Line|\bLine): (\d+)")
_CAUSES: Final[tuple[tuple[str, str, str, str], ...]] = (
    (
        "unicode|utf-8|utf8|encoding|byte sequence",
        "encoding",
        "The text is not in the encoding that was expected (UTF-8 unless the mapping says otherwise).",
        'Save it again as CSV UTF-8, or say encoding = "latin-1" or "utf-16" under [files].',
    ),
    (
        "maximum line size|max_line_size|line size",
        "long-line",
        "A line is longer than 2 MB, which no log has: a quotation mark may not be closed, or it is not a text file.",
        "Export it again; look for a quotation mark without its pair in that row.",
    ),
    (
        "unterminated|quote",
        "open-quote",
        "A quotation mark is opened and not closed.",
        "Export it again, with quotation marks inside cells doubled.",
    ),
    (
        "expected number of columns|too many columns|column count|number of columns",
        "cells",
        "A row has another number of cells than there are headings.",
        "Export it again; cells with separators in them must stand in quotation marks.",
    ),
    (
        "gzip|zlib|inflate|decompress|truncated|corrupt|unexpected end|magic",
        "damaged-file",
        "The file is damaged or ends too early.",
        "Copy or export it again; its transfer may have been cut off.",
    ),
    (
        "no files found|no such file|does not exist|cannot open|could not open|404|not found",
        "vanished",
        "The file, table or address cannot be opened (any more).",
        "Check that it is there and that nothing moves it while it is read.",
    ),
    (
        "permission|forbidden|403|denied|authentication|password|credential|signature",
        "not-allowed",
        "Access was refused.",
        "Check the rights to the file, or the user, password and address in the environment.",
    ),
    (
        "connect|connection|timeout|timed out|resolve|network|http",
        "unreachable",
        "The server cannot be reached.",
        "Check its address in the environment, and that it is running.",
    ),
    (
        "out of memory|memory limit|could not allocate|failed to allocate|failed to offload|failed to pin",
        "memory",
        "There is not enough memory, or no room in the temporary folder.",
        "Free some disk space, or give more memory.",
    ),
    (
        "no space|disk",
        "disk",
        "There is no room in the temporary folder.",
        "Free some disk space, or set TMPDIR to a larger disk.",
    ),
    (
        "parquet|thrift|snappy|zstd|footer",
        "damaged-file",
        "The file cannot be read as Parquet: it is damaged or is something else.",
        "Export it again.",
    ),
)


def safe_problem(error: BaseException) -> Problem:
    """A problem that says what kind of fault an engine met, and the row where it names one; never a value.

    The text of an engine's error quotes cells, connection strings and paths, so only words that are looked for here
    decide what is said, and nothing of it is passed on.
    """
    text = str(error)
    found = _LINE.search(text)
    rows = (int(found[1]),) if found else ()
    lowered = _without_quotes(text).casefold()
    for pattern, code, what, repair in _CAUSES:
        if re.search(pattern, lowered):
            return Problem(code=code, what=what, repair=repair, rows=rows)
    where = [frame.f_code.co_name for frame, _ in walk_tb(error.__traceback__)]
    return Problem(
        code="unreadable-source",
        what=f"It cannot be read ({type(error).__name__} in {where[-1] if where else 'the engine'}).",
        repair="Check that it is a log of the kind that its name says, and export it again.",
        rows=rows,
    )


def _without_quotes(text: str) -> str:
    """The text of an error without the line it quotes and the suggestions it adds."""
    kept = [line for line in text.splitlines() if not line.startswith(("Original Line", "  ", "*", "Possible"))]
    return "\n".join(kept)


def shown_columns(headings: Sequence[str], read: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    """Every column that is not read, as it may be shown, and whether it looks personal."""
    return tuple(
        (shown_heading(heading, place), looks_personal(heading) or looks_like_data(heading))
        for place, heading in enumerate(headings, 1)
        if heading not in read
    )
