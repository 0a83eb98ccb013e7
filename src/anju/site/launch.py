"""Exec a program that cannot outlive the process that started it, as root or without root's rights.

Run as a file (``python -I -S launch.py …``), never imported by what it starts: it must be small and quick,
and PR_SET_PDEATHSIG has to be set by the child itself, after its credentials changed (changing them clears
it) and just before the exec.

    launch.py PARENT_PID SIGNAL AS -- PROGRAM ARG...

PARENT_PID  who must be alive; the kernel sends SIGNAL (a number) when that process dies, kill -9 included.
AS          ``self``      keep the credentials;
            ``userns``    same user on disk, but uid 1000 without capabilities in a user namespace
                          (programs such as PostgreSQL refuse to be root; this needs no other user);
            ``UID:GID``   become that user (setpriv), keeping only the right to open files (CAP_DAC_OVERRIDE).

Exit code 111, with the reason on stderr, when the program could not be started.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
INNER_ID = 1000
CANNOT_START = 111


def enter_user_namespace() -> None:
    """Map our own user to uid 1000 of a new user namespace; the exec that follows then drops every
    capability."""
    uid, gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"unshare(CLONE_NEWUSER): {os.strerror(number)}")
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{INNER_ID} {uid} 1"),
        ("gid_map", f"{INNER_ID} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(line)


def die_with_parent(parent: int, signal_number: int) -> None:
    """Ask the kernel for SIGNAL when the parent dies; leave at once when it already has."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl(PR_SET_PDEATHSIG): {os.strerror(number)}")
    if os.getppid() != parent:
        raise OSError(f"the parent {parent} is gone")


def setpriv(identity: str, signal_number: int, program: list[str]) -> list[str]:
    """The setpriv command (util-linux) that becomes UID:GID with the right to open files and the same death
    signal."""
    uid, gid = identity.split(":")
    return [
        "setpriv",
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        "--inh-caps=-all,+dac_override",
        "--ambient-caps=+dac_override",
        f"--pdeathsig={signal.Signals(signal_number).name}",
        "--",
        *program,
    ]


def main(argv: list[str]) -> int:
    parent, signal_number, identity, dashes, *program = argv
    if dashes != "--" or not program:
        print(__doc__, file=sys.stderr)
        return CANNOT_START
    try:
        if identity == "userns":
            enter_user_namespace()
        elif identity != "self":
            program = setpriv(identity, int(signal_number), program)
        die_with_parent(int(parent), int(signal_number))
        os.execvp(program[0], program)  # noqa: S606 -- replacing ourselves is the whole job
    except OSError as problem:
        print(f"launch: {program[0]}: {problem}", file=sys.stderr)
    return CANNOT_START


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
