"""The energy of a training by a made-up machine's counters."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from support.resumable import NEVER, coordinate, kill

from isospine.jobs.energy import EnergyMeter
from isospine.training.checkpoint import Checkpoint, read_checkpoint


class Machine:
    """Two packages, the first with a part, and a platform's counter of everything, as Linux shows them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for zone, name in {
            "intel-rapl:0": "package-0", "intel-rapl:0:0": "core", "intel-rapl:1": "package-1",
            "intel-rapl:2": "psys",
        }.items():  # fmt: skip
            (folder / zone).mkdir(parents=True)
            (folder / zone / "name").write_text(f"{name}\n")
            (folder / zone / "max_energy_range_uj").write_text("262143328850\n")
            self.show(zone, 10)
        (folder / "dtpm").mkdir()

    def show(self, zone: str, joules: float) -> None:
        (self.folder / zone / "energy_uj").write_text(f"{round(joules * 1e6)}\n")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "powercap")


def test_whole_packages_are_added_up(machine: Machine) -> None:
    meter = EnergyMeter(powercap=machine.folder)
    assert meter.joules == 0
    for zone, joules in {"0": 25, "0:0": 100, "1": 12.5, "2": 1000}.items():
        machine.show(f"intel-rapl:{zone}", joules)
    meter.update()
    assert meter.joules == pytest.approx(15 + 2.5)
    meter.update()
    assert meter.joules == pytest.approx(17.5), "nothing was used since"


def test_a_counter_that_begins_again(machine: Machine) -> None:
    machine.show("intel-rapl:0", 262_140)
    meter = EnergyMeter(powercap=machine.folder)
    machine.show("intel-rapl:0", 6)
    meter.update()
    assert meter.joules == pytest.approx(262_143.32885 - 262_140 + 6)


def test_counters_that_cannot_be_read(machine: Machine, tmp_path: Path) -> None:
    assert EnergyMeter(powercap=tmp_path / "nothing").joules is None
    meter = EnergyMeter(powercap=machine.folder)
    (machine.folder / "intel-rapl:1" / "energy_uj").unlink()  # root, who may read all, may run the tests
    meter.update()
    assert meter.joules is None, "not the energy of one package alone"
    assert EnergyMeter(powercap=machine.folder).joules is None


class NVMLError(Exception):
    pass


def nvml(energy: Any) -> ModuleType:
    """Give a module that answers as NVML does, of one GPU."""
    module = ModuleType("pynvml")
    vars(module).update(
        NVMLError=NVMLError,
        nvmlInit=lambda: None,
        nvmlDeviceGetHandleByUUID=lambda uuid: {"GPU-12-ab": 1}[uuid],
        nvmlDeviceGetTotalEnergyConsumption=energy,
    )
    return module


def test_a_gpu_is_added(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = [5000]
    monkeypatch.setitem(sys.modules, "pynvml", nvml(lambda _: shown[0]))
    monkeypatch.setattr("torch.cuda.get_device_properties", lambda _: SimpleNamespace(uuid="12-ab"))
    both, alone = (EnergyMeter("cuda:0", folder) for folder in (machine.folder, machine.folder / "none"))
    shown[0] = 7500  # millijoules
    machine.show("intel-rapl:0", 11)
    both.update()
    alone.update()
    assert (both.joules, alone.joules) == (pytest.approx(3.5), pytest.approx(2.5))


def test_a_gpu_that_cannot_be_read(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The processors alone would say little of a training on a GPU."""
    monkeypatch.setattr("torch.cuda.get_device_properties", lambda _: SimpleNamespace(uuid="12-ab"))
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert EnergyMeter("cuda:0", machine.folder).joules is None

    def refuse(_: int) -> int:
        raise NVMLError

    monkeypatch.setitem(sys.modules, "pynvml", nvml(refuse))
    assert EnergyMeter("cuda:0", machine.folder).joules is None


def spend(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each look at the counters find three joules more in the first package."""
    update = EnergyMeter.update
    shown = 10

    def more(self: EnergyMeter) -> None:
        nonlocal shown
        shown += 3
        machine.show("intel-rapl:0", shown)
        update(self)

    monkeypatch.setattr(EnergyMeter, "update", more)


def test_the_joules_of_all_attempts_add_up(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "checkpoint.safetensors"
    spend(machine, monkeypatch)
    monkeypatch.setattr("isospine.training.checkpoint.POWERCAP", machine.folder)
    kill("coordinate", path, 21)
    kept = read_checkpoint(path)[0].numbers["joules"]
    assert kept >= 3 * 20, "a look at each of the steps that were kept"
    with Checkpoint(path, interval=NEVER) as checkpoint:
        coordinate(checkpoint)
    assert checkpoint.joules is not None
    assert kept < checkpoint.joules <= kept + 3 * 3, "a look at the end of each epoch"


def test_joules_of_an_attempt_are_not_those_of_all(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "checkpoint.safetensors"
    monkeypatch.setattr("isospine.training.checkpoint.POWERCAP", tmp_path / "nothing")
    kill("coordinate", path, 21)
    assert read_checkpoint(path)[0].numbers["joules"] is None
    monkeypatch.setattr("isospine.training.checkpoint.POWERCAP", machine.folder)
    with Checkpoint(path) as checkpoint:
        coordinate(checkpoint)
    assert checkpoint.joules is None
