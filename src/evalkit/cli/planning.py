"""Commands before the data end: freezing a plan, and what a plan could show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

import evalkit as ek
from evalkit.cli.common import (
    AS_JSON,
    SCHEDULER,
    print_json,
    series_progress,
    spread,
)
from evalkit.cli.group import commands
from evalkit.contacts import to_period
from evalkit.errors import UsageError
from evalkit.evaluation.plan import key_file

if TYPE_CHECKING:
    from evalkit.evaluation import Plan


@commands.command()
@click.argument("evaluation", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="File to write.  [default: plan.json beside EVALUATION]")
@click.option("--data-end", help="Last period that the evaluation is to use, inclusive, such as 2024-12.")
@click.option("--public", is_flag=True, help="Hash what is made of counts with a key, for a plan that is published.")
@click.option("--force", is_flag=True, help="Replace a plan that is there.")
@AS_JSON
def plan(evaluation: Path, out: Path | None, data_end: str | None, public: bool, force: bool, as_json: bool) -> int:
    """Freeze an evaluation before its data end; reports then list every deviation from it.

    The plan holds every setting, the registers, and hashes of the contacts. Name it in the evaluation file afterwards:
    plan = "plan.json". Publish it only as made with --public, and never its key (plan.key).

    \b
    Example: evalkit plan evaluation.toml --data-end 2024-12
    """
    frozen = ek.freeze_plan(evaluation, data_end=data_end, public=public)
    folder = evaluation if evaluation.is_dir() else evaluation.parent
    written = ek.write_plan(frozen, out or folder / "plan.json", force=force)
    if as_json:
        print_json(
            {"out": str(written), "hash": frozen.hash, "settings_hash": frozen.settings_hash, **_plan_facts(frozen)}
        )
        return 0
    click.echo(
        f"Plan written to {written} (hash {frozen.hash[:12]}; published reports show {frozen.settings_hash[:12]})."
    )
    click.echo(f"  data until {frozen.data_end}; planned end {frozen.planned_end or 'not given'}")
    if frozen.keyed:
        click.echo(
            f"  its key stands in {key_file(written).name}: keep it beside the plan and do not publish it; without it "
            "nobody can tell whether counts were revised."
        )
    else:
        click.echo(
            "  not for publication, as a guess at a count can be tried on its hashes: --public makes one that is."
        )
    if frozen.before_data_end is False:
        click.echo("  note: the data have reached their planned end already; reports will say so.")
    click.echo(f'  next: write  plan = "{written.name}"  into {evaluation.name}')
    return 0


def _plan_facts(frozen: Plan) -> dict[str, Any]:
    names = ("frozen_on", "fingerprint", "data_end", "planned_end", "before_data_end", "regions", "channels")
    return {name: getattr(frozen, name) for name in names}


@commands.command()
@click.option("--before", default="24", show_default=True, help="Months counted before the launch; several: 24,36.")
@click.option("--after", default="12", show_default=True, help="Months from the launch on.")
@click.option("--mean", default="20", show_default=True, help="Contacts a month without the campaign.")
@click.option("--dispersion", default="3", show_default=True, help="Variance of a monthly count over its mean.")
@click.option("--autocorrelation", default="0.3", show_default=True, help="Of neighbouring months, from 0 to 0.97.")
@click.option("--comparisons", default="0", show_default=True, help="Number of comparison regions.")
@click.option("--ratios", default="1.1,1.25,1.5,1.75,2,2.5,3,4", show_default=True, help="True changes to try.")
@click.option("--claim", type=click.FloatRange(min=0, min_open=True), default=3.0, show_default=True, help="A claim.")
@click.option("--shock", type=click.FloatRange(min=0), default=0.0, help="Spread (log) of a change in all regions.")
@click.option("--slope/--no-slope", default=True, show_default=True, help="Let the campaign change the trend too.")
@click.option("--replicates", type=int, default=400, show_default=True, help="Simulated series for each figure.")
@click.option("--seed", type=click.IntRange(min=0), default=20190502, help="Of the simulation.")
@click.option(
    "--wanted",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.8,
    show_default=True,
    help="Chance of detection asked for.",
)
@click.option("--contacts", type=click.Path(path_type=Path), help="Learn mean and variability from this file.")
@click.option("--region", help="Region in --contacts.")
@click.option("--channel", help="Channel in --contacts.")
@click.option("--until", help="Last period of --contacts to look at, before any campaign, inclusive.")
@click.option("--out", type=click.Path(path_type=Path), help="Also write power.csv, power.txt and power.svg there.")
@SCHEDULER
@AS_JSON
def power(
    contacts: Path | None,
    region: str | None,
    channel: str | None,
    until: str | None,
    wanted: float,
    out: Path | None,
    scheduler: str | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Work out by simulation what a planned campaign could show, and which claims could be confirmed or refuted.

    \b
    Example: evalkit power --before 24 --after 6,12,24 --mean 20,60 --claim 3
    """
    varied = ("before", "after", "mean", "dispersion", "autocorrelation", "comparisons", "ratios")
    given: dict[str, Any] = {
        name: _numbers(name, value) if name in varied else value for name, value in options.items()
    }
    if contacts is None:
        if region or channel or until:
            raise UsageError("--region, --channel and --until need --contacts. Give the file too.")
        plan = ek.PowerPlan(**given)
    else:
        if not (region and channel):
            raise UsageError("--contacts needs --region and --channel. Give both.")
        context = click.get_current_context()
        table = ek.read_contacts(contacts)
        learnt = ("before", "mean", "dispersion", "autocorrelation")
        chosen: dict[str, Any] = {
            name: value
            for name, value in given.items()
            if name not in learnt or context.get_parameter_source(name) is not ParameterSource.DEFAULT
        }
        series = table.series(region, channel)
        plan = ek.power_plan_like(series if until is None else series.loc[: to_period(until, table.freq)], **chosen)
    with spread(scheduler) as mapper, series_progress() as report:
        found = ek.power(plan, progress=report, mapper=mapper)
    written = ek.write_power(found, out, wanted=wanted) if out else {}
    if as_json:
        print_json({**found.to_dict(), "written": {name: str(path) for name, path in written.items()}})
    else:
        click.echo(ek.power_text(found, wanted=wanted))
        for path in written.values():
            click.echo(f"  written: {path}")
    return 0


def _numbers(name: str, text: str) -> tuple[float, ...]:
    """Numbers separated by commas; whole ones stay whole."""
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        raise UsageError(f"--{name} is {text!r}. Allowed: a number, or several separated by commas.") from None
    return tuple(int(value) if value.is_integer() else value for value in values)
