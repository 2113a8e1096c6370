"""Reference page of the command line: usage, help and every option of every command, from click itself."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from evalkit.cli import commands


def commands_page() -> str:
    """The page as Markdown."""
    parts = [
        "# Every command and option",
        "",
        "What `evalkit COMMAND --help` prints, as a page. [The command line](command-line.md) says what each writes.",
    ]
    context = click.Context(commands, info_name="evalkit")
    for name in commands.list_commands(context):
        command = commands.get_command(context, name)
        if command is not None:
            parts += ["", *_section(name, command, context)]
    return "\n".join(parts) + "\n"


def _section(name: str, command: click.Command, parent: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent)
    yield f"## `evalkit {name}`"
    yield ""
    yield from _prose(command.help or "")
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield from ("", "```text", usage, "```", "")
    options = [option for option in command.get_params(context) if "--help" not in option.opts]
    records = [record for option in options if (record := option.get_help_record(context)) and record[1]]
    if not records:
        return
    yield from ("| option | meaning |", "|---|---|")
    yield from (f"| `{_cell(names)}` | {_text(meaning)} |" for names, meaning in records)


def _prose(text: str) -> Iterator[str]:
    """Paragraphs of a help text; those that click prints as they are become code."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if paragraph.startswith("\b"):
            yield from ("```text", *paragraph.splitlines()[1:], "```", "")
        else:
            yield from (_text(" ".join(paragraph.split())), "")


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _text(text: str) -> str:
    """Help text as Markdown: brackets and angles are meant as they are."""
    return re.sub(r"([\[\]<>*_|$])", r"\\\1", " ".join(text.split()))
