import json
import math

import pytest

from msgan_lessons.base.record import Run, check, read_record, seal_record
from msgan_lessons.base.whole_files import ChainedLines, read_lines

ROWS = [{"kind": "row", "step": step} for step in range(1, 6)]


@pytest.fixture
def path(tmp_path):
    lines = ChainedLines(tmp_path / "record.jsonl")
    for row in ROWS:
        lines.append(row)
    return lines.path


def test_lines_come_back_as_they_were_written_and_are_plain_json(path):
    assert read_lines(path)[0] == ROWS
    first = json.loads(path.read_text().splitlines()[0])
    assert first == {**ROWS[0], "chain": first["chain"]}


def test_equal_lines_have_different_digests_and_equal_files_the_same_seal(tmp_path):
    for name in ("a", "b"):
        lines = ChainedLines(tmp_path / name)
        for _ in range(3):
            lines.append(ROWS[0])
    assert len(set((tmp_path / "a").read_text().splitlines())) == 3
    assert read_lines(tmp_path / "a")[1] == read_lines(tmp_path / "b")[1]


@pytest.mark.parametrize(
    ("change", "number"),
    [
        (lambda lines: lines[:1] + lines[2:], 2),  # a line is gone
        (lambda lines: lines[:2] + lines[3:4] + lines[2:3] + lines[4:], 3),  # two are swapped
        (lambda lines: lines[:3] + lines[2:], 4),  # one is there twice
        (lambda lines: [lines[0].replace(b"1", b"7", 1), *lines[1:]], 1),
        (lambda lines: [*lines[:4], lines[4].replace(b"chain", b"brain")], 5),
        (lambda lines: [*lines[:1], b'{"kind": "row", "step": 9}\n', *lines[1:]], 2),
        (lambda lines: [*lines, b"\n"], 6),
    ],
)
def test_a_line_that_is_lost_moved_or_changed_is_named(path, change, number):
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(ValueError, match=f"record.jsonl is damaged in line {number}; run the"):
        read_lines(path)


def test_a_last_line_that_is_cut_off_is_left_out_until_the_run_has_ended(path):
    seal = read_lines(path)[1]
    path.write_bytes(path.read_bytes()[:-9])
    lines, shorter = read_lines(path)
    assert lines == ROWS[:4]
    assert (seal[:7], shorter[:7]) == ("5 lines", "4 lines")
    with pytest.raises(ValueError, match="does not end where the run ended"):
        read_lines(path, seal)


def test_a_run_that_goes_on_after_a_crash_writes_behind_the_last_whole_line(path):
    path.write_bytes(path.read_bytes()[:-9])
    ChainedLines(path).append({"kind": "check", "holds": True})
    assert read_lines(path)[0] == [*ROWS[:4], {"kind": "check", "holds": True}]


def test_two_writers_of_one_file_keep_one_chain(path):
    first, second = ChainedLines(path), ChainedLines(path)
    for step, lines in enumerate((first, second, second, first), start=6):
        lines.append({"kind": "row", "step": step})
    assert [line["step"] for line in read_lines(path)[0]] == list(range(1, 10))


def test_nothing_is_written_behind_a_damaged_line(path):
    path.write_bytes(path.read_bytes().replace(b'"step": 3', b'"step": 4'))
    before = path.read_bytes()
    with pytest.raises(ValueError, match="damaged in line 3"):
        ChainedLines(path).append(ROWS[0])
    assert path.read_bytes() == before


def test_a_record_of_an_earlier_version_is_read(tmp_path):
    path = tmp_path / "record.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    assert read_lines(path)[0] == ROWS
    path.write_text(path.read_text()[:-5])
    assert read_lines(path)[0] == ROWS[:4]
    path.write_text(path.read_text().replace('"step": 2}', '"step": 2'))
    with pytest.raises(ValueError, match="damaged in line 2"):
        read_lines(path)


def test_a_run_keeps_rows_checks_and_figures_and_sealed_it_must_end_where_it_ended(tmp_path):
    run, path = Run(tmp_path), tmp_path / "record.jsonl"
    assert (read_record(tmp_path, "row"), seal_record(tmp_path)) == ([], {"record": "0 lines, "})
    run.row({"step": 1, "chain": "ours", "d_loss": math.inf})
    run.checked("one is one", True)
    run.figure(b"png", "a picture", "look")
    run.metrics(a=1)
    run.metrics(**seal_record(tmp_path))
    assert read_record(tmp_path, "row") == [{"step": 1, "chain": "ours", "d_loss": None}]
    assert read_record(tmp_path, "check") == [{"claim": "one is one", "holds": True}]
    assert (tmp_path / "figures" / read_record(tmp_path, "figure")[0]["file"]).name == "01.png"
    assert (tmp_path / "figures/01.png").read_bytes() == b"png"
    assert json.loads((tmp_path / "metrics.json").read_text())["a"] == 1
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:1]))
    with pytest.raises(ValueError, match="does not end where the run ended; run the lesson again"):
        read_record(tmp_path, "row")


def test_a_check_that_does_not_hold_stops_with_its_claim_and_why(capsys):
    check("water is wet", True)
    assert capsys.readouterr().out == "holds: water is wet\n"
    with pytest.raises(AssertionError, match="does not hold: fire is wet. Look at the fire."):
        check("fire is wet", False, "Look at the fire.")
