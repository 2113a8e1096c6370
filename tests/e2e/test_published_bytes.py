"""No published byte depends on a hidden count but by way of a published figure: pages, PDFs, drawings and pixels alike.

Two sets of counts that are published alike, and between them one set of estimates, give the same files, every byte of
every PNG, SVG, PDF, page, notebook and table. What a reader could find out from pixels he finds in the figures.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import evalkit as ek
from e2e import attack
from evalkit.batch.disclosure import plan_files
from evalkit.contacts import Contacts
from evalkit.design import Design
from evalkit.effect import Effect
from evalkit.evaluation import DisclosureSettings
from evalkit.model.base import Fit
from evalkit.report import ChannelResult, RegionReport, write_summary
from evalkit.report.disclosure import control, plan_disclosure
from evalkit.report.release import RegionRelease
from reports import report_of_effect

PERIODS = pd.period_range("2016-01", periods=60, freq="M")
LAUNCH = "2019-03"
REGION = "North Vale"
Counts = Mapping[str, np.ndarray]


def counts() -> dict[str, np.ndarray]:
    """Months about 30 of which six are left out; and months about 8, which are shown by quarter."""
    generator = np.random.default_rng(21)
    website = np.maximum(generator.poisson(30, 60), 9)
    website[LAUNCHED:] += 8
    website[[3, 8, 27, 33, 50, 57]] = (2, 6, 1, 5, 3, 7)
    return {"website": website, "helpline": generator.poisson(8, 60)}


LAUNCHED = PERIODS.get_loc(pd.Period(LAUNCH))


def published_alike() -> dict[str, np.ndarray]:
    """Other counts of which the same is published: small ones exchanged, others moved inside what is printed."""
    other = {channel: series.copy() for channel, series in counts().items()}
    website, helpline = other["website"], other["helpline"]
    for first, second in ((3, 8), (27, 33), (50, 57)):  # both of one year
        website[first], website[second] = website[second], website[first]
    for place in range(0, 60, 2):
        up, down = website[place], website[place + 1]
        if min(up, down) > 7 and round((up + 1) / 5) == round(up / 5) and round((down - 1) / 5) == round(down / 5):
            website[place : place + 2] += (1, -1)
    for quarter in range(0, 60, 3):  # parts of a quarter are published nowhere
        helpline[quarter : quarter + 3] = helpline[quarter : quarter + 3][::-1]
    return other


def report_on(of: Counts) -> RegionReport:
    """Estimates, checks, verdicts and quality of both channels."""
    results = []
    for channel, series in of.items():
        effect = ek.estimate_effect(
            pd.Series(series.astype(float), PERIODS), LAUNCH, model="segmented", region=REGION, channel=channel
        )
        verdicts = (ek.check_claim(2.0, effect),)
        results.append(ChannelResult(channel=channel, effect=effect, verdicts=verdicts, checks=ek.run_checks(effect)))
    return replace(report_of_effect(results[0].effect), results=tuple(results))


def with_counts(report: RegionReport, of: Counts) -> RegionReport:
    """The report with other counts in the place of those that it was made from, and everything found as it was."""
    results = [
        replace(one, effect=replace(one.effect, design=replace(one.effect.design, observed=of[one.channel] + 0.0)))
        for one in report.results
    ]
    return replace(report, results=tuple(results))


def plan_of(of: Counts) -> ek.DisclosurePlan:
    return plan_disclosure({(REGION, channel): pd.Series(series + 0.0, PERIODS) for channel, series in of.items()})


def files_of(release: RegionRelease, folder: Path) -> dict[str, bytes]:
    """Everything that is published of a region, and of a run that has it alone."""
    ek.write_region_report(release, folder / "regions")
    write_summary([release], [], folder)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def report() -> RegionReport:
    return report_on(counts())


@pytest.fixture(scope="module")
def release(report: RegionReport) -> RegionRelease:
    return control(report, plan_of(counts()))


@pytest.fixture(scope="module")
def published(release: RegionRelease, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return files_of(release, tmp_path_factory.mktemp("published"))


def test_the_two_sets_of_counts_differ_and_are_published_alike() -> None:
    first, second = plan_of(counts()), plan_of(published_alike())
    assert {key[1]: level for key, level in first.levels.items()} == {"website": "M", "helpline": "Q"}
    assert plan_files(first) == plan_files(second)
    assert (counts()["website"] != published_alike()["website"]).sum() >= 12
    assert (counts()["helpline"] != published_alike()["helpline"]).sum() >= 20


def test_every_published_file_is_the_same_for_counts_that_are_published_alike(
    report: RegionReport, published: dict[str, bytes], tmp_path: Path
) -> None:
    """Estimates held still, byte for byte: nothing of the exact counts reaches a file by another way than a figure."""
    other = control(with_counts(report, published_alike()), plan_of(published_alike()))
    again = files_of(other, tmp_path)
    assert sorted(again) == sorted(published)
    kinds = {name.rpartition(".")[2] for name in published}
    assert {"png", "svg", "pdf", "html", "ipynb", "json", "csv", "xlsx"} <= kinds
    assert [name for name in published if published[name] != again[name]] == []


def test_the_attack_reads_the_axes_of_these_drawings(release: RegionRelease, published: dict[str, bytes]) -> None:
    """The search of drawings for counts (``test_disclosure_attack.py``) would find nothing if it could not."""
    for number, view in enumerate(release.results, start=1):
        name = f"regions/figures/north-vale-path-{number}.svg"
        (svg,) = attack.drawings(name, published[name])
        counted = view.path["observed"].dropna().to_numpy()
        assert np.sort(attack.values_drawn(svg, "observed")) == pytest.approx(np.sort(counted), abs=0.05)


@pytest.mark.slow
def test_without_control_the_files_differ(report: RegionReport, published: dict[str, bytes], tmp_path: Path) -> None:
    """So the comparison is one that can fail: pixels, drawings and pages of an uncontrolled report show the counts."""
    internal = plan_disclosure({}, DisclosureSettings(profile="internal"))
    one, two = (
        files_of(control(of, internal), tmp_path / name)
        for name, of in (("one", report), ("two", with_counts(report, published_alike())))
    )
    different = {name for name in one if one[name] != two[name]}
    assert {f"regions/figures/north-vale-path-1.{kind}" for kind in ("png", "svg")} <= different
    assert {f"regions/north-vale.{kind}" for kind in ("html", "pdf", "json", "ipynb")} <= different


def test_files_are_made_from_what_is_published_alone(
    release: RegionRelease, published: dict[str, bytes], tmp_path: Path
) -> None:
    """The release holds no effect, design, fit or contacts; written out and read back it gives the same files."""
    held = {type(one) for one in reachable(release)}
    assert not [kind for kind in held if issubclass(kind, Effect | Design | Contacts)]
    assert not [one for one in reachable(release) if isinstance(one, Fit)]
    assert len(held) > 10
    back = pickle.loads(pickle.dumps(release))
    assert files_of(back, tmp_path) == published


@pytest.mark.slow
def test_where_everything_is_estimated_anew_only_model_figures_differ(
    published: dict[str, bytes], tmp_path: Path
) -> None:
    """Estimates follow from exact counts, and so do figures of checks; charts of counts do not, nor their pixels."""
    anew = control(report_on(published_alike()), plan_of(published_alike()))
    stored = json.loads(published["regions/north-vale.json"])
    differing = {where for where, first, second in leaves(stored, anew.to_dict()) if first != second}
    assert any("estimates" in where for where in differing), "the estimates moved, or this would show nothing"
    assert {where for where in differing if not where.startswith(MODEL_FIGURES)} == set()
    ek.write_region_report(anew, tmp_path / "regions")
    for channel in (1, 2):
        for kind in ("svg", "png"):
            name = f"regions/figures/north-vale-path-{channel}.{kind}"
            assert (tmp_path / name).read_bytes() == published[name]


MODEL_FIGURES = tuple(
    f"results.{number}.{part}"
    for number in (0, 1)
    for part in ("estimates", "second_opinion", "tail", "checks", "verdicts", "quality", "warnings")
)


def reachable(thing: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Everything that an object holds, at any depth."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return
    seen.add(id(thing))
    yield thing
    inside: list[Any] = []
    if is_dataclass(thing) and not isinstance(thing, type):
        inside = [getattr(thing, one.name) for one in fields(thing)] + list(vars(thing).values())
    elif isinstance(thing, Mapping):
        inside = [*thing.keys(), *thing.values()]
    elif isinstance(thing, list | tuple | set | frozenset):
        inside = list(thing)
    elif isinstance(thing, pd.DataFrame):
        inside = [thing.attrs, thing.index, *(thing[name].tolist() for name in thing)]
    for one in inside:
        yield from reachable(one, seen)


def leaves(first: Any, second: Any, where: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Each pair of values of two JSON values of the same shape, and where it stands; other shapes are one pair."""
    if isinstance(first, dict) and isinstance(second, dict) and set(first) == set(second):
        for name in first:
            yield from leaves(first[name], second[name], f"{where}.{name}".lstrip("."))
    elif isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        for place, pair in enumerate(zip(first, second, strict=True)):
            yield from leaves(*pair, f"{where}.{place}")
    else:
        yield where, first, second
