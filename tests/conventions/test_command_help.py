"""Every command is found under what it is for, and shows an example of itself."""

from __future__ import annotations

import click

from evalkit.cli import commands
from evalkit.cli.group import MODULES, SECTIONS


def without_example(group: click.Group) -> list[str]:
    """Commands whose help does not show a line that could be typed."""
    context = click.Context(group)
    helps = {name: getattr(group.get_command(context, name), "help", "") for name in group.list_commands(context)}
    return sorted(name for name, text in helps.items() if f"Example: evalkit {name}" not in (text or ""))


def test_every_command_shows_an_example() -> None:
    assert without_example(commands) == []


def test_every_command_has_its_place_in_the_help() -> None:
    placed = [name for names in SECTIONS.values() for name in names]
    assert sorted(set(MODULES) - set(placed)) == []
    assert len(placed) == len(set(placed))


def test_the_help_lists_every_command_once() -> None:
    listed = [line.split() for line in commands.get_help(click.Context(commands)).splitlines()]
    first = [words[0] for words in listed if words]
    assert [first.count(name) for name in MODULES] == [1] * len(MODULES)


def test_a_command_without_an_example_is_found() -> None:
    group = click.Group(commands={"bare": click.Command("bare", help="Do it."), "none": click.Command("none")})
    assert without_example(group) == ["bare", "none"]
