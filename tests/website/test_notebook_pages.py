"""Notebooks as pages: every picture has words, and nothing in them asks for a script from elsewhere."""

from __future__ import annotations

from scripts.website.notebooks import for_reading


def test_pictures_have_their_own_words_and_widgets_are_gone() -> None:
    outputs = [
        {"output_type": "stream", "name": "stderr", "text": "a warning"},
        {
            "output_type": "display_data",
            "data": {"image/png": "QUJD\n"},
            "metadata": {"image/png": {"alt": 'A "rise"'}},
        },
        {"output_type": "display_data", "data": {"image/png": "QUJD"}, "metadata": {}},
        {"output_type": "display_data", "data": {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "x"}},
    ]
    notebook = {
        "metadata": {"widgets": {}},
        "cells": [
            {"cell_type": "markdown", "source": ["## The effect\n", "Words."]},
            {"cell_type": "code", "metadata": {}, "outputs": outputs},
        ],
    }
    shown = for_reading(notebook)
    assert shown["metadata"] == {}
    assert [output["data"] for output in shown["cells"][1]["outputs"]] == [
        {"text/html": '<img alt="A &quot;rise&quot;" src="data:image/png;base64,QUJD">'},
        {"text/html": '<img alt="Chart under the heading: The effect" src="data:image/png;base64,QUJD">'},
        {"text/plain": "x"},
    ]
