#!/usr/bin/env bash
# Behaviour: interpolate(mode="bicubic", antialias=True) gives another picture than antialias=False
#   when it enlarges, where there is nothing to filter, as the flag also swaps the cubic kernel:
#   Keys' a = -0.5 (Pillow's) in place of -0.75 (OpenCV's).
# Guess: antialias matters only for shrinking, and is without effect for enlarging, as it is for
#   bilinear.
# Versions: torch 2.13.0, Pillow 13.0.0, numpy 2.4.6, opencv-python-headless 5.0.0.93, Python 3.11.
# Date: 2026-11-30.
# Output seen:
#   32 to 64 pixels, values in [0, 1], largest difference inside:
#   bilinear, antialias off and on      0.0000
#   bicubic, antialias off and on       0.0771
#   bicubic, antialias on,  and Pillow  0.0000
#   bicubic, antialias off, and OpenCV  0.0000
# Source (the repositories, as the wheels hold no C): aten/src/ATen/native/cpu/UpSampleKernel.cpp,
#   HelperInterpCubic::aa_filter; Pillow src/libImaging/Resample.c bicubic_filter. The reference of
#   interpolate says that antialias=True matches Pillow for downsampling, and no more.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet torch==2.13.0 pillow==13.0.0 numpy==2.4.6 \
    opencv-python-headless==5.0.0.93 \
    2> "$work/log" || { cat "$work/log"; exit 1; }
"$work/venv/bin/python" -W ignore - <<'PY'
import cv2
import numpy as np
import torch
from PIL import Image
from torch.nn.functional import interpolate

torch.manual_seed(0)
image = torch.rand(1, 1, 32, 32)
array = image[0, 0].numpy()


def enlarged(mode, antialias):
    return interpolate(image, size=(64, 64), mode=mode, antialias=antialias)[0, 0].numpy()


def apart(a, b):
    """Largest difference away from the border, which the libraries continue in different ways."""
    return float(np.abs(a - b)[8:-8, 8:-8].max())


pillow = np.array(Image.fromarray(array).resize((64, 64), Image.Resampling.BICUBIC))
opencv = cv2.resize(array, (64, 64), interpolation=cv2.INTER_CUBIC)
bilinear = apart(enlarged("bilinear", False), enlarged("bilinear", True))
bicubic = apart(enlarged("bicubic", False), enlarged("bicubic", True))
print("32 to 64 pixels, values in [0, 1], largest difference inside:")
print(f"bilinear, antialias off and on      {bilinear:.4f}")
print(f"bicubic, antialias off and on       {bicubic:.4f}")
print(f"bicubic, antialias on,  and Pillow  {apart(enlarged('bicubic', True), pillow):.4f}")
print(f"bicubic, antialias off, and OpenCV  {apart(enlarged('bicubic', False), opencv):.4f}")
assert bilinear < 1e-5, "antialias now changes a bilinear enlargement"
assert bicubic > 0.02, "antialias no longer changes a bicubic enlargement"
assert apart(enlarged("bicubic", True), pillow) < 1e-4, "antialias=True is no longer Pillow's"
assert apart(enlarged("bicubic", False), opencv) < 1e-4, "antialias=False is no longer OpenCV's"
PY
