import hashlib
import io
import json
import os
import shutil
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image

from msgan_lessons import datasets
from msgan_lessons.base.places import data_folder
from msgan_lessons.datasets import downloads, shipped
from msgan_lessons.datasets.images import open_images, read_image_folder


@pytest.fixture
def own_data(tmp_path, monkeypatch):
    """A copy of the data folder that a test may damage."""
    for name in ("manifest.json", "fashion_mnist_25k.npz"):
        shutil.copy(data_folder() / name, tmp_path / name)
    monkeypatch.setenv("MSGAN_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def pictures(tmp_path):
    """A folder with a wide red, a tall half-blue and a grey image, and one in a subfolder."""
    Image.new("RGB", (40, 20), (255, 0, 0)).save(tmp_path / "a.png")
    tall = Image.new("RGB", (16, 64), (0, 0, 255))
    tall.paste((0, 255, 0), (0, 0, 16, 16))
    tall.save(tmp_path / "b.png")
    Image.new("L", (20, 20), 128).save(tmp_path / "c.jpg")
    (tmp_path / "more").mkdir()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "more" / "d.PNG")
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


@pytest.mark.parametrize(("split", "count"), [("train", 20_000), ("test", 5_000)])
def test_the_shipped_part_is_balanced_padded_and_in_range(split, count):
    data = open_images("fashion_mnist", split=split)
    assert data.pixels.shape == (count, 1, 32, 32)
    assert torch.bincount(data.labels).tolist() == [count // 10] * 10
    images = data.images(slice(100))
    assert images.dtype == torch.float32
    assert (float(images.min()), float(images.max())) == (-1, 1)
    border = torch.ones(32, 32, dtype=torch.bool)
    border[2:-2, 2:-2] = False
    assert (images[..., border] == -1).all()
    coarse = open_images("fashion_mnist", split=split, resolution=16)
    assert coarse.resolution == 16
    means = images.mean((1, 2, 3)) - coarse.images(slice(100)).mean((1, 2, 3))
    assert means.abs().max() < 0.02


def test_the_manifest_describes_every_array_exactly():
    entry = json.loads((data_folder() / "manifest.json").read_text())["fashion_mnist"]
    with np.load(data_folder() / entry["file"], allow_pickle=False) as arrays:
        found = {name: hashlib.sha256(arrays[name].tobytes()).hexdigest() for name in arrays}
    assert found == entry["arrays"]
    readme = (data_folder() / "README.md").read_text()
    assert all(text in readme for text in (entry["sha256"], "20,000", "5,000"))


def test_the_script_beside_the_data_rebuilds_them(script, tmp_path):
    build = script("build_fashion_mnist")
    labels = np.array([3, 1] * 6 + list(range(10)) * 3)
    chosen = build.balanced(labels, 2)
    assert np.bincount(labels[chosen]).tolist() == [2] * 10
    assert chosen[:4].tolist() == [0, 1, 2, 3]  # the first of each, in their own order
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(b"broken")
    with pytest.raises(SystemExit, match="is damaged: sha256"):
        build.read_idx(tmp_path / "t10k-labels-idx1-ubyte.gz")


def test_a_file_is_hashed_once_until_it_changes_and_damage_is_named_with_its_cure(
    own_data, monkeypatch
):
    path, hashed = own_data / "fashion_mnist_25k.npz", []
    digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *a: hashed.append(a) or digest(*a))
    for _ in range(3):
        open_images("fashion_mnist")
    assert len(hashed) == 1
    os.utime(path, ns=(0, 0))
    shipped.check("fashion_mnist")
    assert len(hashed) == 2
    path.write_bytes(path.read_bytes()[:-1])
    os.utime(path, ns=(0, 0))  # the size alone tells
    with pytest.raises(ValueError, match="npz is damaged: its sha256 is .*, expected b54ab54.*git"):
        shipped.check("fashion_mnist")
    path.unlink()
    with pytest.raises(FileNotFoundError, match="npz is missing; restore it with: git checkout"):
        open_images("fashion_mnist")


