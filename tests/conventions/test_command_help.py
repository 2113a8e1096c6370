"""Every command is found under what it is for, and shows an example of itself."""

from __future__ import annotations

import click
import pytest

from evalkit.cli import commands
from evalkit.cli.group import SECTIONS


def without_example(group: click.Group) -> list[str]:
    """Commands whose help does not show a line that could be typed."""
    return sorted(
        name for name, command in group.commands.items() if f"Example: evalkit {name}" not in (command.help or "")
    )


def test_every_command_shows_an_example() -> None:
    assert without_example(commands) == []


def test_every_command_has_its_place_in_the_help() -> None:
    placed = [name for names in SECTIONS.values() for name in names]
    assert sorted(set(commands.commands) - set(placed)) == []
    assert len(placed) == len(set(placed))


def test_the_help_lists_every_command_once(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(click.exceptions.Exit):
        commands.main(["--help"], prog_name="evalkit", standalone_mode=False)
        raise click.exceptions.Exit(0)
    lines = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("  ") and line.split()]
    assert [lines.count(name) for name in commands.commands] == [1] * len(commands.commands)


def test_a_command_without_an_example_is_found() -> None:
    group = click.Group(commands={"bare": click.Command("bare", help="Do it."), "none": click.Command("none")})
    assert without_example(group) == ["bare", "none"]
