"""What a person can record when they end an exception 异常办结结果 (S2-16)."""

from dataclasses import dataclass

from anju.platform.work import outcomes as work_outcomes
from anju.platform.work.outcomes import Outcome

WORK_KIND = "notices.exception"


@dataclass(frozen=True, slots=True)
class ExceptionOutcome:
    """`effect`: proven (the person was told), restart (the journey begins again), closed (ended on the owner's word),

    later (it comes back, the exception stays).
    """

    code: str
    label_zh: str
    label_en: str
    effect: str


EXCEPTION_OUTCOMES = {
    row.code: row
    for row in (
        ExceptionOutcome("reached_by_phone", "已电话告知，对方确认", "Told by phone, confirmed", "proven"),
        ExceptionOutcome("told_in_person", "已当面告知，对方确认", "Told in person, confirmed", "proven"),
        ExceptionOutcome(
            "address_repaired", "已更正联系方式，重新发送", "Address repaired, send again", "restart"
        ),
        ExceptionOutcome("letter_sent", "已寄送书面通知", "Letter sent", "closed"),
        ExceptionOutcome(
            "not_reachable_owner_accepts",
            "多次未联系上，主管确认办结",
            "Not reachable, owner accepts",
            "closed",
        ),
        ExceptionOutcome("no_answer", "未接通，稍后再试", "No answer, try again later", "later"),
    )
}
"""By code, in the order of the number keys."""


def register() -> None:
    """Tell the work list which outcomes an exception has; each needs a note."""
    work_outcomes.register(
        WORK_KIND,
        [
            Outcome(row.code, row.label_zh, row.label_en, row.effect != "later", ("note",))
            for row in EXCEPTION_OUTCOMES.values()
        ],
    )
