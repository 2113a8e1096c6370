"""The command that counts the contacts of logs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

import evalkit as ek
from evalkit.cli.common import AS_JSON, print_json
from evalkit.cli.group import commands
from evalkit.errors import UsageError

_SHOWN = 10


@commands.command()
@click.argument("logs", nargs=-1, required=True)
@click.option("--mapping", type=click.Path(path_type=Path), required=True, help="TOML file: what the columns mean.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Contacts file: .csv or .parquet.")
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    help="Private folder that remembers which logs were read, so that a new month is added without the old ones.",
)
@click.option("--memory", default="1GB", show_default=True, help="Most memory that the engine takes.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads of the engine.  [default: processors]")
@AS_JSON
def ingest(
    logs: tuple[str, ...],
    mapping: Path,
    out: Path,
    state: Path | None,
    memory: str,
    threads: int | None,
    as_json: bool,
) -> int:
    """Count the contacts of logs by region, channel and period.

    LOGS are files (CSV, gzipped CSV, Parquet, Excel, SQLite), folders, patterns, s3:// addresses, or the word postgres.
    Only the columns that the mapping names are read, and only counts are written.

    \b
    Example: evalkit ingest exports/ --mapping mapping.toml --out contacts.csv --state .ingest
    """
    if any(log.startswith("-") for log in logs):
        raise UsageError("A log cannot begin with '-'.")
    result = ek.ingest(logs, mapping, out=out, state=state, memory=memory, threads=threads)
    if as_json:
        print_json(result.to_dict())
    else:
        _print(result, out)
    return 0


def _print(result: ek.Ingested, out: Path) -> None:
    audit = result.audit
    rows: dict[str, int] = audit["rows"]
    logs = len(audit["logs"])
    click.echo(
        f"{rows['counted']:,} {audit['unit']} counted from {rows['read']:,} rows of {logs} log{'s' * (logs != 1)}: "
        f"{out}"
    )
    for name, words in _WORDS.items():
        if rows[name]:
            click.echo(f"  {rows[name]:,} {words}")
    if audit["reasons"]:
        reasons = ", ".join(f"{each['reason']} {each['contacts']:,}" for each in audit["reasons"])
        click.echo(f"  without a region: {reasons}")
    _print_ignored(audit)
    _print_revisions(audit)
    for note in result.notes:
        click.echo(f"  note: {note}")


_WORDS = {
    "filtered": "rows left out by a filter",
    "duplicates": "rows that repeat a contact",
    "unreadable": "rows without a readable time",
    "unlisted": "rows whose channel is not listed",
    "left_out": "in a first or last period that is not whole",
    "outside": "outside the days covered",
}


def _print_ignored(audit: dict[str, Any]) -> None:
    ignored = {each["column"]: each["personal"] for log in audit["logs"] for each in log["ignored"]}
    if not ignored:
        return
    personal = [name for name, looks in ignored.items() if looks]
    click.echo(f"  {len(ignored)} columns not read: {', '.join(ignored)}")
    if personal:
        click.echo(f"  of these, by their names personal data: {', '.join(personal)}")


def _print_revisions(audit: dict[str, Any]) -> None:
    revisions = audit["revisions"]
    if revisions:
        click.echo(f"  {len(revisions)} counts changed since the last time:")
        for each in revisions[:_SHOWN]:
            before, after = ("missing" if each[side] is None else each[side] for side in ("before", "after"))
            click.echo(f"    {each['region']}, {each['channel']}, {each['period']}: {before} → {after}")
        if len(revisions) > _SHOWN:
            click.echo(f"    and {len(revisions) - _SHOWN} more, listed in the audit trail")
    if audit["added"]:
        click.echo(f"  {audit['added']} counts added for new periods")
