import os
import pickle

import numpy as np
import pytest

from msgan_lessons.datasets.downloads import read_batch, read_names

PIXELS = np.random.default_rng(0).integers(0, 256, (2500, 3072), dtype=np.uint8)
LABELS = [k % 10 for k in range(2500)]


@pytest.mark.parametrize("protocol", range(2, 6))
def test_a_batch_is_what_unpickling_it_would_give(tmp_path, protocol):
    content = {"batch_label": "1 of 5", "labels": LABELS, "data": PIXELS, "filenames": ["a.png"]}
    (tmp_path / "batch").write_bytes(pickle.dumps(content, protocol))
    images, labels = read_batch(tmp_path / "batch")
    assert np.array_equal(images.transpose(0, 3, 1, 2).reshape(-1, 3072), PIXELS)
    assert labels == LABELS


def test_a_batch_of_python_2_is_read_too(tmp_path):
    raw = PIXELS[:2].tobytes()
    head = b"\x80\x02}(U\x06labels](K\x03K\x07eU\x04datacnumpy.core.multiarray\n_reconstruct\nT"
    (tmp_path / "batch").write_bytes(head + len(raw).to_bytes(4, "little") + raw + b"u.")
    images, labels = read_batch(tmp_path / "batch")
    assert images.transpose(0, 3, 1, 2).tobytes() == raw
    assert labels == [3, 7]


def test_the_names_of_the_classes_are_read(tmp_path):
    content = {"num_cases_per_batch": 10, "label_names": ["cat", "dog"], "num_vis": 3072}
    (tmp_path / "meta").write_bytes(pickle.dumps(content, 2))
    assert read_names(tmp_path / "meta") == ("cat", "dog")


class Bomb:
    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("read", [read_batch, read_names])
def test_no_code_in_a_batch_is_run(tmp_path, read):
    (tmp_path / "batch").write_bytes(pickle.dumps({"labels": Bomb(tmp_path / "exploded")}))
    with pytest.raises(ValueError, match="batch is damaged"):
        read(tmp_path / "batch")
    (tmp_path / "batch").write_bytes(b"no pickle")
    with pytest.raises(ValueError, match="batch is damaged"):
        read(tmp_path / "batch")
    assert not (tmp_path / "exploded").exists()
