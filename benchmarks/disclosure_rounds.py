"""What estimates of several rounds tell together of a count that each of them leaves out.

To first order, as in ``tests/e2e/test_model_figures.py``: derivatives of each published figure by each count, every
other count anywhere in what is printed for it, every figure anywhere in what is printed of it, and a linear programme
for the least and the greatest value of the count that is left out. Here the figures are those of several rounds: of the
same months with that count revised, of three more months a round, or both. The attacker is a strong one: he has the
program, and knows that nothing but this count was revised.

python -m benchmarks.disclosure_rounds [--quick]     results/disclosure_rounds.csv
"""

from __future__ import annotations

import csv
import math
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy.optimize import linprog

import evalkit as ek
from benchmarks.places import RESULTS
from evalkit.report.disclosure import named_profile, rounding
from evalkit.report.disclosure.earlier import told_by_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

MONTHS, MORE, LAUNCH, PLACE = 60, 9, 40, 30
BEFORE, AFTER = 3, 5
"""The count that is left out in the first round, and where it is revised."""
BASE: Final = 5
DEFAULT: Final = named_profile("default")
SMALL: Final = (1, 7)


@dataclass(frozen=True, order=True)
class Round:
    """One round: how many months it has, and the value of the count that is left out."""

    months: int
    small: int


CASES: Final = {
    "one round": (Round(60, BEFORE),),
    "the same months, not revised": (Round(60, BEFORE), Round(60, BEFORE)),
    "the same months, revised": (Round(60, BEFORE), Round(60, AFTER)),
    "three more months, revised": (Round(60, BEFORE), Round(63, AFTER)),
    "three more months, not revised": (Round(60, BEFORE), Round(63, BEFORE)),
    "four rounds, three more months each": tuple(Round(60 + 3 * number, BEFORE) for number in range(4)),
}


def counts_of(zeros: int, small: int) -> NDArray[np.int64]:
    """Months about 14, more from the launch on; one small count; some months in which nobody called."""
    generator = np.random.default_rng(5)
    counts = np.maximum(generator.poisson(14, MONTHS + MORE), 8)
    counts[LAUNCH:] = np.maximum(generator.poisson(18.2, MONTHS + MORE - LAUNCH), 8)
    others = [place for place in range(MONTHS) if place != PLACE]
    counts[np.random.default_rng(2).permutation(others)[:zeros]] = 0
    counts[PLACE] = small
    return counts


def figures(counts: NDArray[np.int64]) -> dict[str, tuple[float, bool]]:
    """Value and ends of every estimate, and whether each is a number of contacts."""
    periods = pd.period_range("2016-01", periods=len(counts), freq="M")
    effect = ek.estimate_effect(pd.Series(counts.astype(float), periods), "2019-05")
    found = {**effect.estimates}
    if effect.second_opinion is not None:
        found["second"] = effect.second_opinion.rate_ratio
    return {
        f"{name}.{end}": (getattr(one, end), rounding.is_number(one.unit))
        for name, one in found.items()
        if isinstance(one, ek.Estimate)
        for end in ("value", "lower", "upper")
    }


@cache
def told(zeros: int, of: Round) -> tuple[NDArray[np.float64], dict[str, tuple[float, bool]]]:
    """Derivatives of each figure of a round by each count, and the figures."""
    counts = counts_of(zeros, of.small)[: of.months]
    here = figures(counts)
    slopes = np.zeros((len(here), MONTHS + MORE))
    for place, count in enumerate(counts):
        step = np.eye(of.months, dtype=np.int64)[place]
        above, below = figures(counts + step), figures(counts - step) if count else here
        width = 2 if count else 1
        slopes[:, place] = [(above[name][0] - below[name][0]) / width for name in here]
    return slopes, here


def _room(name: str, value: float, *, number: bool, digits: int) -> tuple[float, float]:
    """How far down and up a figure may move and be printed alike: ends of intervals of contacts are rounded outward."""
    step = BASE if number else 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
    if number and name.endswith(".lower"):
        least = math.floor(value / step) * step
    elif number and name.endswith(".upper"):
        least = (math.ceil(value / step) - 1) * step
    else:
        least = round(value / step) * step - step / 2
    return value - least, least + step - value


def ranges(
    zeros: int, rounds: tuple[Round, ...], *, shown: bool = True, digits: int = 3
) -> dict[str, tuple[float, float]]:
    """Least and greatest first value, last value and difference of the count left out that agree with all rounds.

    Unknown are every count of the longest round and, last, by how much the one left out was revised. ``shown`` is
    whether zeros are printed as such; left out, they are no more than among the small ones.
    """
    small = (SMALL[0] if shown else 0, SMALL[1])
    counts = counts_of(zeros, BEFORE)
    printed = [told_by_value(DEFAULT, DEFAULT.published(int(count)) or 0) for count in counts]
    printed[PLACE] = small
    if not shown:
        printed = [ends if count else small for ends, count in zip(printed, counts, strict=True)]
    bounds = [(least - count, most - count) for (least, most), count in zip(printed, counts, strict=True)]
    change = rounds[-1].small - BEFORE
    revised = any(one.small != BEFORE for one in rounds)
    bounds.append((-7.0 - change, 7.0 - change) if revised else (0.0, 0.0))
    rows, room = [], []
    for one in rounds:
        slopes, here = told(zeros, one)
        down, up = np.array([_room(name, value, number=of, digits=digits) for name, (value, of) in here.items()]).T
        moved = slopes[:, [PLACE]] if one.small != BEFORE else np.zeros((len(slopes), 1))
        matrix = np.hstack([slopes, moved])
        rows += [matrix, -matrix]
        room += [up, down]
    first, last = np.zeros(len(bounds)), np.zeros(len(bounds))
    first[PLACE] = last[PLACE] = last[-1] = 1
    rows += [last[None, :], -last[None, :]]  # it is left out as small in the last round too
    room += [np.array([small[1] - BEFORE - change]), np.array([BEFORE + change - small[0]])]
    asked = {"first": (first, BEFORE), "last": (last, BEFORE + change), "difference": (last - first, change)}
    found = {}
    for name, (wanted, true) in asked.items():
        ends = [
            linprog(sign * wanted, A_ub=np.vstack(rows), b_ub=np.concatenate(room) + 1e-9, bounds=bounds)
            for sign in (1, -1)
        ]
        if any(end.status != 0 for end in ends):
            raise RuntimeError(f"{name}: {[end.message for end in ends]}")
        found[name] = (true + ends[0].fun, true - ends[1].fun)
    return found


def main() -> None:
    """Measure every case and write the table."""
    quick = "--quick" in sys.argv
    rows: list[dict[str, object]] = []
    wanted = ((20, True, 3), (20, True, 2), (20, False, 3), (0, True, 3))
    for zeros, shown, digits in wanted[:2] if quick else wanted:
        for case, rounds in CASES.items():
            row: dict[str, object] = {
                "months_of_zero": zeros,
                "zeros": "shown" if shown else "suppressed",
                "digits": digits,
                "case": case,
            }
            row["figures"] = sum(len(told(zeros, one)[1]) for one in rounds)
            row |= {"first": BEFORE, "last": rounds[-1].small}
            for name, (least, greatest) in ranges(zeros, rounds, shown=shown, digits=digits).items():
                row |= {f"{name}_least": round(least, 2), f"{name}_greatest": round(greatest, 2)}
            print(row, flush=True)
            rows.append(row)
    with (RESULTS / "disclosure_rounds.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
