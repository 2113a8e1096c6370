"""What the fork server of these tests loads: enough for a kernel, so that a killed run costs little."""

import importlib

for name in ("numpy", "pandas", "ipykernel.kernelapp", "ipykernel.ipkernel", "evalkit.batch.engine.child"):
    importlib.import_module(name)
