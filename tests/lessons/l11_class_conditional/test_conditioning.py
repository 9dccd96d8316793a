"""Conditional batch norm, attention, orthogonal filters: against other code."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from msgan_lessons.lessons.l11_class_conditional.networks import (
    ConditionalBatchNorm2d,
    SelfAttention,
    orthogonal_penalty,
)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def test_conditional_norm_is_a_batch_norm_with_a_row_of_a_table_for_each_class():
    norm, x = ConditionalBatchNorm2d(6, 4), torch.randn(8, 6, 5, 5) * 3 + 1
    labels = torch.tensor([0, 3, 2, 2, 1, 0, 3, 3])
    gains, biases = 1 + norm.gain.weight.T, norm.bias_of.weight.T  # tables (4, 6)
    plain = F.batch_norm(x, None, None, training=True)
    expected = gains[labels][:, :, None, None] * plain + biases[labels][:, :, None, None]
    torch.testing.assert_close(norm(x, F.one_hot(labels, 4).float()), expected)


def test_a_zero_condition_leaves_a_plain_batch_norm_and_its_statistics():
    norm, plain = ConditionalBatchNorm2d(3, 2), nn.BatchNorm2d(3, affine=False)
    for _ in range(3):
        x = torch.randn(4, 3, 2, 2)
        torch.testing.assert_close(norm(x, torch.zeros(4, 2)), plain(x))
    torch.testing.assert_close(norm.running_var, plain.running_var)
    x = torch.randn(4, 3, 2, 2)
    torch.testing.assert_close(norm.eval()(x, torch.zeros(4, 2)), plain.eval()(x))


def test_only_the_classes_that_were_asked_for_get_a_gradient():
    norm = ConditionalBatchNorm2d(3, 4)
    x, labels = torch.randn(5, 3, 2, 2), torch.tensor([1, 1, 3, 3, 3])
    norm(x, F.one_hot(labels, 4).float()).square().sum().backward()
    assert (norm.gain.weight.grad.abs().sum(0) > 0).tolist() == [False, True, False, True]


@pytest.mark.parametrize("sizes", [(0, 3), (3, 0)])
def test_a_norm_of_no_channels_or_no_condition_is_refused(sizes):
    with pytest.raises(ValueError, match="must be at least 1, got 0"):
        ConditionalBatchNorm2d(*sizes)


def attention_by_loop(layer, x):
    """Equations 1 to 3 of SAGAN, one place at a time; f and h pooled as BigGAN's code does."""
    keys, values = (F.max_pool2d(part(x), 2) for part in (layer.f, layer.h))
    out = torch.zeros(len(x), values.shape[1], *x.shape[2:])
    for b in range(len(x)):
        for i in range(x.shape[2]):
            for j in range(x.shape[3]):
                query = layer.g(x)[b, :, i, j]
                scores = torch.einsum("c,chw->hw", query, keys[b])
                weights = scores.flatten().softmax(0).reshape(scores.shape)
                out[b, :, i, j] = (weights * values[b]).sum((1, 2))
    return x + layer.gamma * layer.v(out)


@pytest.mark.parametrize("spectral_norm", [False, True])
def test_attention_equals_a_loop_over_places(spectral_norm):
    layer, x = SelfAttention(16, spectral_norm).eval(), torch.randn(2, 16, 4, 6)
    with torch.no_grad():
        layer.gamma.fill_(0.7)
        torch.testing.assert_close(layer(x), attention_by_loop(layer, x), atol=1e-5, rtol=1e-4)


def test_attention_agrees_with_torchs_own():
    layer, x = SelfAttention(16), torch.randn(2, 16, 4, 4)
    queries = layer.g(x).flatten(2).transpose(1, 2)
    keys, values = (
        F.max_pool2d(part(x), 2).flatten(2).transpose(1, 2) for part in (layer.f, layer.h)
    )
    seen = F.scaled_dot_product_attention(queries, keys, values, scale=1.0)
    expected = x + 0.5 * layer.v(seen.transpose(1, 2).unflatten(2, (4, 4)))
    with torch.no_grad():
        layer.gamma.fill_(0.5)
    torch.testing.assert_close(layer(x), expected, atol=1e-5, rtol=1e-4)


def test_attention_changes_nothing_at_first_and_learns_to():
    layer, x = SelfAttention(8), torch.randn(2, 8, 4, 4)
    assert torch.equal(layer(x), x)
    layer(x).square().sum().backward()
    assert layer.gamma.grad != 0
    assert not layer.f.weight.grad.any()  # nothing reaches it before gamma has moved
    torch.testing.assert_close(layer.weights(x).sum(-1), torch.ones(2, 16))


def test_attention_does_not_care_where_a_place_lies():
    layer, x = SelfAttention(8), torch.randn(1, 8, 4, 4)
    with torch.no_grad():
        layer.gamma.fill_(1.0)
    rolled = layer(x.roll(2, 3))  # by a multiple of the pooling
    torch.testing.assert_close(rolled, layer(x).roll(2, 3), atol=1e-5, rtol=1e-4)


def test_spectral_norm_holds_all_four_weights_at_1():
    layer = SelfAttention(16, spectral_norm=True)
    for _ in range(50):  # power iteration
        layer(torch.randn(2, 16, 4, 4))
    layer.eval()
    for part in (layer.f, layer.g, layer.h, layer.v):
        largest = torch.linalg.matrix_norm(part.weight.detach().flatten(1), 2).item()
        assert largest == pytest.approx(1.0, abs=0.02)


def test_attention_needs_two_channels():
    with pytest.raises(ValueError, match="channels must be at least 2, got 1"):
        SelfAttention(1)


def test_orthogonal_penalty_equals_equation_3_in_numpy():
    network = nn.Sequential(nn.Conv2d(3, 5, 3), nn.ReLU(), nn.ConvTranspose2d(5, 4, 2, 2))
    first = network[0].weight.detach().numpy().reshape(5, -1).T  # a filter a column
    second = network[2].weight.detach().numpy().transpose(1, 0, 2, 3).reshape(4, -1).T
    expected = sum(np.square(w.T @ w * (1 - np.eye(w.shape[1]))).sum() for w in (first, second))
    assert orthogonal_penalty(network).item() == pytest.approx(expected, rel=1e-5)


def test_orthogonal_filters_of_any_length_cost_nothing_and_equal_ones_do():
    layer = nn.Conv2d(4, 4, 1, bias=False)
    with torch.no_grad():
        nn.init.orthogonal_(layer.weight).mul_(torch.arange(1.0, 5.0)[:, None, None, None])
    assert orthogonal_penalty(layer).item() == pytest.approx(0.0, abs=1e-9)
    with torch.no_grad():
        layer.weight[1] = layer.weight[0]
    assert orthogonal_penalty(layer).item() == pytest.approx(2.0, rel=1e-5)


def test_minimising_the_penalty_turns_filters_apart_and_leaves_linear_maps_alone():
    network = nn.ModuleList([nn.Conv2d(8, 4, 1), nn.Linear(3, 3)])
    optimizer = torch.optim.SGD(network.parameters(), lr=0.5)
    before = orthogonal_penalty(network).item()
    for _ in range(50):
        optimizer.zero_grad()
        orthogonal_penalty(network).backward()
        optimizer.step()
    assert orthogonal_penalty(network).item() < 0.01 * before
    assert network[1].weight.grad is None


def test_a_network_without_filters_is_refused():
    with pytest.raises(ValueError, match="module must hold a convolution, got Linear"):
        orthogonal_penalty(nn.Linear(2, 2))
