"""Days past due (逾期天数)."""

from datetime import date


def days_past_due(oldest_unpaid_due_on: date | None, on: date) -> int:
    """Days since the oldest unpaid due date: 0 on the due date itself or before it, 1 the day after, 0
    without any.

    Holidays do not move due dates: automatic debit runs on them (facts section 11).
    """
    return 0 if oldest_unpaid_due_on is None else max((on - oldest_unpaid_due_on).days, 0)
