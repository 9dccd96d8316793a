#!/usr/bin/env bash
# Behaviour: a lossy codec overshoots; python-soundfile reads the samples of an Ogg Vorbis or Opus
#   file beyond full scale as int16 by wrapping them to the other sign (a click), while it clips
#   those of an MP3, though it asks libsndfile for clipping whenever it opens a file.
# Guess: read(dtype="int16") is the float reading, scaled and clipped, whatever the codec; and a
#   signal written within [-1, 1] is safe anyway.
# Versions: soundfile 0.14.0 (libsndfile 1.2.2), numpy 2.4.6, Python 3.11. Date: 2026-11-30.
# Output seen:
#   a square wave of height 0.99; read as float, and as int16 / 32768
#   codec       float peak  int16 of the other sign  largest difference to clipped float
#   PCM_16            0.99                        0                  0.0000
#   MPEG_LAYER_III    1.32                        0                  0.0000
#   VORBIS            1.21                    21997                  1.9999
#   OPUS              5.08                    14331                  2.0000
# Source: soundfile.py SoundFile.__init__ (SFC_SET_CLIPPING); libsndfile (the repository) ogg_vorbis.c
#   vorbis_read_s, which converts by vorbis_rshort without regard to clipping. libsndfile's tracker
#   knows it as an open question, "pcm overflows for ogg files" (194).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet soundfile==0.14.0 numpy==2.4.6 \
    2> "$work/log" || { cat "$work/log"; exit 1; }
"$work/venv/bin/python" - <<'PY'
import io

import numpy as np
import soundfile as sf

RATE = 48000
time = np.arange(RATE) / RATE
square = 0.99 * np.sign(np.sin(2 * np.pi * 200 * time + 0.1))
print("a square wave of height 0.99; read as float, and as int16 / 32768")
print("codec       float peak  int16 of the other sign  largest difference to clipped float")
flips, gap = {}, {}
FORMATS = (("WAV", "PCM_16"), ("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"), ("OGG", "OPUS"))
for container, codec in FORMATS:
    file = io.BytesIO()
    sf.write(file, square, RATE, format=container, subtype=codec)
    file.seek(0)
    as_float = sf.read(file)[0]
    file.seek(0)
    as_int = sf.read(file, dtype="int16")[0] / 32768
    flips[codec] = int(((as_int * as_float < 0) & (np.abs(as_float) > 0.5)).sum())
    gap[codec] = np.abs(as_int - as_float.clip(-1, 1)).max()
    print(f"{codec:15}{np.abs(as_float).max():7.2f}{flips[codec]:25}{gap[codec]:24.4f}")
for codec in ("PCM_16", "MPEG_LAYER_III"):
    assert flips[codec] == 0 and gap[codec] < 1e-3, f"{codec} no longer clips"
for codec in ("VORBIS", "OPUS"):
    assert flips[codec] > 0 and gap[codec] > 1.9, f"{codec} no longer wraps"
PY
