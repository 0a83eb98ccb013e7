"""Making a cluster, and starting PostgreSQL's programs: never as root, never outliving the keeper."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from anju.site import launch
from anju.site.postgres.places import DATABASE, USER, Server, ServerProblem

NOBODY = "65534:65534"
BUILTIN_LOCALE = 17
"""First major version that compares texts by code point itself."""

INITIAL_CONFIGURATION = """
# Anju's starting values for a small machine; change them as you like.
# The socket and the log are set on the command line.
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
wal_compression = on
random_page_cost = 1.1
jit = off
fsync = on
synchronous_commit = on
log_checkpoints = off
"""


@dataclass(frozen=True)
class Programs:
    """How this server's programs are run."""

    server: Server
    identity: str
    log: Callable[[str], None]

    def command(self, program: str, *arguments: str) -> list[str]:
        """The command line by which a program dies with this process and is not root."""
        return [
            *(sys.executable, "-I", "-S", launch.__file__),
            *(str(os.getpid()), str(int(signal.SIGINT)), self.identity, "--"),
            *(str(self.server.bin_dir / program), *arguments),
        ]

    def run(self, program: str, *arguments: str, said: bytes = b"", zh: str, en: str) -> None:
        """To its end. Raises ServerProblem, with what it said in the log."""
        done = subprocess.run(  # noqa: S603 -- our own programs
            self.command(program, *arguments),
            input=said,
            check=False,
            cwd="/",
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if done.returncode != 0:
            self.log(done.stdout.decode(errors="replace"))
            raise ServerProblem(
                f"{zh}（退出码 {done.returncode}）。日志末尾：", f"{en} (exit code {done.returncode})."
            )


def create_cluster(programs: Programs, *, durable: bool) -> None:
    """initdb and our database, in a folder beside that is renamed when complete: a kill leaves nothing half
    made."""
    server = programs.server
    new = server.home / "cluster.new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    give(new, programs.identity)
    options = ["-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "-k"]
    if server.version >= BUILTIN_LOCALE:
        # the same order, without a call of the C library for each comparison
        options.append("--locale-provider=builtin")
    if not durable:
        options.append("--no-sync")
    programs.run("initdb", "-D", str(new), *options, zh="initdb 失败", en="initdb failed")
    with (new / "postgresql.conf").open("a") as file:
        file.write(INITIAL_CONFIGURATION)
    single = ("--single", "-D", str(new), "-c", "exit_on_error=on")  # complete before anybody can connect
    for database, statement in (
        ("template1", "CREATE EXTENSION pg_trgm"),  # so that every database made later has it
        ("postgres", f"CREATE DATABASE {DATABASE}"),
    ):
        programs.run(
            *("postgres", *single, database),
            said=statement.encode() + b"\n",
            zh=f"建库失败：{statement}",
            en=f"Creating the database failed: {statement}",
        )
    new.rename(server.cluster)


def choose_identity(server: Server) -> str:
    """How to run PostgreSQL, which refuses to be root. Raises ServerProblem.

    A normal user: as oneself. Root in a folder of somebody else's: as that user. Root in root's folder: in a
    user namespace, where those are forbidden as nobody with the right to open files.
    """
    told = os.environ.get("ANJU_PG_AS")
    cluster = server.cluster if server.cluster.exists() else server.home
    owner = cluster.stat()
    if told:
        return told
    if os.geteuid() != 0:
        if owner.st_uid == os.geteuid():
            return "self"
        raise ServerProblem(
            f"{cluster} 属于别的用户(uid {owner.st_uid}),请用该用户运行。",
            f"{cluster} belongs to another user (uid {owner.st_uid}): run as that user.",
        )
    if owner.st_uid != 0:
        return _possible(f"{owner.st_uid}:{owner.st_gid}")
    try:
        return _possible("userns")
    except ServerProblem:
        return _possible(NOBODY)


def _possible(identity: str) -> str:
    """Try it on ``true``. Raises ServerProblem with what the system said."""
    command = [sys.executable, "-I", "-S", launch.__file__]
    arguments = [str(os.getpid()), str(int(signal.SIGTERM)), identity, "--", "true"]
    done = subprocess.run([*command, *arguments], check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode == 0:
        return identity
    why = done.stderr.strip()
    raise ServerProblem(
        f"PostgreSQL 不能以 root 运行，而本机既不允许用户命名空间，也不能换用户：{why}。"
        "请以普通用户运行，或设置 DATABASE_URL。",
        "PostgreSQL refuses to run as root, and here neither user namespaces nor changing the user work: "
        f"{why}. "
        "Run as a normal user, or set DATABASE_URL.",
    )


def give(folder: Path, identity: str) -> None:
    """Make every file of the cluster the user's of that identity (PostgreSQL insists on owning its
    folder)."""
    if identity in ("self", "userns"):
        return
    uid, gid = (int(part) for part in identity.split(":"))
    if folder.stat().st_uid == uid:
        return
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(os.path.join(parent, name), uid, gid, follow_symlinks=False)
    os.chown(folder, uid, gid)


def environment() -> dict[str, str]:
    """Ours without PG* variables, which could send the programs elsewhere, and with messages a log reader can
    search for."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C.UTF-8"}
