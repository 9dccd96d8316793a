"""Scales and bands: laws of the pyramids, how scales grow, and that scales are always a list."""

import ast
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import ndimage
from seeded import images

import msgan_lessons
from msgan_lessons.pyramid import (
    GrowthSchedule,
    bilinear_upsample,
    binomial_downsample,
    binomial_upsample,
    box_downsample,
    fade,
    grown_images,
    image_pyramid,
    is_power_of_two,
    laplacian_pyramid,
    pyramid_like,
    reconstruct,
    scale_sizes,
)

PAIRS = [(box_downsample, bilinear_upsample), (binomial_downsample, binomial_upsample)]
X = images(3, 2, 32, 32)


def test_scales_are_block_means_from_coarse_to_fine_and_end_with_the_image():
    scales = image_pyramid(X, 4)
    assert scales[-1] is X
    for size, scale in zip([4, 8, 16, 32], scales, strict=True):
        blocks = X.reshape(3, 2, size, 32 // size, size, 32 // size)
        torch.testing.assert_close(scale, blocks.mean((3, 5)))


def test_binomial_pyramid_agrees_with_scipy():
    taps, blurred = np.array([1, 4, 6, 4, 1]) / 16, X.numpy()
    for axis in (-1, -2):
        blurred = ndimage.convolve1d(blurred, taps, axis=axis, mode="mirror")
    torch.testing.assert_close(binomial_downsample(X), torch.from_numpy(blurred[..., ::2, ::2]))


@pytest.mark.parametrize(("down", "up"), PAIRS)
@pytest.mark.parametrize("n_scales", [1, 2, 3, 4])
def test_bands_are_linear_undone_by_reconstruct_and_zero_for_a_flat_image(down, up, n_scales):
    bands = laplacian_pyramid(X, n_scales, down, up)
    assert len(bands) == n_scales
    torch.testing.assert_close(reconstruct(bands, up), X, atol=1e-6, rtol=0)
    torch.testing.assert_close(laplacian_pyramid(2 * X, n_scales, down, up), [2 * b for b in bands])
    coarse, *finer = laplacian_pyramid(torch.full((1, 1, 32, 32), 0.3), n_scales, down, up)
    torch.testing.assert_close(coarse, torch.full_like(coarse, 0.3))
    assert all(band.abs().max() < 1e-6 for band in finer)


@pytest.mark.parametrize("function", [image_pyramid, laplacian_pyramid])
@pytest.mark.parametrize(
    ("given", "n_scales", "message"),
    [
        (torch.zeros(1, 1, 12, 12), 4, "resolution 12x12 cannot be halved 3 .*divisible by 8"),
        (torch.zeros(1, 1, 8, 6), 3, "resolution 8x6"),
        (torch.zeros(1, 8, 8), 2, r"images must have shape \(B, C, H, W\), got \(1, 8, 8\)"),
        (torch.zeros(1, 1, 8, 8), 0, "n_scales must be at least 1, got 0"),
        (np.zeros((1, 1, 8, 8)), 2, "images must be a torch.Tensor, got ndarray"),
        (torch.zeros(1, 1, 8, 8), 2.0, "n_scales must be an int, got float"),
    ],
)
def test_pyramids_refuse_what_they_cannot_halve(function, given, n_scales, message):
    kind = TypeError if "got ndarray" in message or "got float" in message else ValueError
    with pytest.raises(kind, match=message):
        function(given, n_scales)


def test_reconstruct_refuses_bands_that_do_not_double():
    with pytest.raises(ValueError, match="bands must double in size"):
        reconstruct([torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 12, 12)])
    with pytest.raises(ValueError, match="at least one tensor"):
        reconstruct([])


def test_scale_sizes_double_and_refuse_the_rest():
    assert scale_sizes(256, 4) == [4, 8, 16, 32, 64, 128, 256]
    assert [n for n in range(-2, 9) if is_power_of_two(n)] == [1, 2, 4, 8]
    with pytest.raises(ValueError, match="resolution must be a power of two, got 24"):
        scale_sizes(24, 4)
    with pytest.raises(ValueError, match="base_resolution must be at most .* 8, got 16"):
        scale_sizes(8, 16)


