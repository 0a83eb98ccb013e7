"""How much a provider may be given now 限流与熔断: its tokens, its day, its circuit breaker; rows, so every process sees them.

Each call is a short transaction of its own: nothing here is held while a provider is called. Tokens of a process that
died in between are lost, which only makes a second of that provider slower.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from anju.core.working_time import BANK_ZONE
from anju.platform.bulk import write_back
from anju.platform.journal import operations as journal
from anju.platform.notices.models import Provider
from anju.platform.notices.provider_facts import ProviderClosed, ProviderOpened
from anju.platform.notices.providers import ProviderRules, rules

ACTOR = "system:notices"
MASS = 2
"""Lane that leaves a reserve to the others."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a batch told about its provider: messages answered, of them failed (no answer, down, slow) and throttled."""

    calls: int
    failures: int
    throttled: int = 0
    submitted: int = 0
    rejected: int = 0
    in_doubt: int = 0


def look(names: Collection[str], *, at: datetime) -> dict[str, Provider]:
    """State of these providers; one that was never used begins closed."""
    found = {row.name: row for row in Provider.objects.filter(name__in=names)}
    missing = [name for name in names if name not in found]
    if missing:
        new = [
            Provider(name=name, since_at=at, window_at=at, tokens_at=at, tokens=rules(name).per_second or 0)
            for name in missing
        ]
        Provider.objects.bulk_create(new, ignore_conflicts=True)
        found = {row.name: row for row in Provider.objects.filter(name__in=names)}
    return found


def usable(row: Provider, *, at: datetime) -> bool:
    """Whether a batch may be given to it; one that was open long enough may be given one message (`grant`)."""
    if row.throttled_until_at is not None and at < row.throttled_until_at:
        return False
    if row.breaker == "open":
        return row.open_until_at is not None and row.open_until_at <= at
    if row.breaker == "half_open":
        return row.probe_ends_at is not None and row.probe_ends_at <= at
    return True


def grant(row: Provider, *, lane: int, want: int, at: datetime, claim_ends_at: datetime) -> int:
    """How many messages of a lane it may be given now, at most `want`; they are counted as given.

    An open one whose time has come takes a single message as its probe, and only one caller gets that.
    """
    if want <= 0 or not usable(row, at=at):
        return 0
    if row.breaker != "closed":
        return 1 if _probe(row, at, claim_ends_at) else 0
    rule = rules(row.name)
    if not rule.metered:
        return want
    with transaction.atomic():
        return _take(row.id, rule, lane, want, at)


def _probe(row: Provider, at: datetime, claim_ends_at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notices_provider SET breaker = 'half_open', open_until_at = NULL, probe_ends_at = %(ends)s"
            " WHERE id = %(id)s AND (breaker = 'open' AND open_until_at <= %(at)s"
            " OR breaker = 'half_open' AND probe_ends_at <= %(at)s)",
            {"id": row.id, "at": at, "ends": claim_ends_at},
        )
        return bool(cursor.rowcount == 1)


_LOCK_DAY = """
INSERT INTO notices_providerday AS d (provider_id, "on", granted, submitted, rejected, in_doubt)
VALUES (%s, %s, 0, 0, 0, 0) ON CONFLICT (provider_id, "on") DO UPDATE SET granted = d.granted RETURNING d.granted
"""
_GRANT_DAY = 'UPDATE notices_providerday SET granted = granted + %s WHERE provider_id = %s AND "on" = %s'


def _take(provider_id: int, rule: ProviderRules, lane: int, want: int, at: datetime) -> int:
    row = Provider.objects.select_for_update().get(id=provider_id)
    count = want
    if rule.per_second is not None:
        _refill(row, rule.per_second, at)
        count = min(count, row.tokens - _reserve(rule.per_second, rule, lane))
    if rule.per_day is not None and count > 0:
        count = min(count, rule.per_day - _reserve(rule.per_day, rule, lane) - _of_today(row.id, at))
    count = max(count, 0)
    if rule.per_second is not None:
        row.tokens -= count
        write_back([row], ("tokens", "tokens_at"))
    if rule.per_day is not None and count:
        with connection.cursor() as cursor:
            cursor.execute(_GRANT_DAY, [count, row.id, _day(at)])
    return count


def _reserve(limit: int, rule: ProviderRules, lane: int) -> int:
    return limit * rule.reserve_percent // 100 if lane >= MASS else 0


