"""``make test``: everything, in stages, with closing lines that hide nothing.

fast      all but the two below, on two processes
browser   a real Chromium; without one these tests are *not run*, and the closing lines say so
kill      kill -9 of servers and workers

Exit code 0 only when every stage ran tests and none failed. With ``ANJU_REQUIRE_BROWSER=1`` (CI) a missing browser is
a failure too.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STAGES = (
    ("fast", ["-m", "not browser and not kill", "-n", "2", "--dist", "worksteal"]),
    ("browser", ["-m", "browser", "-n", "2", "--dist", "loadfile"]),
    ("kill", ["-m", "kill", "-n", "2", "--dist", "worksteal"]),
)
CLOSING = re.compile(r"\b\d+ (passed|failed|error|errors|skipped)\b.* in [\d.]+s")
NO_TESTS = 5


def has_chromium() -> bool:
    told = os.environ.get("ANJU_CHROMIUM")
    return bool(told or shutil.which("chromium") or shutil.which("chromium-browser"))


def run_stage(name: str, options: list[str]) -> tuple[bool, str]:
    """Did it run tests without a failure, and pytest's own closing line."""
    command = [sys.executable, "-m", "pytest", "-q", *options]
    print(f"\n== {name}: {' '.join(command[1:])}", flush=True)
    closing = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            if CLOSING.search(line):
                closing = line.strip(" =\n")
    if process.returncode == NO_TESTS:
        return False, "没有测试运行 / NO TESTS RAN"
    if "passed" not in closing and process.returncode == 0:
        return False, f"{closing or '?'}  没有一项真正运行 / nothing really ran"
    return process.returncode == 0, closing or f"exit code {process.returncode}"


def main() -> int:
    required = os.environ.get("ANJU_REQUIRE_BROWSER") == "1"
    rows: list[tuple[str, str, str]] = []
    good = True
    started = time.monotonic()
    for name, options in STAGES:
        if name == "browser" and not has_chromium():
            rows.append(
                (name, "NOT RUN", "没有 chromium，浏览器测试没有运行 / no chromium: browser tests NOT RUN")
            )
            good = good and not required
            continue
        passed, closing = run_stage(name, options)
        rows.append((name, "ok" if passed else "FAILED", closing))
        good = good and passed
    print("\n" + "=" * 78)
    for name, outcome, closing in rows:
        print(f"{name:<8} {outcome:<8} {closing}")
    print(f"{'all':<8} {'ok' if good else 'FAILED':<8} {time.monotonic() - started:.0f} s", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
