"""Evidence for the models: calibration and speed, beside rivals, re-runnable (see ``benchmarks/README.md``)."""

import os

# One BLAS thread: the matrices are small, more threads are slower, and CPU seconds are then seconds of one core.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
