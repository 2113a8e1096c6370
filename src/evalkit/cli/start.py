"""Commands to start with: a new evaluation folder, and the schema of its evaluation file."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

import evalkit as ek
from evalkit.cli.common import AS_JSON, print_json
from evalkit.cli.group import commands
from evalkit.evaluation import schema_text


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path))
@AS_JSON
def new(folder: Path, as_json: bool) -> int:
    """Make an evaluation folder with a simulated example in it, which runs at once.

    FOLDER must be new or empty. It gets an evaluation file with every key explained, contacts of four example regions,
    registers with one worked row each, notebooks, a README, and a .gitignore that keeps counts out of version control.

    \b
    Example: evalkit new my && evalkit run my --out my/reports
    """
    written = ek.new_evaluation(folder)
    if as_json:
        print_json({"out": str(folder), "files": [str(path) for path in written]})
        return 0
    click.echo(f"Evaluation folder written to {folder}. Its contacts are simulated, for example regions.")
    click.echo(f"  read this first:    {folder / 'README.md'}")
    click.echo(f"  say what is asked:  {folder / 'evaluation.toml'}")
    there, reports = shlex.quote(str(folder)), shlex.quote(str(folder / "reports"))
    click.echo(f"  run it as it is:    evalkit run {there} --out {reports}")
    return 0


@commands.command()
def schema() -> int:
    """Print the JSON schema of an evaluation file, from which editors complete and check it.

    An evaluation file whose first line is "#:schema ./evaluation.schema.json" is checked while it is typed, in editors
    with a TOML language server. `evalkit new` and `evalkit simulate` write both.

    \b
    Example: evalkit schema > evaluation.schema.json
    """
    click.echo(schema_text(), nl=False)
    return 0
