"""Many reports: inputs read once, a fresh kernel for every region, and the pages over all of them."""

from evalkit.batch import display  # noqa: F401  # results of this room can show themselves
from evalkit.batch.disclosure import disclosure_plan
from evalkit.batch.inputs import Inputs, read_inputs
from evalkit.batch.inspect import inspect_file
from evalkit.batch.notebook import NotebookRun, run_notebook
from evalkit.batch.planning import deviations, freeze_plan, review_plan
from evalkit.batch.reading import read_round
from evalkit.batch.region import evaluate_region
from evalkit.batch.runner import run
from evalkit.batch.starter import new_evaluation, starter_files
from evalkit.batch.summary import RegionRun, RunSummary
from evalkit.batch.verify import Verification, verify_run

__all__ = [
    "Inputs",
    "NotebookRun",
    "RegionRun",
    "RunSummary",
    "Verification",
    "deviations",
    "disclosure_plan",
    "evaluate_region",
    "freeze_plan",
    "inspect_file",
    "new_evaluation",
    "read_inputs",
    "read_round",
    "review_plan",
    "run",
    "run_notebook",
    "starter_files",
    "verify_run",
]
