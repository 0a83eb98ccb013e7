"""The supervisor: what dies is started again, what is stopped is gone, and nobody survives it."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from anju.site.processes import is_port_free

from .installations import Installation, is_alive, kill, wait_until

# A process as ours are: a main one that ends its helper on SIGTERM. It writes down every life it has, last of all:
# who has read that may kill whomever he likes.
CHILD = """
import json, os, signal, subprocess, sys
helper = subprocess.Popen(["sleep", "1000"])
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
name, folder = sys.argv[1:3]
lives = len([f for f in os.listdir(folder) if f.startswith(name) and f.endswith(".json")])
print("x" * 200000 if lives == 1 else "你好", flush=True)
with open(f"{folder}/{name}.new", "w") as file:
    json.dump({"pid": os.getpid(), "helper": helper.pid}, file)
os.rename(f"{folder}/{name}.new", f"{folder}/{name}{lives}.json")
signal.sigwait([signal.SIGTERM])
helper.terminate(); helper.wait()
print("goodbye", flush=True)
"""
DEAF = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
while True:
    signal.pause()
"""
SUPERVISOR = """
import asyncio, json, sys
from anju.site.processes import Child, Supervisor
children = [Child(name, command) for name, command in json.loads(sys.argv[1])]
asyncio.run(Supervisor(children, stop_seconds=float(sys.argv[2])).run())
"""


class Supervised:
    def __init__(self, folder: Path, children: list[tuple[str, list[str]]], stop_seconds: float = 20) -> None:
        self.folder = folder
        self.output = folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SUPERVISOR, json.dumps(children), str(stop_seconds)],
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def life(self, name: str, number: int = 0) -> dict[str, int]:
        file = self.folder / f"{name}{number}.json"
        wait_until(file.exists, f"{name} has begun life {number}")
        return dict(json.loads(file.read_text()))


def stubs(folder: Path) -> list[tuple[str, list[str]]]:
    return [(name, [sys.executable, "-c", CHILD, name, str(folder)]) for name in ("web", "worker")]


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    one = Supervised(tmp_path, stubs(tmp_path))
    yield one
    if one.process.poll() is None:
        one.process.terminate()
    one.process.wait(60)


def everybody(*lives: dict[str, Any]) -> list[int]:
    return [pid for life in lives for pid in (life["pid"], life["helper"])]


def test_sigterm_ends_all_in_order(supervised: Supervised) -> None:
    web, worker = supervised.life("web"), supervised.life("worker")

    supervised.process.terminate()

    assert supervised.process.wait(60) == 0
    assert not any(is_alive(pid) for pid in everybody(web, worker))
    goodbyes = [line.split()[0] for line in supervised.text.splitlines() if "goodbye" in line]
    assert goodbyes == ["web", "worker"]
    assert "web     | 你好" in supervised.text


def test_ctrl_c_does_the_same(supervised: Supervised) -> None:
    web, worker = supervised.life("web"), supervised.life("worker")
    supervised.process.send_signal(signal.SIGINT)
    assert supervised.process.wait(60) == 0
    assert not any(is_alive(pid) for pid in everybody(web, worker))
    assert "Traceback" not in supervised.text


@pytest.mark.kill
def test_a_child_that_dies_is_started_again_without_its_orphans(supervised: Supervised) -> None:
    first, worker = supervised.life("web"), supervised.life("worker")

    kill(first["pid"])
    second = supervised.life("web", 1)
    wait_until(lambda: not is_alive(first["helper"]), "the orphan, which might hold the port, is killed")
    kill(second["pid"])
    third = supervised.life("web", 2)

    assert is_alive(third["pid"])
    assert is_alive(worker["pid"])
    assert "web 意外结束（signal 9），0.5 秒后重启" in supervised.text
    assert "web 意外结束（signal 9），1 秒后重启" in supervised.text
    assert "一行过长" in supervised.text


@pytest.mark.kill
def test_nobody_survives_the_supervisor(supervised: Supervised) -> None:
    web, worker = supervised.life("web"), supervised.life("worker")

    kill(supervised.process.pid)

    wait_until(lambda: not any(is_alive(pid) for pid in everybody(web, worker)))


def test_a_deaf_child_is_ended_by_force(tmp_path: Path) -> None:
    one = Supervised(tmp_path, [("deaf", [sys.executable, "-c", DEAF])], stop_seconds=0.2)
    wait_until(lambda: "deaf    | deaf" in one.text)
    one.process.terminate()
    assert one.process.wait(60) == 0
    assert "强制结束" in one.text


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    one = Supervised(tmp_path, [("deaf", [sys.executable, "-c", DEAF])], stop_seconds=1000)
    wait_until(lambda: "deaf    | deaf" in one.text)
    one.process.terminate()
    wait_until(lambda: "正在停止" in one.text)
    one.process.terminate()
    assert one.process.wait(60) == 0


def test_a_command_that_cannot_start_is_tried_again(tmp_path: Path) -> None:
    one = Supervised(tmp_path, [("web", ["/no/such/program"])])
    wait_until(lambda: "1 秒后重启" in one.text)
    one.process.terminate()
    assert one.process.wait(60) == 0
    assert "/no/such/program" in one.text


def test_a_taken_port_is_noticed() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert not is_port_free("127.0.0.1", port)
    assert is_port_free("127.0.0.1", port)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except urllib.error.HTTPError:
        return True  # an answer, whatever it says
    except OSError:
        return False
    return True


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.kill
def test_the_real_web_server_leaves_no_worker_behind(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """granian's own workers outlive its main process; ours do not, and the port is free for the next one."""
    monkeypatch.setenv("ANJU_DATA", str(installation.data_dir))
    installation.ensure()
    port = free_port()
    command = [sys.executable, "-m", "anju.site.cli", "web", "--port", str(port)]
    one = Supervised(tmp_path, [("web", command)])
    try:
        wait_until(lambda: answers(port), "the web server answers")
        (main,) = children_of(one.process.pid)
        workers = wait_until(lambda: len(found := children_of(main)) >= 2 and found)

        kill(workers[0])
        wait_until(lambda: len(set(children_of(main)) - {workers[0]}) >= 2, "granian replaces its worker")
        before = children_of(main)
        kill(main)
        wait_until(lambda: not any(is_alive(pid) for pid in before))
        wait_until(lambda: answers(port), "the supervisor has started it again")

        (main,) = wait_until(lambda: children_of(one.process.pid))
        before = children_of(main)
        kill(one.process.pid)
        one.process.wait()
        wait_until(lambda: not any(is_alive(pid) for pid in (main, *before)))
        assert is_port_free("127.0.0.1", port)
    finally:
        if one.process.poll() is None:
            one.process.terminate()
            one.process.wait(60)
    assert os.path.exists(one.output)
