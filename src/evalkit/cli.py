"""The command line: argument parsing and printing, nothing else.

Exit code 0: done. 1: done, but some region failed. 2: wrong input or usage, one message on standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import evalkit as ek
from evalkit import vocab
from evalkit.batch.controls import control_names, excluded_controls, exposures_of, side_by_side, without_campaign
from evalkit.effect.estimation import resolve_model
from evalkit.errors import EvalkitError, UsageError

if TYPE_CHECKING:
    from evalkit.evaluation import Plan

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    try:
        code = commands.main(args=arguments, prog_name="evalkit", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        code = 130
    except EvalkitError as error:
        click.echo(f"evalkit: {error}", err=True)
        code = 2
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    except Exception as error:
        if os.environ.get("EVALKIT_DEBUG"):
            raise
        click.echo(
            f"evalkit: this is a fault in evalkit, not in your input: {type(error).__name__}: {error}\n"
            "Set EVALKIT_DEBUG=1 to see where it happened, and report it.",
            err=True,
        )
        code = 2
    sys.exit(code if isinstance(code, int) else 0)


@click.group(context_settings=_SETTINGS)
@click.version_option(ek.__version__, prog_name="evalkit", message="%(prog)s %(version)s")
def commands() -> None:
    """Find out what a help-seeking campaign changed, and whether published claims about it hold.

    \b
    Start with:   evalkit demo
    Check a file: evalkit validate contacts.csv
    One effect:   evalkit estimate contacts.csv --region Kent --channel helpline --launch 2019-05
    Many at once: evalkit pool contacts.csv --launches campaigns.csv --channel website
    All regions:  evalkit run evaluation.toml --out reports/autumn
    """


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
@_JSON
def demo(out: Path, regions: tuple[str, ...], workers: int | None, as_json: bool) -> int:
    """Audit the real published claims, and run the bundled evaluation of simulated regions.

    The contacts of the evaluation are simulated, for fictional regions with known effects; every figure and page says
    so. The claims are real, each with its source.
    """
    claims = ek.write_claims_audit(ek.audit_published(), out / "claims")
    summary = _run(ek.resources.path("data/demo/evaluation.toml"), out, regions, workers)
    if as_json:
        _print_json({**summary.to_dict(), "claims": {name: str(path) for name, path in claims.items()}})
    else:
        _print_summary(summary)
        click.echo(f"  the published claims:    {claims['page']}")
    return 1 if summary.failed else 0


@commands.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@_JSON
def validate(files: tuple[Path, ...], as_json: bool) -> int:
    """Check contacts files, registers and evaluation files; list every problem with its row.

    What a file is, is told from its columns, or from its ending for an evaluation (.toml). Nothing is changed.
    """
    findings = [(file, *ek.inspect_file(file)) for file in files]
    if as_json:
        _print_json(
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
    return 2 if any(problem.fatal for _, _, problems in findings for problem in problems) else 0


@commands.command()
@click.argument("contacts", type=click.Path(path_type=Path))
@click.option("--region", required=True, help="Region to estimate, as the file spells it.")
@click.option("--channel", required=True, help="Channel to estimate, such as helpline or website.")
@click.option("--launch", required=True, help="First exposed period, inclusive: 2019-05, or 2019-05-02 for days.")
@click.option("--model", default="latent", show_default=True, help=f"One of {', '.join(vocab.MODEL_NAMES)}.")
@click.option(
    "--controls",
    default="",
    help="Comparison regions, separated by commas, or 'all' for every other region of the channel: read side by side "
    "by controlled, the donors of synthetic, a covariate of the other models.",
)
@click.option(
    "--campaigns",
    type=click.Path(path_type=Path),
    help="Register of campaigns: a control that had one while its contacts were counted is refused, or left out of "
    "'all'.",
)
@click.option(
    "--exclude",
    multiple=True,
    metavar="REGION[=REASON]",
    help="A region that must not be a control, as it had a campaign too, say. May be given several times.",
)
@click.option(
    "--claim",
    "claims",
    multiple=True,
    type=click.FloatRange(min=0),
    help="A claimed ratio: print the probability of at least that. May be given several times.",
)
@click.option("--harmonics", type=click.IntRange(min=0), default=2, show_default=True, help="Annual season, in pairs.")
@click.option("--slope/--no-slope", default=True, show_default=True, help="Let the campaign change the trend too.")
@click.option(
    "--transition",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Periods from the launch on to leave out.",
)
@click.option("--end", default=None, help="Last period of the evaluation window, inclusive.")
@click.option(
    "--level",
    type=click.FloatRange(min=0.5, max=1, max_open=True),
    default=0.95,
    show_default=True,
    help="Probability content of the intervals.",
)
@_JSON
def estimate(
    contacts: Path,
    region: str,
    channel: str,
    launch: str,
    model: str,
    controls: str,
    campaigns: Path | None,
    exclude: tuple[str, ...],
    claims: tuple[float, ...],
    as_json: bool,
    **options: Any,
) -> int:
    """Estimate what changed in one region and channel from a launch on.

    \b
    Example: evalkit estimate contacts.csv --region Kent --channel helpline --launch 2019-05 --claim 3
    """
    table = ek.read_contacts(contacts)
    names = control_names(controls, table, region, channel)
    names = without_campaign(names, table, campaigns, named=controls.strip() != "all")
    excluded = excluded_controls(exclude, names)
    chosen: Any = ek.Synthetic(excluded=excluded) if model == "synthetic" else model
    if model != "synthetic":
        names = [name for name in names if name not in excluded]
    reads_them = resolve_model(chosen).controls_as == "comparison"
    effect = ek.estimate_effect(
        table.series(region, channel),
        launch,
        model=chosen,
        exposure=table.exposure(region, channel),
        controls=side_by_side({name: table.series(name, channel) for name in names}),
        controls_exposure=exposures_of(table, names, channel) if reads_them else None,
        region=region,
        channel=channel,
        **options,
    )
    if as_json:
        _print_json(effect.to_dict(claims))
        return 0
    click.echo(effect.summary())
    for ratio in claims:
        click.echo(f"  probability of at least {ratio:g} times: {_probability(effect.prob_at_least(ratio))}")
    return 0


@commands.command()
@click.argument("contacts", type=click.Path(path_type=Path))
@click.option(
    "--launches",
    type=click.Path(path_type=Path),
    required=True,
    help="Launches by region: a register of campaigns, or any CSV with region and launch.",
)
@click.option("--channel", default=None, help="Channel to pool; needed where the file has several.")
@click.option(
    "--window",
    type=click.IntRange(min=1),
    default=12,
    show_default=True,
    help="Periods from each launch on that count.",
)
@click.option(
    "--own-past/--not-yet-launched",
    "own_past",
    default=True,
    show_default=True,
    help="Compare each region with its own past, or beside regions without a campaign by then.",
)
@click.option(
    "--event-study", "by_month", is_flag=True, help="Also the effect by periods since launch, 12 before to 18."
)
@click.option(
    "--claim",
    "claims",
    multiple=True,
    type=click.FloatRange(min=0, min_open=True),
    help="A claimed ratio: print the probability of at least that. May be given several times.",
)
@click.option("--harmonics", type=click.IntRange(min=0), default=2, show_default=True, help="Annual season, in pairs.")
@click.option("--slope/--no-slope", default=False, show_default=True, help="Let the campaign change the trend too.")
@click.option(
    "--level",
    type=click.FloatRange(min=0.5, max=1, max_open=True),
    default=0.95,
    show_default=True,
    help="Probability content of the intervals.",
)
@_JSON
def pool(
    contacts: Path,
    launches: Path,
    channel: str | None,
    own_past: bool,
    by_month: bool,
    claims: tuple[float, ...],
    as_json: bool,
    **options: Any,
) -> int:
    """Estimate what a campaign changed on average over many regions, and what a new region may expect.

    Regions that cannot be estimated are listed with the reason, and the exit code is then 1.

    \b
    Example: evalkit pool contacts.csv --launches campaigns.csv --channel website --not-yet-launched
    """
    table, when = ek.read_contacts(contacts), ek.read_launches(launches)
    comparisons = None if own_past else "not-yet-launched"
    pooled = ek.estimate_pooled(table, when, channel=channel, comparisons=comparisons, **options)  # type: ignore[arg-type]
    study = None
    if by_month:
        of_study = {name: options[name] for name in ("harmonics", "level")}
        study = ek.event_study(table, when, channel=channel, comparisons=comparisons, **of_study)  # type: ignore[arg-type]
    if as_json:
        _print_json({**pooled.to_dict(claims), "event_study": None if study is None else study.to_dict()})
    else:
        click.echo(pooled.summary())
        for ratio in claims:
            average, ahead = (pooled.prob_at_least(ratio, new_region=new) for new in (False, True))
            click.echo(f"  probability of at least {ratio:g} times: {_probability(average)} on average")
            click.echo(f"    and {_probability(ahead)} in a new region")
        if study is not None:
            click.echo(study.summary())
    return 1 if pooled.left_out else 0


@commands.command()
@click.argument("claims", required=False, type=click.Path(path_type=Path))
@click.option(
    "--contacts",
    type=click.Path(path_type=Path),
    help="Contacts of the regions that the claims speak of, to check the claims against.",
)
@click.option(
    "--campaigns",
    type=click.Path(path_type=Path),
    help="Launches by region; with --contacts, each claimed change gets a verdict, also beside comparison regions.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Also write a page, a PDF and a table there.")
@_JSON
def claims(claims: Path | None, contacts: Path | None, campaigns: Path | None, out: Path | None, as_json: bool) -> int:
    """Check published claims: recompute their arithmetic and say what holds.

    Without CLAIMS the register of real published figures that comes with evalkit is audited.
    """
    if claims is None and (contacts or campaigns):
        raise UsageError("--contacts and --campaigns need a CLAIMS file about the same regions. Give it too.")
    audit = ek.audit_published() if claims is None else ek.audit_file(claims, contacts=contacts, campaigns=campaigns)
    written = ek.write_claims_audit(audit, out) if out else {}
    if as_json:
        _print_json({**audit.to_dict(), "written": {name: str(path) for name, path in written.items()}})
    else:
        click.echo(ek.audit_text(audit))
        for path in written.values():
            click.echo(f"  written: {path}")
    return 0


@commands.command()
@click.argument("evaluation", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write into.")
@click.option("--region", "regions", multiple=True, help="Only this region; may be given several times.")
@click.option(
    "--workers", type=click.IntRange(min=1), help="Reports made side by side. [default: number of processors]"
)
@_JSON
def run(evaluation: Path, out: Path, regions: tuple[str, ...], workers: int | None, as_json: bool) -> int:
    """Run an evaluation: notebook, page and PDF for every region, then the pages over all regions.

    A region that fails leaves its error in its notebook and in the summary; the others go on, and the exit code is 1.
    Where the evaluation names a plan, every report and the index list the deviations from it.
    """
    summary = _run(evaluation, out, regions, workers)
    if as_json:
        _print_json(summary.to_dict())
    else:
        _print_summary(summary)
    return 1 if summary.failed else 0


@commands.command()
@click.argument("evaluation", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File to write.  [default: plan.json beside EVALUATION]")
@click.option("--data-end", help="Last period that the evaluation is to use, inclusive, such as 2024-12.")
@click.option("--public", is_flag=True, help="Leave out the hashes of single counts, for a plan that is published.")
@click.option("--force", is_flag=True, help="Replace a plan that is there.")
@_JSON
def plan(evaluation: Path, out: Path | None, data_end: str | None, public: bool, force: bool, as_json: bool) -> int:
    """Freeze an evaluation before its data end; reports then list every deviation from it.

    The plan holds every setting, the registers, and hashes of the contacts. Name it in the evaluation file afterwards:
    plan = "plan.json".
    """
    frozen = ek.freeze_plan(evaluation, data_end=data_end, public=public)
    folder = evaluation if evaluation.is_dir() else evaluation.parent
    written = ek.write_plan(frozen, out or folder / "plan.json", force=force)
    if as_json:
        _print_json({"out": str(written), "hash": frozen.hash, **_plan_facts(frozen)})
        return 0
    click.echo(f"Plan written to {written} (hash {frozen.hash[:12]}).")
    click.echo(f"  data until {frozen.data_end}; planned end {frozen.planned_end or 'not given'}")
    if frozen.before_data_end is False:
        click.echo("  note: the data have reached their planned end already; reports will say so.")
    click.echo(f'  next: write  plan = "{written.name}"  into {evaluation.name}')
    return 0


@commands.command()
@click.argument("configuration", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write into.")
@click.option("--seed", type=click.IntRange(min=0), help="Another seed than that of the configuration.")
@_JSON
def simulate(configuration: Path, out: Path, seed: int | None, as_json: bool) -> int:
    """Write contacts with a known effect: a whole evaluation folder, marked as simulated.

    CONFIGURATION is a TOML file; data/demo/simulation.toml is a worked one.
    """
    config = ek.load_simulation(configuration)
    if seed is not None:
        config = config.model_copy(update={"seed": seed})
    written = ek.write_simulation(config, out)
    if as_json:
        _print_json({"out": str(out), "files": [str(path) for path in written]})
    else:
        click.echo(f"Simulated data written to {out}:")
        for path in written:
            click.echo(f"  {path.name}")
    return 0


def _plan_facts(frozen: Plan) -> dict[str, Any]:
    names = ("frozen_on", "fingerprint", "data_end", "planned_end", "before_data_end", "regions", "channels")
    return {name: getattr(frozen, name) for name in names}


def _run(evaluation: Path, out: Path, regions: tuple[str, ...], workers: int | None) -> ek.RunSummary:
    with _progress("regions") as report:
        return ek.run(evaluation, out, regions=regions or None, workers=workers, progress=report)


@contextmanager
def _progress(unit: str) -> Iterator[Callable[[str, str, int, int], None]]:
    """A progress bar on standard error: rate, time left, failures; a line now and then where that is no terminal."""
    from tqdm import tqdm

    interval = 0.1 if sys.stderr.isatty() else 15.0
    with tqdm(unit=unit, file=sys.stderr, mininterval=interval, desc="Reports") as bar:
        failures = 0

        def report(label: str, status: str, done: int, total: int) -> None:
            nonlocal failures
            failures += status != "done"
            bar.total = total
            bar.set_postfix_str(f"{failures} failed, {label}" if failures else label, refresh=False)
            bar.update(done - bar.n)

        yield report


def _print_summary(summary: ek.RunSummary) -> None:
    done = len(summary.regions) - len(summary.failed)
    click.echo(f"{done} of {len(summary.regions)} reports written to {summary.out}")
    click.echo(f"  open this first:         {summary.out / 'index.html'}")
    click.echo(f"  one PDF for funders:     {summary.out / 'funder.pdf'}")
    click.echo(f"  every number as a table: {summary.out / 'results.csv'}")
    for row in summary.failed:
        click.echo(f"  failed: {row.region} ({row.status}: {row.cause}); see {summary.out / row.notebook}")


def _probability(value: float | ek.NotEstimable) -> str:
    return str(value) if isinstance(value, ek.NotEstimable) else ("below 0.001" if value < 0.001 else f"{value:.3f}")


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=str))
