"""Every code block of README and docs runs, or says why it is not run."""

from __future__ import annotations

import doctest
import importlib
import shutil
from pathlib import Path

import matplotlib as mpl
import pytest

from conventions.tree import ROOT, modules, project_texts
from documents.blocks import RUN, SHOWN, blocks, indented_commands, run_page

PAGES = {name: text for name, text in project_texts(".md") if name == "README.md" or name.startswith("docs/")}
WITH_CODE = sorted(name for name, text in PAGES.items() if any(block.kind in RUN for block in blocks(text)))
WITH_EXAMPLES = sorted(name for name, source in modules() if ">>> " in source)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A folder as the pages assume it: the files of an evaluation (those of the demonstration), and ``data``."""
    folder = tmp_path / "work"
    shutil.copytree(ROOT / "data" / "demo", folder)
    (folder / "data").symlink_to(ROOT / "data")
    mpl.use("agg")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_CODE)
def test_every_block_of_a_page_runs(page: str, workspace: Path) -> None:
    run_page(PAGES[page], workspace)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings_give_what_they_show(name: str) -> None:
    module = importlib.import_module(name.removesuffix(".__init__"))
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    ran = doctest.testmod(module, optionflags=options)
    assert ran.attempted > 0
    assert ran.failed == 0


def test_every_block_is_of_a_kind_that_is_run_or_shown() -> None:
    kinds = {name: sorted({b.kind for b in blocks(text)} - {*RUN, *SHOWN}) for name, text in PAGES.items()}
    assert {name: kind for name, kind in kinds.items() if kind} == {}


def test_no_command_hides_in_an_indented_block() -> None:
    assert {name: found for name, text in PAGES.items() if (found := indented_commands(text))} == {}


def test_a_block_that_is_not_run_says_why() -> None:
    left_out = {f"{name}:{b.line}": b.not_run for name, text in PAGES.items() for b in blocks(text) if b.not_run}
    assert {place: reason for place, reason in left_out.items() if len(reason.split()) < 4} == {}


SAMPLE = """
```python
a = 1
```

<!-- not run: needs a cluster of its own -->
```python
raise ValueError
```

```python
assert a == 2, "names are shared"
```
"""


def test_a_block_that_fails_is_found_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="line 12: AssertionError: names are shared"):
        run_page(SAMPLE, tmp_path)
    with pytest.raises(AssertionError, match="exit code 2 instead of 0"):
        run_page("```sh\nevalkit validate gone.csv\n```\n", tmp_path)
    run_page("<!-- exit code: 2 -->\n```sh\nevalkit validate gone.csv\n```\n", tmp_path)
    with pytest.raises(AssertionError, match=r"line 6: not in the output: \['two'\]"):
        run_page("```sh\necho one\n```\n<!-- output of the command above -->\n```text\none\ntwo\n```\n", tmp_path)
    with pytest.raises(AssertionError, match="kind 'perl'"):
        run_page("```perl\n1\n```\n", tmp_path)
    assert indented_commands("x\n\n    evalkit demo\n\n```sh\n    evalkit demo\n```\n") == ["evalkit demo"]
