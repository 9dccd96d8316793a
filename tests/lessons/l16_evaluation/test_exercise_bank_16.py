import math

import pytest
import torch

from msgan_lessons import metrics
from msgan_lessons.lessons.l16_evaluation.exercises import BANK


def test_one_class_of_ten_is_as_far_from_uniform_as_the_answer_says():
    labels = torch.zeros(50, dtype=torch.int64)
    assert metrics.mode_kl(labels, 10) == pytest.approx(BANK["16.1"].right)
    assert BANK["16.1"].right == pytest.approx(math.log(10))


def test_an_even_draw_and_a_thousand_classes_are_as_the_hints_say():
    hints = BANK["16.1"].hints
    assert "as often as the data" in hints[metrics.mode_kl(torch.arange(50) % 10, 10)]
    ceiling = metrics.mode_kl(torch.zeros(50, dtype=torch.int64), 1000)
    assert any(math.isclose(k, ceiling, rel_tol=1e-6) and "1000" in hints[k] for k in hints)


def test_the_cell_with_the_outlier_gives_the_second_answer_and_its_hints():
    generator = torch.Generator().manual_seed(0)
    real, fake = torch.randn(100, 2, generator=generator), torch.randn(50, 2, generator=generator)
    outlier = torch.cat([real, torch.tensor([[100.0, 100.0]])])
    assert metrics.coverage(outlier, fake + 50, k=3) == pytest.approx(BANK["16.2"].right)
    precision, recall = metrics.precision_recall(outlier, fake + 50, k=3)
    assert "that is precision" in BANK["16.2"].hints[precision]
    assert recall == metrics.coverage(real, fake + 50, k=3) == 0.0


def test_coverage_is_the_packages():
    real, fake = torch.randn(2, 40, 3, generator=torch.Generator().manual_seed(1))
    assert float(BANK["16.3"].reference(real, fake, 5)) == metrics.coverage(real, fake)
