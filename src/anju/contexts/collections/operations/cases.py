"""Cases follow the arrears: opened, moved along the rungs, closed. All set-based, linear in the cases that
change.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from django.db import connection, transaction

from anju.contexts.collections import reads, rungs
from anju.contexts.collections.facts import CaseClosed, CaseOpened, RungMoved
from anju.contexts.collections.ladder import Decision, Move, OpenCase, decide
from anju.contexts.collections.models import Case, PromiseToPay, RungMove
from anju.contexts.collections.operations.effects import enter, leave, tell_cured
from anju.core.ladder import LadderBands
from anju.platform.clocks import operations as clocks
from anju.platform.journal import operations as journal
from anju.platform.policies import queries as policies

ACTOR = "system:collections"
_OPEN_COLUMNS = ("id", "loan_id", "rung", "rung_since", "days_past_due", "overdue_fen")


def cases_move(*, on: date, at: datetime) -> dict[str, int]:
    """Close of a day: open cases of loans newly overdue, move the others to the rung of their days past due,
    close the cured.

    Each entry to a rung writes one RungMove, owes one notice, starts the rung's clock and opens its work;
    leaving a rung takes
    all that back. Running it again on the same day changes nothing. Counts: `opened`, `closed`, `moved`,
    `entered_1`..`_4`,
    `notices`, `work_opened`, `work_cancelled`, `open`. Source: S3-04..S3-08, conflict (c). Raises
    PolicyMissing, BadInput.
    """
    bands = LadderBands.from_policy(policies.params(), on)
    table = rungs.parse(policies.toml("timetable.toml"))
    with transaction.atomic():
        later = reads.opened_after(on)
        arrears = [loan for loan in reads.overdue() if loan.loan_id not in later]
        decision = decide(_open_cases(), arrears, bands)
        counts = _close(decision.cured, table, on, at, "cured")
        entered = _open(decision.opens, on) + _move(decision.moves, on)
        _figures(decision)
        _record(entered, on, at, bands.policy_version)
        left = [(move.left.case_id, move.left.rung, move.left.rung_since, move.loan.loan_id)
                for _, move in entered if move.left is not None]  # fmt: skip
        counts["work_cancelled"] += leave(left, table, at, "rung_left")
        promised = _promised(case_id for case_id, _ in entered)
        counts |= enter(entered, table, promised, on, at)
    counts["opened"], counts["moved"] = len(decision.opens), len(decision.moves)
    for rung in rungs.RUNGS:
        counts[f"entered_{rung}"] = sum(move.to_rung == rung for _, move in entered)
    counts["open"] = (
        len(decision.opens) + len(decision.moves) + Case.objects.filter(state="open").count() - len(entered)
    )
    return counts


def cases_close(
    *, loan_ids: Collection[int], on: date, at: datetime, reason: str = "cured"
) -> dict[str, int]:
    """Close the open cases of these loans at once: work and clocks cancelled, notices moot, thanks owed.
    Counts: `closed`, ...

    A loan without an open case is left alone, so a second call changes nothing.
    """
    table = rungs.parse(policies.toml("timetable.toml"))
    with transaction.atomic():
        return _close(_open_cases(loan_ids), table, on, at, reason)


def clocks_meet(*, rows: Iterable[tuple[int, str]], at: datetime) -> int:
    """`(loan_id, met_by)` happened (a call, a review, legal papers): the clock of the case's rung is met if
    that ends it.
    """
    table = rungs.parse(policies.toml("timetable.toml"))
    wanted = list(rows)
    stands = dict(
        Case.objects.filter(state="open", loan_id__in={loan for loan, _ in wanted}).values_list(
            "loan_id", "rung"
        )
    )
    met = [
        (table[stands[loan]].clock_name, ("loan", loan))
        for loan, by in wanted
        if stands.get(loan) and table[stands[loan]].met_by == by
    ]
    return clocks.meet_many(met, at=at) if met else 0


def _open_cases(loan_ids: Collection[int] | None = None) -> list[OpenCase]:
    rows = Case.objects.select_for_update().filter(state="open").order_by("id")
    if loan_ids is not None:
        rows = rows.filter(loan_id__in=list(loan_ids))
    return [OpenCase(*row) for row in rows.values_list(*_OPEN_COLUMNS)]


def _close(
    cases: Sequence[OpenCase], table: Mapping[int, rungs.Rung], on: date, at: datetime, reason: str
) -> dict[str, int]:
    if not cases:
        return {"closed": 0, "work_cancelled": 0}
    ids = [case.case_id for case in cases]
    Case.objects.filter(id__in=ids, state="open").update(
        state="closed", closed_on=on, close_reason=reason, overdue_fen=0, days_past_due=0
    )
    journal.record_many(
        [CaseClosed(case.loan_id, case.case_id, on, reason, case.rung) for case in cases], at=at, actor=ACTOR
    )
    left = [(case.case_id, case.rung, case.rung_since, case.loan_id) for case in cases]
    cancelled = leave(left, table, at, f"case_{reason}", every_work=True)
    if reason == "cured":
        tell_cured([(case.case_id, case.loan_id) for case in cases], on, at)
    return {"closed": len(cases), "work_cancelled": cancelled}


def _open(opens: Sequence[Move], on: date) -> list[tuple[int, Move]]:
    table = rungs.parse(policies.toml("timetable.toml"))
    rows = Case.objects.bulk_create(
        [
            Case(
                loan_id=move.loan.loan_id,
                person_id=move.loan.person_id,
                branch_id=move.loan.branch_id,
                state="open",
                opened_on=on,
                rung=move.to_rung,
                rung_since=on,
                days_past_due=move.loan.days_past_due,
                overdue_fen=move.loan.overdue_fen,
                owner_role=table[move.to_rung].owner_role,
            )
            for move in opens
        ],
        batch_size=5000,
    )
    return [(row.id, move) for row, move in zip(rows, opens, strict=True)]


def _move(moves: Sequence[Move], on: date) -> list[tuple[int, Move]]:
    if not moves:
        return []
    table = rungs.parse(policies.toml("timetable.toml"))
    entered = [(move.left.case_id, move) for move in moves if move.left is not None]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE collections_case AS c
               SET rung = n.rung, rung_since = %(on)s, days_past_due = n.days, overdue_fen = n.fen, owner_role
               = n.owner
              FROM unnest(%(ids)s::bigint[], %(rungs)s::smallint[], %(days)s::int[], %(fens)s::bigint[],
                          %(owners)s::text[]) AS n(id, rung, days, fen, owner)
             WHERE c.id = n.id
            """,
            {
                "on": on,
                "ids": [case_id for case_id, _ in entered],
                "rungs": [move.to_rung for _, move in entered],
                "days": [move.loan.days_past_due for _, move in entered],
                "fens": [move.loan.overdue_fen for _, move in entered],
                "owners": [table[move.to_rung].owner_role for _, move in entered],
            },
        )
    return entered


