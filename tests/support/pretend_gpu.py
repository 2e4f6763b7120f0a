"""A device that is none: tensors on it compute on the processor, and meeting one of the processor is an error, as on a GPU."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

#: Its name: PyTorch knows of no other that needs no driver.
DEVICE = "meta"


class Pretended(torch.Tensor):
    """A tensor on the device, around the one that computes."""

    inner: torch.Tensor

    @staticmethod
    def __new__(cls, inner: torch.Tensor) -> "Pretended":
        made: Pretended = torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined]
            cls,
            inner.size(),
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device=DEVICE,
        )
        made.inner = inner
        return made

    @property
    def data(self) -> torch.Tensor:
        return Pretended(self.inner.detach())

    @data.setter
    def data(self, other: torch.Tensor) -> None:
        assert isinstance(other, Pretended)
        self.inner = other.inner

    def tolist(self) -> list[Any]:
        return self.inner.tolist()

    @classmethod
    def __torch_dispatch__(
        cls, function: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return compute(function, args, kwargs or {})

    # `nn.Module.to` exchanges the weights of a network for these only if it may take them apart
    def __tensor_flatten__(self) -> tuple[list[str], None]:
        return ["inner"], None

    @staticmethod
    def __tensor_unflatten__(parts: dict[str, torch.Tensor], *_: Any) -> "Pretended":
        return Pretended(parts["inner"])


def compute(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Compute a function of tensors on the device that they are on, or that is stated."""
    tensors = [part for part in tree_leaves((args, kwargs)) if isinstance(part, torch.Tensor)]
    here = [tensor for tensor in tensors if isinstance(tensor, Pretended)]
    name, stated = function._schema.name, kwargs.get("device")
    elsewhere = [tensor for tensor in tensors if tensor.dim() and not isinstance(tensor, Pretended)]
    if here and elsewhere and "copy" not in name:
        raise RuntimeError(f"{name}: expected all tensors to be on the same device")
    args, kwargs = tree_map(lambda part: part.inner if isinstance(part, Pretended) else part, (args, kwargs))
    if stated is not None:
        kwargs["device"] = torch.device("cpu")
    result = function(*args, **kwargs)
    if not function._schema.returns:
        return None
    if name.endswith("_"):
        return tensors[0]
    on_device = bool(here) if stated is None else torch.device(stated).type == DEVICE
    if on_device:
        return tree_map(lambda part: Pretended(part) if isinstance(part, torch.Tensor) else part, result)
    return result.clone() if any(result is tensor.inner for tensor in here) else result


class PretendedDevice(TorchDispatchMode):
    """Watches what is computed, also of tensors of the processor that are moved."""

    def __torch_dispatch__(
        self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return compute(function, args, kwargs or {})


@contextmanager
def pretended_gpu() -> Iterator[str]:
    """Give the name of the device while it is there."""
    before = torch.__future__.get_overwrite_module_params_on_conversion()
    with pytest.MonkeyPatch.context() as patch, PretendedDevice():
        # PyTorch has mixed precision of real devices alone
        patch.setattr(torch, "autocast", lambda *_, **__: nullcontext())
        torch.__future__.set_overwrite_module_params_on_conversion(True)
        try:
            yield DEVICE
        finally:
            torch.__future__.set_overwrite_module_params_on_conversion(before)
