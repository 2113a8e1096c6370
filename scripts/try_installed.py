"""Try an installed evalkit on the files it brought along: ``python try_installed.py EVALKIT CLAIMS_JSON``.

Runs in the environment under trial, in a folder outside the checkout. Estimates one effect, then runs the bundled
evaluation for three regions, and stops at the first thing that is not as promised.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from evalkit.resources import checkout, path

REGIONS = 3


def main(program: str, audit: str) -> None:
    """Read the ``audit`` it printed, estimate one effect and report on a few regions with the installed ``program``."""
    expect(checkout() is None, "evalkit runs from the checkout, not from the wheel")
    expect(isinstance(json.loads(Path(audit).read_text(encoding="utf-8")), dict | list), "claims as JSON")
    demo = path("data/demo")
    evaluation = tomllib.loads((demo / "evaluation.toml").read_text(encoding="utf-8"))
    with (demo / evaluation["contacts"]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    first, launch = rows[0], evaluation["reference_launch"]
    asked = ["--region", first["region"], "--channel", first["channel"], "--launch", launch, "--claim", "3", "--json"]
    effect = json.loads(run(program, "estimate", str(demo / evaluation["contacts"]), *asked))
    expect(effect["rate_ratio"]["lower"] < effect["rate_ratio"]["value"] < effect["rate_ratio"]["upper"], "an interval")
    expect(0 <= effect["prob_at_least"]["3"] <= 1, "a probability")
    report(program, Path("reports", "demo"), list(dict.fromkeys(row["region"] for row in rows))[:REGIONS])


def report(program: str, folder: Path, regions: list[str]) -> None:
    """Run the bundled evaluation for a few regions and look for what was promised, below the current folder."""
    shutil.rmtree(folder, ignore_errors=True)
    run(program, "demo", *(word for region in regions for word in ("--region", region)))
    made = [written.relative_to(folder).as_posix() for written in folder.rglob("*")]
    for suffix in (".ipynb", ".html", ".pdf"):
        count = sum(name.endswith(suffix) for name in made)
        expect(count >= REGIONS, f"at least {REGIONS} files {suffix}, found {count} among {made}")


def run(*command: str) -> str:
    """Standard output of a command that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    expect(done.returncode == 0, f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def expect(holds: bool, what: str) -> None:
    """Stop with a message where something does not hold."""
    if not holds:
        raise SystemExit(f"expected: {what}")


if __name__ == "__main__":
    main(*sys.argv[1:])
