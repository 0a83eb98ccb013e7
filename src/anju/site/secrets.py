"""Keys come from the environment. Outside production a missing key is made once and kept in the data folder."""

import base64
import fcntl
import os
import secrets
from pathlib import Path

NAMES = ("ANJU_SECRET_KEY", "ANJU_FIELD_KEYS", "ANJU_INDEX_KEY")


class SecretMissing(Exception):
    """A production installation lacks a key."""


def _make(name: str) -> str:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return f"k1:{key}" if name == "ANJU_FIELD_KEYS" else key


def load(data_dir: Path, *, production: bool) -> dict[str, str]:
    """``{name: value}`` for every name. Raises ``SecretMissing`` in production."""
    found = {name: os.environ[name] for name in NAMES if os.environ.get(name)}
    missing = [name for name in NAMES if name not in found]
    if not missing:
        return found
    if production:
        raise SecretMissing(f"环境变量缺失 / missing from the environment: {', '.join(missing)}")
    return {**_development_file(data_dir), **found}


def _development_file(data_dir: Path) -> dict[str, str]:
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / "secrets.env"
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        kept = dict(line.split("=", 1) for line in file.read().splitlines() if "=" in line)
        new = {name: _make(name) for name in NAMES if name not in kept}
        if new:
            file.write("".join(f"{name}={value}\n" for name, value in new.items()))
        return {**kept, **new}
