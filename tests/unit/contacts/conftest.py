"""Small contacts files, written for one test each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from evalkit.contacts import read_contacts
from evalkit.errors import ContactsError, Problem

HEADER = "region,channel,period,contacts"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write text (or bytes) as a file and give its path."""

    def _write(content: str | bytes, name: str = "contacts.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


@pytest.fixture
def long_file(write: Callable[..., Path]) -> Callable[..., Path]:
    """Write rows under the usual four headings."""
    return lambda *rows, header=HEADER: write("\n".join([header, *rows]) + "\n")


@pytest.fixture
def problems(long_file: Callable[..., Path]) -> Callable[..., dict[str, Problem]]:
    """The problems that stop the reading of some rows, by code; each code comes once."""

    def _problems(*rows: str, header: str = HEADER, **options: object) -> dict[str, Problem]:
        with pytest.raises(ContactsError) as caught:
            read_contacts(long_file(*rows, header=header), **options)
        codes = [problem.code for problem in caught.value.problems]
        assert len(set(codes)) == len(codes), codes
        for problem in caught.value.problems:
            assert str(problem) in str(caught.value)
        return {problem.code: problem for problem in caught.value.problems}

    return _problems


@pytest.fixture
def monthly() -> pd.DataFrame:
    """Two regions, two channels, six months, with exposure."""
    months = [f"2019-{month:02d}" for month in range(1, 7)]
    return pd.DataFrame(
        [
            (region, channel, month, 10 * place + number, 1000.5 + place)
            for place, (region, channel) in enumerate(
                [("Essex", "helpline"), ("Essex", "website"), ("Kent", "helpline"), ("Kent", "website")]
            )
            for number, month in enumerate(months)
        ],
        columns=["region", "channel", "period", "contacts", "exposure"],
    )
