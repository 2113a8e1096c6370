"""Commands for what a run has written: does it still hold, and what did the next round change?"""

from __future__ import annotations

import click

import evalkit as ek
from evalkit.cli.common import AS_JSON, print_json, report_progress
from evalkit.cli.group import commands


@commands.command()
@click.argument("first", metavar="RUN1")
@click.argument("second", metavar="RUN2")
@AS_JSON
def diff(first: str, second: str, as_json: bool) -> int:
    """Say which estimates and verdicts changed between two rounds, and what may be why.

    RUN1 and RUN2 are folders (or addresses) that evalkit run wrote, the earlier one first. Published values are
    compared; where the internal part of both is at hand, the counts behind them too, by their hashes. A number that
    moved by no more than rounding and simulation explain is not called changed. Exit code 1 where anything changed.

    \b
    Example: evalkit diff reports/2024-q1 reports/2024-q2
    """
    found = ek.compare_rounds(ek.read_round(first), ek.read_round(second))
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo(ek.difference_text(found))
    return 0 if found.same else 1


@commands.command()
@click.argument("place", metavar="DIR")
@click.option("--evaluation", help="The evaluation file, to compare its inputs with those of the run.")
@click.option("--rerun", type=click.IntRange(min=0), default=0, help="So many reports, drawn at random, made again.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the draw.")
@AS_JSON
def verify(place: str, evaluation: str | None, rerun: int, seed: int, as_json: bool) -> int:
    """Check that what a run wrote still holds: its files, the inputs it rests on, and its numbers.

    DIR is a folder (or an address) that evalkit run wrote; nothing in it is changed. Exit code 1 where a file is
    missing, changed or written by no run, where the inputs are others, or where a report comes out otherwise.

    \b
    Example: evalkit verify reports/2024-q1 --evaluation evaluation.toml --rerun 3
    """
    with report_progress("reports") as report:
        found = ek.verify_run(place, evaluation=evaluation, rerun=rerun, seed=seed, progress=report)
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo(found.summary())
    return 0 if found.sound else 1
