import pytest
import torch

from isospine.training.precision import has_bfloat16, mixed_precision, product_format

CPU = torch.device("cpu")


@pytest.mark.parametrize("avx512_bf16", [False, True])
@pytest.mark.parametrize("amx", [False, True])
def test_auto_follows_the_processor(monkeypatch: pytest.MonkeyPatch, avx512_bf16: bool, amx: bool) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512_bf16)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    expected = torch.bfloat16 if avx512_bf16 or amx else torch.float32
    assert has_bfloat16(CPU) == (expected == torch.bfloat16)
    assert product_format("auto", CPU) == expected


def test_what_is_asked_for_is_done_on_any_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    for supported in (False, True):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda answer=supported: answer)
        assert product_format("float32", CPU) == torch.float32
        assert product_format("bfloat16", CPU) == torch.bfloat16


def test_products_are_computed_in_the_format() -> None:
    for precision in ("float32", "bfloat16", "auto"):
        with mixed_precision(precision, CPU):
            product = torch.nn.functional.linear(torch.ones(2, 2), torch.ones(2, 2))
        assert product.dtype == product_format(precision, CPU)
