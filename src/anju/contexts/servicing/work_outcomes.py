"""What a person can record when closing work that servicing opened."""

from anju.contexts.servicing.operations import correction_notices
from anju.contexts.servicing.operations.requesting import KIND
from anju.platform.work.outcomes import Outcome, register

_REQUEST = (
    Outcome("arranged", "已办理", "Arranged"),
    Outcome("withdrawn", "客户撤回", "Withdrawn by the customer"),
    Outcome("not_eligible", "不符合条件，已告知原因", "Not eligible, reason told", fields=("note",)),
    Outcome("more_time", "需要更多时间", "More time needed", closes=False, fields=("note",)),
)


def connect() -> None:
    """Register the outcomes, and the notice that a corrected rate owes. Calling it again changes nothing."""
    register(KIND, _REQUEST)
    correction_notices.connect()
