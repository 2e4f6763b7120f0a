"""Look whether this machine has a GPU, without the seconds that PyTorch takes to load where it has none."""

import subprocess
import sys
from functools import cache
from pathlib import Path

#: Device files of drivers whose GPUs PyTorch computes on: NVIDIA's, that of Windows' Linux, AMD's.
DRIVERS = (Path("/dev/nvidiactl"), Path("/dev/dxg"), Path("/dev/kfd"))
#: Asked of another process, so that this one holds no GPU.
QUESTION = "import torch; print(torch.cuda.is_available())"


@cache
def machine_has_gpu() -> bool:
    """Check whether PyTorch, of the environment that this process runs in, sees a GPU."""
    if not any(driver.exists() for driver in DRIVERS):
        return False
    answer = subprocess.run([sys.executable, "-c", QUESTION], capture_output=True, text=True, check=False)
    return answer.stdout.split()[-1:] == ["True"]
