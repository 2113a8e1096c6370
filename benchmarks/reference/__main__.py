"""Command line of the reference posteriors; run from the root of the checkout.

python -m benchmarks.reference sample [CASE ...]   # draws into the cache; a case that is long enough is left alone
python -m benchmarks.reference summarise           # quantiles and their Monte-Carlo errors, into the tests
python -m benchmarks.reference check [CASE ...]    # the density against PyMC, NUTS against independent draws
python -m benchmarks.reference compare [CASE ...]  # the library beside the committed reference
python -m benchmarks.reference page                # the same, into docs/methods/reference-posteriors.md
python -m benchmarks.reference simulate            # the simulated series, from their seeds
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from benchmarks.places import WORK
from benchmarks.reference import compare, nuts, planes, simulate, summary
from benchmarks.reference.cases import cases
from benchmarks.reference.studies import STUDIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.reference.cases import Case
    from benchmarks.reference.planes import Plane
    from benchmarks.reference.prior import Prior

MIN_ROUNDS, MAX_ROUNDS = 2, 24
IMPORTANCE_DRAWS = 400_000


def sample(chosen: Sequence[Case], prior: Prior, cache: Path) -> None:
    """Add rounds, one a case in turn, until every case is long enough under the prior."""
    open_cases = []
    for case in chosen:
        if case.path.exists():
            open_cases.append(case)
        else:
            tqdm.write(f"{case.name}: the file {case.file} is not on this machine, left out")
    for number in range(1, MAX_ROUNDS + 1):
        if number > MIN_ROUNDS:
            open_cases = [case for case in open_cases if not _long_enough(planes.load(case, prior, cache), prior)]
        for case in tqdm(open_cases, desc=f"round {number}", unit="case"):
            for white, mass in prior.white:
                main = mass == max(dict(prior.white).values())
                if (main or number <= MIN_ROUNDS) and not nuts.has_round(case, white, cache, number):
                    nuts.add_round(case, white, cache, number)


def _long_enough(found: Sequence[Plane], prior: Prior) -> bool:
    return bool(found) and summary.worst_error(summary.summarise(found, prior)) <= 1


def check(chosen: Sequence[Case], prior: Prior, cache: Path) -> None:
    """Print, a line a case, how far the density is from PyMC's, and NUTS from independent weighted draws."""
    from benchmarks.reference.importance import weighted
    from benchmarks.reference.pymc_model import agreement

    for case in chosen:
        if not case.path.exists():
            continue
        design = case.design()
        gap = max(agreement(design, white) for white, _ in prior.white)
        line = f"{case.name}: log density within {gap:.0e} of PyMC's"
        found = planes.load(case, prior, cache)
        if found:
            independent = [weighted(design, one.white, one.run, draws=IMPORTANCE_DRAWS) for one in found]
            again = [replace(one, run=other.run) for one, other in zip(found, independent, strict=True)]
            long, other = summary.summarise(found, prior), summary.summarise(again, prior)
            medians = ((other["q50"] - long["q50"]) / long["unit_q50"]).abs()
            effective = min(one.effective for one in independent)
            line += (
                f"; medians within {medians.max():.3f} sd of {effective:.0f} effective independent draws, "
                f"whose own error is {1.25 / effective**0.5:.3f}"
            )
        print(line)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = ["sample", "summarise", "check", "compare", "page", "simulate"]
    parser.add_argument("action", choices=actions)
    parser.add_argument("case", nargs="*", help="names in cases.toml; all unless given")
    parser.add_argument("--cache", type=Path, default=WORK / "reference", help="folder of the draws")
    parser.add_argument("--study", choices=tuple(STUDIES), default="default", help="which prior")
    given = parser.parse_args()
    study = STUDIES[given.study]
    unknown = sorted(set(given.case) - set(cases()))
    if unknown:
        parser.error(f"unknown case {unknown[0]!r}; known: {', '.join(cases())}")
    chosen = [case for name, case in cases().items() if not given.case or name in given.case]
    if given.action == "sample":
        sample(chosen, study.prior, given.cache)
    elif given.action == "summarise":
        prior = study.prior
        loaded = {case: planes.load(case, prior, given.cache) for case in chosen if case.path.exists()}
        summary.write({case: found for case, found in loaded.items() if found}, prior, study.folder)
    elif given.action == "check":
        check(chosen, study.prior, given.cache)
    elif given.action == "compare":
        print(compare.markdown(compare.compare(study, chosen)))
    elif given.action == "page":
        compare.write_page()
    else:
        simulate.write()


if __name__ == "__main__":
    main()
