"""The documentation site: its sources are the pages of the repository, the notebooks with outputs, and docstrings."""
