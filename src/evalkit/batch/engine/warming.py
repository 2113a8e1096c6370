"""One report of the demonstration, made in memory, so that what is loaded or compiled at first use is there already."""

from __future__ import annotations

import contextlib
import io
from dataclasses import replace
from pathlib import Path


def warm() -> None:
    """Read, estimate, check, draw and set a region of the demonstration (one channel), and throw all of it away.

    No PDF is set: Typst starts threads for that, which a copy of this process would miss. Only fonts are read, and what
    looks at a PDF is loaded. No figure is made through ``pyplot``, which would choose a notebook's backend where there
    is no notebook.
    """
    import page  # noqa: F401 - what every PDF is looked at with
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from evalkit import resources
    from evalkit.batch.inputs import read_inputs
    from evalkit.batch.region import evaluate_region
    from evalkit.report import checks_table, pdf, plot_counterfactual, region_html, theme, verdicts_table
    from evalkit.report.figures.described import DescribedFigure

    inputs = read_inputs(resources.path("data/demo/evaluation.toml"))
    inputs = replace(inputs, channels=inputs.channels[:1])
    report = evaluate_region(inputs, inputs.regions[0])
    region_html(report)
    pdf.load_fonts()
    for table in (checks_table(report.results), verdicts_table(report.results)):
        table._repr_html_()
    lead = report.results[0].effect
    lead._repr_html_()
    theme.glyphs()
    figure = DescribedFigure()
    FigureCanvasAgg(figure)
    plot_counterfactual(lead, ax=figure.subplots())
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")


def read_ahead(evaluation: str) -> None:
    """Read the contacts of an evaluation for every kernel; what cannot be read, each kernel will say itself.

    Nothing is read where the file names an address: what fetches from there starts a thread, which a fork server may
    not have.
    """
    from evalkit.batch import ahead
    from evalkit.catalogue import speaking
    from evalkit.errors import EvalkitError
    from evalkit.evaluation import load_evaluation

    if evaluation:
        with contextlib.suppress(EvalkitError, OSError, UnicodeDecodeError):
            if "://" not in Path(evaluation).read_text(encoding="utf-8"):
                asked = load_evaluation(evaluation)
                with speaking(asked.wording):
                    ahead.read(asked.contacts)
