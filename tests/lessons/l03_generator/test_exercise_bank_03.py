import torch
from torch import nn

from msgan_lessons.generator import DocumentGenerator, MultiScaleGenerator
from msgan_lessons.lessons.l03_generator.exercises import BANK
from msgan_lessons.lessons.l03_generator.pictures import writes


def weights(c_in: int, c_out: int, kernel: int) -> int:
    return nn.ConvTranspose2d(c_in, c_out, kernel, bias=False, device="meta").weight.numel()


def is_even(kernel: int, stride: int) -> bool:
    return len(writes(kernel, stride, 0, 9)[kernel:-kernel, kernel:-kernel].unique()) == 1


def test_the_first_layer_has_as_many_weights_as_the_bank_says():
    hints = BANK["03.1"].hints
    assert BANK["03.1"].right == DocumentGenerator().main[0].weight.numel()
    assert "not 3x3" in hints[weights(512, 1024, 3)]
    assert "as in DCGAN" in hints[weights(100, 1024, 4)]
    assert "one pair of channels" in hints[weights(1, 1, 4)]


def test_kernel_6_alone_is_even_for_stride_3():
    hints = BANK["03.2"].hints
    assert [k for k in (4, 5, 6, 7) if is_even(k, 3)] == [BANK["03.2"].right]
    assert is_even(9, 3)
    assert "even too" in hints[9]
    for kernel in (2, 4):
        assert is_even(kernel, 2)
        assert "even for stride 2" in hints[kernel]


def test_formula_1_is_the_package_turned_round():
    G = MultiScaleGenerator(latent_dim=4, channels=(8, 4, 4, 2)).eval()
    z = torch.ones(2, 4)
    in_the_document_s_order = list(reversed(G.blocks))
    mine = BANK["03.3"].reference(in_the_document_s_order, z[:, :, None, None])
    assert torch.equal(mine, G.features(z)[-1])


def test_a_block_that_acts_twice_counts_its_batch_twice():
    norm = nn.BatchNorm2d(1)
    for _ in range(2):
        norm(torch.rand(2, 1, 4, 4))
    assert norm.num_batches_tracked == 2
