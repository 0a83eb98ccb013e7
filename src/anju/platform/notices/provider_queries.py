"""How the providers of the channels do today 服务商现状: breaker, window, quota, and what they answered."""

from dataclasses import dataclass
from datetime import datetime

from anju.core.working_time import BANK_ZONE
from anju.platform.notices.models import Provider, ProviderDay
from anju.platform.notices.providers import ProviderRules, rules


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """One provider that was ever used. Counts are of the bank's day of `at`; `window_*` of the running window."""

    name: str
    breaker: str
    breaker_zh: str
    since_at: datetime
    open_until_at: datetime | None
    throttled_until_at: datetime | None
    opened_count: int
    window_calls: int
    window_failures: int
    granted: int
    submitted: int
    rejected: int
    in_doubt: int
    rules: ProviderRules


def provider_rows(*, at: datetime) -> list[ProviderRow]:
    """Every provider, by name; two queries."""
    days = {row.provider_id: row for row in ProviderDay.objects.filter(on=at.astimezone(BANK_ZONE).date())}
    found = []
    for row in Provider.objects.order_by("name"):
        day = days.get(row.id, ProviderDay())
        found.append(
            ProviderRow(
                row.name, row.breaker, dict(Provider.BREAKERS)[row.breaker], row.since_at, row.open_until_at,
                row.throttled_until_at, row.opened_count, row.window_calls, row.window_failures, day.granted,
                day.submitted, day.rejected, day.in_doubt, rules(row.name),
            )
        )  # fmt: skip
    return found
