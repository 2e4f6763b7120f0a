"""Measure the energy of a machine by the counters of its processors and GPUs, where readable.

The counters are of whole processor packages (RAPL, as Linux shows it) and whole GPUs (NVML): what ran beside is in them.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

#: Folder of the processors' energy counters on Linux. On most systems only root may read them.
POWERCAP = Path("/sys/class/powercap")


class Counter(NamedTuple):
    """A counter of energy.

    Attributes
    ----------
    read : callable
        Gives what it shows, in joules.
    limit : float or None
        Joules after which it begins again at zero; None if it never does.
    """

    read: Callable[[], float]
    limit: float | None


class EnergyMeter:
    """Adds up the energy since it was made.

    Parameters
    ----------
    device : str
        What computes: "cpu", or a GPU as "cuda:1", whose counter has to be readable then.
    powercap : Path
        Folder of the processors' counters.

    Attributes
    ----------
    joules : float or None
        Energy up to the last `update`; None if a counter that belongs to it cannot be read.
    """

    def __init__(self, device: str = "cpu", powercap: Path = POWERCAP) -> None:
        self.joules: float | None = None
        try:
            self._counters = [*package_counters(powercap)]
            if device.startswith("cuda"):
                self._counters.append(gpu_counter(device))
            self._shown = [counter.read() for counter in self._counters]
        except (OSError, ValueError, ImportError, RuntimeError):
            return
        if self._counters:
            self.joules = 0.0

    def update(self) -> None:
        """Add what was used since; to be called before a counter goes round, that is every few minutes."""
        if self.joules is None:
            return
        try:
            shown = [counter.read() for counter in self._counters]
        except (OSError, ValueError, RuntimeError):
            self.joules = None
            return
        for counter, before, now in zip(self._counters, self._shown, shown, strict=True):
            self.joules += now - before + (counter.limit or 0 if now < before else 0)
        self._shown = shown


def package_counters(powercap: Path) -> Iterator[Counter]:
    """Counters of the processor packages, without their parts and the platform, which overlap.

    Raises
    ------
    OSError, ValueError
        If one cannot be read.
    """
    for zone in sorted(powercap.glob("intel-rapl:*")):
        if (zone / "name").read_text().startswith("package-"):
            limit = microjoules(zone / "max_energy_range_uj")
            yield Counter(partial(microjoules, zone / "energy_uj"), limit)


def microjoules(file: Path) -> float:
    """Read a number of microjoules, as joules."""
    return int(file.read_text()) * 1e-6


def gpu_counter(device: str) -> Counter:
    """Counter of an NVIDIA GPU, if the package nvidia-ml-py is there.

    Raises
    ------
    ImportError, RuntimeError
        If it cannot be read.
    """
    import pynvml  # type: ignore[import-not-found, unused-ignore]
    import torch

    try:
        pynvml.nvmlInit()
        # PyTorch counts the visible GPUs only
        uuid = f"GPU-{torch.cuda.get_device_properties(torch.device(device)).uuid}"
        handle = pynvml.nvmlDeviceGetHandleByUUID(uuid)
    except pynvml.NVMLError as error:
        raise RuntimeError(f"{device}: {error}") from error

    def read() -> float:
        try:
            return float(pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)) * 1e-3
        except pynvml.NVMLError as error:
            raise RuntimeError(f"{device}: {error}") from error

    return Counter(read, None)
