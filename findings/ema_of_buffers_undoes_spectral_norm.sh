#!/usr/bin/env bash
# Behaviour: an EMA that also averages buffers (ema-pytorch by default, AveragedModel with
#   use_buffers=True) averages the power-iteration vectors u and v of spectral_norm; in eval mode
#   sigma = u'Wv is then too small, and the copy's layers are no longer 1-Lipschitz (how much
#   depends on how far u and v turn within the averaging; at learning rate 1e-4 little, here much).
# Guess: the EMA copy of a spectrally normalised layer has spectral norm about 1 like the original,
#   and averaging buffers, which is what BatchNorm wants, is harmless here.
# Versions: torch 2.13.0, ema-pytorch 0.8.3, numpy 2.4.6, Python 3.11. Date: 2026-11-30.
# Output seen:
#                               spectral norm     |u|     |v|
#   the network                         1.011   1.000   1.000
#   AveragedModel                       1.025   1.000   1.000
#   AveragedModel, use_buffers         32.285   0.189   0.183
#   ema-pytorch                         5.975   0.412   0.412
# Source: ema_pytorch/ema_pytorch.py EMA.update_moving_average (floating buffers are lerped);
#   torch/optim/swa_utils.py AveragedModel.update_parameters;
#   torch/nn/utils/parametrizations.py _SpectralNorm.forward (eval: no iteration, no normalisation).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet torch==2.13.0 ema-pytorch==0.8.3 numpy==2.4.6 \
    2> "$work/log" || { cat "$work/log"; exit 1; }
"$work/venv/bin/python" -W ignore - <<'PY'
import torch
from ema_pytorch import EMA
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

torch.manual_seed(0)
net = nn.Sequential(spectral_norm(nn.Linear(16, 32)), nn.LeakyReLU(0.2), nn.Linear(32, 1))
average = get_ema_multi_avg_fn(0.99)
plain = AveragedModel(net, multi_avg_fn=average)
buffers = AveragedModel(net, multi_avg_fn=average, use_buffers=True)
ema = EMA(net, beta=0.99, update_after_step=0, update_every=1)
optimizer = torch.optim.Adam(net.parameters(), 1e-3)
for _ in range(500):
    x = torch.randn(64, 16)
    loss = (net(x) - x[:, :1] * x[:, 1:2]).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    plain.update_parameters(net)
    buffers.update_parameters(net)
    ema.update()

copies = {
    "the network": net,
    "AveragedModel": plain.module,
    "AveragedModel, use_buffers": buffers.module,
    "ema-pytorch": ema.ema_model,
}
norm = {}
print(f"{'':28}spectral norm     |u|     |v|")
for name, copy in copies.items():
    layer = copy.eval()[0]
    norm[name] = torch.linalg.matrix_norm(layer.weight.detach(), 2).item()
    u, v = (buffer.norm().item() for buffer in layer.buffers())
    print(f"{name:28}{norm[name]:13.3f}{u:8.3f}{v:8.3f}")
assert norm["the network"] < 1.1, "the network itself is no longer normalised"
assert norm["AveragedModel"] < 1.1, "the copy with synced buffers is no longer normalised"
assert norm["AveragedModel, use_buffers"] > 1.2, "use_buffers=True now keeps the spectral norm"
assert norm["ema-pytorch"] > 1.2, "ema-pytorch now keeps the spectral norm"
PY
