"""Which reports an evaluation asks for, each as a task with its key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from evalkit.batch.keys import region_data_hash, report_key, run_hash
from evalkit.batch.manifest import named_only
from evalkit.batch.parameters import checked_parameters
from evalkit.batch.work import NOTEBOOK, PLAN, REPORT, Task, notebook_path
from evalkit.report import slug

if TYPE_CHECKING:
    from pathlib import Path

    from evalkit.batch.inputs import Inputs
    from evalkit.report.disclosure import DisclosurePlan


@dataclass(frozen=True, kw_only=True, eq=False)
class Planner:
    """Makes the task of each region.

    Attributes
    ----------
    inputs : Inputs
        What the evaluation rests on.
    evaluation : Path
        Where it is written; every kernel reads it again.
    plan : DisclosurePlan or None
        What may be published of every count; each notebook is given what it says of its region.
    notebook : str
        The notebook that makes a report.
    """

    inputs: Inputs
    evaluation: Path
    plan: DisclosurePlan | None = None
    notebook: str = NOTEBOOK

    @cached_property
    def _source(self) -> bytes:
        return notebook_path(self.notebook).read_bytes()

    @cached_property
    def _common(self) -> str:
        return run_hash(self.inputs)

    @cached_property
    def _data(self) -> dict[str, str]:
        return {region: region_data_hash(self.inputs, region) for region in self.inputs.regions}

    def task(self, region: str, issued: str) -> Task:
        """The task of a region, for reports that bear a date (ISO 8601)."""
        parameters = {"evaluation": str(self.evaluation), "region": region, "issued": issued}
        part = None if self.plan is None else self.plan.part(region)
        if part is not None:
            parameters["plan"] = PLAN
        key = report_key(
            common=self._common,
            data=self._data[region],
            parameters=named_only(parameters),
            notebook=self._source,
            inputs={} if self.plan is None else {PLAN: self.plan.part_hash(region).encode()},
        )
        return Task(
            region=region,
            slug=slug(region),
            parameters=parameters,
            key=key,
            notebook=self.notebook,
            inputs={} if part is None else {PLAN: part.to_json()},
        )

    def check(self, issued: str) -> None:
        """Raise ``UsageError`` where the notebook does not take the parameters that a run gives it."""
        given = {**self.task(self.inputs.regions[0], issued).parameters, "out": REPORT}
        checked_parameters(notebook_path(self.notebook), given)
