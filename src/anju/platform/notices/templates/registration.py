"""What the policy data asks about texts: whether they may come into force, and what a change would have done."""

from anju.platform.notices.templates.checking import check_file
from anju.platform.notices.templates.texts import TEMPLATES_FILE
from anju.platform.notices.templates.trying import dry_run
from anju.platform.policies.dryruns import register_dry_run
from anju.platform.policies.parsing import register_check


def register() -> None:
    """Once, when Django is ready."""
    register_check(TEMPLATES_FILE, check_file)
    register_dry_run(TEMPLATES_FILE, dry_run)
