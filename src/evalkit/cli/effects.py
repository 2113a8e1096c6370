"""Commands that estimate: one effect, or many regions together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

import evalkit as ek
from evalkit import vocab
from evalkit.check import sparse_data
from evalkit.cli.common import AS_JSON, print_json, probability
from evalkit.cli.group import commands
from evalkit.cli.shapes import as_it_ran, with_flights
from evalkit.effect.estimation import resolve_model
from evalkit.registers.controls import control_names, excluded_controls, exposures_of, side_by_side, without_campaign
from evalkit.vocab import Outcome


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
    "--covariates",
    type=click.Path(path_type=Path),
    help="Other quantities by period that the campaign did not move: a column 'period' and one column each.",
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
@as_it_ran
@click.option(
    "--level",
    type=click.FloatRange(min=0.5, max=1, max_open=True),
    default=0.95,
    show_default=True,
    help="Probability content of the intervals.",
)
@AS_JSON
def estimate(
    contacts: Path,
    region: str,
    channel: str,
    launch: str,
    model: str,
    controls: str,
    campaigns: Path | None,
    exclude: tuple[str, ...],
    covariates: Path | None,
    claims: tuple[float, ...],
    as_json: bool,
    **options: Any,
) -> int:
    """Estimate what changed in one region and channel from a launch on; exit code 1 where nothing can be estimated.

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
        covariates=None if covariates is None else ek.read_covariates(covariates),
        region=region,
        channel=channel,
        **with_flights(**options),
    )
    effect = replace(effect, warnings=(*effect.warnings, *_too_few(effect)))
    if as_json:
        print_json(effect.to_dict(claims))
    else:
        click.echo(effect.summary())
        for ratio in claims:
            click.echo(f"  probability of at least {ratio:g} times: {probability(effect.prob_at_least(ratio))}")
    return 1 if all(isinstance(result, ek.NotEstimable) for result in effect.estimates.values()) else 0


def _too_few(effect: ek.Effect) -> tuple[str, ...]:
    """What the check of sparse data says where it fails, as a report of the region would say it too."""
    found = sparse_data(effect)
    if found.outcome is not Outcome.FAILED:
        return ()
    said = f"{found.statement} {found.meaning}".removesuffix(".")
    return (f"{said[0].lower()}{said[1:]}",)


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
@AS_JSON
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
        print_json({**pooled.to_dict(claims), "event_study": None if study is None else study.to_dict()})
    else:
        click.echo(pooled.summary())
        for ratio in claims:
            average, ahead = (pooled.prob_at_least(ratio, new_region=new) for new in (False, True))
            click.echo(f"  probability of at least {ratio:g} times: {probability(average)} on average")
            click.echo(f"    and {probability(ahead)} in a new region")
        if study is not None:
            click.echo(study.summary())
    return 1 if pooled.left_out else 0
