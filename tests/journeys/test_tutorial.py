"""The tutorial is run as it stands: every command in its fences, in order, in one shell, against a fresh folder.

What a reader does in the browser is done over HTTP with the same forms. What a reader takes from the screen (loan, amount, today)
takes the place of the example's values. Issue 2, point 9.
"""

import http.cookiejar
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

pytestmark = pytest.mark.kill

ROOT = Path(__file__).parents[2]
PAGES = ("first-kept-promise.md", "first-kept-promise.zh-CN.md")
FENCE = re.compile(r"(?:<!-- test: (?P<mark>[\w ]+) -->\n)?```sh\n(?P<body>.*?)```", re.DOTALL)
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
"""A Tuesday morning: work can be done and people may be called, whenever the test runs."""
SECONDS_MAX = 300
PASSWORD = "choose-a-better-one"


def fences(page: str) -> list[tuple[str, str]]:
    """`(mark, commands)` of every shell fence."""
    text = (ROOT / "docs" / "tutorial" / page).read_text("utf-8")
    return [(match["mark"] or "", match["body"]) for match in FENCE.finditer(text)]


def test_both_languages_have_the_same_commands() -> None:
    assert fences(PAGES[0]) == fences(PAGES[1])
    assert len(fences(PAGES[0])) >= 10


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Shell:
    """One shell for the whole page; a command that fails fails the test with what it said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.before = ""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ANJU_", "DATABASE_URL"))
        }
        offset = (NOW - datetime.now(UTC)).total_seconds()
        programs = str(Path(sys.executable).parent)
        self.environment = kept | {
            "PATH": f"{programs}{os.pathsep}{kept['PATH']}", "ANJU_CLOCK_OFFSET_SECONDS": str(offset), "PYTHONWARNINGS": "default",
        }  # fmt: skip
        if "ANJU_PG_BIN" in os.environ:
            self.environment["ANJU_PG_BIN"] = os.environ["ANJU_PG_BIN"]

    def run(self, commands: str) -> str:
        """Run commands after those that only set variables; what they wrote."""
        script = f"set -euo pipefail\n{self.before}\n{commands}"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        settings = [line for line in commands.splitlines() if re.match(r"(export )?[A-Z_]+=\S+$|LOAN=", line)]
        self.before = "\n".join([self.before, *settings])
        return done.stdout


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A folder like a checkout in which everything is installed."""
    activate = tmp_path / ".venv" / "bin" / "activate"
    activate.parent.mkdir(parents=True)
    activate.write_text(":\n")
    made = Shell(tmp_path)
    yield made
    subprocess.run(
        [sys.executable, "-m", "anju.site.cli", "db", "stop"], env=made.environment | {"ANJU_DATA": str(tmp_path / "tutorial")},
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip


class Browser:
    """As much of a browser as the desk's forms need."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.open = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        ).open

    def get(self, path: str) -> str:
        with self.open(self.base + path, timeout=60) as answer:
            self.url = answer.geturl()
            page: str = answer.read().decode()
        return page

    def post(self, path: str, page: str, fields: dict[str, str]) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token is not None
        data = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode()
        request = urllib.request.Request(self.base + path, data, {"Referer": self.base + path})
        with self.open(request, timeout=60) as answer:
            self.url = answer.geturl()
            text: str = answer.read().decode()
        return text


def promise_in_the_browser(base: str) -> tuple[str, str]:
    """Log in, take the next case, record a promise for today; loan number and amount."""
    browser = Browser(base)
    deadline = time.monotonic() + 120
    while True:
        try:
            page = browser.get("/desk/login/")
            break
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < deadline
            time.sleep(0.2)
    home = browser.post("/desk/login/", page, {"login": "KH01", "password": PASSWORD})
    assert "周文静" in home
    case = browser.post("/desk/work/next/", home, {})
    number = re.search(r"/desk/work/(\d+)/", browser.url)
    loan = re.search(r"GD\d{11}", case[case.index("<main") :])
    amount = re.search(
        r'name="promise_amount"[^>]*value="([\d.,]+)"|value="([\d.,]+)"[^>]*name="promise_amount"', case
    )
    key = re.search(r'name="key"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="key"', case)
    assert number is not None
    assert amount is not None
    assert loan is not None
    fields = {
        "outcome": "promised", "willingness": "willing", "overdue_reason": "account_short", "note": "今天转入还款卡。",
        "recording_ref": "REC-1", "promise_amount": amount[1] or amount[2], "promise_due_on": NOW.date().isoformat(),
    }  # fmt: skip
    if key is not None:
        fields["key"] = key[1] or key[2]
    saved = browser.post(f"/desk/work/{number[1]}/record/", case, fields)
    assert "没有保存" not in saved
    return loan[0], fields["promise_amount"].replace(",", "")


def test_the_tutorial(shell: Shell) -> None:
    said: dict[str, str] = {}
    loan = amount = ""
    background: subprocess.Popen[bytes] | None = None
    base = ""
    try:
        for mark, commands in fences(PAGES[0]):
            if mark == "background":
                port = free_port()
                base = f"http://127.0.0.1:{port}"
                script = f"{shell.before}\nexec {commands.replace('8000', str(port)).strip()}"
                background = subprocess.Popen(
                    ["bash", "-c", script], cwd=shell.folder, env=shell.environment,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
                loan, amount = promise_in_the_browser(base)
                continue
            given = re.sub(r"^LOAN=.*$", f"LOAN={loan} AMOUNT={amount}", commands, flags=re.MULTILINE)
            given = re.sub(r"^TODAY=.*$", f"TODAY={NOW.date()}", given, flags=re.MULTILINE)
            said[commands.splitlines()[-1]] = shell.run(given)
    finally:
        if background is not None:
            background.terminate()
            background.wait(60)
    told = "\n".join(said.values())
    assert "arrears cleared: 1" in told
    assert re.search(r"kept[ :=]+1\b", said['anju dayend --date "$TODAY"']), said[
        'anju dayend --date "$TODAY"'
    ]
    assert loan in said["anju journal verify"]
    assert "holds" in said["anju journal verify"]