def test_pyramid_like_takes_the_scales_of_others():
    got = pyramid_like(X, [torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 16, 16)])
    coarsest, _, third, _ = image_pyramid(X, 4)
    assert torch.equal(got[0], coarsest)
    assert torch.equal(got[1], third)
    with pytest.raises(ValueError, match=r"got none at \[64\]"):
        pyramid_like(X, [torch.zeros(1, 1, 64, 64)])
    with pytest.raises(TypeError, match="must be a list of tensors"):
        pyramid_like(X, torch.zeros(2, 1, 4, 4))


# --- scales that grow ---


def test_growth_holds_fades_and_holds_again():
    schedule = GrowthSchedule(phase_images=10, n_scales=3)
    seen = [schedule.stage(n) for n in (0, 9, 10, 15, 20, 29, 30, 38, 40, 10**9)]
    assert seen == [
        (1, 1.0), (1, 1.0), (2, 0.0), (2, 0.5), (2, 1.0), (2, 1.0), (3, 0.0), (3, 0.8), (3, 1.0),
        (3, 1.0),
    ]  # fmt: skip
    assert GrowthSchedule(5, 1).stage(7) == (1, 1.0)
    with pytest.raises(ValueError, match="phase_images must be at least 1, got 0"):
        GrowthSchedule(0, 3)


def test_real_images_are_faded_like_the_generated_ones():
    coarse = box_downsample(X)
    assert torch.equal(grown_images(X, 16, 1.0), coarse)
    assert torch.equal(grown_images(X, 32, 0.25), fade(X, coarse, 0.25))
    torch.testing.assert_close(box_downsample(grown_images(X, 32, 0.0)), coarse)


# --- one scale is a list of one ---

PACKAGE = Path(msgan_lessons.__file__).parent
LISTS = {"Sequence", "Iterable", "Iterator", "list", "tuple"}


def name_of(node):
    return getattr(node, "id", getattr(node, "attr", ""))


def members(node):
    """The members of a union."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return members(node.left) + members(node.right)
    return [node]


def is_list_of_tensors(node, aliases):
    listed = isinstance(node, ast.Subscript) and name_of(node.value) in LISTS
    return name_of(node) in aliases or (listed and "Tensor" in map(name_of, ast.walk(node)))


def mixed_unions(source, aliases):
    """Unions of a tensor and a list of tensors, in annotations and aliases."""
    for node in ast.walk(ast.parse(source)):
        found = members(node)
        if "Tensor" in map(name_of, found) and any(is_list_of_tensors(m, aliases) for m in found):
            yield ast.unparse(node)


def list_aliases(source):
    """Names given to a list of tensors, as `Scales`."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and is_list_of_tensors(node.value, ()):
            yield name_of(node.targets[0])


def test_nothing_takes_a_tensor_or_a_list_of_tensors():
    sources = {p: p.read_text("utf-8") for p in sorted(PACKAGE.rglob("*.py"))}
    aliases = {name for source in sources.values() for name in list_aliases(source)}
    assert "Scales" in aliases
    found = {
        (path.relative_to(PACKAGE).as_posix(), union)
        for path, source in sources.items()
        for union in mixed_unions(source, aliases)
    }
    assert not found


@pytest.mark.parametrize(
    "planted",
    [
        "Images = Tensor | Sequence[Tensor]",
        "def f(x: list[Tensor] | Tensor): ...",
        "def f(x: None | torch.Tensor | tuple[torch.Tensor, ...] = None): ...",
        "def f() -> Mapping[str, Tensor | Sequence[Sequence[Tensor]] | None]: ...",
        "x: None | Tensor | Scales",
    ],
)
def test_a_planted_union_is_found(planted):
    assert list(mixed_unions(planted, {"Scales"}))
    assert not list(
        mixed_unions("x: Tensor | None | Sequence[float]; y: Scales | None", {"Scales"})
    )
