"""A simulation as a folder: an evaluation with its contacts, registers and truth, the same bytes every time."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from evalkit.errors import DataError, UsageError
from evalkit.evaluation import SCHEMA_FILE, SCHEMA_LINE, Evaluation, schema_text
from evalkit.simulate.config import CONFIGURATION_FILE, ClaimSettings, Simulation, load_simulation
from evalkit.simulate.sentences import claim_text, stated
from evalkit.simulate.simulated import Simulated, simulate_contacts
from evalkit.simulate.toml import to_toml
from evalkit.simulate.truth import claim_truth_table, counted
from evalkit.vocab import SIMULATED, Unit

SOURCE: Final = "simulated register"
METADATA_FILE: Final = "contacts.metadata.json"
REGISTERS: Final = ("contacts", "campaigns", "events", "claims", "truth")


def write_simulation(config: Simulation, folder: str | Path, *, overwrite: bool = False) -> tuple[Path, ...]:
    """Write a simulation as a folder that can be evaluated.

    Parameters
    ----------
    config : Simulation
        What to simulate.
    folder : str or Path
        Where to; made if it is not there. Files that an earlier call wrote are replaced.
    overwrite : bool
        Whether files that no earlier call wrote, or that were changed since, may be replaced or stand beside.

    Returns
    -------
    tuple of Path
        The files: ``simulation.toml``, ``contacts.csv``, ``contacts.metadata.json``, ``campaigns.csv``,
        ``events.csv``, ``claims.csv``, ``truth.csv``, ``truth_claims.csv``, ``evaluation.toml`` and its schema for
        editors. Each is put in place in one step.

    Raises
    ------
    UsageError
        Where the folder holds anything that was not written by an earlier call, or a file stands in its place (nothing
        is written then), or where it cannot be written to.
    """
    target = Path(folder)
    contents = simulation_files(config)
    if not overwrite:
        _refuse_foreign(config, target)
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            _replace(target / name, content)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}. Choose another folder.") from error
    return tuple(target / name for name in contents)


def simulation_files(config: Simulation) -> dict[str, bytes]:
    """Every file of a simulation, by name, as bytes; nothing is written."""
    simulated = simulate_contacts(config)
    keyed = {(path.region.region, path.channel.channel): path for path in simulated.paths}
    figures = {claim.claim: stated(claim, counted(claim, keyed)) for claim in config.claims}
    files = {
        CONFIGURATION_FILE: to_toml(config, title="What the simulated contacts in this folder are made from.").encode(),
        "contacts.csv": _contacts(simulated),
        "campaigns.csv": _csv(_campaigns(config)),
        "events.csv": _csv(_events(config)),
        "claims.csv": _csv([_claim(config, claim, figures[claim.claim], simulated) for claim in config.claims]),
        "truth.csv": _csv(_records(simulated.truth)),
        "truth_claims.csv": _csv(_records(claim_truth_table(config, simulated.paths, figures))),
        "evaluation.toml": f"{SCHEMA_LINE}\n{_evaluation(config)}".encode(),
        SCHEMA_FILE: schema_text().encode(),
    }
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    metadata = json.dumps({**simulated.metadata, "files": hashes}, indent=2, ensure_ascii=False) + "\n"
    return {**files, METADATA_FILE: metadata.encode()}


def _contacts(simulated: Simulated) -> bytes:
    frame = simulated.contacts.frame
    whole = {column: frame[column].astype("int64") for column in ("contacts", "exposure")}
    return _csv(_records(frame.assign(**whole, period=frame["period"].astype(str), **{SIMULATED: "true"})))


def _campaigns(config: Simulation) -> list[dict[str, Any]]:
    named = {campaign.campaign: campaign for campaign in config.campaigns}
    taking_part = [(region.region, named[region.campaign]) for region in config.regions if region.campaign]
    rows = [
        {
            "campaign": campaign.campaign,
            "title": campaign.title,
            "region": region,
            "launch": campaign.launch,
            "end": campaign.end,
            "cost": "" if campaign.cost is None else f"{campaign.cost:g}",
            "currency": campaign.currency,
            "note": campaign.note,
            "source": SOURCE,
        }
        for region, campaign in taking_part
    ]
    return sorted(rows, key=lambda row: (row["launch"], row["campaign"], row["region"]))


def _events(config: Simulation) -> list[dict[str, Any]]:
    return [
        {
            "event": event.event,
            "title": event.title,
            "start": event.start,
            "end": event.end,
            "regions": "; ".join(event.regions),
            "channels": "; ".join(event.channels),
            "kind": event.kind.value,
            "effect_on_counting": event.effect_on_counting,
            "source": SOURCE,
        }
        for event in config.events
    ]


def _claim(config: Simulation, claim: ClaimSettings, figure: float, simulated: Simulated) -> dict[str, Any]:
    region = next(region for region in config.regions if region.region == claim.region)
    baseline = claim.baseline or ("", "")
    return {
        "claim_id": claim.claim,
        "campaign": region.campaign,
        "region": claim.region,
        "channel": claim.channel,
        "unit": Unit.CONTACTS.value,
        "statistic_type": claim.statistic_type,
        "value": f"{figure:g}" if figure != int(figure) else str(int(figure)),
        "qualifier": claim.qualifier.value,
        "period_start": claim.period[0],
        "period_end": claim.period[1],
        "baseline_start": baseline[0],
        "baseline_end": baseline[1],
        "baseline_value": _baseline_value(claim, simulated),
        "text": claim_text(claim, figure),
        "source": SOURCE,
    }


def _baseline_value(claim: ClaimSettings, simulated: Simulated) -> int | None:
    """The counts that the claim compares with, where its publisher gives them."""
    if claim.baseline is None or not claim.baseline_published:
        return None
    series = simulated.contacts.series(claim.region, claim.channel)
    return int(series[claim.baseline[0] : claim.baseline[1]].sum())


def _evaluation(config: Simulation) -> str:
    text = config.evaluation
    evaluation = Evaluation(
        **{name: Path(f"{name}.csv") for name in REGISTERS},  # type: ignore[arg-type]
        title=text.title,
        commissioner=text.commissioner,
        description=text.description,
        signposting=text.signposting,
        channels=tuple(channel.channel for channel in config.channels),
        reference_launch=config.reference_launch,
        model=text.model,
        declarations=text.declarations,
    )
    return to_toml(evaluation, title="What is asked of the simulated contacts in this folder.")


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _csv(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """UTF-8 with commas and line feeds, on every machine; None and NaN are empty cells."""
    text = io.StringIO(newline="")
    table = list(rows)
    writer = csv.DictWriter(text, fieldnames=list(table[0]) if table else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: "" if pd.isna(value) else value for name, value in row.items()} for row in table)
    return text.getvalue().encode()


def _refuse_foreign(config: Simulation, folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; a simulation is written into a folder. Name another place.")
    if not folder.is_dir():
        return
    written = _written(folder)
    foreign = [
        entry.name
        for entry in sorted(folder.iterdir())
        if not entry.name.startswith(".") and not _own(entry, written, config)
    ]
    if foreign:
        raise UsageError(
            f"{folder} holds {', '.join(foreign[:5])}{' and more' if len(foreign) > 5 else ''}, which no earlier "
            "simulation wrote or which changed since. Choose an empty folder, or allow overwriting."
        )


def _written(folder: Path) -> dict[str, str]:
    """Hashes of the files that an earlier simulation wrote, as its metadata state; empty where there are none."""
    try:
        metadata = json.loads((folder / METADATA_FILE).read_text(encoding="utf-8"))
        return {METADATA_FILE: "", **metadata["files"]} if metadata["simulated"] is True else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _own(entry: Path, written: Mapping[str, str], config: Simulation) -> bool:
    if entry.name == CONFIGURATION_FILE and _describes(entry, config):
        return True
    if entry.name == METADATA_FILE:
        return entry.name in written
    return entry.is_file() and written.get(entry.name) == hashlib.sha256(entry.read_bytes()).hexdigest()


def _describes(file: Path, config: Simulation) -> bool:
    """Whether the file is the configuration that is about to be written, perhaps in other words."""
    try:
        return load_simulation(file) == config
    except DataError:
        return False


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
