"""What a machine that dials found out 自动外呼结果: written into the ledger row of the notice's attempt."""

from anju.platform.contacts.models import Contact


def call_settled(
    *, attempt_id: int, outcome_code: str, answered: bool, reached: bool, recording_ref: str = "",
    recording_checksum: str = "",
) -> bool:  # fmt: skip
    """The automated call of this attempt is over; whether its contact is known. The same again changes nothing.

    `reached`: it rang at the person's; otherwise the slot is free again. A contact that was finished when the call was
    handed over gets its outcome and its recording now: that row says how it ended.
    """
    changed = Contact.objects.filter(attempt_id=attempt_id, state__in=("reserved", "expired", "done")).update(
        state="done" if reached else "void", outcome_code=outcome_code[:40], answered=answered,
        recording_ref=recording_ref[:120], recording_checksum=recording_checksum[:64],
    )  # fmt: skip
    return bool(changed)
