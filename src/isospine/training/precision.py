"""Choose the number format of matrix products: bfloat16 where the processor computes in it."""

import torch


def has_bfloat16(device: torch.device) -> bool:
    """Check whether the device multiplies bfloat16 matrices in hardware."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def product_format(precision: str, device: torch.device) -> torch.dtype:
    """Return the number format for a recipe's `precision`: `auto`, `float32` or `bfloat16`."""
    wanted = precision == "bfloat16" or (precision == "auto" and has_bfloat16(device))
    return torch.bfloat16 if wanted else torch.float32


def mixed_precision(precision: str, device: torch.device) -> torch.autocast:
    """Run matrix products in a number format, within a context."""
    wanted = product_format(precision, device) == torch.bfloat16
    return torch.autocast(device.type, torch.bfloat16, enabled=wanted)
