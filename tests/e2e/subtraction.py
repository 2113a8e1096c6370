"""An attacker who adds up and subtracts: everything published becomes sums with two ends, and a solver narrows counts.

The unknowns are the counts of every region, channel and shortest period, whole numbers of 0 or more. Every figure found
in a published file that speaks of contacts becomes a *fact*: a sum of unknowns lies between two numbers. Facts come
from the table of counts, the log, the paths in JSON, the points of drawings by way of their axes, averages in sentences
and texts for screen readers, the figures of verdicts (mean times periods), and estimates (what was counted in the
window follows from a ratio and a difference). An integer programme then asks for the least and the greatest value of
each protected count that agrees with all of them. Nothing here uses the library's own reckoning.

Help that no attacker has: a fact that does not hold of the true counts is dropped, so that he is never led astray by a
figure that was not made of exact counts; one that is only what the published counts add up to is dropped as well,
since it adds nothing to them.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from e2e import attack

Key = tuple[str, str]
Files = Mapping[str, bytes]
ALL = "*"
SMALL = (1, 7)
NEAREST = 5
_GREATEST = 100_000
_MEANS = re.compile(
    r"(Before|From) launch(?: on)? the counts lie between ([\d,]+) and ([\d,]+) a (\w+), on average ([\d,.]+)"
)


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A sum of counts lies between two numbers.

    Attributes
    ----------
    region, channel : str
        ``ALL`` for a sum over them.
    first, last : pandas.Timestamp
        Beginning of the first period and of the last, inclusive.
    low, high : float
        The two ends.
    where : str
        The file and what it said.
    """

    region: str
    channel: str
    first: pd.Timestamp
    last: pd.Timestamp
    low: float
    high: float
    where: str


