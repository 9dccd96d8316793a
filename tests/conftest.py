import torch

torch.set_warn_always(True)  # else which test sees a warning depends on their order
