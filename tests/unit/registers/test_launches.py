"""Launches by region, from a register or a plain list."""

from __future__ import annotations

from pathlib import Path

import pytest

import evalkit as ek
from evalkit.errors import RegisterError


def written(folder: Path, text: str) -> Path:
    path = folder / "launches.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plain_list_and_a_register_are_read(tmp_path: Path) -> None:
    plain = ek.read_launches(written(tmp_path, "region,launch\nNorth;South,2019-05\nWest,2019-06-03\n"))
    assert plain.to_numpy().tolist() == [["North", "2019-05"], ["South", "2019-05"], ["West", "2019-06-03"]]
    register = ek.read_launches(ek.resources.path("data/demo/campaigns.csv"))
    assert len(register) == 33
    assert register["region"].is_unique


def test_all_problems_come_together(tmp_path: Path) -> None:
    path = written(tmp_path, "region,launch\nNorth,2019-05\nNorth,2020-05\nWest,2019\nEast,unknown\n,2019-05\n")
    with pytest.raises(RegisterError) as caught:
        ek.read_launches(path)
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["two-launches", "vague-launch", "vague-launch", "empty-cell"]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="Rename column 'launched' to 'launch'"):
        ek.read_launches(written(tmp_path, "region,launched\nNorth,2019-05\n"))
