"""Does an output still hold: its files, the inputs it rests on, and its numbers?"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evalkit import __version__
from evalkit.batch.errands import EVALUATION
from evalkit.batch.inputs import read_inputs
from evalkit.batch.keys import package_versions
from evalkit.batch.manifest import (
    INTERNAL_MANIFEST,
    MANIFEST,
    for_publication,
    hashes,
    public_files,
    read_manifest,
    sha256,
)
from evalkit.batch.reading import INPUTS, open_output
from evalkit.batch.store import INTERNAL
from evalkit.batch.work import PLAN, Task, perform
from evalkit.display import Displayed
from evalkit.errors import BatchError, UsageError
from evalkit.evaluation.addresses import without_secrets
from evalkit.evaluation.bundle import read_bundle
from evalkit.report.rounds import Round, compare_rounds
from evalkit.resources import code_hash

if TYPE_CHECKING:
    from evalkit.batch.inputs import Inputs
    from evalkit.batch.manifest import Manifest, ReportRecord
    from evalkit.batch.reading import Output

_OWN: Final = (f"{INTERNAL}/run.log", f"{INTERNAL}/run.lock", f"{INTERNAL}/README.txt", f"{INTERNAL}/{PLAN}", INPUTS)
"""What a run keeps for itself beside the files that its manifest lists."""
_OWN_FOLDERS: Final = (f"{INTERNAL}/state/", f"{INTERNAL}/earlier/", f"{INTERNAL}/part/")
Progress = Callable[[str, str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Rerun:
    """One report made again.

    Attributes
    ----------
    region : str
        Its region.
    same : bool
        Whether it came out the same.
    how : str
        ``"same bytes"``; the same numbers within what is stated there; or what differs.
    """

    region: str
    same: bool
    how: str


@dataclass(frozen=True, kw_only=True, repr=False)
class Verification(Displayed):
    """What was found.

    Attributes
    ----------
    place : str
        The output.
    files : int
        Files that were compared with their hash.
    missing, changed, extra : tuple of str
        Files that are not there, that have other bytes than were written, and that no run wrote.
    failed : tuple of str
        Regions that the run could not report.
    inputs : tuple of str
        What differs in the inputs; empty where nothing does, or where they were not compared.
    compared : bool
        Whether the inputs were compared.
    reruns : tuple of Rerun
        Reports that were made again.
    notes : tuple of str
        What could not be looked at, and what differs without being wrong.
    finished : bool
        Whether the run went to its end; an output of one that did not is not sound.
    """

    place: str
    files: int
    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    compared: bool = False
    reruns: tuple[Rerun, ...] = ()
    notes: tuple[str, ...] = ()
    finished: bool = True

    @property
    def sound(self) -> bool:
        """Whether the run went to its end and everything that was looked at holds.

        Regions that could not be reported do not matter: the output says of itself that it lacks them.
        """
        if not self.finished:
            return False
        wrong = (*self.missing, *self.changed, *self.extra, *self.inputs)
        return not wrong and all(rerun.same for rerun in self.reruns)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "sound": self.sound}

    def summary(self) -> str:
        """What was found, a line each."""
        return "\n".join(_lines(self))


def verify_run(
    place: str | Path,
    *,
    evaluation: str | Path | None = None,
    rerun: int = 0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Verification:
    """Recompute the hashes of an output, compare the inputs, and make a sample of its reports again.

    Parameters
    ----------
    place : str or Path
        The folder or address that a run wrote. Nothing in it is changed.
    evaluation : str or Path, optional
        The evaluation file, to be read again with its inputs.
    rerun : int, optional
        How many reports to make again; needs ``evaluation``.
    seed : int, optional
        Which ones: the same seed draws the same regions.
    progress : callable, optional
        Called after each of them with (region, status, done, total).

    Returns
    -------
    Verification

    Raises
    ------
    BatchError
        No run wrote there, or reports cannot be made again from what is there.
    UsageError
        ``rerun`` without ``evaluation``, or below 0.
    EvaluationError, ContactsError, RegisterError
        The inputs cannot be read.
    """
    if rerun < 0:
        raise UsageError(f"rerun is {rerun}. Allowed: 0 or more.")
    if rerun and evaluation is None:
        raise UsageError("Making reports again needs the evaluation file. Give evaluation (--evaluation) too.")
    output, public = open_output(place)
    manifest = _whole(output, public)
    files, missing, changed, extra, notes = _files(output, manifest)
    changed = tuple(sorted({*changed, *_published_manifest(manifest, public)}))
    inputs = None if evaluation is None else read_inputs(evaluation)
    if inputs is not None and not _exact(manifest, public):
        notes.append("what was published says nothing of the exact counts: the inputs cannot be compared with it")
        inputs = None
    return Verification(
        place=without_secrets(place),
        files=files,
        missing=missing,
        changed=changed,
        extra=extra,
        failed=tuple(record.region for record in manifest.reports if record.status != "done"),
        inputs=() if inputs is None else tuple(_inputs(inputs, manifest)),
        compared=inputs is not None,
        reruns=tuple(_reruns(output, manifest, evaluation, rerun, seed=seed, progress=progress))
        if evaluation is not None
        else (),
        notes=tuple(notes),
        finished=manifest.finished is not None,
    )


Names = tuple[str, ...]


def _whole(output: Output, public: Manifest) -> Manifest:
    """The manifest for internal use where it is at hand, otherwise the published one, without hashes of the counts."""
    try:
        return read_manifest(output.read(INTERNAL_MANIFEST), source=INTERNAL_MANIFEST)
    except FileNotFoundError:
        return public


def _published_manifest(manifest: Manifest, public: Manifest) -> Names:
    """The name of the published manifest where it is not what a run publishes of the one for internal use.

    Its two hashes of what was published cannot be made again from that one, and are taken as they stand.
    """
    if manifest is public:
        return ()
    shown = manifest if manifest.disclosure.get("profile") == "internal" else public
    expected = for_publication(
        manifest, data_hash=shown.data_hash, fingerprint=str(shown.evaluation.get("fingerprint", ""))
    )
    return () if expected.to_dict() == public.to_dict() else (MANIFEST,)


def _exact(manifest: Manifest, public: Manifest) -> bool:
    """Whether the hash of the data is that of the exact counts."""
    return manifest is not public or manifest.disclosure.get("profile") == "internal"


def _files(output: Output, manifest: Manifest) -> tuple[int, Names, Names, Names, list[str]]:
    """How many files were compared; which are missing, changed, extra; and what could not be looked at."""
    expected = dict(manifest.files)
    for record in manifest.reports:
        expected |= record.files
    there = set(output.names())
    notes = []
    if not any(name.startswith(f"{INTERNAL}/") for name in there):
        if any(name.startswith(f"{INTERNAL}/") for name in expected):
            notes.append("the internal part is not there: only what was published is compared")
        expected = public_files(expected)
    if manifest.finished is None:
        notes.append("the run was not finished: run it again with --resume")
    missing = sorted(set(expected) - there)
    changed = sorted(name for name in set(expected) & there if sha256(output.read(name)) != expected[name])
    own = {MANIFEST, INTERNAL_MANIFEST, *_OWN}
    extra = sorted(name for name in there - set(expected) - own if not name.startswith(_OWN_FOLDERS))
    return len(set(expected) & there), tuple(missing), tuple(changed), tuple(extra), notes


def _inputs(inputs: Inputs, manifest: Manifest) -> Iterator[str]:
    found, asked = inputs.contacts.content_hash, manifest.data_hash
    if found != asked:
        yield f"the contacts are others than those of the run (hash {found[:12]}, then {asked[:12]})"
    fingerprint, stated = inputs.evaluation.fingerprint, manifest.evaluation.get("fingerprint", "")
    if fingerprint != stated and found == asked:
        what = "settings" if inputs.evaluation.settings != manifest.evaluation.get("settings") else "registers"
        yield f"the {what} of the evaluation are others than those of the run ({fingerprint[:12]}, then {stated[:12]})"


def _reruns(
    output: Output,
    manifest: Manifest,
    evaluation: str | Path,
    number: int,
    *,
    seed: int,
    progress: Progress | None,
) -> Iterator[Rerun]:
    done = [record for record in manifest.reports if record.status == "done"]
    chosen = random.Random(seed).sample(done, min(number, len(done)))
    if not chosen:
        return
    with tempfile.TemporaryDirectory(prefix="ek-verify-") as folder:
        file = read_bundle(evaluation).lay(Path(folder) / "inputs")
        for place, record in enumerate(chosen, 1):
            made = _rerun(output, manifest, record, file, Path(folder) / "work")
            yield made
            if progress is not None:
                progress(record.region, "done" if made.same else "differs", place, len(chosen))


def _rerun(output: Output, manifest: Manifest, record: ReportRecord, file: Path, workspace: Path) -> Rerun:
    task = Task(
        region=record.region,
        slug=record.slug,
        parameters={**record.parameters, EVALUATION: str(file)},
        key=record.key,
        inputs=_given(output, record),
    )
    outcome = perform(task, workspace)
    if outcome.status != "done":
        return Rerun(region=record.region, same=False, how=f"could not be made ({outcome.status}: {outcome.cause})")
    before, after = (public_files(files) for files in (record.files, hashes(outcome.files)))
    if before == after:
        return Rerun(region=record.region, same=True, how="same bytes")
    differing = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    said = _numbers(output, manifest, record, json.loads(outcome.files[f"regions/{record.slug}.json"]))
    versions = _versions(manifest)
    if said or not versions:
        found = said or f"the numbers are the same, but not the bytes of {', '.join(differing)}"
        return Rerun(region=record.region, same=False, how=found)
    how = f"same numbers within rounding and simulation; other bytes, as versions differ: {', '.join(versions)}"
    return Rerun(region=record.region, same=True, how=how)


def _given(output: Output, record: ReportRecord) -> dict[str, bytes]:
    """The disclosure plan that a report was made with."""
    if not record.parameters.get("plan"):
        return {}
    try:
        return {PLAN: output.read(f"{INTERNAL}/{PLAN}")}
    except FileNotFoundError:
        raise BatchError(
            f"{INTERNAL}/{PLAN} is not there, without which no report comes out the same. Verify the whole output, "
            f"with its internal part, to make reports again."
        ) from None


def _numbers(output: Output, manifest: Manifest, record: ReportRecord, again: Any) -> str:
    """Which estimates and verdicts came out otherwise; empty where none did."""
    stored = json.loads(output.read(f"regions/{record.slug}.json"))
    sides = [Round(name="", manifest=manifest.to_dict(), regions={record.region: values}) for values in (stored, again)]
    changes = [change for region in compare_rounds(*sides).changed for change in region.changes]
    return "; ".join(f"{change.channel}, {change.what}: {change.before}, now {change.after}" for change in changes)


def _versions(manifest: Manifest) -> list[str]:
    """What the code and the packages here have that those of the run had not."""
    found = []
    code = {"version": __version__, "hash": code_hash()}
    if dict(manifest.code) != code:
        before = f"{manifest.code.get('version')} ({str(manifest.code.get('hash'))[:12]})"
        found.append(f"evalkit {before}, now {__version__} ({code_hash()[:12]})")
    here = package_versions()
    found += [
        f"{name} {version or 'absent'}, now {here.get(name) or 'absent'}"
        for name, version in manifest.packages.items()
        if here.get(name, "") != version
    ]
    return found


def _lines(found: Verification) -> Iterator[str]:
    yield f"{found.place}: {found.files} files compared with their hashes"
    groups = (("missing", found.missing), ("changed", found.changed), ("written by no run", found.extra))
    for word, names in groups:
        yield from (f"  {word}: {name}" for name in names)
    if found.compared:
        yield from (f"  {words}" for words in found.inputs or ("the inputs are those of the run",))
    for rerun in found.reruns:
        yield f"  made again: {rerun.region}: {rerun.how}"
    if found.failed:
        yield f"  the run could not report: {_listed(found.failed)}"
    yield from (f"  note: {note}" for note in found.notes)
    yield "Everything that was looked at holds." if found.sound else "It does not hold."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
