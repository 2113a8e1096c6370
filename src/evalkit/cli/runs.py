"""Commands for whole evaluations: demo, run, simulate, and checking files."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import click

import evalkit as ek
from evalkit.cli.common import (
    AS_JSON,
    SCHEDULER,
    Place,
    print_json,
    report_progress,
)
from evalkit.cli.group import commands
from evalkit.contacts.profile import read_audit
from evalkit.errors import UsageError
from evalkit.registers import read_events


@commands.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("reports/demo"),
    show_default=True,
    help="Folder to write into.",
)
@click.option("--region", "regions", multiple=True, help="Only this region; may be given several times.")
@click.option(
    "--workers", type=click.IntRange(min=1), help="Reports made side by side. [default: number of processors]"
)
@AS_JSON
def demo(out: Path, regions: tuple[str, ...], workers: int | None, as_json: bool) -> int:
    """Audit the real published claims, and run the bundled evaluation of simulated regions.

    The contacts of the evaluation are simulated, for fictional regions with known effects; every figure and page says
    so. The claims are real, each with its source.

    \b
    Example: evalkit demo --out reports/demo --region Wathermere
    """
    claims = ek.write_claims_audit(ek.audit_published(), out / "claims")
    summary = _run(ek.resources.path("data/demo/evaluation.toml"), out, quiet=as_json, regions=regions, workers=workers)
    if as_json:
        print_json({**summary.to_dict(), "claims": {name: str(path) for name, path in claims.items()}})
    else:
        _print_summary(summary)
        click.echo(f"  the published claims:    {claims['page']}")
    return 0 if summary.complete else 1


@commands.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--report", type=click.Path(path_type=Path), help="Also write a page on the quality of one contacts file."
)
@click.option(
    "--events", type=click.Path(path_type=Path), help="Register of events, whose changes of definition go on the page."
)
@AS_JSON
def validate(files: tuple[Path, ...], report: Path | None, events: Path | None, as_json: bool) -> int:
    """Check contacts files, registers and evaluation files; list every problem with its row.

    What a file is, is told from its columns, or from its ending for an evaluation (.toml). Nothing is changed.
    With --report one contacts file is profiled on a web page: a heat map of missing cells, outliers, jumps, changes of
    definition, and the audit trail of the ingest where one stands beside it.

    \b
    Example: evalkit validate contacts.csv campaigns.csv evaluation.toml
    """
    findings = [(file, *ek.inspect_file(file)) for file in files]
    if as_json:
        print_json(
            {
                "files": [
                    {"file": str(file), "kind": kind, "problems": [problem.to_dict() for problem in problems]}
                    for file, kind, problems in findings
                ]
            }
        )
    else:
        for file, kind, problems in findings:
            fatal = sum(problem.fatal for problem in problems)
            verdict = "no problems" if not fatal else f"{fatal} problem{'s' if fatal > 1 else ''}"
            click.echo(f"{file} ({kind}): {verdict}")
            for problem in problems:
                click.echo(f"  {'problem' if problem.fatal else 'note'}: {problem}")
    if any(problem.fatal for _, _, problems in findings for problem in problems):
        return 2
    if report is not None:
        _write_quality(files, report, events, quiet=as_json)
    return 0


def _write_quality(files: tuple[Path, ...], report: Path, events: Path | None, *, quiet: bool) -> None:
    if len(files) != 1 or ek.inspect_file(files[0])[0] != "contacts":
        raise UsageError("--report is about one contacts file. Name that file alone.")
    known = () if events is None else read_events(events)
    written = ek.write_data_quality(ek.read_contacts(files[0]), report, audit=read_audit(files[0]), events=known)
    if not quiet:
        click.echo(f"  written: {written}")


@commands.command()
@click.argument("evaluation", type=Place())
@click.option("--out", type=Place(), required=True, help="Folder or address to write into.")
@click.option("--region", "regions", multiple=True, help="Only this region; may be given several times.")
@click.option("--resume", is_flag=True, help="Keep reports in DIR that are whole and current; make only the others.")
@click.option(
    "--issued", metavar="DATE", help="Date on the reports, YYYY-MM-DD. [default: today, or that of the run resumed]"
)
@click.option("--workers", type=click.IntRange(min=1), help="Reports side by side. [default: number of processors]")
@click.option(
    "--timeout", type=click.IntRange(min=1), default=600, show_default=True, help="Seconds that one cell may take."
)
@click.option("--memory", type=click.IntRange(min=1), help="Megabytes of address space for one report (Linux).")
@click.option(
    "--previous",
    type=Place(),
    multiple=True,
    help="Folder or address of the last published round: together with it, nothing must narrow a protected count.",
)
@click.option(
    "--first-round",
    is_flag=True,
    help="Nothing of these counts was published before, though an earlier round lies beside DIR or is declared.",
)
@click.option(
    "--engine",
    type=click.Choice(["warm", "plain"]),
    help="Kernels forked from a loaded process, or new ones; same outputs. [default: warm where possible]",
)
@SCHEDULER
@AS_JSON
def run(evaluation: str | Path, out: str | Path, *, as_json: bool, **options: Any) -> int:
    """Run an evaluation: notebook, page and PDF for every region, then the pages over all regions.

    A region that fails leaves its error in its notebook and in the summary; the others go on, and the exit code is 1.
    After that, or after a run that was stopped or killed, the same command with --resume makes what is missing. Where
    the evaluation names a plan, every report and the index list the deviations from it.

    \b
    Example: evalkit run evaluation.toml --out reports/2026-q1 --resume
    """
    summary = _run(evaluation, out, quiet=as_json, **options)
    if as_json:
        print_json(summary.to_dict())
    else:
        _print_summary(summary)
    return 0 if summary.complete else 1


@commands.command()
@click.argument("configuration", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write into.")
@click.option("--seed", type=click.IntRange(min=0), help="Another seed than that of the configuration.")
@AS_JSON
def simulate(configuration: Path, out: Path, seed: int | None, as_json: bool) -> int:
    """Write contacts with a known effect: a whole evaluation folder, marked as simulated.

    CONFIGURATION is a TOML file; data/demo/simulation.toml is a worked one.

    \b
    Example: evalkit simulate data/demo/simulation.toml --out trial --seed 7
    """
    config = ek.load_simulation(configuration)
    if seed is not None:
        config = config.model_copy(update={"seed": seed})
    written = ek.write_simulation(config, out)
    if as_json:
        print_json({"out": str(out), "files": [str(path) for path in written]})
    else:
        click.echo(f"Simulated data written to {out}:")
        for path in written:
            click.echo(f"  {path.name}")
    return 0


def _run(
    evaluation: str | Path, out: str | Path, *, quiet: bool, regions: tuple[str, ...], **options: Any
) -> ek.RunSummary:
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # it speaks of tasks of kernels that have gone
    try:
        with report_progress("regions", quiet=quiet) as report:
            return ek.run(evaluation, out, regions=regions or None, progress=report, **options)
    except KeyboardInterrupt:
        click.echo("What is finished is kept; run again with --resume to go on.", err=True)
        raise


def _print_summary(summary: ek.RunSummary) -> None:
    done = len(summary.regions) - len(summary.failed)
    kept = f" ({len(summary.kept)} of them kept)" if summary.kept else ""
    click.echo(f"{done} of {len(summary.regions)} reports are in {summary.out}{kept}")
    if summary.unwritten:
        click.echo(f"  the pages over all regions could not be written: {summary.unwritten}")
        click.echo("    Make room on the disk, or see to the folder, then run again with --resume.")
    else:
        click.echo(f"  open this first:         {summary.at('index.html')}")
        click.echo(f"  one PDF for funders:     {summary.at('funder.pdf')}")
        click.echo(f"  every number as a table: {summary.at('results.csv')}")
    if summary.held_against:
        click.echo(f"  earlier rounds:          {summary.held_against}")
    for note in summary.notes:
        click.echo(f"  note: {note}")
    for row in summary.failed:
        where = f"; see {summary.at(row.notebook)}" if row.notebook else ""
        click.echo(f"  failed: {row.region} ({row.status}: {row.cause}){where}")
    for advice in dict.fromkeys(row.what_to_do for row in summary.failed):
        click.echo(f"  what to do: {advice}")
