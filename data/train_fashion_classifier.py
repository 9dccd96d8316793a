"""Train data/fashion_classifier.safetensors, whose features the course's distances are taken on.

Usage: python data/train_fashion_classifier.py [--epochs N] [--seed N] [--out DIR]

It learns from the 20,000 training images that ship with the course, shifted by up to two pixels
and mirrored at random, and is tested once, after the last epoch, on the 5,000 test images.
The same seed gives the same file on the same processor with the same number of threads.
"""

import argparse
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData, open_images
from msgan_lessons.datasets.shipped import add_to_manifest, manifest_entry
from msgan_lessons.metrics.features import FeatureClassifier, predicted_labels

NAME = "fashion_classifier"
SETTINGS = {"batch_size": 128, "max_lr": 0.01, "weight_decay": 1e-3, "shift": 2, "mirror": 0.5}


def augment(images: Tensor, stream: torch.Generator) -> Tensor:
    """Shift each (1, 32, 32) image by up to two pixels, and mirror every second one."""
    n, _, side, _ = images.shape
    reach = SETTINGS["shift"]
    padded = F.pad(images, (reach,) * 4, value=-1)[:, 0]  # (N, 36, 36), black border
    steps = torch.randint(0, 2 * reach + 1, (2, n, 1), generator=stream)
    rows, columns = torch.arange(side) + steps  # (N, 32) each
    mirrored = torch.rand(n, 1, generator=stream) < SETTINGS["mirror"]
    columns = torch.where(mirrored, columns.flip(1), columns)
    return padded[torch.arange(n)[:, None, None], rows[:, :, None], columns[:, None]][:, None]


def train(data: ImageData, epochs: int, seed: int) -> FeatureClassifier:
    """Train from scratch with Adam (decoupled weight decay) and a one-cycle learning rate."""
    streams = Streams(seed)
    streams.seed_weights()
    network = FeatureClassifier(len(data.classes))
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=SETTINGS["weight_decay"])
    size = SETTINGS["batch_size"]
    steps = len(data) // size
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, SETTINGS["max_lr"], total_steps=epochs * steps
    )
    start = time.perf_counter()
    for epoch in range(epochs):
        order = torch.randperm(len(data), generator=streams["data"])[: steps * size]
        total = 0.0
        for indices in order.split(size):
            images = augment(data.images(indices), streams["augmentation"])
            loss = F.cross_entropy(network(images)[-1], data.labels[indices])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        seconds = time.perf_counter() - start
        print(f"epoch {epoch + 1}: loss {total / steps:.3f}, {seconds:.0f} s", flush=True)
    return network.eval()


def write(network: FeatureClassifier, accuracy: float, args: argparse.Namespace) -> None:
    """Write the weights, and their description into manifest.json beside them."""
    path = args.out / f"{NAME}.safetensors"
    weights = {k: v for k, v in network.state_dict().items() if "num_batches" not in k}
    save_file({k: v.contiguous() for k, v in weights.items()}, path)
    entry = manifest_entry(
        path,
        parameters=sum(p.numel() for p in network.parameters()),
        features=network.head.in_features,
        test_accuracy=round(accuracy, 4),
        trained_on="fashion_mnist, the 20,000 training images",
        tested_on="fashion_mnist, the 5,000 test images",
        settings={"seed": args.seed, "epochs": args.epochs, **SETTINGS},
    )
    add_to_manifest(args.out, {NAME: entry})


def main() -> None:
    """Train, test, and write both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    args = parser.parse_args()

    network = train(open_images("fashion_mnist"), args.epochs, args.seed)
    test = open_images("fashion_mnist", split="test")
    accuracy = (predicted_labels(test.images(), network) == test.labels).float().mean().item()
    print(f"accuracy on {len(test):,} test images: {accuracy:.4f}")
    write(network, accuracy, args)


if __name__ == "__main__":
    main()
