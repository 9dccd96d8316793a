#!/usr/bin/env bash
# Behaviour: scikit-image's pyramid_laplacian has no low-pass level: every layer, the last too, is a
#   level minus its own blur, so each has mean 0, images that differ by a constant have the same
#   pyramid, and the image cannot be put together again; kornia's pyramid can.
# Guess: a Laplacian pyramid (Burt and Adelson, whom both name) ends with the small image, and
#   adding up the enlarged levels gives the image back.
# Versions: scikit-image 0.26.0, kornia 0.9.0, torch 2.13.0, numpy 2.4.6, Python 3.11.
# Date: 2026-11-30.
# Output seen:
#   scikit-image  sizes [32, 16, 8, 4], |means| of the bright image 0.00 0.00 0.00 0.00; dark and bright differ by 0.00
#   kornia        sizes [32, 16, 8, 4], |means| of the bright image 0.00 0.00 0.00 0.80; dark and bright differ by 0.70
#   kornia, put together again: largest error 0e+00
# Source: skimage/transform/pyramids.py pyramid_laplacian (resized - smoothed, last layer too);
#   kornia/geometry/transform/pyramid.py build_laplacian_pyramid (appends the last Gaussian level).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet scikit-image==0.26.0 numpy==2.4.6 torch==2.13.0 kornia==0.9.0 \
    2> "$work/log" || { cat "$work/log"; exit 1; }
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
import torch
from kornia.geometry.transform import build_laplacian_pyramid, pyrup
from skimage.transform import pyramid_laplacian

dark = np.random.default_rng(0).random((32, 32)) * 0.2
bright = dark + 0.7


def by_skimage(image):
    return list(pyramid_laplacian(image, max_layer=3))


def by_kornia(image):
    levels = build_laplacian_pyramid(torch.from_numpy(image)[None, None], 4)
    return [level[0, 0].numpy() for level in levels]


last, apart = {}, {}
for name, pyramid in (("scikit-image", by_skimage), ("kornia", by_kornia)):
    a, b = pyramid(dark), pyramid(bright)
    last[name] = b[-1].mean()
    apart[name] = max(np.abs(x - y).max() for x, y in zip(a, b))
    means = " ".join(f"{abs(level.mean()):.2f}" for level in b)
    print(f"{name:13} sizes {[len(level) for level in b]}, |means| of the bright image {means}; "
          f"dark and bright differ by {apart[name]:.2f}")
image = torch.from_numpy(by_kornia(bright)[-1])[None, None]
for level in reversed(by_kornia(bright)[:-1]):
    image = pyrup(image) + torch.from_numpy(level)
error = np.abs(image[0, 0].numpy() - bright).max()
print(f"kornia, put together again: largest error {error:.0e}")
assert abs(last["scikit-image"]) < 1e-9, "scikit-image's last layer now holds the mean"
assert apart["scikit-image"] < 1e-9, "scikit-image now tells the bright image from the dark one"
assert apart["kornia"] > 0.6, "kornia no longer tells the bright image from the dark one"
assert error < 1e-6, "kornia's pyramid can no longer be put together"
PY
