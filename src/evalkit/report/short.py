"""A document of four pages, whatever a region's data hold: what has no room is on the web page alone, and it says so.

What readers need to judge the result stays: the finding, its chart, the figures, checks that did not pass, limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from evalkit.catalogue import listed, text
from evalkit.report.layout import shortened
from evalkit.vocab import Outcome

if TYPE_CHECKING:
    from evalkit.report.parts import Page

MOST_PAGES: Final = 4
_MOST_CHECKS, _MOST_CLAIMS, _MOST_NOTES = 8, 3, 4
_LONGEST_CELL, _LONGEST_NOTE, _LONGEST_NAME = 140, 200, 90


def attempts(page: Page) -> Iterator[Page]:
    """The page of a region as it is, then with more and more of it left to the web page.

    Each says in ``moved`` what was left out; empty where nothing was.
    """
    gone: list[str] = []
    yield {**page, "moved": ""}
    for name, step in _STEPS.items():
        less = step(page)
        if less != page:
            page = less
            gone.append(text(f"short.{name}"))
            yield {**page, "moved": text("short.sentence", parts=listed(gone))}


def _without_densities(page: Page) -> Page:
    return {**page, "densities": []}


def _without_deviations(page: Page) -> Page:
    return {**page, "plan": {**page["plan"], "deviations": None}}


def _checks_to_look_at(page: Page) -> Page:
    """Checks that passed are left out, and all but so many of the others; those that failed come first."""
    table = page["checks_short"]
    if table is None:
        return page
    places = [place for place, tone in enumerate(table["tone"]) if tone != str(Outcome.PASSED)]
    first = sorted(places, key=lambda place: table["tone"][place] != str(Outcome.FAILED))
    return {**page, "checks_short": _rows(table, sorted(first[:_MOST_CHECKS]))}


def _one_path(page: Page) -> Page:
    return {**page, "paths": page["paths"][:1]}


def _few_claims(page: Page) -> Page:
    table = page["verdicts_short"]
    if table is None:
        return page
    rows = [[shortened(cell, _LONGEST_CELL) for cell in row] for row in table["rows"]]
    return {**page, "verdicts_short": _rows({**table, "rows": rows}, range(min(len(rows), _MOST_CLAIMS)))}


def _few_notes(page: Page) -> Page:
    return {**page, **{part: _brief(page[part]) for part in ("warnings", "limits_own")}}


def _short_names(page: Page) -> Page:
    names = {name: shortened(page[name], _LONGEST_NAME) for name in ("title", "region", "signed")}
    return {**page, **names, "about": shortened(page["about"], _LONGEST_NOTE)}


def _without_method(page: Page) -> Page:
    return {**page, "methods": [], "how_path": ""}


_STEPS: Final[dict[str, Callable[[Any], Any]]] = {
    "densities": _without_densities,
    "deviations": _without_deviations,
    "checks": _checks_to_look_at,
    "paths": _one_path,
    "claims": _few_claims,
    "notes": _few_notes,
    "names": _short_names,
    "method": _without_method,
}


def _rows(table: dict[str, Any], places: Any) -> dict[str, Any] | None:
    """The table with these rows alone; None where there are none."""
    kept = [*places]
    return {**table, **{part: [table[part][place] for place in kept] for part in ("rows", "tone")}} if kept else None


def _brief(items: list[str]) -> list[str]:
    return [shortened(item, _LONGEST_NOTE) for item in items[:_MOST_NOTES]]