def test_a_damaged_manifest_is_named_with_its_cure(own_data):
    for content in ("{", "{}", "[]"):
        (own_data / "manifest.json").write_text(content)
        with pytest.raises(ValueError, match="manifest.json is damaged: .*git checkout"):
            open_images("fashion_mnist")
    (own_data / "manifest.json").unlink()
    with pytest.raises(FileNotFoundError, match="manifest.json is missing"):
        open_images("fashion_mnist")


def test_batches_show_every_image_once_a_round_and_differ_between_rounds():
    data = datasets.images.ImageData("x", torch.arange(10, dtype=torch.uint8).reshape(10, 1, 1, 1))
    batches = data.batches(5, torch.Generator().manual_seed(0))
    rounds = [torch.cat([next(batches), next(batches)]).flatten() for _ in range(3)]
    for one in rounds:
        assert sorted(((one + 1) * 127.5).round().int().tolist()) == list(range(10))
    assert not torch.equal(rounds[0], rounds[1])
    again = data.batches(5, torch.Generator().manual_seed(0))
    assert torch.equal(next(again).flatten(), rounds[0][:5])
    next(again).add_(1)  # a batch is a copy
    assert data.pixels.flatten().tolist() == list(range(10))


def test_a_folder_is_cropped_to_the_centre_resized_and_coloured(pictures):
    data = open_images(f"folder:{pictures}", resolution=8)
    assert data.pixels.shape == (4, 3, 8, 8)
    red, blue, grey, clear = data.pixels
    assert red[:, 4, 4].tolist() == [255, 0, 0]
    assert blue[:, 4, 4].tolist() == [0, 0, 255]  # the green top lies outside the centre
    assert (blue[1] == 0).all()
    assert grey[:, 4, 4].tolist() == [128, 128, 128]
    assert (clear == 255).all()  # transparent becomes white


def test_broken_files_are_refused_by_name_or_skipped_by_name(pictures):
    (pictures / "broken.png").write_bytes(b"not a picture")
    (pictures / "more" / "cut.jpg").write_bytes((pictures / "c.jpg").read_bytes()[:100])
    with pytest.raises(ValueError, match="2 file\\(s\\) cannot be read: broken.png, more/cut.jpg"):
        open_images(f"folder:{pictures}")
    data = open_images(f"folder:{pictures}", on_broken="skip", resolution=8)
    assert len(data) == 4
    assert data.skipped == ("broken.png", "more/cut.jpg")


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(ValueError, match="it holds no images"):
        open_images(f"folder:{tmp_path}")
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        open_images(f"folder:{tmp_path / 'gone'}")
    (tmp_path / "x.png").write_bytes(b"broken")
    with pytest.raises(ValueError, match="none of its 1 images can be read"):
        read_image_folder(tmp_path, 8, "skip")
    with pytest.raises(ValueError, match="on_broken must be refuse or skip, got 'ignore'"):
        read_image_folder(tmp_path, 8, "ignore")


def test_nothing_is_downloaded_unasked(tmp_path, monkeypatch):
    monkeypatch.setenv("MSGAN_DOWNLOADS", str(tmp_path))
    for name in ("fashion_mnist_full", "cifar10", "celeba"):
        with pytest.raises(FileNotFoundError, match=f"download it with: msgan download {name}"):
            open_images(name)
    assert list(tmp_path.iterdir()) == []


def test_the_full_set_opens_where_torchvision_put_it(tmp_path, monkeypatch):
    monkeypatch.setenv("MSGAN_DOWNLOADS", str(tmp_path))
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    pixels = np.arange(3 * 28 * 28, dtype=np.uint32).reshape(3, 28, 28).astype(np.uint8)
    for prefix in ("train", "t10k"):
        (raw / f"{prefix}-images-idx3-ubyte").write_bytes(
            b"\0\0\x08\x03" + np.array([3, 28, 28], ">i4").tobytes() + pixels.tobytes()
        )
        (raw / f"{prefix}-labels-idx1-ubyte").write_bytes(
            b"\0\0\x08\x01" + np.array([3], ">i4").tobytes() + bytes([9, 0, 5])
        )
    data = open_images("fashion_mnist_full")
    assert data.pixels.shape == (3, 1, 32, 32)
    assert np.array_equal(data.pixels[:, 0, 2:-2, 2:-2].numpy(), pixels)
    assert data.labels.tolist() == [9, 0, 5]
    assert data.classes[9] == "Ankle boot"