class Attack:
    """The unknowns, the truth (to leave out what is not so), and everything found.

    Parameters
    ----------
    series : mapping of (region, channel) to pandas.Series
        The true counts, by the shortest period.
    """

    def __init__(self, series: Mapping[Key, pd.Series]) -> None:
        self.unknowns = [(*key, period.start_time) for key, counts in series.items() for period in counts.index]
        self.region = np.array([region for region, _, _ in self.unknowns], dtype=object)
        self.channel = np.array([channel for _, channel, _ in self.unknowns], dtype=object)
        self.start = pd.DatetimeIndex([start for _, _, start in self.unknowns])
        self.truth = np.concatenate([counts.to_numpy(dtype=float) for counts in series.values()])
        self.known: dict[bytes, tuple[NDArray[np.bool_], float, float, str]] = {}
        self.used: list[Fact] = []

    def mask(self, region: str, channel: str, first: pd.Timestamp, last: pd.Timestamp) -> NDArray[np.bool_]:
        """Which unknowns a sum is made of."""
        mine = np.ones(len(self.unknowns), dtype=bool)
        if region != ALL:
            mine &= self.region == region
        if channel != ALL:
            mine &= self.channel == channel
        return mine & np.asarray((self.start >= first) & (self.start <= last))

    def learn(self, facts: Iterable[Fact]) -> None:
        """Take in what holds and says more than is known of the same sum already."""
        for fact in facts:
            mask = self.mask(fact.region, fact.channel, fact.first, fact.last)
            true = float(self.truth[mask].sum())
            if not mask.any() or not fact.low - 1e-6 <= true <= fact.high + 1e-6 or self._follows(mask, fact):
                continue
            _, low, high, _ = self.known.get(mask.tobytes(), (mask, 0.0, np.inf, ""))
            if fact.low > low or fact.high < high:
                self.known[mask.tobytes()] = (mask, max(low, fact.low), min(high, fact.high), fact.where)
                self.used.append(fact)

    def _follows(self, mask: NDArray[np.bool_], fact: Fact) -> bool:
        """Whether a figure of a sentence is what the published counts inside it add up to."""
        if not fact.where.startswith("figure"):
            return False
        inside = [one for one in self.known.values() if one[0].sum() == 1 and (one[0] & mask).any()]
        if len(inside) < mask.sum():
            return False
        printed = sum(NEAREST * round((low + high) / 2 / NEAREST) for _, low, high, _ in inside)
        return fact.low <= printed <= fact.high

    @cached_property
    def _constraints(self) -> tuple[csr_array, NDArray[np.float64], NDArray[np.float64]]:
        rows = [mask for mask, _, _, _ in self.known.values()]
        low = np.ceil(np.array([low for _, low, _, _ in self.known.values()]) - 1e-6)
        high = np.floor(np.minimum([high for _, _, high, _ in self.known.values()], _GREATEST * 100) + 1e-6)
        return csr_array(np.array(rows, dtype=float).reshape(len(rows), len(self.unknowns))), low, high

    def range_of(self, mask: NDArray[np.bool_]) -> tuple[int, int]:
        """Least and greatest value of a sum that agree with everything known."""
        matrix, low, high = self._constraints
        ends = []
        for sign in (1.0, -1.0):
            found = milp(
                sign * mask.astype(float),
                integrality=np.ones(len(mask)),
                bounds=Bounds(0, _GREATEST),
                constraints=LinearConstraint(matrix, low, high),
            )
            assert found.x is not None, found.message
            ends.append(round(float(mask @ found.x)))
        return ends[0], ends[1]

    def narrowed(self, hidden: Iterable[tuple[str, str, str]] = (), *, only: str = "") -> dict[str, tuple[int, int]]:
        """Every protected count that is no longer open from 1 to 7, and every hidden sum known better than printed.

        Protected is every count from 1 to 7 by month, quarter, year or over the whole of the data, of a series, of a
        region over its channels and of a channel over its regions. ``hidden`` are further sums (region, channel,
        period) that were left out to protect others; ``only`` is how the names of those asked about begin.
        """
        found: dict[str, tuple[int, int]] = {}
        for name, mask in self._protected():
            if not name.startswith(only):
                continue
            low, high = self.range_of(mask)
            if low > SMALL[0] or high < SMALL[1]:
                found[name] = (low, high)
        for region, channel, period in hidden:
            when = pd.Period(period)
            mask = self.mask(region, channel, when.start_time, when.end_time)
            low, high = self.range_of(mask)
            if high - low < NEAREST - 1:
                found[f"{region}, {channel}, {period}"] = (low, high)
        return found

    def _protected(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        seen = set()
        places = [(region, channel) for region in {*self.region, ALL} for channel in {*self.channel, ALL}]
        for region, channel in sorted(places):
            for frequency in ("M", "Q", "Y"):
                for period in self.start.to_period(frequency).unique():
                    mask = self.mask(region, channel, period.start_time, period.end_time)
                    if SMALL[0] <= self.truth[mask].sum() <= SMALL[1] and mask.tobytes() not in seen:
                        seen.add(mask.tobytes())
                        yield f"{region}, {channel}, {period}", mask


# --- what the files say -----------------------------------------------------------------------------------------------


def printed(value: float) -> tuple[float, float]:
    """The counts for which a value is printed by the default profile: 0 is 0, 10 is 8 to 12, others 2 either way."""
    return (0.0, 0.0) if value == 0 else (max(value - 2, SMALL[1] + 1.0), value + 2.0)


def facts(files: Files) -> Iterator[Fact]:
    """Every fact in the files of a run, by their names."""
    yield from _table_of_counts(files)
    yield from _log(files)
    regions = {name: json.loads(files[name]) for name in files if re.fullmatch(r"regions/.+\.json", name)}
    for name, stored in sorted(regions.items()):
        for number, result in enumerate(stored["results"], start=1):
            yield from _path(name, stored, result)
            yield from _figures_of_verdicts(name, stored, result)
            yield from _net_of_verdicts(name, stored, result)
            yield from _estimates(name, stored, result)
            yield from _drawn(files, name.removeprefix("regions/").removesuffix(".json"), stored, number)
        yield from _sentences(files, name.removeprefix("regions/").removesuffix(".json"), stored)
    yield from _results(files, list(regions.values()))


def left_out_to_protect(files: Files) -> list[tuple[str, str, str]]:
    """What the log says was left out to protect another."""
    return [_address(row) for row in _log_rows(files) if row["rule"] == "protects another"]


def rows_of(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file as text."""
    return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False).to_dict("records")


def _log_rows(files: Files) -> list[dict[str, str]]:
    return rows_of(files["suppressions.csv"]) if "suppressions.csv" in files else []


def _address(row: Mapping[str, str]) -> tuple[str, str, str]:
    region = ALL if row["region"] == "all regions" else row["region"]
    return region, ALL if row["channel"] == "all channels" else row["channel"], row["period"]


def _about(place: Key, period: str, ends: tuple[float, float], where: str) -> Fact:
    when = pd.Period(period)
    return Fact(
        region=place[0],
        channel=place[1],
        first=when.start_time,
        last=when.end_time,
        low=ends[0],
        high=ends[1],
        where=where,
    )


def _table_of_counts(files: Files) -> Iterator[Fact]:
    for row in rows_of(files["counts.csv"]) if "counts.csv" in files else []:
        if row["contacts"]:
            region, channel, period = _address(row)
            yield _about((region, channel), period, printed(float(row["contacts"])), "counts.csv")


def _log(files: Files) -> Iterator[Fact]:
    for row in _log_rows(files):
        if row["rule"] == "small count":
            region, channel, period = _address(row)
            yield _about((region, channel), period, SMALL, "suppressions.csv")


def _path(name: str, stored: Any, result: Any) -> Iterator[Fact]:
    place = (stored["region"], result["channel"])
    for period, value in zip(result["path"]["period"], result["path"]["observed"], strict=True):
        if value is not None:
            ends = printed(value) if value % NEAREST == 0 else (value - 0.5, value + 0.5)
            yield _about(place, period, ends, name)


def _figures_of_verdicts(name: str, stored: Any, result: Any) -> Iterator[Fact]:
    """A mean before or after, and how many periods it is of, are a sum."""
    for verdict in result["verdicts"]:
        figures = verdict["figures"]
        for side in ("before", "after"):
            mean, window = figures.get(side), figures.get(f"window_{side}")
            if mean is not None and window:
                first, last = (pd.Period(end) for end in window.split(" to "))
                number = len(pd.period_range(first, last))
                half = _half(mean) * number
                yield Fact(
                    region=stored["region"],
                    channel=result["channel"],
                    first=first.start_time,
                    last=last.start_time,
                    low=mean * number - half,
                    high=mean * number + half,
                    where=f"figure of a verdict in {name}: {side} {mean}",
                )


def _net_of_verdicts(name: str, stored: Any, result: Any) -> Iterator[Fact]:
    """A ratio over the period of a claim times what was expected, taken from beside it where it is left out."""
    path = pd.DataFrame({"counterfactual": result["path"].get("counterfactual", [])}, dtype=float)
    if path["counterfactual"].notna().sum() < 2:
        return
    path.index = pd.PeriodIndex([pd.Period(period) for period in result["path"]["period"]])
    spread = path["counterfactual"].isna().map({True: 2.0 * NEAREST, False: NEAREST / 2})
    expected = path["counterfactual"].interpolate(limit_direction="both")
    for verdict in result["verdicts"]:
        net, window = verdict["figures"].get("net"), verdict["figures"].get("window")
        if net is not None and window:
            first, last = (pd.Period(end) for end in window.split(" to "))
            inside = (expected.index >= first) & (expected.index <= last) if first.freq == expected.index.freq else []
            if sum(inside):
                middle, wide = float(expected[inside].sum()), float(spread[inside].sum())
                yield Fact(
                    region=stored["region"],
                    channel=result["channel"],
                    first=first.start_time,
                    last=last.start_time,
                    low=(net - _half(net)) * (middle - wide),
                    high=(net + _half(net)) * (middle + wide),
                    where=f"verdict in {name}: {net}",
                )


def _half(value: float, digits: int = 3) -> float:
    """Half a unit of the last digit of a number at so many significant digits."""
    return 0.5 * 10.0 ** (np.floor(np.log10(abs(value))) - digits + 1) if value else 0.0


def window_total(
    ratio: tuple[float, float], change: tuple[float, float], part: float = 1.0
) -> tuple[float, float] | None:
    """What was counted in a window, from the ends of its ratio to the expected and of its difference from that."""
    factors = [end / (end - 1) for end in ratio if end != 1]
    if len(factors) < 2 or (ratio[0] - 1) * (ratio[1] - 1) <= 0:
        return None
    products = [part * factor * end for factor in factors for end in change]
    return min(products), max(products)


def _estimates(name: str, stored: Any, result: Any) -> Iterator[Fact]:
    ratio, change = (result["estimates"][estimand] for estimand in ("rate_ratio", "cumulative_effect"))
    if "value" in ratio and "value" in change:
        yield from _window(
            (stored["region"], result["channel"]), ratio["window"], ratio["value"], change["value"], name
        )


def _window(place: Key, window: tuple[str, str], ratio: float, change: float, where: str) -> Iterator[Fact]:
    """Ratio and difference give the total, at the precision that both are written with."""
    step = 2.5 if change % NEAREST == 0 else 0.5
    half = _half(ratio) if ratio == float(f"{ratio:.2e}") else 1e-6 * ratio
    ends = window_total((ratio - half, ratio + half), (change - step, change + step))
    if ends is not None:
        yield Fact(
            region=place[0],
            channel=place[1],
            first=pd.Period(window[0]).start_time,
            last=pd.Period(window[1]).start_time,
            low=ends[0],
            high=ends[1],
            where=f"estimates in {where}",
        )


def _results(files: Files, regions: list[Any]) -> Iterator[Fact]:
    """The same from the tables of all regions, whatever their format and their digits."""
    tables = {name: pd.read_csv(io.BytesIO(files[name])) for name in files if name == "results.csv"}
    tables |= {name: pd.read_parquet(io.BytesIO(files[name])) for name in files if name == "results.parquet"}
    if "results.xlsx" in files:
        book = pd.read_excel(io.BytesIO(files["results.xlsx"]), sheet_name=None)
        tables |= {f"results.xlsx, {sheet}": frame for sheet, frame in book.items()}
    for name, frame in tables.items():
        if {"rate_ratio_value", "cumulative_effect_value", "window_start"} <= set(frame.columns):
            for row in frame.dropna(subset=["rate_ratio_value", "cumulative_effect_value"]).to_dict("records"):
                place = (str(row["region"]), str(row["channel"]))
                window = (str(row["window_start"]), str(row["window_end"]))
                yield from _window(
                    place, window, float(row["rate_ratio_value"]), float(row["cumulative_effect_value"]), name
                )
        if {"region", "channel", "period", "observed"} <= set(frame.columns):
            for row in frame.dropna(subset=["observed"]).to_dict("records"):
                value = float(row["observed"])
                ends = printed(value) if value % NEAREST == 0 else (value - 0.5, value + 0.5)
                yield _about((str(row["region"]), str(row["channel"])), str(row["period"]), ends, name)


def _sentences(files: Files, slug: str, stored: Any) -> Iterator[Fact]:
    """Least, greatest and average before and from launch, in texts for screen readers, by the channel they speak of."""
    launch = pd.Period(stored["launch"])
    for name in (f"regions/{slug}.{kind}" for kind in ("html", "pdf", "ipynb")):
        for text in attack.texts(name, files[name]) if name in files else ():
            for found in _MEANS.finditer(text):
                channel = _channel_before(text[: found.start()], stored)
                if channel:
                    yield from _average(found, (stored["region"], channel), launch, stored, name)


def _channel_before(text: str, stored: Any) -> str:
    """The channel that was named last before a place in a text."""
    places = {result["channel"]: text.lower().rfind(result["channel"].lower()) for result in stored["results"]}
    return max(places, key=lambda channel: places[channel]) if max(places.values(), default=-1) >= 0 else ""


def _average(found: re.Match[str], place: Key, launch: pd.Period, stored: Any, name: str) -> Iterator[Fact]:
    path = next(result["path"] for result in stored["results"] if result["channel"] == place[1])
    periods = [pd.Period(period) for period in path["period"]]
    side = [period for period in periods if (period.start_time < launch.start_time) == (found[1] == "Before")]
    mean = float(found[5].replace(",", ""))
    if side:
        half = 0.5 * 10.0 ** -len(found[5].partition(".")[2])
        yield Fact(
            region=place[0],
            channel=place[1],
            first=side[0].start_time,
            last=side[-1].end_time,
            low=(mean - half) * len(side),
            high=(mean + half) * len(side),
            where=f"figure in a text of {name}: {found[0]}",
        )


def _drawn(files: Files, slug: str, stored: Any, number: int) -> Iterator[Fact]:
    """Every point of a drawn line, by both axes, as a count of the period that it stands at."""
    result = stored["results"][number - 1]
    place = (stored["region"], result["channel"])
    shown = [one for one in stored["results"] if any(value is not None for value in one["path"]["observed"])]
    for name, content in files.items():
        if not re.search(rf"(^|/){re.escape(slug)}[.-]", name):
            continue
        seen = 0
        for svg in attack.drawings(name, content):
            points = attack.points_drawn(svg, "observed")
            if not points:
                continue
            seen += 1
            named = attack.number_of(svg, name)
            mine = named == number if named else seen <= len(shown) and shown[seen - 1] is result
            yield from _points(points, result["path"], place, name) if mine else ()


def _points(points: list[tuple[float, float]], path: Any, place: Key, name: str) -> Iterator[Fact]:
    known = [period for period, value in zip(path["period"], path["observed"], strict=True) if value is not None]
    middles = {period: _middle(period) for period in path["period"]}
    (left, _), (right, _) = points[0], points[-1]
    if len(known) < 2 or left == right:
        return
    first, last = middles[known[0]], middles[known[-1]]
    for x, value in points:
        at = first + (x - left) / (right - left) * (last - first)
        period = min(middles, key=lambda one: abs(middles[one] - at))
        near = NEAREST * round(value / NEAREST)
        rounded = abs(value - near) < max(0.05, 1e-4 * abs(value))
        yield _about(place, period, printed(near) if rounded else (value - 0.5, value + 0.5), f"drawing in {name}")


def _middle(period: str) -> float:
    when = pd.Period(period)
    return float((when.start_time.value + when.end_time.value) / 2)
