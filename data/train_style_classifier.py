"""Train data/style_classifier.safetensors, which tells Noto from Twemoji (lesson 10).

Usage: python data/train_style_classifier.py [--epochs N] [--seed N] [--out DIR]

It learns from the 648 + 755 training images, which share no emoji; mirrored, moved, and half of
them at 32x32, enlarged again. It is tested once, after the last epoch, on the 238 + 238 held-out
images at 64x64 and at 32x32. The same seed gives the same file on the same processor with the same
number of threads.
"""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import open_images
from msgan_lessons.datasets.shipped import add_to_manifest, manifest_entry
from msgan_lessons.lessons.l10_style_transfer.game import unpaired_batches
from msgan_lessons.lessons.l10_style_transfer.scores import (
    STYLES,
    StyleClassifier,
    style_probability,
)

NAME = "style_classifier"
SETTINGS = {"batch_size": 32, "max_lr": 0.01, "weight_decay": 1e-3}


def smaller(images: Tensor) -> Tensor:
    """What is left at 32x32, enlarged again."""
    half = F.interpolate(images, scale_factor=0.5, mode="area")
    return F.interpolate(half, scale_factor=2, mode="bilinear")


def train(epochs: int, seed: int) -> StyleClassifier:
    """Train from scratch with Adam (decoupled weight decay) and a one-cycle learning rate."""
    streams = Streams(seed)
    streams.seed_weights()
    network, size = StyleClassifier(), SETTINGS["batch_size"]
    first, second = (open_images(name, resolution=64) for name in STYLES)
    total = epochs * (len(first) // size)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=SETTINGS["weight_decay"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, SETTINGS["max_lr"], total_steps=total)
    labels = torch.cat([torch.zeros(size), torch.ones(size)])
    batches = unpaired_batches(first, second, size, streams)
    for step in range(1, total + 1):
        images = torch.cat(next(batches)[0])
        small = torch.rand(len(images), 1, 1, 1, generator=streams["augmentation"]) < 0.5
        logits = network(torch.where(small, smaller(images), images))
        loss = F.binary_cross_entropy_with_logits(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            print(f"step {step} of {total}: loss {loss.item():.3f}", flush=True)
    return network.eval()


def accuracies(network: StyleClassifier) -> dict[str, float]:
    """Share of held-out images told right, at both resolutions."""
    found = {}
    for resolution in (64, 32):
        right = []
        for k, name in enumerate(STYLES):
            images = open_images(name, resolution=resolution, split="test").images()
            right.append((style_probability(images, network) > 0.5) == bool(k))
        found[f"{resolution}x{resolution}"] = round(torch.cat(right).float().mean().item(), 4)
    return found


def write(network: StyleClassifier, accuracy: dict, args: argparse.Namespace) -> None:
    """Write the weights, and their description into manifest.json beside them."""
    path = args.out / f"{NAME}.safetensors"
    weights = {k: v for k, v in network.state_dict().items() if "num_batches" not in k}
    save_file({k: v.contiguous() for k, v in weights.items()}, path)
    entry = manifest_entry(
        path,
        parameters=sum(p.numel() for p in network.parameters()),
        test_accuracy=accuracy,
        trained_on="emoji_noto and emoji_twemoji, 648 and 755 training images, no emoji in both",
        tested_on="emoji_noto and emoji_twemoji, the 238 held-out images of each",
        settings={"seed": args.seed, "epochs": args.epochs, **SETTINGS},
    )
    add_to_manifest(args.out, {NAME: entry})


def main() -> None:
    """Train, test, and write both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    args = parser.parse_args()

    network = train(args.epochs, args.seed)
    accuracy = accuracies(network)
    print(accuracy)
    write(network, accuracy, args)


if __name__ == "__main__":
    main()