def _refill(row: Provider, per_second: int, at: datetime) -> None:
    """Tokens grow with time up to one second's worth. A clock that was set back begins a new second."""
    if row.tokens_at > at or (at - row.tokens_at).total_seconds() >= 1:
        row.tokens, row.tokens_at = per_second, at
        return
    grown = (at - row.tokens_at).microseconds * per_second // 1_000_000
    if grown:
        row.tokens, row.tokens_at = min(per_second, row.tokens + grown), at


def _of_today(provider_id: int, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_DAY, [provider_id, _day(at)])
        granted: int = cursor.fetchone()[0]
    return granted


def _day(at: datetime) -> date:
    return at.astimezone(BANK_ZONE).date()


def give_back(row: Provider, count: int, *, at: datetime) -> None:
    """So many of a grant were not used."""
    rule = rules(row.name)
    if count <= 0 or not rule.metered:
        return
    with connection.cursor() as cursor:
        if rule.per_second is not None:
            cursor.execute(
                "UPDATE notices_provider SET tokens = least(%s, tokens + %s) WHERE id = %s",
                [rule.per_second, count, row.id],
            )
        if rule.per_day is not None:
            cursor.execute(_GRANT_DAY, [-count, row.id, _day(at)])


def release_probe(row: Provider, *, at: datetime) -> None:
    """There was no message to try it with: it stays open, and the next message tries."""
    Provider.objects.filter(id=row.id, breaker="half_open").update(
        breaker="open", open_until_at=at, probe_ends_at=None
    )


_REPORT_DAY = """
INSERT INTO notices_providerday AS d (provider_id, "on", granted, submitted, rejected, in_doubt)
VALUES (%(id)s, %(on)s, 0, %(submitted)s, %(rejected)s, %(in_doubt)s)
ON CONFLICT (provider_id, "on") DO UPDATE SET submitted = d.submitted + excluded.submitted,
    rejected = d.rejected + excluded.rejected, in_doubt = d.in_doubt + excluded.in_doubt
"""


def report(provider_id: int, name: str, heard: Heard, *, at: datetime) -> None:
    """Count what a batch told; too many failures open the breaker, a probe that worked closes it (both are facts)."""
    rule = rules(name)
    with transaction.atomic():
        row = Provider.objects.select_for_update().get(id=provider_id)
        with connection.cursor() as cursor:
            cursor.execute(
                _REPORT_DAY,
                {
                    "id": row.id, "on": _day(at), "submitted": heard.submitted, "rejected": heard.rejected,
                    "in_doubt": heard.in_doubt,
                },
            )  # fmt: skip
        if not row.window_at <= at < row.window_at + rule.breaker.window:
            row.window_at, row.window_calls, row.window_failures = at, 0, 0
        row.window_calls += heard.calls
        row.window_failures += heard.failures
        if heard.throttled * 2 > heard.calls:
            row.throttled_until_at = at + rule.throttled
        fact = _turn(row, rule, heard, at)
        row.save()
        if fact is not None:
            logger.warning("provider %s: %s %s", row.name, row.breaker, row.reason)
            journal.record(fact, at=at, actor=ACTOR)


def _turn(
    row: Provider, rule: ProviderRules, heard: Heard, at: datetime
) -> ProviderOpened | ProviderClosed | None:
    """The breaker's own step."""
    if row.breaker == "closed":
        breaker = rule.breaker
        too_many = row.window_failures >= breaker.failures
        if not too_many or row.window_failures * 100 < breaker.failures_percent * row.window_calls:
            return None
        return _open(row, rule, at)
    if row.breaker == "open" or heard.calls == 0:  # what was on its way before it opened says nothing new
        return None
    if heard.failures:
        return _open(row, rule, at)
    row.breaker, row.since_at, row.open_until_at, row.probe_ends_at = "closed", at, None, None
    row.reason, row.window_at, row.window_calls, row.window_failures = "", at, 0, 0
    return ProviderClosed(("provider", row.id), row.name)


def _open(row: Provider, rule: ProviderRules, at: datetime) -> ProviderOpened | None:
    again = row.breaker == "half_open"
    row.reason = f"{row.window_failures}/{row.window_calls}"
    row.breaker, row.open_until_at, row.probe_ends_at = "open", at + rule.breaker.open, None
    if again:
        return None
    row.since_at = at
    row.opened_count += 1
    return ProviderOpened(("provider", row.id), row.name, row.window_calls, row.window_failures)
