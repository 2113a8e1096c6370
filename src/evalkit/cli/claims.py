"""The command that checks published claims."""

from __future__ import annotations

from pathlib import Path

import click

import evalkit as ek
from evalkit.cli.common import AS_JSON, print_json
from evalkit.cli.group import commands
from evalkit.errors import UsageError
from evalkit.report.audit import audit_values


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
@AS_JSON
def claims(claims: Path | None, contacts: Path | None, campaigns: Path | None, out: Path | None, as_json: bool) -> int:
    """Check published claims: recompute their arithmetic and say what holds.

    Without CLAIMS the register of real published figures that comes with evalkit is audited. With --contacts everything
    written is internal: it quotes counts as they were counted, small ones included, and is marked so.

    \b
    Example: evalkit claims my-claims.csv --contacts contacts.csv --campaigns campaigns.csv
    """
    if claims is None and (contacts or campaigns):
        raise UsageError("--contacts and --campaigns need a CLAIMS file about the same regions. Give it too.")
    audit = ek.audit_published() if claims is None else ek.audit_file(claims, contacts=contacts, campaigns=campaigns)
    written = ek.write_claims_audit(audit, out) if out else {}
    if as_json:
        print_json({**audit_values(audit), "written": {name: str(path) for name, path in written.items()}})
    else:
        click.echo(ek.audit_text(audit))
        for path in written.values():
            click.echo(f"  written: {path}")
    return 0