CIFAR10 = np.random.default_rng(0).integers(0, 256, (6, 2, 3072), dtype=np.uint8)  # 2 a batch


@pytest.fixture
def cifar10(tmp_path, monkeypatch):
    """An archive of CIFAR-10's layout, in which image k of a batch has label k."""
    monkeypatch.setenv("MSGAN_DOWNLOADS", str(tmp_path))
    names = [*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin"]
    contents = {n: b"".join(bytes([k]) + x.tobytes() for k, x in enumerate(images))
                for n, images in zip(names, CIFAR10, strict=True)}  # fmt: skip
    contents["batches.meta.txt"] = b"airplane\nautomobile\n\n"
    path = tmp_path / "cifar-10-binary.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in sorted(contents, reverse=True):
            about = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            about.size = len(contents[name])
            archive.addfile(about, io.BytesIO(contents[name]))
    monkeypatch.setattr(downloads, "CIFAR10_MD5", hashlib.md5(path.read_bytes()).hexdigest())
    return path


@pytest.mark.parametrize(("split", "batches"), [("train", slice(5)), ("test", slice(5, 6))])
def test_cifar10_is_read_from_its_binary_archive(cifar10, split, batches):
    data = open_images("cifar10", split=split)
    assert np.array_equal(data.pixels.numpy(), CIFAR10[batches].reshape(-1, 3, 32, 32))
    assert data.labels.tolist() == [0, 1] * (len(data) // 2)
    assert data.classes == ("airplane", "automobile")
    assert open_images("cifar10", split=split, download=True, resolution=8).resolution == 8
    assert list(cifar10.parent.iterdir()) == [cifar10]  # nothing is unpacked


def test_a_damaged_archive_is_named_and_pickled_files_are_not_read(cifar10):
    whole = cifar10.read_bytes()
    for worse in (b"", whole[:-1], whole[:500] + bytes([whole[500] ^ 1]) + whole[501:]):
        cifar10.write_bytes(worse)
        with pytest.raises(ValueError, match=r"binary.tar.gz is damaged: its MD5 is \w+, expected"):
            open_images("cifar10")
    cifar10.unlink()
    (cifar10.parent / "cifar-10-batches-py").mkdir()
    with pytest.raises(FileNotFoundError, match=r"in cifar-10-batches-py are not read\); download"):
        open_images("cifar10")


def test_the_checksum_is_that_of_the_page_of_cifar10():
    assert downloads.CIFAR10_MD5 == "c32a1d4ab5d03f1284b67883e8d87530"  # www.cs.toronto.edu/~kriz


def test_celeba_opens_where_torchvision_put_it(tmp_path, monkeypatch):
    from torchvision.datasets import CelebA

    monkeypatch.setenv("MSGAN_DOWNLOADS", str(tmp_path))
    monkeypatch.setattr(CelebA, "_check_integrity", lambda self: True)
    folder = tmp_path / "celeba"
    (folder / "img_align_celeba").mkdir(parents=True)
    names = ["000001.jpg", "000002.jpg"]
    for name in names:
        Image.new("RGB", (178, 218), (10, 200, 30)).save(folder / "img_align_celeba" / name)
    table = {"identity_CelebA": "1", "list_eval_partition": "2"}
    for stem, value in table.items():
        (folder / f"{stem}.txt").write_text("".join(f"{n} {value}\n" for n in names))
    for stem in ("list_bbox_celeba", "list_landmarks_align_celeba", "list_attr_celeba"):
        head = "2\nx y\n" if stem != "list_attr_celeba" else "2\nSmiling Young\n"
        (folder / f"{stem}.txt").write_text(head + "".join(f"{n} 1 1\n" for n in names))
    data = open_images("celeba", split="test", resolution=16)
    assert data.pixels.shape == (2, 3, 16, 16)
    assert data.labels is None
