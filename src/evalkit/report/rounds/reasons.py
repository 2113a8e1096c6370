"""What differs between two rounds and may be why their results do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from evalkit.catalogue import text
from evalkit.report.numbers import interval, plural
from evalkit.report.wording import channel_name

if TYPE_CHECKING:
    from evalkit.report.rounds.compare import Round

_SHOWN: Final = 6
_HASH: Final = 12
_SERIES: Final = "contacts"


def round_reasons(first: Round, second: Round) -> tuple[str, ...]:
    """What differs for all regions at once: code, packages, settings, seed, disclosure, registers."""
    return tuple(_round_reasons(first, second))


def data_reasons(region: str, first: Round, second: Round) -> tuple[str, ...]:
    """What differs in the contacts that a region's results rest on.

    With the internal part of both rounds at hand the counts themselves are compared, by their hashes; otherwise what
    was published of them.
    """
    if first.inputs and second.inputs:
        if first.inputs.get("series") == second.inputs.get("series"):
            return ()
    elif first.manifest["data_hash"] == second.manifest["data_hash"]:
        return ()
    own = tuple(_hashed(region, first, second)) if first.inputs and second.inputs else None
    if own is None:
        own = tuple(_published(region, first, second))
        if not own:
            return (text("rounds.reason.revised_somewhere"),)
    return own or (text("rounds.reason.others_revised"),)


def _round_reasons(first: Round, second: Round) -> Iterator[str]:
    before, after = first.manifest, second.manifest
    codes = [one["code"] for one in (before, after)]
    if codes[0] != codes[1]:
        yield text("rounds.reason.code", first=_code(codes[0]), second=_code(codes[1]))
    absent = text("deviation.absent")
    packages = [
        text("rounds.reason.setting", name=name, first=version or absent, second=other or absent)
        for name, version, other in _differing(before["packages"], after["packages"])
    ]
    if packages:
        yield text("rounds.reason.packages", packages=_some(packages))
    settings = list(_differing(_flat(before["evaluation"]["settings"]), _flat(after["evaluation"]["settings"])))
    if settings:
        listed = [
            text("rounds.reason.setting", name=name, first=_plain(one), second=_plain(other))
            for name, one, other in settings
        ]
        yield text("rounds.reason.settings", settings=_some(listed))
    if before["seed"] != after["seed"]:
        yield text("rounds.reason.seed", first=before["seed"], second=after["seed"])
    profiles = [one.get("disclosure", {}).get("profile") for one in (before, after)]
    plans = [one.get("disclosure", {}).get("plan_hash") for one in (before, after)]
    if profiles[0] != profiles[1]:
        yield text("rounds.reason.profile", first=profiles[0], second=profiles[1])
    elif plans[0] != plans[1]:
        yield _plans(first, second)
    if first.inputs and second.inputs:
        files = [
            name
            for name, _, _ in _differing(first.inputs.get("files", {}), second.inputs.get("files", {}))
            if name != _SERIES
        ]
        if files:
            yield text("rounds.reason.registers", files=", ".join(files))
    elif (
        not settings
        and before["data_hash"] == after["data_hash"]
        and (before["evaluation"]["fingerprint"] != after["evaluation"]["fingerprint"])
    ):
        yield text("rounds.reason.other_file")


def _plans(first: Round, second: Round) -> str:
    """Whether what is left out, and by which periods counts are published, differs; or only the counts do."""
    before, after = first.suppressed, second.suppressed
    if before is None or after is None:
        return text("rounds.reason.counts_or_gaps")
    shared = {key: [side[key] for side in (before, after)] for key in before if key in after}
    if any(one != other for one, other in shared.values()):
        return text("rounds.reason.other_gaps")
    if len(before) != len(after) or len(shared) != len(before):
        return text("rounds.reason.other_cells")
    return text("rounds.reason.counts_only")


def _hashed(region: str, first: Round, second: Round) -> Iterator[str]:
    """By channel, what the hashes of the counts say: periods added, revised, taken away."""
    series = [
        {name: one for name, one in (side.inputs or {}).get("series", {}).items() if one["region"] == region}
        for side in (first, second)
    ]
    for name in dict.fromkeys([*series[0], *series[1]]):
        before, after = (one.get(name) for one in series)
        if before and after and before["hash"] == after["hash"]:
            continue
        channel = (before or after or {})["channel"]
        if not before or not after:
            yield _contacts(channel, text("rounds.reason.new" if after else "rounds.reason.gone"))
            continue
        said = _periods(before["cells"], after["cells"])
        yield _contacts(channel, said or text("rounds.reason.exposure"))


def _published(region: str, first: Round, second: Round) -> Iterator[str]:
    paths = [
        {result["channel"]: _observed(result["path"]) for result in side.regions[region]["results"]}
        for side in (first, second)
    ]
    for channel in dict.fromkeys([*paths[0], *paths[1]]):
        before, after = (one.get(channel) for one in paths)
        if before is None or after is None:
            yield _contacts(channel, text("rounds.reason.new" if after is not None else "rounds.reason.gone"))
        elif before != after:
            said = _periods(before, after)
            if said:
                yield text("rounds.reason.published", channel=channel_name(channel), said=said)


def _contacts(channel: str, said: str) -> str:
    return text("rounds.reason.contacts", channel=channel_name(channel), said=said)


def _observed(path: Mapping[str, Any]) -> dict[str, Any]:
    return dict(zip(path["period"], path["observed"], strict=True))


def _periods(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """``2 periods revised (2019-05, 2019-06), 3 added (2022-10 to 2022-12)``."""
    groups = {
        "revised": [period for period in after if period in before and after[period] != before[period]],
        "added": [period for period in after if period not in before],
        "gone": [period for period in before if period not in after],
    }
    said: list[str] = []
    for word, periods in groups.items():
        if periods:
            number = str(len(periods)) if said else plural(len(periods), "period")
            named = _some(periods, span=word != "revised")
            said.append(text(f"rounds.reason.periods_{word}", number=number, named=named))
    return ", ".join(said)


def _some(items: Iterable[str], *, span: bool = False) -> str:
    listed = list(items)
    if span and len(listed) > 1:
        return interval(listed[0], listed[-1])
    named, rest = ", ".join(listed[:_SHOWN]), len(listed) - _SHOWN
    return text("figure.heat_map.and_more", named=named, number=rest) if rest > 0 else named


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            yield name, before.get(name), after.get(name)


def _flat(settings: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """``{"model": {"level": 0.9}}`` as ``{"model.level": 0.9}``."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        found |= _flat(value, f"{above}{name}.") if isinstance(value, Mapping) else {f"{above}{name}": value}
    return found


def _plain(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or text("numbers.none")
    return text("numbers.none") if value is None or value == "" else str(value)


def _code(code: Mapping[str, str]) -> str:
    return f"{code.get('version', '')} ({str(code.get('hash', ''))[:_HASH]})"
