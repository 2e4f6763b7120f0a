"""Read what the environment tells the libraries that compute; standard library only.

It changes the last digits of results on one machine, and is no part of their identity: records name it.
"""

import os
import re
from collections.abc import Mapping

#: Variables that choose instructions, algorithms or threads of BLAS (OpenBLAS, MKL, BLIS, Accelerate), oneDNN, PyTorch, numpy,
#: OpenMP, ITK, CUDA's libraries and the C library.
STEERING = re.compile(
    r"(OPENBLAS|GOTO|BLIS|FLEXIBLAS|MKL|ONEDNN|DNNL|ATEN|NPY|NUMEXPR|OMP|KMP|GOMP|ITK|VECLIB|CUDNN|CUBLAS|CUBLASLT|TORCH_BLAS|"
    r"TORCH_CUDNN|TORCH_ALLOW_TF32)_\w+|NVIDIA_TF32_OVERRIDE|GLIBC_TUNABLES|LD_PRELOAD|LD_LIBRARY_PATH"
)
#: Those that give a number of threads alone, as Snakemake does to every job.
THREADS = re.compile(r"\w+_(NUM_THREADS|NUMBER_OF_THREADS)")

#: What the libraries that compute read when they are loaded.
LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def steering_variables() -> dict[str, str]:
    """Environment variables that steer the libraries' choice of instructions, algorithms and threads, where they are set.

    A path is not given, since records name no folder of the machine.
    """
    found = {name: value for name, value in sorted(os.environ.items()) if STEERING.fullmatch(name) and value}
    return {name: "(a path)" if "/" in value else value for name, value in found.items()}


def limit_threads(threads: int) -> None:
    """Hold libraries that are loaded later to a number of threads, as Snakemake does every job."""
    os.environ.update(dict.fromkeys(LIMITS, str(threads)))


def chosen_instructions(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Select those that do not merely give a number of threads, of these or of all that are set."""
    found = steering_variables() if variables is None else variables
    return {name: value for name, value in found.items() if not THREADS.fullmatch(name)}
