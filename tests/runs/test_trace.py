import json
import zipfile

import numpy as np
import pytest

from msgan_lessons.runs.trace import MAX_BYTES, TraceWriter, read_trace, traced

ABOUT = {"lesson": "a test", "seed": 0}


class Show:
    """Something to record; every frame is told apart by its first number."""

    def __init__(self, size=100):
        self.step, self.noise = 0, np.random.default_rng(0)
        self.pixels = np.zeros(size, np.uint8)  # one array for all frames: a trace keeps copies

    def frame(self):
        self.pixels[:] = self.noise.integers(0, 256, len(self.pixels))  # cannot be packed
        step = np.array([self.step], np.int32)
        return {"step": step, "pixels": self.pixels, "x": np.array([0.5])}

    def rows(self, count):
        for self.step in range(1, count + 1):
            odd = self.step % 2
            yield {"step": self.step, "d_loss": 1 / self.step, "probe": None if odd else 2.5}


def record(path, count, size=100, **options):
    show = Show(size)
    writer = TraceWriter(path, ABOUT, show.frame, **options)
    for row in show.rows(count):
        writer.see(row)
    writer.close()
    return read_trace(path)


def test_a_short_training_is_kept_whole_in_a_sealed_zip_file(tmp_path):
    path = tmp_path / "t.npz"
    assert TraceWriter(path, ABOUT, Show().frame).close() is None  # nothing seen, nothing written
    trace = record(path, 7)
    assert [p.name for p in tmp_path.iterdir()] == ["t.npz"]
    assert (len(trace), trace.about) == (7, ABOUT)
    assert [trace.row(i)["step"] for i in range(7)] == list(range(1, 8))
    assert [int(trace.frame(i)["step"][0]) for i in range(7)] == list(range(1, 8))
    assert trace.rows[1] == {"step": 2, "d_loss": 0.5, "probe": 2.5}
    assert trace.rows[0]["probe"] is None
    assert trace.frame(0)["x"].dtype == np.float16
    assert (trace.frame(0)["pixels"] != trace.frame(1)["pixels"]).any()
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        assert file.comment.startswith(b"sha256 ")
    with np.load(path) as arrays:
        assert arrays["frames/pixels"].shape == (7, 100)


@pytest.mark.parametrize("count", [50, 1234, 5000])
def test_a_file_never_passes_its_limit_and_its_moments_are_evenly_spread(tmp_path, count):
    path = tmp_path / "t.npz"
    trace = record(path, count, size=900, max_bytes=200_000)
    assert path.stat().st_size <= 200_000
    steps = [trace.row(i)["step"] for i in range(len(trace))]
    assert steps == [int(trace.frame(i)["step"][0]) for i in range(len(trace))]
    assert len(set(np.diff(steps[:-1]))) == 1
    assert steps[0] == 1
    assert steps[-1] == count
    assert len(steps) >= min(count, 60)
    assert len(trace.rows) <= 1001


def test_a_number_that_is_measured_now_and_then_is_kept_however_long_it_takes(tmp_path):
    writer = TraceWriter(tmp_path / "t.npz", ABOUT, Show().frame)
    for step in range(1, 20_001):
        writer.see({"step": step, "score": step if step % 500 == 0 else None})
    writer.close()
    trace = read_trace(tmp_path / "t.npz")
    assert len(trace.rows) <= 1002
    scores = [row["score"] for row in trace.rows if row["score"] is not None]
    assert scores == list(range(500, 20_001, 500))
    assert all(0 <= r["step"] - r["score"] < 32 for r in trace.rows if r["score"] is not None)
    assert trace.rows[-1]["step"] == 20_000


@pytest.mark.parametrize(("asked", "count"), [("0", 5), ("1", 5), ("1", 4)])
def test_traced_passes_rows_on_and_records_where_it_is_asked_to_as_far_as_it_went(
    tmp_path, monkeypatch, asked, count
):
    monkeypatch.setenv("MSGAN_RUN_DIR", str(tmp_path))
    monkeypatch.setenv("MSGAN_TRACE", asked)
    show = Show()
    rows = traced(show.rows(5), show.frame, ABOUT)
    assert [next(rows)["step"] for _ in range(count)] == list(range(1, count + 1))
    rows.close()
    assert (tmp_path / "trace.npz").exists() is (asked == "1")
    if asked == "1":
        assert len(read_trace(tmp_path / "trace.npz")) == count


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(b"not a trace"),
        lambda path: np.savez(path, about=np.frombuffer(json.dumps(ABOUT).encode(), np.uint8)),
        lambda path: np.savez(path, about=np.array([{"a": 1}], dtype=object)),  # runs no code
        *(
            lambda path, cut=cut: path.write_bytes((path.read_bytes() + b"\0")[:cut])
            for cut in (-200, -72, -2, None)
        ),
    ],
)
def test_wrong_files_get_a_sentence(tmp_path, change):
    path = tmp_path / "t.npz"
    with pytest.raises(FileNotFoundError, match="is missing; record one with: msgan run 08"):
        read_trace(path)
    record(path, 3)
    change(path)
    with pytest.raises(ValueError, match="t.npz is damaged or not a trace"):
        read_trace(path)


def test_frames_that_cannot_fit_are_refused(tmp_path):
    writer = TraceWriter(tmp_path / "t.npz", ABOUT, lambda: {"a": np.zeros(2_000_000, "u1")})
    with pytest.raises(ValueError, match="a frame must be at most .* got 2000000"):
        writer.see({"step": 1})
    with pytest.raises(ValueError, match="max_bytes must be at least 10,000, got 5"):
        TraceWriter(tmp_path / "t.npz", ABOUT, Show().frame, max_bytes=5)
    assert MAX_BYTES == 3_000_000


def test_a_trace_without_a_seal_is_read_and_its_checksums_are_verified(tmp_path):
    trace = record(tmp_path / "t.npz", 3)
    with np.load(tmp_path / "t.npz") as arrays:
        np.savez(tmp_path / "old.npz", **arrays)
    assert read_trace(tmp_path / "old.npz").rows == trace.rows
    content = (tmp_path / "old.npz").read_bytes()
    (tmp_path / "old.npz").write_bytes(content.replace(b'"seed": 0', b'"seed": 7'))
    with pytest.raises(ValueError, match="damaged or not a trace: "):
        read_trace(tmp_path / "old.npz")
