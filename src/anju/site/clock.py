"""What reads the wall clock for commands: the instant of ``anju.web.clock``, and the bank's date."""

from datetime import date

from anju.core.working_time import BANK_ZONE
from anju.web.clock import now

__all__ = ["BANK_ZONE", "now", "today"]


def today() -> date:
    """The current date at the bank."""
    return now().astimezone(BANK_ZONE).date()
