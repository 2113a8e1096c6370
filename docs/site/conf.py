"""How Sphinx builds the documentation site; `make docs` stages its sources into build/site-source first."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import evalkit

project = "evalkit"
author = "The evalkit authors"
project_copyright = "The evalkit authors, MIT licence"
version = release = evalkit.__version__
html_title = f"evalkit {release}"
language = "en-GB"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "numpydoc", "sphinx_design"]
root_doc = "index"
smartquotes = False  # two hyphens are two hyphens

# Markdown and notebooks: the pages that GitHub shows, unchanged
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
nb_execution_mode = "off"  # they were executed when the sources were staged
nb_ipywidgets_js = {}  # no script from elsewhere: a widget shows its text or its picture
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]
nb_merge_streams = True

# the reference, from docstrings
autodoc_typehints = "none"  # the docstrings say types, in words
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
nitpicky = True
add_module_names = False
python_use_unqualified_type_names = True

# the page: everything from this folder, nothing from the network
html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False  # it would fetch pages, which a browser refuses for files
html_theme_options = {"navigation_with_keys": False}
html_last_updated_fmt = None


def setup(app: Any) -> None:
    """References of docstrings: to the entry of a public name, or plain where there is no page for an inner name."""
    app.connect("missing-reference", _to_public_name)


def _to_public_name(app: Any, env: Any, node: Any, text: Any) -> Any:
    """The entry of a name that docstrings call by the module it lives in; a name that is nowhere stays an error."""
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"].removeprefix("ek.")
    last = target.rpartition(".")[2]
    candidates = [f"evalkit.{target}", f"evalkit.{last}", f"evalkit.{'.'.join(target.split('.')[-2:])}"]
    for name in candidates:
        domain = env.get_domain("py")
        if name != node["reftarget"] and name in domain.objects:
            return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", name, node, text)
    inside = [f"{node.get('py:module') or 'evalkit'}.{target}", target, *candidates]
    return text if any(_exists(name) for name in inside) or _is_anywhere(target) else None


def _exists(dotted: str) -> bool:
    """Whether a dotted name leads to a module, a class, a function, or an attribute that a class declares."""
    parts = dotted.split(".")
    for split in range(len(parts), 0, -1):
        try:
            thing = importlib.import_module(".".join(parts[:split]))
        except ImportError:
            continue
        for part in parts[split:]:
            declared = part in getattr(thing, "__annotations__", {})
            if not declared and not hasattr(thing, part):
                return False
            thing = getattr(thing, part, None)
        return True
    return False


def _is_anywhere(name: str) -> bool:
    """Whether a module of the library that is loaded by now has the name."""
    head, _, rest = name.partition(".")
    owners = [module for key, module in sorted(sys.modules.items()) if key.startswith("evalkit.") and module]
    found = [getattr(owner, head) for owner in owners if hasattr(owner, head)]
    return any(not rest or hasattr(thing, rest) or rest in getattr(thing, "__annotations__", {}) for thing in found)
