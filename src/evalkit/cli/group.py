"""The command that all others belong to."""

from __future__ import annotations

import click

import evalkit as ek

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


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
