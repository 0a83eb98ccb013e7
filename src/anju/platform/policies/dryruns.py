"""What would have been: for some policy files a change can be tried on the past before anybody decides on it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

DryRun = Callable[[str, str, datetime], dict[str, Any]]
"""(content in force, content proposed, at) -> figures, as JSON."""

_runs: dict[str, DryRun] = {}


def register_dry_run(name: str, run: DryRun) -> None:
    """The dry-run of the policy file `name`; it only reads, and limits itself."""
    _runs[name] = run


def dry_run(name: str, before: str, after: str, at: datetime) -> dict[str, Any] | None:
    """The figures of a change, or None for a file that has no dry-run."""
    run = _runs.get(name)
    return None if run is None else run(before, after, at)
