#!/usr/bin/env bash
# Behaviour: Pillow resizes a uint8 image along x first, and rounds and clips that to 0..255 before
#   it goes along y; with a kernel that overshoots, the resize of the transposed image differs from
#   the transposed resize, and both from the resize in float, by tens of grey levels.
# Guess: a separable resize does not care which axis is first, and bytes differ from floats by the
#   rounding, one level at most.
# Versions: Pillow 13.0.0, numpy 2.4.6, Python 3.11. Date: 2026-11-30.
# Output seen:
#   64 pixels of black and white; largest difference in grey levels of 0..255
#   kernel    to  transposed  from float, clipped at the end
#   BILINEAR  32           1      0.8
#   BILINEAR  96           1      0.8
#   BICUBIC   32          12     14.3
#   BICUBIC   96          28     30.6
#   LANCZOS   32          26     26.7
#   LANCZOS   96          45     49.0
# Source (the repository, as the wheel holds no C): src/libImaging/Resample.c:
#   ImagingResampleHorizontal_8bpc writes clip8(...) to the image
#   between the passes that ImagingResampleVertical_8bpc reads; the 32-bit passes do not clip.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pillow==13.0.0 numpy==2.4.6 \
    2> "$work/log" || { cat "$work/log"; exit 1; }
"$work/venv/bin/python" - <<'PY'
import numpy as np
from PIL import Image

line_art = np.where(np.random.default_rng(0).random((64, 64)) > 0.5, 255, 0).astype(np.uint8)


def resized(array, size, kernel):
    array = np.ascontiguousarray(array)
    return np.array(Image.fromarray(array).resize((size, size), kernel)).astype(float)


worst = {}
print("64 pixels of black and white; largest difference in grey levels of 0..255")
print("kernel    to  transposed  from float, clipped at the end")
for kernel in (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS):
    for size in (32, 96):
        small = resized(line_art, size, kernel)
        turned = resized(line_art.T, size, kernel).T
        exact = resized(line_art.astype(np.float32), size, kernel).clip(0, 255)
        row = np.abs(small - turned).max(), np.abs(small - exact).max()
        worst[kernel.name, size] = row
        print(f"{kernel.name:8}{size:4}{row[0]:12.0f}{row[1]:9.1f}")
        float_turned = resized(line_art.T.astype(np.float32), size, kernel).T.clip(0, 255)
        assert np.abs(exact - float_turned).max() < 1e-3, "the float resize depends on the axis"
assert max(max(worst["BILINEAR", size]) for size in (32, 96)) <= 1, "bilinear overshoots now"
assert min(min(worst["LANCZOS", size]) for size in (32, 96)) > 20, "the passes no longer clip"
assert min(min(worst["BICUBIC", size]) for size in (32, 96)) > 10, "the passes no longer clip"
PY
