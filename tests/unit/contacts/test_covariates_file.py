"""Covariates from a file: numbers by period, and every problem at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evalkit import read_covariates
from evalkit.errors import ContactsError


def _file(folder: Path, text: str) -> Path:
    path = folder / "covariates.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_numbers_by_period_with_empty_cells_missing(tmp_path: Path) -> None:
    table = read_covariates(_file(tmp_path, "petrol,period,km\n1.02,2019-01,9\n,2019-02,7.5\n"))
    assert list(table.columns) == ["petrol", "km"]
    assert list(table.index) == ["2019-01", "2019-02"]
    assert np.isnan(table.loc["2019-02", "petrol"])
    assert table["km"].tolist() == [9.0, 7.5]


def test_problems_come_together_with_rows(tmp_path: Path) -> None:
    with pytest.raises(ContactsError) as caught:
        read_covariates(_file(tmp_path, 'period,petrol,km\n2019-01,"1,02",9\n2019-02,1,many\n'))
    assert [problem.rows for problem in caught.value.problems] == [(2,), (3,)]
    assert "a decimal comma" in str(caught.value)
    assert "'km' is 'many': not a number" in str(caught.value)


@pytest.mark.parametrize("header", ["month,petrol", "period", "period,period,petrol"])
def test_columns_that_are_not_as_they_must_be(tmp_path: Path, header: str) -> None:
    with pytest.raises(ContactsError, match="allowed: one 'period' and at least one other"):
        read_covariates(_file(tmp_path, f"{header}\n{','.join('1' for _ in header.split(','))}\n"))
