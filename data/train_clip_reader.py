"""Train data/clip_reader.safetensors, whose features the distance of clips is taken on (lesson 12).

Usage: python data/train_clip_reader.py [--steps N] [--seed N] [--out DIR]

It learns to read the true motion of clips drawn on the fly: one or two sprites, of Fashion-MNIST
and of emoji by turns, from the training images. It is tested once, on clips of held-out sprites.
"""

import argparse
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.clips import open_clips
from msgan_lessons.datasets.shipped import add_to_manifest, manifest_entry
from msgan_lessons.lessons.l12_video.scores import LABELS, ClipReader, motion_labels

NAME = "clip_reader"
SETTINGS = {"batch_size": 64, "max_lr": 0.003, "weight_decay": 1e-3}
SOURCES = ("fashion_mnist", "emoji")


def sources(split: str) -> list:
    """One and two sprites of each source."""
    return [open_clips(name, split=split, sprites=s) for name in SOURCES for s in (1, 2)]


def draw(data: list, count: int, stream: torch.Generator) -> tuple[Tensor, Tensor]:
    """Clips in one channel, a quarter from each source, and their labels."""
    clips, labels = [], []
    for source in data:
        drawn, motion = source.sample(count // len(data), stream)
        clips.append(-drawn.mean(1, keepdim=True) * source.paper)
        labels.append(motion_labels(motion))
    return torch.cat(clips), torch.cat(labels)


def train(steps: int, seed: int) -> ClipReader:
    """Train from scratch with Adam (decoupled weight decay) and a one-cycle learning rate."""
    streams = Streams(seed)
    streams.seed_weights()
    data, network = sources("train"), ClipReader()
    _, labels = draw(data, 4000, streams.fresh("label_scale"))
    network.label_mean.copy_(labels.mean(0))
    network.label_std.copy_(labels.std(0))
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=SETTINGS["weight_decay"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, SETTINGS["max_lr"], steps)
    start = time.perf_counter()
    for step in range(1, steps + 1):
        clips, labels = draw(data, SETTINGS["batch_size"], streams["data"])
        loss = ((network(clips) - labels) / network.label_std).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            seconds = time.perf_counter() - start
            print(f"step {step}: loss {loss.item():.3f}, {seconds:.0f} s", flush=True)
    return network.eval()


@torch.no_grad()
def explained(network: ClipReader, seed: int, count: int = 2000) -> dict[str, float]:
    """R^2 of each label on clips of held-out sprites: 1 is exact, 0 as good as the mean."""
    clips, labels = draw(sources("test"), count, Streams(seed).fresh("held_out"))
    read = torch.cat([network(part) for part in clips.split(250)])
    left = (read - labels).square().mean(0) / labels.var(0, correction=0)
    return {name: round(1 - part, 4) for name, part in zip(LABELS, left.tolist(), strict=True)}


def write(network: ClipReader, r2: dict[str, float], args: argparse.Namespace) -> None:
    """Write the weights, and their description into manifest.json beside them."""
    path = args.out / f"{NAME}.safetensors"
    weights = {k: v for k, v in network.state_dict().items() if "num_batches" not in k}
    save_file({k: v.contiguous() for k, v in weights.items()}, path)
    entry = manifest_entry(
        path,
        parameters=sum(p.numel() for p in network.parameters()),
        features=network.head.in_features,
        r2_held_out=r2,
        trained_on=f"clips of one and two moving sprites: {', '.join(SOURCES)} (train)",
        tested_on="2,000 clips of their held-out sprites",
        settings={"seed": args.seed, "steps": args.steps, **SETTINGS},
    )
    add_to_manifest(args.out, {NAME: entry})


def main() -> None:
    """Train, test, and write both files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    args = parser.parse_args()

    network = train(args.steps, args.seed)
    r2 = explained(network, args.seed)
    print("R^2 on held-out sprites:", r2)
    write(network, r2, args)


if __name__ == "__main__":
    main()