def _figures(decision: Decision) -> None:
    if not decision.figures:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE collections_case AS c SET days_past_due = n.days, overdue_fen = n.fen
              FROM unnest(%(ids)s::bigint[], %(days)s::int[], %(fens)s::bigint[]) AS n(id, days, fen)
             WHERE c.id = n.id
            """,
            {
                "ids": [case.case_id for case, _ in decision.figures],
                "days": [loan.days_past_due for _, loan in decision.figures],
                "fens": [loan.overdue_fen for _, loan in decision.figures],
            },
        )


def _record(entered: Sequence[tuple[int, Move]], on: date, at: datetime, version: str) -> None:
    """Rows and facts of the entries, in one round trip each."""
    if not entered:
        return
    RungMove.objects.bulk_create(
        [
            RungMove(
                case_id=case_id,
                from_rung=move.left.rung if move.left else 0,
                to_rung=move.to_rung,
                on=on,
                days_past_due=move.loan.days_past_due,
                overdue_fen=move.loan.overdue_fen,
            )
            for case_id, move in entered
        ],
        batch_size=5000,
    )
    facts: list[CaseOpened | RungMoved] = []
    for case_id, move in entered:
        loan = move.loan
        if move.left is None:
            facts.append(
                CaseOpened(loan.loan_id, case_id, on, move.to_rung, loan.days_past_due, loan.overdue_fen)
            )
        facts.append(
            RungMoved(
                loan.loan_id,
                case_id,
                on,
                move.left.rung if move.left else 0,
                move.to_rung,
                loan.days_past_due,
                loan.overdue_fen,
                version,
            )
        )
    journal.record_many(facts, at=at, actor=ACTOR)


def _promised(case_ids: Iterable[int]) -> set[int]:
    """Cases with an open promise: their calls wait for the promised day."""
    return set(
        PromiseToPay.objects.filter(state="open", case_id__in=list(case_ids)).values_list(
            "case_id", flat=True
        )
    )
