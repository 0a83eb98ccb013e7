from collections.abc import Iterator
from pathlib import Path

import pytest

from .installations import Installation


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJU_PG_GRACE_SECONDS", "0.2")
    monkeypatch.delenv("DATABASE_URL", raising=False)


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    one = Installation(tmp_path / "data")
    yield one
    one.end()
