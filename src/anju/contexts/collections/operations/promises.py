"""Promises to pay: taken by a person, kept or broken by the ledger alone."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from anju.contexts.collections import reads, rungs
from anju.contexts.collections.facts import PromiseBroken, PromiseKept, PromiseTaken
from anju.contexts.collections.models import Case, PromiseToPay
from anju.contexts.collections.operations.effects import call_work_back, call_work_wait, tell_promise
from anju.core.lifecycles import PROMISE
from anju.core.working_time import BANK_ZONE
from anju.platform.clocks import operations as clocks
from anju.platform.journal import operations as journal
from anju.platform.policies import queries as policies

ACTOR = "system:collections"
CLOCK = "promise_due"
DECIDED_TIME = time(20, 0)
_ONE_DAY = timedelta(days=1)


class PromiseRefused(Exception):
    """Base of the refusals; nothing was changed."""

    def __init__(self, message_zh: str, message_en: str) -> None:
        self.message_zh, self.message_en = message_zh, message_en
        super().__init__(message_zh, message_en)

    def __str__(self) -> str:
        return f"{self.message_zh} / {self.message_en}"


class PromiseKeyReused(PromiseRefused):
    """The idempotency key was used before with another body."""

    def __init__(self) -> None:
        super().__init__("同一提交编号的内容不一致", "this key was used before with another content")


class PromiseCaseNotOpen(PromiseRefused):
    """There is nothing to promise on a closed case."""

    def __init__(self) -> None:
        super().__init__("案件已结案，不能再记录还款承诺", "the case is closed, no promise can be taken")


class PromiseAlreadyOpen(PromiseRefused):
    """One open promise per case."""

    def __init__(self, due_on: date) -> None:
        super().__init__(f"已有一项 {due_on} 到期的还款承诺", f"a promise for {due_on} is open already")


class PromiseAmountWrong(PromiseRefused):
    """The amount is below one fen or above what can be owed by then."""

    def __init__(self, most_fen: int) -> None:
        self.most_fen = most_fen
        yuan = f"{most_fen // 100:,}.{most_fen % 100:02d}"
        super().__init__(
            f"承诺金额应在 0.01 元至 {yuan} 元之间", f"the amount must be between 0.01 and {yuan} yuan"
        )


class PromiseDateTooFar(PromiseRefused):
    """The date lies before today or too far ahead."""

    def __init__(self, first_on: date, last_on: date) -> None:
        self.first_on, self.last_on = first_on, last_on
        super().__init__(
            f"承诺日期应在 {first_on} 至 {last_on} 之间", f"the date must be between {first_on} and {last_on}"
        )


@dataclass(frozen=True, slots=True)
class PromiseLimits:
    """What a promise on a case may be now: dates inclusive, fen inclusive from 1."""

    first_on: date
    last_on: date
    most_fen: int


def promise_limits(*, case_id: int, at: datetime) -> PromiseLimits:
    """Limits for the form of a case. Raises Case.DoesNotExist."""
    return _limits(Case.objects.get(id=case_id), at)


def promise_take(
    *,
    case_id: int,
    staff_id: int,
    amount_fen: int,
    due_on: date,
    idempotency_key: str,
    at: datetime,
    call_id: int | None = None,
) -> int:
    """Record a promise; its id. The same key and body again give the same id and change nothing.

    Owes the borrower a confirmation and lets the call work wait until the promised day.
    Raises, in this order: PromiseKeyReused, PromiseCaseNotOpen, PromiseAlreadyOpen, PromiseAmountWrong,
    PromiseDateTooFar.
    """
    body = {"case_id": case_id, "staff_id": staff_id, "amount_fen": amount_fen, "due_on": due_on.isoformat()}
    digest = body_hash(body)
    with transaction.atomic():
        case = Case.objects.select_for_update().get(id=case_id)
        before = PromiseToPay.objects.filter(idempotency_key=idempotency_key).first()
        if before is not None:
            if before.body_hash != digest:
                raise PromiseKeyReused
            return before.pk
        _check(case, amount_fen, due_on, at)
        promise = PromiseToPay.objects.create(
            case=case,
            call_id=call_id,
            amount_fen=amount_fen,
            due_on=due_on,
            taken_at=at,
            taken_by_id=staff_id,
            idempotency_key=idempotency_key,
            body_hash=digest,
            state=PROMISE.initial,
        )
        entry_id = journal.record(
            PromiseTaken(case.loan_id, case.pk, promise.pk, amount_fen, due_on, staff_id),
            at=at,
            actor=f"staff:{staff_id}",
        )
        tell_promise(case, promise, entry_id, at)
        _start_clock(case, due_on, at)
        call_work_wait(case, at)
    return promise.pk


def promises_resolve(*, on: date, at: datetime) -> dict[str, int]:
    """Kept when the ledger holds payments paid from the promise to its day that reach the amount; broken the
    day after.

    A payment of the promise's own day counts when it came in after the promise. Broken promises bring the
    call work back.
    Counts: `kept`, `broken`, `open`.
    """
    with transaction.atomic():
        promises = list(
            PromiseToPay.objects.select_for_update(of=("self",))
            .filter(state="open")
            .select_related("case")
            .order_by("id")
        )
        paid = reads.paid_since([(p.pk, p.case.loan_id, p.taken_at, p.due_on) for p in promises])
        kept = [p for p in promises if paid.get(p.pk, 0) >= p.amount_fen]
        done = {p.pk for p in kept}
        broken = [p for p in promises if p.pk not in done and on > p.due_on]
        _resolve(kept, "kept", paid, on)
        _resolve(broken, "broken", paid, on)
        facts: list[Any] = [
            kind(p.case.loan_id, p.case_id, p.pk, on, p.amount_fen, paid.get(p.pk, 0), p.due_on)
            for kind, rows in ((PromiseKept, kept), (PromiseBroken, broken))
            for p in rows
        ]
        if facts:
            journal.record_many(facts, at=at, actor=ACTOR)
        clocks.meet_many([(CLOCK, ("loan", p.case.loan_id)) for p in kept], at=at)
        call_work_back([p.case_id for p in broken], rungs.parse(policies.toml("timetable.toml")), at)
    return {"kept": len(kept), "broken": len(broken), "open": len(promises) - len(kept) - len(broken)}


def _start_clock(case: Case, due_on: date, at: datetime) -> None:
    """The ledger decides in the day end after the promised day; the clock of the promise runs until then."""
    decided_at = datetime.combine(due_on + _ONE_DAY, DECIDED_TIME, BANK_ZONE)
    clocks.start(
        name=CLOCK,
        subject=("loan", case.loan_id),
        branch_id=case.branch_id,
        rule={"kind": "wall", "amount": int((decided_at - at).total_seconds() // 60)},
        at=at,
        due_at=decided_at,
    )


def body_hash(body: dict[str, Any]) -> str:
    """sha256 of a command's body, keys sorted (house rule 10)."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _limits(case: Case, at: datetime) -> PromiseLimits:
    rules = policies.toml("timetable.toml")["promise"]
    today = at.astimezone(BANK_ZONE).date()
    overdue_fen, instalment_fen = reads.owed_now(case.loan_id)
    most = overdue_fen + instalment_fen * rules["next_instalments_max"]
    return PromiseLimits(today, today + rules["days_max"] * _ONE_DAY, most)


def _check(case: Case, amount_fen: int, due_on: date, at: datetime) -> None:
    if case.state != "open":
        raise PromiseCaseNotOpen
    other = PromiseToPay.objects.filter(case=case, state="open").first()
    if other is not None:
        raise PromiseAlreadyOpen(other.due_on)
    limits = _limits(case, at)
    if not 1 <= amount_fen <= limits.most_fen:
        raise PromiseAmountWrong(limits.most_fen)
    if not limits.first_on <= due_on <= limits.last_on:
        raise PromiseDateTooFar(limits.first_on, limits.last_on)


def _resolve(promises: list[PromiseToPay], state: str, paid: dict[int, int], on: date) -> None:
    if not promises:
        return
    PROMISE.require("open", state)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE collections_promisetopay AS p SET state = %(state)s, resolved_on = %(on)s, paid_fen = n.fen
              FROM unnest(%(ids)s::bigint[], %(fens)s::bigint[]) AS n(id, fen) WHERE p.id = n.id AND p.state =
              'open'
            """,
            {
                "state": state,
                "on": on,
                "ids": [p.pk for p in promises],
                "fens": [paid.get(p.pk, 0) for p in promises],
            },
        )
