"""The command line: argument parsing and printing, nothing else.

Exit code 0: done. 1: done, but some region failed. 2: wrong input or usage, one message on standard error.
"""

from __future__ import annotations

import gc
import os
import sys

import click

from evalkit.cli.group import commands
from evalkit.errors import EvalkitError

__all__ = ["commands", "main"]


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(100_000, 50, 50)  # imports make no garbage: looking for it is a tenth of a start
    try:
        code = commands.main(args=arguments, prog_name="evalkit", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        code = 130
    except EvalkitError as error:
        click.echo(f"evalkit: {error}", err=True)
        code = 2
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    except Exception as error:
        if os.environ.get("EVALKIT_DEBUG"):
            raise
        click.echo(
            f"evalkit: this is a fault in evalkit, not in your input: {type(error).__name__}: {error}\n"
            "Set EVALKIT_DEBUG=1 to see where it happened, and report it.",
            err=True,
        )
        code = 2
    sys.exit(code if isinstance(code, int) else 0)
