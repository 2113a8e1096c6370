"""Which design do the data allow?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

import evalkit as ek
from evalkit.cli.common import AS_JSON, print_json
from evalkit.cli.group import commands
from evalkit.errors import UsageError, unknown
from evalkit.registers import read_campaigns, read_events

if TYPE_CHECKING:
    from evalkit.registers import Campaign


@commands.command()
@click.argument("contacts", type=click.Path(path_type=Path))
@click.option("--region", required=True, help="Region to evaluate, as the file spells it.")
@click.option("--channel", help="Channel to evaluate.  [default: the first one of the region]")
@click.option("--launch", help="First exposed period.  [default: that of the register]")
@click.option("--campaigns", type=click.Path(path_type=Path), help="Register of campaigns: which regions had one.")
@click.option("--events", type=click.Path(path_type=Path), help="Register of what else happened.")
@AS_JSON
def suggest(
    contacts: Path,
    region: str,
    channel: str | None,
    launch: str | None,
    campaigns: Path | None,
    events: Path | None,
    as_json: bool,
) -> int:
    """Say which designs the data allow for one region, strongest first, and why not stronger ones.

    \b
    Example: evalkit suggest contacts.csv --campaigns campaigns.csv --region Kent --channel helpline
    """
    register = None if campaigns is None else read_campaigns(campaigns)
    known = None if events is None else read_events(events)
    table = ek.read_contacts(contacts)
    if region not in table.regions:
        raise UsageError(unknown("region", region, table.regions))
    asked = (region, launch) if launch else _first_campaign(region, register)
    found = ek.suggest_design(table, asked, campaigns=register, events=known, channel=channel)
    if as_json:
        print_json(found.to_dict())
        return 0
    click.echo(found.summary())
    if found.best is not None and found.best.command:
        click.echo(f"On the command line:\n  {found.best.command}")
    return 0


def _first_campaign(region: str, register: Sequence[Campaign] | None) -> Campaign:
    own = [campaign for campaign in register or () if region in campaign.regions and campaign.launch.start]
    if not own:
        where = "the register has no campaign there" if register else "no register of campaigns was given"
        raise UsageError(f"There is no launch for {region!r}: {where}. Give --launch, or --campaigns with that region.")
    first = min(own, key=lambda campaign: campaign.launch.iso)
    return replace(first, regions=(region,))
