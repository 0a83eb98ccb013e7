"""The notice of a corrected rate: owed where the borrower pays another amount than was told (S4-059)."""

from collections.abc import Sequence
from datetime import date, datetime

from anju.contexts.servicing.facts import RepricingCorrected
from anju.contexts.servicing.models import Loan
from anju.core.money import ppm_to_percent_text
from anju.platform.journal.queries import EntryRow
from anju.platform.notices import operations as notices
from anju.platform.notices import owes
from anju.platform.notices.rows import Owed

NOTICE = "rate_corrected"


def key(loan_id: int, on: str) -> str:
    """Key of the obligation: one notice a loan and day."""
    return f"{NOTICE}:{loan_id}:{on}"


def is_owed(*, from_ppm: int, to_ppm: int, difference_fen: int, next_due_on: object) -> bool:
    """Whether what is to be paid changed; a loan with nothing to come is settled by a person."""
    return next_due_on is not None and (from_ppm != to_ppm or difference_fen != 0)


def owe(facts: Sequence[RepricingCorrected], loans: dict[int, Loan], at: datetime) -> int:
    """Owe the notice of every correction that changed what is to be paid; how many are new."""
    owed = [_owed(fact, loans[fact.loan_id], at) for fact in facts if _of_fact(fact)]
    return notices.owe_many(owed) if owed else 0


def connect() -> None:
    """Tell the obligation ledger which facts owe it. Calling it again changes nothing."""
    owes.register(RepricingCorrected.KIND, (NOTICE,), _keys)


def _of_fact(fact: RepricingCorrected) -> bool:
    return is_owed(
        from_ppm=fact.from_ppm,
        to_ppm=fact.to_ppm,
        difference_fen=fact.added_fen + fact.credited_fen,
        next_due_on=fact.next_due_on,
    )


def _keys(entry: EntryRow) -> list[str]:
    body = entry.body
    owed = is_owed(
        from_ppm=body["from_ppm"],
        to_ppm=body["to_ppm"],
        difference_fen=body["added_fen"] + body["credited_fen"],
        next_due_on=body["next_due_on"],
    )
    return [key(entry.subject_id, body["on"])] if owed else []


def _owed(fact: RepricingCorrected, loan: Loan, at: datetime) -> Owed:
    due_on = fact.next_due_on
    assert isinstance(due_on, date)
    return Owed(
        notice_type=NOTICE, key=key(loan.pk, fact.on.isoformat()), person_id=loan.borrower_id, subject=("loan", loan.pk),
        branch_id=loan.branch_id, entry_id=None, owed_at=at,
        variables={
            "loan_no": loan.loan_no, "since": fact.since.isoformat(), "rate": f"{ppm_to_percent_text(fact.to_ppm)}%",
            "amount_fen": fact.next_amount_fen, "due_on": due_on.isoformat(),
            "added_fen": fact.added_fen, "credited_fen": fact.credited_fen,
        },
    )  # fmt: skip
