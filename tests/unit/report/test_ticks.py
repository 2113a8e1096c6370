"""The ticks of a file look as those that matplotlib draws."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from evalkit.report import theme
from evalkit.report.figures import effect, path
from evalkit.report.figures.axes import bare_axes
from evalkit.report.figures.ticks import fix_ticks


def picture(figure):
    with io.BytesIO() as file:
        figure.savefig(file, format="png", dpi=200)
        return np.asarray(Image.open(file).convert("L"), dtype=int)


def drawn(name, shown, *, fixed):
    with theme.theme():
        if name == "path":
            axes = bare_axes(path.FRAME)
            path.draw_counterfactual(axes[0], shown, events=(), unit="contacts", placebo=False, simulated=True)
        else:
            axes = effect.plot_effect(shown, axes=bare_axes(effect.FRAME, 2))
        for ax in axes if fixed else ():
            fix_ticks(ax)
        return picture(axes[0].figure)


@pytest.mark.parametrize("name", ["path", "effect"])
def test_a_file_looks_as_matplotlib_would_draw_it(make_effect, name):
    shown = make_effect((1.62, 1.21, 2.14))
    usual, fixed = drawn(name, shown, fixed=False), drawn(name, shown, fixed=True)
    assert usual.shape == fixed.shape
    # the label of the vertical axis may stand a dot or two to the side: widths of labels are measured once, in points
    inside = slice(int(0.41 * 200), None)
    assert (np.abs(usual - fixed)[:, inside] > 60).sum() == 0
    assert (usual < 200).sum() == pytest.approx((fixed < 200).sum(), rel=0.02)


def test_the_words_of_all_ticks_are_in_the_file(make_effect):
    with theme.theme():
        (ax,) = bare_axes(path.FRAME)
        path.draw_counterfactual(
            ax, make_effect((1.62, 1.21, 2.14)), events=(), unit="contacts", placebo=False, simulated=False
        )
        labels = [
            text.get_text()
            for axis, (low, high) in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim()))
            for place, text in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
            if low <= place <= high
        ]
        fix_ticks(ax)
        svg = theme.to_svg(ax.figure)
    assert len(labels) > 8
    assert [label for label in labels if f">{label}<" not in svg] == []
    assert "Contacts a month" in svg
