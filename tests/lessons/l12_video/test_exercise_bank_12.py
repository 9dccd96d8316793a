import pytest
import torch

from msgan_lessons.lessons.l12_video.exercises import BANK
from msgan_lessons.lessons.l12_video.networks import VideoJudges, halve_rate


def test_only_the_judge_of_the_first_answer_keeps_its_mean_logit():
    torch.manual_seed(0)
    D, clips = VideoJudges(), torch.rand(4, 1, 16, 32, 32)
    order = torch.randperm(16)
    pairs = zip(D.members, D(clips), D(clips[:, :, order]), strict=True)
    same = [name for name, a, b in pairs if torch.allclose(a.mean(), b.mean(), atol=1e-5)]
    assert same == [BANK["12.1"].right]
    assert list(D.members) == list(BANK["12.1"].choices)


def after_dropping(cycles):
    swing = torch.cos(2 * torch.pi * cycles * torch.arange(16) / 16).reshape(1, 1, 16, 1, 1)
    return int(torch.fft.rfft(halve_rate(swing).flatten()).abs().argmax())


@pytest.mark.parametrize("cycles", [6, 10, 14, 2])  # 10 and 14 hit the same values
def test_six_cycles_come_back_as_the_second_answer(cycles):
    assert after_dropping(cycles) == BANK["12.2"].right


def test_seven_cycles_come_back_as_the_hint_says():
    assert "7 cycles" in BANK["12.2"].hints[after_dropping(7)]
