"""The command that all others belong to; each of them is loaded when it is asked for, so that a command starts fast."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

import click

import evalkit as ek

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
MODULES: Final[Mapping[str, str]] = {
    "claims": "claims",
    "demo": "runs",
    "diff": "rounds",
    "estimate": "effects",
    "ingest": "ingest",
    "new": "start",
    "plan": "planning",
    "pool": "effects",
    "power": "planning",
    "run": "runs",
    "schema": "start",
    "simulate": "runs",
    "suggest": "designs",
    "validate": "runs",
    "verify": "rounds",
}
"""The module of this package that defines each command."""


SECTIONS: Final[dict[str, tuple[str, ...]]] = {
    "Start": ("demo", "new", "simulate"),
    "Prepare": ("ingest", "validate", "schema", "suggest", "power", "plan"),
    "Estimate and check": ("estimate", "pool", "claims"),
    "Every region": ("run", "verify", "diff"),
}
"""Commands by what they are for, in the order in which they are used; what is not named here is listed last."""
_SHORT_HELP: Final = 120


class LazyCommands(click.Group):
    """Imports the module of a command only where that command is looked up; the help lists commands by purpose."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command by name."""
        del ctx
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, None where there is none."""
        if cmd_name in MODULES and cmd_name not in self.commands:
            import_module(f"evalkit.cli.{MODULES[cmd_name]}")
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; all commands are loaded for a misspelt one, whose answer names the nearest of them."""
        if args and args[0] not in MODULES:
            for name in MODULES:
                self.get_command(ctx, name)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section of the help for each kind of command."""
        placed = {name for names in SECTIONS.values() for name in names}
        others = tuple(name for name in self.list_commands(ctx) if name not in placed)
        for title, names in {**SECTIONS, "Other": others}.items():
            there = {name: command for name in names if (command := self.get_command(ctx, name)) is not None}
            if there:
                with formatter.section(title):
                    formatter.write_dl([(name, there[name].get_short_help_str(_SHORT_HELP)) for name in there])


@click.group(cls=LazyCommands, context_settings=_SETTINGS)
@click.version_option(ek.__version__, prog_name="evalkit", message="%(prog)s %(version)s")
def commands() -> None:
    """Find out what a help-seeking campaign changed, and whether published claims about it hold.

    \b
    Start with:   evalkit demo
    Own folder:   evalkit new my && evalkit run my --out my/reports
    Check a file: evalkit validate contacts.csv
    One effect:   evalkit estimate contacts.csv --region Kent --channel helpline --launch 2019-05
    Many at once: evalkit pool contacts.csv --launches campaigns.csv --channel website
    All regions:  evalkit run evaluation.toml --out reports/autumn
    """
