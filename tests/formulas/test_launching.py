"""Several processes from a notebook: results, failures, time, and what is left behind."""

import os
import signal
import socket
import time

import psutil
import pytest
import torch

from msgan_lessons.parallel import launching
from msgan_lessons.parallel.launching import (
    can_fork,
    free_port,
    has_no_gpu,
    launched,
    use_loopback,
)
from msgan_lessons.parallel.processes import Processes


def say(folder):
    processes = Processes(cpu=True)
    mean = processes.mean({"rank": float(processes.rank), "none": None})
    agreed = processes.agree(processes.is_main)
    words = f"{processes.count} {float(mean['rank'])} {mean['none']} {agreed}"
    (folder / str(processes.rank)).write_text(f"{words} {torch.get_num_threads()}")


def test_each_process_knows_the_others_and_computes_with_one_thread(tmp_path):
    launched(say, tmp_path, count=3, seconds=120)
    assert [(tmp_path / str(k)).read_text() for k in range(3)] == ["3 1.0 None True 1"] * 3


def fail_in_one():
    processes = Processes(cpu=True)
    if processes.rank == 1:
        raise ValueError("no such loss")
    processes.wait()


def die_in_one():
    processes = Processes(cpu=True)
    if processes.rank == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    processes.wait()


@pytest.mark.parametrize(
    ("function", "said"),
    [(fail_in_one, "^process 1: ValueError: no such loss$"), (die_in_one, "ended from outside|-9")],
)
def test_the_failure_of_one_ends_all_and_is_said(function, said):
    with pytest.raises(RuntimeError, match=said):
        launched(function, seconds=120)


def hang():
    time.sleep(1000)


def test_when_time_is_up_nothing_goes_on():
    before = len(psutil.Process().children())
    with pytest.raises(TimeoutError, match="2 processes were ended after 2 s"):
        launched(hang, seconds=2)
    assert len(psutil.Process().children()) == before


def test_this_process_is_left_as_it_was(tmp_path):
    handlers = [signal.getsignal(which) for which in launching.HANDLED]
    environment, threads = dict(os.environ), torch.get_num_threads()
    torch.randn(300, 300) @ torch.randn(300, 300)  # a fork after torch has used its threads
    launched(say, tmp_path, seconds=120)
    assert [signal.getsignal(which) for which in launching.HANDLED] == handlers
    assert dict(os.environ) == environment
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"count": 1}, "count must be an int from 2 to 64, got 1"),
        ({"count": 2.0}, "count must be an int from 2 to 64, got 2.0"),
        ({"count": True}, "count must be an int from 2 to 64, got True"),
        ({"seconds": 0}, "seconds must be > 0 and at most 1,000,000, got 0"),
        ({"seconds": float("nan")}, "seconds must be > 0 .*, got nan"),
        ({"seconds": float("inf")}, "seconds must be > 0 .*, got inf"),
    ],
)
def test_wrong_arguments_are_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        launched(hang, **arguments)


def test_a_machine_with_a_gpu_is_not_forked(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert not can_fork()
    with pytest.raises(RuntimeError, match="cannot be forked"):
        launched(hang)


def test_a_free_port_can_be_listened_on():
    with socket.socket() as server:
        server.bind(("127.0.0.1", free_port()))


@pytest.mark.parametrize(
    ("gpu", "asked", "expected"),
    [
        ("cuda", "true", True),
        ("cuda", "1", True),
        ("cuda", "", False),
        (None, "", True),
        ("mps", "", True),  # processes on an Apple GPU have no peers
    ],
)
def test_the_cpu_computes_where_it_is_asked_for_or_no_gpu_has_peers(
    gpu, asked, expected, monkeypatch
):
    found = gpu and torch.device(gpu)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda **_: found)
    monkeypatch.setenv("ACCELERATE_USE_CPU", asked)
    assert has_no_gpu() == expected


def test_talk_within_a_machine_takes_its_loopback_unless_told_otherwise(monkeypatch):
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "eth7")
    use_loopback()
    assert os.environ["GLOO_SOCKET_IFNAME"] == "eth7"
    monkeypatch.delenv("GLOO_SOCKET_IFNAME")
    use_loopback()
    assert os.environ["GLOO_SOCKET_IFNAME"].startswith("lo")
