"""Build the documentation site: stage the sources, run the notebooks, call Sphinx with warnings as errors.

python -m scripts.website                 into build/site; open build/site/index.html
python -m scripts.website --no-notebooks  notebooks as they are stored, without outputs (fast, for work on the text)
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Final

from scripts.website.accessible import make_accessible
from scripts.website.notebooks import executed
from scripts.website.stage import ROOT, stage

SOURCES: Final = ROOT / "build" / "site-source"
SITE: Final = ROOT / "build" / "site"


def build(*, run_notebooks: bool = True, out: Path = SITE) -> int:
    """Build the site; 0 where Sphinx had nothing to say."""
    from sphinx.cmd.build import main as sphinx

    shutil.rmtree(SOURCES, ignore_errors=True)
    stage(SOURCES)
    if run_notebooks:
        for source in sorted((ROOT / "notebooks").glob("*.ipynb")):
            shutil.copy(executed(source), SOURCES / "notebooks" / source.name)
    doctrees = ROOT / "build" / "site-doctrees"
    shutil.rmtree(out, ignore_errors=True)
    options = ["-q", "-W", "--keep-going", "-E", "-n", "-b", "html", "-d", str(doctrees), "-c", str(SOURCES)]
    code = int(sphinx([*options, str(SOURCES), str(out)]))
    make_accessible(out)
    return code


def main() -> None:
    """Parse the command line and build."""
    parser = argparse.ArgumentParser(prog="python -m scripts.website", description=__doc__.splitlines()[0])
    parser.add_argument("--no-notebooks", action="store_true", help="do not execute the notebooks")
    sys.exit(build(run_notebooks=not parser.parse_args().no_notebooks))


if __name__ == "__main__":
    main()
