"""The folder of kept reports: one JSON and one page a drill. Plain files, since a drill runs on a database of its own
and knows nothing of the installation's. No Django here: the command writes before any is set up.
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = "drills"
BYTES_MAX = 8_000_000
REPORTS_MAX = 200
"""The newest so many are listed and sealed."""

NUMBERS = ("lost", "doubled", "in_doubt", "proven", "exceptions", "messages_total", "notices_per_second")
NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z-notices-[a-z0-9_-]{1,40}-[0-9a-f]{8}", re.ASCII)


class DrillUnreadable(ValueError):
    """A kept report is not what this version wrote: too large, no JSON, or without its figures."""

    def __init__(self, name: str, problem: str) -> None:
        self.message_zh = f"演练报告 {name} 读不出来：{problem}"
        self.message_en = f"report {name} of a drill cannot be read: {problem}"
        super().__init__(f"{self.message_zh} / {self.message_en}")


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept report: `told` as `anju drill notices --json` gave it, `by` the person at the machine `host`.

    `sha256`: of the JSON file, which itself names the checksum of the page (`page_sha256`).
    """

    name: str
    kept_at: datetime
    by: str
    host: str
    page_sha256: str
    told: Mapping[str, Any]
    sha256: str

    @property
    def ok(self) -> bool:
        """Whether the drill was passed."""
        return bool(self.told["ok"])


def folder_of(data_dir: Path) -> Path:
    """Where an installation keeps its reports."""
    return data_dir / FOLDER


def keep(told: Mapping[str, Any], page: str, *, folder: Path, by: str, host: str, at: datetime) -> Path:
    """Write both files, the JSON last and at once; the path of the JSON. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    profile = re.sub(r"[^a-z0-9_-]+", "-", str(told["profile"]["name"]).lower())[:40] or "own"
    name = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-notices-{profile}-{secrets.token_hex(4)}"
    body = page.encode()
    row = {
        "kept_at": at.isoformat(timespec="seconds"), "by": by[:80], "host": host[:80],
        "page_sha256": hashlib.sha256(body).hexdigest(), "told": told,
    }  # fmt: skip
    _write(folder / f"{name}.html", body)
    path = folder / f"{name}.json"
    _write(path, json.dumps(row, ensure_ascii=False, indent=1).encode())
    return path


def _write(path: Path, body: bytes) -> None:
    half = path.with_suffix(f"{path.suffix}.part")
    with half.open("wb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    half.replace(path)


def names(folder: Path) -> list[str]:
    """Names of the newest kept reports, the newest first."""
    found = (path.stem for path in folder.glob("*.json")) if folder.is_dir() else ()
    return sorted((name for name in found if NAME.fullmatch(name)), reverse=True)[:REPORTS_MAX]


def checksum(folder: Path, name: str) -> str:
    """SHA-256 of a kept JSON file, hex; "" when it is gone."""
    try:
        with (folder / f"{name}.json").open("rb") as book:
            return hashlib.file_digest(book, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def read(folder: Path, name: str) -> Kept:
    """One kept report. Raises FileNotFoundError, DrillUnreadable."""
    if not NAME.fullmatch(name):
        raise FileNotFoundError(name)
    path = folder / f"{name}.json"
    if path.stat().st_size > BYTES_MAX:
        raise DrillUnreadable(name, f"> {BYTES_MAX} bytes")
    body = path.read_bytes()
    try:
        row = json.loads(body)
        told = row["told"]
        _require_figures(told)
        return Kept(
            name, datetime.fromisoformat(row["kept_at"]), str(row["by"]), str(row["host"]), str(row["page_sha256"]), told,
            hashlib.sha256(body).hexdigest(),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise DrillUnreadable(name, f"{type(problem).__name__} {problem}"[:200]) from None


def _require_figures(told: Mapping[str, Any]) -> None:
    """What the desk shows is there and of its kind. Raises KeyError, TypeError, ValueError, AttributeError."""
    figures, profile = told["figures"], told["profile"]
    for number in (told["count"], told["seconds"], *(figures[name] for name in NUMBERS)):
        float(number)
    for times in figures["seconds"].values():
        if times is not None:
            [float(times[name]) for name in ("p50", "p95", "p99")]
    for line in told["verdicts"]:
        str(line["zh"]), str(line["en"]), list(line["found"]), bool(line["ok"])
    for row in told["in_doubt"]:
        row["key"], row["channel"], row["provider"], row["reached"]
    profile["name"], told["ok"], told["seed"], told["machine"].keys()


def page(folder: Path, name: str) -> bytes:
    """The page of a kept report. Raises FileNotFoundError."""
    if not NAME.fullmatch(name):
        raise FileNotFoundError(name)
    return (folder / f"{name}.html").read_bytes()[:BYTES_MAX]
