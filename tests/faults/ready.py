"""Loaded once by the server that the runs of these tests are forked from."""

import faults.small  # noqa: F401
