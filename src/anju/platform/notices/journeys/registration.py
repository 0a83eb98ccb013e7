"""What the policy data asks about journeys: whether they may come into force, and what a change would have done."""

from typing import Any

from anju.platform.notices.config import JOURNEYS_FILE
from anju.platform.notices.journeys.steps import parse_file
from anju.platform.notices.journeys.trying import dry_run
from anju.platform.policies.dryruns import register_dry_run
from anju.platform.policies.parsing import register_check


def _check(data: Any) -> None:
    parse_file(data)


def register() -> None:
    """Once, when Django is ready."""
    register_check(JOURNEYS_FILE, _check)
    register_dry_run(JOURNEYS_FILE, dry_run)
