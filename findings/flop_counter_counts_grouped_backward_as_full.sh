#!/usr/bin/env bash
# Behaviour: torch's FlopCounterMode ignores groups in the weight gradient of a convolution, so the
#   backward pass of a depthwise layer with C channels is counted as C + 1 times its forward pass.
# Guess: backward costs twice the forward pass, for a grouped convolution as for a full one, since
#   the forward count respects groups.
# Versions: torch 2.13.0, Python 3.11. Date: 2026-11-30.
# Output seen:
#                           forward  backward  ratio
#   full                    4718592   9437184    2.0
#   depthwise                 73728   4792320   65.0
#   depthwise, apart          73728    147456    2.0
#   depthwise, transposed    131072   8519680   65.0
# Source: torch/utils/flop_counter.py conv_backward_flop: its argument _groups is not used, and the
#   weight gradient is a convolution of x with grad_out over all pairs of channels. The same
#   arithmetic as 64 convolutions of one channel each is counted rightly.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet torch==2.13.0 \
    2> "$work/log" || { cat "$work/log"; exit 1; }
"$work/venv/bin/python" -W ignore - <<'PY'
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

torch.manual_seed(0)
C = 64


class Apart(nn.Module):
    """A depthwise convolution as C convolutions of one channel."""

    def __init__(self, whole):
        super().__init__()
        self.weight = nn.Parameter(whole.weight.detach().clone())

    def forward(self, x):
        pairs = zip(x.split(1, dim=1), self.weight.split(1))
        return torch.cat([nn.functional.conv2d(a, w, padding=1) for a, w in pairs], dim=1)


def flops(module):
    x = torch.ones(1, C, 8, 8, requires_grad=True)
    with FlopCounterMode(display=False) as counter:
        y = module(x)
        forward = counter.get_total_flops()
        y.square().sum().backward()
    return forward, counter.get_total_flops() - forward, module.weight.grad


full = nn.Conv2d(C, C, 3, padding=1, bias=False)
depthwise = nn.Conv2d(C, C, 3, padding=1, bias=False, groups=C)
up = nn.ConvTranspose2d(C, C, 4, 2, 1, bias=False, groups=C)
rows = {"full": full, "depthwise": depthwise, "depthwise, apart": Apart(depthwise)}
rows["depthwise, transposed"] = up
ratio, gradient = {}, {}
print(f"{'':22}  forward  backward  ratio")
for name, module in rows.items():
    forward, backward, gradient[name] = flops(module)
    ratio[name] = backward / forward
    print(f"{name:22}{forward:9}{backward:10}{ratio[name]:7.1f}")
assert torch.allclose(gradient["depthwise"], gradient["depthwise, apart"], atol=1e-4)
assert ratio["full"] == ratio["depthwise, apart"] == 2, "the base case has changed"
assert ratio["depthwise"] == ratio["depthwise, transposed"] == C + 1, "groups are counted now"
PY
