"""What a report follows from, as hashes: the same key, the same report; anything changed, another key.

The key of a region holds what that region's report depends on and nothing else, so that a number revised in one region
leaves the reports of others as they are. What it depends on: its own series and those that it is compared with, the
settings and registers, the code and the packages, the notebook, its parameters, and the disclosure plan.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from evalkit.batch.comparison import comparison_regions
from evalkit.batch.notes import data_notes
from evalkit.batch.planning import own_review
from evalkit.resources import code_hash

if TYPE_CHECKING:
    from evalkit.batch.inputs import Inputs
    from evalkit.evaluation import Evaluation

PACKAGES: Final = (
    "duckdb",
    "holidays",
    "jinja2",
    "matplotlib",
    "numba",
    "numpy",
    "pandas",
    "pyarrow",
    "scipy",
    "seaborn",
    "statsmodels",
    "typst",
)
"""What the numbers and the bytes of a report follow from, beside evalkit's own code."""


@cache
def package_versions() -> dict[str, str]:
    """Version of Python and of each of :data:`PACKAGES`; empty where one is not installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = ""
    return found


def asked_hash(evaluation: Evaluation) -> str:
    """Sha256 of what was asked: the settings, and the bytes of every input file but the contacts."""
    files = {name: path for name, path in evaluation.inputs.items() if name not in {"contacts", "plan"}}
    logo = getattr(getattr(evaluation, "branding", None), "logo", None)
    if logo:
        files["logo"] = logo
    held = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items() if path.is_file()}
    return _hash({"settings": evaluation.settings, "files": held})


def region_data_hash(inputs: Inputs, region: str) -> str:
    """Sha256 of the contacts that the report on a region rests on: its own, and those of the regions beside it.

    Beside a region stand those without a campaign, in which placebos are looked for, and those that the model compares
    it with. The periods, the unit and the mark of simulation belong to it, and the notes that the file has on it.
    """
    contacts = inputs.contacts
    counted: dict[str, list[str]] = {}
    for name, channel in contacts.keys():  # noqa: SIM118 - no mapping
        counted.setdefault(channel, []).append(name)
    digest = hashlib.sha256()
    notes = data_notes(contacts, region)
    about = [contacts.freq, str(contacts.unit), contacts.simulated, list(inputs.channels)]
    digest.update(_canonical([about, [str(contacts.periods[0]), str(contacts.periods[-1])], notes]))
    for channel in inputs.channels:
        beside = {name for name in counted.get(channel, []) if inputs.campaign_of(name) is None}
        beside |= set(comparison_regions(inputs, region, channel))
        for name in [region, *sorted(beside - {region})]:
            if name in counted.get(channel, []):
                digest.update(_canonical([name, channel]))
                digest.update(_series(contacts.series(name, channel)))
                digest.update(_series(contacts.exposure(name, channel)))
    return digest.hexdigest()


def run_hash(inputs: Inputs) -> str:
    """Sha256 of everything that all reports of a run have in common but their notebook and their parameters."""
    review = own_review(inputs)
    return _hash(
        {
            "asked": asked_hash(inputs.evaluation),
            "code": code_hash(),
            "packages": package_versions(),
            "plan": None if review is None else review.to_dict(),
        }
    )


def report_key(
    *, common: str, data: str, parameters: Mapping[str, Any], notebook: bytes, inputs: Mapping[str, bytes]
) -> str:
    """The key of one report.

    Parameters
    ----------
    common, data : str
        From :func:`run_hash` and :func:`region_data_hash`.
    parameters : mapping
        Of its notebook, without anything that tells where files lie.
    notebook : bytes
        The notebook itself.
    inputs : mapping of str to bytes
        Files that it is given, such as the disclosure plan.
    """
    held = {name: hashlib.sha256(content).hexdigest() for name, content in inputs.items()}
    source = hashlib.sha256(notebook).hexdigest()
    return _hash({"run": common, "data": data, "parameters": dict(parameters), "notebook": source, "inputs": held})


def _series(values: pd.Series | None) -> bytes:
    return b"none" if values is None else values.to_numpy(dtype="float64").tobytes()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def _hash(value: Any) -> str:
    return hashlib.sha256(_canonical(value)).hexdigest()
