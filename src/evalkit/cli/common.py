"""What several commands share: the JSON option, progress bars, small texts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import evalkit as ek

if TYPE_CHECKING:
    from evalkit.cluster import Mapper

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")

SCHEDULER = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Spread the work over a running dask scheduler, such as tcp://10.0.0.5:8786.  [default: this machine]",
)


class Place(click.ParamType[str | Path]):
    """A path of this machine, or an address such as ``s3://bucket/round``, which must not be read as a path."""

    name = "path or address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str | Path:
        """An address as it is, anything else as a path."""
        from evalkit.evaluation.addresses import place_of

        del param, ctx
        return place_of(str(value))


@contextmanager
def spread(scheduler: str | None) -> Iterator[Mapper | None]:
    """What spreads work over a cluster while the block lasts; None for this machine."""
    if scheduler is None:
        yield None
        return
    with ek.connect(scheduler) as cluster:
        yield cluster.map


@contextmanager
def report_progress(unit: str, *, quiet: bool = False) -> Iterator[Callable[[str, str, int, int], None]]:
    """A progress bar on standard error: rate, time left, failures; nothing where that is no terminal, or ``quiet``."""
    from tqdm import tqdm

    silent = quiet or not sys.stderr.isatty()
    with tqdm(unit=unit, file=sys.stderr, mininterval=0.1, desc="Reports", disable=silent) as bar:
        failures = 0

        def report(label: str, status: str, done: int, total: int) -> None:
            nonlocal failures
            failures += status != "done"
            bar.total = total
            bar.set_postfix_str(f"{failures} failed, {label}" if failures else label, refresh=False)
            bar.update(done - bar.n)

        yield report


@contextmanager
def series_progress() -> Iterator[Callable[[int, int], None]]:
    """A progress bar on standard error for long simulations."""
    from tqdm import tqdm

    interval = 0.1 if sys.stderr.isatty() else 15.0
    with tqdm(unit="series", file=sys.stderr, mininterval=interval, desc="Simulated and fitted", delay=2) as bar:

        def report(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield report


def probability(value: float | ek.NotEstimable) -> str:
    """A probability for the terminal, or why there is none."""
    return str(value) if isinstance(value, ek.NotEstimable) else ("below 0.001" if value < 0.001 else f"{value:.3f}")


def print_json(value: object) -> None:
    """Print one JSON object."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=str))
