"""Worlds in data folders of their own, each with its own server, made by the command as a person would."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ANJU = (sys.executable, "-m", "anju.site.cli")
SECONDS_MAX = 900
SMALL = ("--borrowers", "40", "--days", "8", "--seed", "3")
OFFSET = "ANJU_CLOCK_OFFSET_SECONDS"


def environment(data_dir: Path, offset: float) -> dict[str, str]:
    """Of a person at a terminal whose data folder is this one."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ANJU_", "DATABASE_URL", "PGP"))
    }
    kept |= {"ANJU_DATA": str(data_dir), "PYTHONWARNINGS": "default", OFFSET: str(offset)}
    if "ANJU_PG_BIN" in os.environ:
        kept["ANJU_PG_BIN"] = os.environ["ANJU_PG_BIN"]
    return kept


def anju(data_dir: Path, *arguments: str, offset: float = 0.0) -> dict[str, Any]:
    """Run a command to its end; its JSON answer."""
    done = subprocess.run(
        [*ANJU, "--json", *arguments],
        env=environment(data_dir, offset),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
    )
    assert done.returncode == 0, (
        f"{arguments}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    )
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def digest(data_dir: Path, offset: float) -> list[str]:
    """What of a world must be the same for the same seed: every table of the book, and what people did."""
    code = (
        "from anju.site import postgres; postgres.ensure()\n"
        "from anju.site.cli.base import start_django; start_django()\n"
        "import json\nfrom anju.site.demo import run\nprint(json.dumps(run.world_lines()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(data_dir, offset),
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    lines: list[str] = json.loads(done.stdout.strip().splitlines()[-1])
    return lines


@contextmanager
def begun(data_dir: Path, *arguments: str, offset: float = 0.0) -> Iterator[subprocess.Popen[str]]:
    """A command at work; ended when the block ends."""
    process = subprocess.Popen(
        [*ANJU, *arguments],
        env=environment(data_dir, offset),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
