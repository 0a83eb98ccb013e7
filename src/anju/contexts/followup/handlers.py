"""Facts in, own operations out. Idempotent by entry."""

from collections.abc import Sequence

from anju.contexts.followup import operations
from anju.platform.journal import handlers
from anju.platform.journal.queries import EntryRow
from anju.platform.notices import owes
from anju.platform.notices import queries as notice_queries
from anju.platform.work.outcomes import Outcome, register


def notice_proven(entries: Sequence[EntryRow]) -> None:
    """A pre-notice arrived: the visit may take place (S1-05)."""
    for entry in entries:
        if entry.body.get("type") == "visit_pre_notice":
            owed = notice_queries.obligation(entry.body["obligation_id"])
            if owed is not None:
                operations.visits_noticed(visit_ids=[int(owed.key.partition(":")[2])], at=entry.at)


def loan_settled(entries: Sequence[EntryRow]) -> None:
    """Nothing is left to follow up."""
    loans = sorted({entry.subject_id for entry in entries})
    operations.visits_cancel(loan_ids=loans, at=max(entry.at for entry in entries), reason="loan_settled")


def connect() -> None:
    """Register handlers, outcomes of work and the notice that a planned visit owes; called once from the
    wiring.
    """
    handlers.register("followup.notice_proven", ("notices.proven",), notice_proven)
    handlers.register("followup.loan_settled", ("servicing.loan.settled",), loan_settled)
    owes.register(
        "followup.visit.planned", ("visit_pre_notice",), lambda entry: [f"visit:{entry.body['visit_id']}"]
    )
    register(
        operations.WORK_KIND,
        [
            Outcome("done", "已完成", "Done"),
            Outcome("refused", "被拒", "Refused"),
            Outcome("missed", "未访成", "Missed"),
            Outcome("another_time", "改约时间", "Another time", closes=False),
        ],
    )
    register(operations.REMEDY_KIND, [Outcome("handled", "已处理", "Handled", fields=("note",))])
