"""Labels placed by arithmetic never cover each other."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from evalkit.report.layout import fit_rows, shortened, spread

PLACES = st.lists(st.floats(0, 100), min_size=1, max_size=6)


@given(PLACES)
def test_spread_keeps_boxes_apart_inside_and_in_order(wanted):
    centres = spread(wanted, [10.0] * len(wanted), low=0, high=100)
    ordered = sorted(centres)
    assert all(b - a >= 10 - 1e-9 for a, b in pairwise(ordered))
    assert min(centres) >= 5 - 1e-9
    assert max(centres) <= 95 + 1e-9
    assert [centres.index(c) for c in ordered] == sorted(range(len(wanted)), key=lambda place: (wanted[place], place))


def test_spread_leaves_boxes_alone_that_do_not_touch():
    assert spread([20.0, 60.0], [10.0, 10.0], low=0, high=100) == [20.0, 60.0]


@given(st.lists(st.tuples(st.floats(0, 400), st.floats(5, 120)), min_size=1, max_size=8))
def test_labels_right_of_their_anchors_neither_overlap_nor_are_struck_through(marks):
    spans = [(left, left + width) for left, width in marks]
    anchors = [left for left, _ in marks]
    rows = fit_rows(spans, anchors)
    for a, (one, row) in enumerate(zip(spans, rows, strict=True)):
        for b, (two, other) in enumerate(zip(spans, rows, strict=True)):
            if a != b and row == other:
                assert one[1] <= two[0] or two[1] <= one[0]
            if other > row:
                assert not one[0] < anchors[b] < one[1]


def test_long_names_are_shortened_visibly():
    assert shortened("a" * 40, 10) == "a" * 9 + "…"
    assert shortened("short", 10) == "short"
