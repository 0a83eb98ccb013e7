"""Loans whose balance on the tape is not the contract's: continued from that balance (docs/reference/portfolio.md).

Where the balance is what the contract leaves after the instalments that are paid, the contract is right and stays. Otherwise
the loan begins anew on the due date of the last paid instalment with its balance, over the periods that the contract
has left, with the running instalment that the tape's next instalment tells. What fell due until the day and is not
paid is past due, and no part of the flows.
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from anju.contexts.servicing.projection.reading import ABSENT
from anju.contexts.servicing.projection.running import Coming, LevelledAs, levelled_as
from anju.core.engine.book import Book
from anju.core.engine.calendar import due_ordinals
from anju.core.engine.columns import LoanColumns
from anju.core.engine.digest import Digest, digest, instalments_past
from anju.core.engine.stages import StagePlans
from anju.core.engine.stream import Kernel

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Reason = tuple[str, str, str]
"""Column, and why in Chinese and English."""

PLANS = StagePlans.of(
    [
        [("level_payment", None, None)],
        [("level_principal", None, None)],
        [("level_payment", 1, None), ("level_payment", None, None)],
        [("level_principal", 1, None), ("level_principal", None, None)],
        [("interest_only", 1, None), ("level_payment", None, None)],
        [("interest_only", 1, None), ("level_principal", None, None)],
    ]
)
"""To the end as it runs; the next instalment as told and then levelled; the same where it holds no principal. Of each
the one of level payment, then that of level principal (`running.LevelledAs`)."""

_ABOVE = ("balance", "剩余本金大于贷款金额", "the balance is above the principal")
_AHEAD = ("paid_periods", "已还期数多于已到期的期数", "more periods are paid than fell due")
_ENDED = (
    "balance",
    "合同已到期且没有逾期，却仍有剩余本金；逾期的贷款请填写逾期天数或已还期数",
    "the contract has ended and nothing is past due, yet a balance is left; of an overdue loan give days_past_due or paid_periods",
)
_SETTLED = (
    "next_instalment",
    "剩余本金为 0，不应再有下期应还",
    "the balance is 0, so no instalment can follow",
)
_PAUSED = (
    "next_instalment",
    "尚有剩余本金而下期应还为 0（延期还款），组合预测不能计算",
    "0 while a balance is left (payment holiday): the portfolio cannot compute it",
)
_TOO_MUCH = (
    "next_instalment",
    "下期应还大于剩余本金与其利息之和",
    "the next instalment is above the balance and its interest",
)


@dataclass(frozen=True, slots=True)
class Stated:
    """What the tape says of each loan of a book at the close of the day. `told`: it states a balance of that day. `due`:
    instalments of the contract that fell due, `paid`: those that are paid, `ahead`: more are paid than fell due."""

    told: Bools
    balance: Ints
    coming: Ints
    due: Ints
    paid: Ints
    ahead: Bools


@dataclass(slots=True)
class Outcome:
    """The digest of a book with what the tape's balances change, by loan: which were continued from the balance, and
    principal and interest past due; the loans that cannot be (`wrong`), with reasons."""

    digest: Digest
    continued: Bools
    past_due: Ints
    wrong: Bools
    reasons: list[tuple[Bools, Reason]]


class Asking(Protocol):
    """Digest of a book after the close of the day asked for."""

    def __call__(self, book: Book, *, months: int = 0, past: Ints | None = None) -> Digest: ...


def asked(on: date, kernel: Kernel, workers: int) -> Asking:
    """Digests after the close of a day, by kernel and workers."""
    return partial(digest, on=on, kernel=kernel, workers=workers)


def stated_of(values: dict[str, Ints], rows: Ints, book: Book, on: date) -> Stated:
    """What the tape's columns say. Paid are the instalments that `paid_periods` names; else, with days past due, those that
    fell due before that many days ago; else all that fell due (docs/reference/tape.md, Opening)."""
    loans, day = book.loans, on.toordinal()
    balance, as_of = values["balance"][rows], values["as_of_date"][rows]
    said, days = values["paid_periods"][rows], values["days_past_due"][rows]
    due = instalments_past(loans.dues, loans.months, on)
    since = np.maximum(day - np.maximum(days, 0), loans.start + 1)
    before = np.minimum(loans.dues.period_ending_on_or_after(since) - 1, due)
    paid = np.where(said != ABSENT, np.minimum(said, due), np.where(days > 0, before, due))
    told = (balance != ABSENT) & ((as_of == ABSENT) | (as_of == day))
    return Stated(told, balance, values["next_instalment"][rows], due, paid, told & (said > due))


def with_balances(
    book: Book, known: Book, stated: Stated, made: Digest, months: int, asking: Asking
) -> Outcome:
    """Put the tape's balances into the digest of the contracts, which has so many months of flows.

    `known`: the same loans at the rates that the tape's next instalment was counted with: the market not moved.
    """
    differs = stated.told & (stated.balance != made.balance_fen)
    past_due = np.zeros((2, len(book)), dtype=np.int64)
    settled = differs & (stated.balance == 0)
    late = np.flatnonzero(differs & ~settled & (stated.paid < stated.due))
    after = asking(book.take(late), past=stated.paid[late])
    same = after.balance_fen == stated.balance[late]
    by_contract = late[same]
    past_due[0, by_contract] = stated.balance[by_contract] - made.balance_fen[by_contract]
    past_due[1, by_contract] = after.interest_fen[same] - made.interest_fen[by_contract]
    continued = differs & ~settled
    continued[by_contract] = False
    reasons = _reasons(book, stated, continued)
    wrong = np.any([each for each, _ in reasons], axis=0)
    rows = np.flatnonzero(continued & ~wrong)
    told = _told(known, stated, rows)
    running = _running(book, stated, rows, told)
    reasons.append((_places(rows[told.too_much], len(book)), _TOO_MUCH))
    wrong |= reasons[-1][0]
    kept = ~told.too_much
    rows, running = rows[kept], running.take(np.flatnonzero(kept))
    continued = _places(rows, len(book))
    outcome = Outcome(made, continued, past_due, wrong, reasons)
    _exchange(book, outcome, np.flatnonzero(settled | continued | wrong), rows, running, months, asking)
    _past_due(outcome, stated, rows, running, asking)
    return outcome


def _places(rows: Ints, count: int) -> Bools:
    found = np.zeros(count, dtype=np.bool_)
    found[rows] = True
    return found


def _reasons(book: Book, stated: Stated, continued: Bools) -> list[tuple[Bools, Reason]]:
    months = book.loans.months
    coming = stated.coming != ABSENT
    return [
        (stated.told & (stated.balance > book.loans.principal_fen), _ABOVE),
        (stated.ahead, _AHEAD),
        (continued & (stated.paid == months), _ENDED),
        (stated.told & (stated.balance == 0) & coming & (stated.coming > 0), _SETTLED),
        (continued & coming & (stated.coming == 0) & (stated.due < months), _PAUSED),
    ]


def _told(known: Book, stated: Stated, rows: Ints) -> LevelledAs:
    """The instalments that the next ones tell."""
    loans, due = known.loans.take(rows), stated.due[rows]
    told = np.where(due < loans.months, stated.coming[rows], ABSENT)
    return levelled_as(loans, known.paths, Coming(stated.balance[rows], stated.paid[rows], due, told))


def _running(book: Book, stated: Stated, rows: Ints, how: LevelledAs) -> Book:
    """The book of loans that are continued."""
    loans, paid = book.loans.take(rows), stated.paid[rows]
    begun = LoanColumns(
        stated.balance[rows],
        how.left,
        loans.level,
        due_ordinals(loans.dues, paid),
        loans.due_day,
        loans.next_month | (paid > 0),
        loans.path,
        loans.offset_ppm,
    )
    plan = 2 * how.form + ~loans.level
    return Book(begun, book.paths, plan, PLANS, instalment=how.instalment)


def _exchange(
    book: Book, outcome: Outcome, gone: Ints, rows: Ints, running: Book, months: int, asking: Asking
) -> None:
    """Take the contracts of some loans out of the digest and put the continued ones in."""
    made = outcome.digest
    if not len(gone):
        return
    principal, interest = made.principal_by_month_fen, made.interest_by_month_fen
    if months:
        out = asking(book.take(gone), months=months)
        principal, interest = principal - out.principal_by_month_fen, interest - out.interest_by_month_fen
    put = asking(running, months=months)
    columns: dict[str, Any] = {}
    for name in ("balance_fen", "interest_fen", "last_fen", "fen_periods"):
        columns[name] = getattr(made, name).copy()
        columns[name][gone] = 0
        columns[name][rows] = getattr(put, name)
    outcome.digest = replace(
        made,
        **columns,
        principal_by_month_fen=principal + put.principal_by_month_fen,
        interest_by_month_fen=interest + put.interest_by_month_fen,
    )


def _past_due(outcome: Outcome, stated: Stated, rows: Ints, running: Book, asking: Asking) -> None:
    """Of continued loans: what fell due since the last paid instalment."""
    late = np.flatnonzero(stated.paid[rows] < stated.due[rows])
    if not len(late):
        return
    at = rows[late]
    whole = asking(running.take(late), past=np.zeros(len(late), dtype=np.int64))
    outcome.past_due[0, at] = stated.balance[at] - outcome.digest.balance_fen[at]
    outcome.past_due[1, at] = whole.interest_fen - outcome.digest.interest_fen[at]
