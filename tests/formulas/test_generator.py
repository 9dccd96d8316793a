"""G draws the scales that it is asked for, by the loop that lesson 03 shows."""

import importlib

import nbformat
import pytest
import torch
from seeded import normal
from torch import nn

from msgan_lessons.base.places import notebooks_folder
from msgan_lessons.generator import DocumentGenerator, MultiScaleGenerator

SMALL = {"resolution": 16, "latent_dim": 8, "channels": (8, 4, 4)}


def test_documents_generator_doubles_from_4_to_128_and_takes_both_shapes_of_z():
    g, z = DocumentGenerator().eval(), normal(2, 512)
    h, sizes = z[:, :, None, None], []
    for layer in g.main:
        h = layer(h)
        if isinstance(layer, nn.ConvTranspose2d):
            sizes.append((h.shape[1], h.shape[-1]))
    assert sizes == [(1024, 4), (512, 8), (256, 16), (128, 32), (64, 64), (3, 128)]
    (flat,), (square,) = g(z), g(z[:, :, None, None])
    assert torch.equal(flat, square)
    assert torch.equal(flat, h)
    assert flat.abs().max() <= 1
    with pytest.raises(ValueError, match=r"z must have shape \(B, 512\)"):
        g(normal(2, 100))


@pytest.mark.parametrize("img_channels", [1, 3])
@pytest.mark.parametrize(
    ("emit", "sizes"), [("finest", [16]), ("all", [4, 8, 16]), ((16, 4), [4, 16]), ([8], [8, 16])]
)
def test_one_scale_or_several_are_a_list_from_coarse_to_fine(emit, sizes, img_channels):
    g = MultiScaleGenerator(**SMALL, img_channels=img_channels, emit=emit)
    scales = g(normal(5, 8))
    assert isinstance(scales, list)
    assert [tuple(x.shape) for x in scales] == [(5, img_channels, r, r) for r in sizes]


def test_every_emitted_scale_sends_its_gradient_to_its_own_block_and_all_coarser_ones():
    g = MultiScaleGenerator(**SMALL, emit="all")
    for k in range(3):
        g.zero_grad()
        g(normal(4, 8))[k].square().sum().backward()
        reached = [next(b.parameters()).grad is not None for b in g.blocks]
        assert reached == [i <= k for i in range(3)]


@pytest.mark.parametrize("img_channels", [1, 3])
def test_the_loop_of_lesson_03_is_the_generators(img_channels, tmp_path, monkeypatch):
    notebook = nbformat.read(notebooks_folder() / "03_generator.ipynb", 4)
    (cell,) = [c.source for c in notebook.cells if "def generate(G, z)" in c.source]
    (tmp_path / "cell_of_lesson_03.py").write_text(cell)
    monkeypatch.syspath_prepend(tmp_path)
    lesson = importlib.import_module("cell_of_lesson_03")
    torch.manual_seed(0)
    g = MultiScaleGenerator(**SMALL, img_channels=img_channels, emit="all")
    g.train(), g(normal(4, 8))  # running statistics that are not those of the start
    for mode in (True, False):
        ours, theirs = g.train(mode)(normal(4, 8)), lesson.generate(g, normal(4, 8))
        assert len(ours) == len(theirs) == 3
        assert all(map(torch.equal, ours, theirs))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"resolution": 16, "channels": (8, 4)}, r"channels must have one entry .* \[4, 8, 16"),
        ({"emit": "some"}, "emit must be one of finest, all, got 'some'"),
        ({"emit": (5,)}, r"emit must name some of the resolutions \[4, 8, 16, 32\], got \[5\]"),
        ({"img_channels": 2}, "img_channels must be 1 or 3, got 2"),
        ({}, r"z must have shape \(B, 64\), got \(2, 8\)"),
    ],
)
def test_generator_refuses_what_does_not_fit(settings, message):
    with pytest.raises(ValueError, match=message):
        MultiScaleGenerator(**settings)(torch.zeros(2, 8))
