"""The hint for a misspelt name: the nearest, and all of them where several are as near."""

from __future__ import annotations

from evalkit.errors import unknown


def test_one_nearest_match_is_named() -> None:
    assert "Did you mean 'Kent'? " in unknown("region", "kennt", ("Kent", "Essex"))


def test_matches_that_tie_are_all_named() -> None:
    said = unknown("region", "Example Xast", ("Example East", "Example Vast", "Brackwold"))
    assert "Did you mean 'Example East' or 'Example Vast'?" in said


def test_nothing_near_gives_no_hint() -> None:
    assert "Did you mean" not in unknown("region", "zzz", ("Kent", "Essex"))


def test_more_ties_than_help_name_one() -> None:
    assert " or " not in unknown("region", "a0", ("a1", "a2", "a3", "a4")).split("Allowed")[0]
