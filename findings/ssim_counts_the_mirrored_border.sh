#!/usr/bin/env bash
# Behaviour: torchmetrics' SSIM is the mean over a map that has a window around every pixel, the image
#   mirrored at its border; scikit-image, with the settings of the same paper, leaves that border out.
#   Where two images differ at the border the two figures are far apart. MS-SSIM keeps the border in
#   the term of its last scale (and, by the source, crops the contrast terms of the others).
# Guess: both are the paper's mean over windows inside the image (Wang et al. 2004, section III.C), so
#   they agree to rounding.
# Versions: torchmetrics 1.9.0, scikit-image 0.26.0, torch 2.13.0, Python 3.11. Date: 2026-12-01.
# Output seen:
#   32x32     torchmetrics  of its map, inside  scikit-image  MS-SSIM of one scale
#   noisy           0.8114              0.8023        0.8023                0.8114
#   framed          0.3325              0.9794        0.9794                0.3325
#   ('framed': the outermost 3 pixels are inverted, the rest is the same image)
# Source: torchmetrics/functional/image/ssim.py, _ssim_update: F.pad(mode="reflect"), then the mean of
#   the whole ssim_idx_full_image; contrast_sensitivity alone is cropped by pad_h and pad_w.
#   skimage/metrics/_structural_similarity.py: mssim = crop(S, pad).mean().
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet torch==2.13.0 torchmetrics==1.9.0 scikit-image==0.26.0 \
    2> "$work/log" || { cat "$work/log"; exit 1; }
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import torch
from skimage.metrics import structural_similarity
from torchmetrics.functional.image import (
    multiscale_structural_similarity_index_measure,
    structural_similarity_index_measure,
)

draw = np.random.default_rng(0)
image = draw.random((32, 32))
noisy = np.clip(image + 0.2 * draw.standard_normal((32, 32)), 0, 1)
framed = image.copy()
frame = np.ones((32, 32), bool)
frame[3:-3, 3:-3] = False
framed[frame] = 1 - framed[frame]
paper = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
print("32x32     torchmetrics  of its map, inside  scikit-image  MS-SSIM of one scale")
seen = {}
for name, other in (("noisy", noisy), ("framed", framed)):
    pair = [torch.from_numpy(x)[None, None] for x in (other, image)]
    whole, full = structural_similarity_index_measure(
        *pair, data_range=1.0, sigma=1.5, return_full_image=True
    )
    inside = full[..., 5:-5, 5:-5].mean().item()
    scikit = structural_similarity(image, other, data_range=1.0, **paper)
    one = multiscale_structural_similarity_index_measure(
        *pair, data_range=1.0, sigma=1.5, betas=(1.0,)
    ).item()
    seen[name] = whole.item(), inside, scikit, one
    print(f"{name:8}{whole:14.4f}{inside:20.4f}{scikit:14.4f}{one:22.4f}")
for whole, inside, scikit, one in seen.values():
    assert abs(inside - scikit) < 1e-6, "the maps differ inside too"
    assert abs(whole - one) < 1e-6, "one scale of MS-SSIM is no longer SSIM"
assert abs(seen["framed"][0] - seen["framed"][2]) > 0.05, "the border is left out now"
PY
