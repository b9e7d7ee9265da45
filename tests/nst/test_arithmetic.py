import pytest
import torch

from nst.arithmetic import exact


def flags():
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    return cudnn.allow_tf32, matmul.allow_tf32, cudnn.benchmark, cudnn.deterministic


def test_within_the_block_single_precision_is_ieee_and_afterwards_all_is_as_before(monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    before = flags()
    with exact():
        assert flags() == (False, False, False, True)
    assert flags() == before


def test_what_was_set_is_put_back_after_an_error_too(monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    before = flags()
    with pytest.raises(RuntimeError, match="enough"), exact():
        raise RuntimeError("enough")
    assert flags() == before
