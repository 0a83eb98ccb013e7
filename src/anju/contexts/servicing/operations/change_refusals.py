"""Why a change of the plan is refused. Nothing was changed then."""

from datetime import date
from typing import NamedTuple

from anju.core.money import fen_to_display
from anju.core.verdict import Verdict


class ChangeRefused(Exception):
    """Base of the refusals."""

    def __init__(self, message_zh: str, message_en: str) -> None:
        self.message_zh, self.message_en = message_zh, message_en
        super().__init__(message_zh, message_en)

    def __str__(self) -> str:
        return f"{self.message_zh} / {self.message_en}"


class ChangeLoanUnknown(ChangeRefused):
    """There is no such loan in the ledger."""

    def __init__(self) -> None:
        super().__init__("没有这笔贷款", "there is no such loan")


class ChangeKeyReused(ChangeRefused):
    """The idempotency key was used before with another body."""

    def __init__(self) -> None:
        super().__init__("同一提交编号的内容不一致", "this key was used before with another content")


class ChangeLoanSettled(ChangeRefused):
    """The loan is settled."""

    def __init__(self) -> None:
        super().__init__("贷款已结清，不能再变更", "the loan is settled and cannot be changed")


class ChangeDayNotOpen(ChangeRefused):
    """The day of the event is not the open business day: closed already, or still to come."""

    def __init__(self, on: date, open_on: date) -> None:
        self.open_on = open_on
        super().__init__(
            f"{on} 不是当前营业日，只能在 {open_on} 入账",
            f"{on} is not the open business day: it can be posted on {open_on} only",
        )


class PlanDiffers(ChangeRefused):
    """The stored position is not what the contract and its events give; a person must look first."""

    def __init__(self) -> None:
        super().__init__(
            "账上余额或下期应还与合同推算不一致，须先核对",
            "the stored position differs from what the contract gives: it must be looked into first",
        )


class ChangeInArrears(ChangeRefused):
    """An instalment due before the day is not paid."""

    def __init__(self, oldest_due_on: date) -> None:
        super().__init__(
            f"{oldest_due_on} 到期的期供未还清，须先还清逾期款项",
            f"the instalment due on {oldest_due_on} is not paid: it must be paid first",
        )


class ChangeOfArrears(ChangeRefused):
    """Interest of unpaid instalments is not in this ledger's reach yet."""

    def __init__(self) -> None:
        super().__init__(
            "逾期利息不能在此转本金", "interest of unpaid instalments cannot be capitalised here"
        )


class ChangeNotAllowed(ChangeRefused):
    """The policy or the arithmetic says no; ``verdict`` has every reason."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(verdict.zh, verdict.en)


class Accepted(NamedTuple):
    """What of a quote was accepted: the total, the new instalment and the last due date; None: not compared, or none."""

    total_fen: int
    instalment_fen: int | None = None
    end_on: date | None = None


class QuoteChanged(ChangeRefused):
    """What posting costs, or the instalment or the end it brings, is not what was accepted."""

    def __init__(self, accepted: Accepted, now: Accepted) -> None:
        self.accepted, self.now = accepted, now
        differing = [
            (zh, en, _shown(said), _shown(is_now))
            for (zh, en), said, is_now in zip(_ACCEPTED, accepted, now, strict=True)
            if said is not None and said != is_now
        ]
        zh = "；".join(f"{name}接受的是 {said}，现为 {is_now}" for name, _, said, is_now in differing)
        en = "; ".join(
            f"{name}: {said} was accepted, it is {is_now} now" for _, name, said, is_now in differing
        )
        super().__init__(f"试算已变：{zh}，请重新确认", f"the quote changed: {en}")


_ACCEPTED = (("应付", "total"), ("每期还款", "instalment"), ("到期日", "end"))


def _shown(value: int | date | None) -> str:
    return fen_to_display(value) if isinstance(value, int) else str(value or "-")


class MoneyNotEnough(ChangeRefused):
    """The money received and not yet used does not cover it."""

    def __init__(self, total_fen: int, there_fen: int) -> None:
        self.total_fen, self.there_fen = total_fen, there_fen
        needed, there = fen_to_display(total_fen), fen_to_display(there_fen)
        super().__init__(
            f"需要 {needed} 元，已到账未使用的只有 {there} 元",
            f"{needed} yuan are needed, {there} yuan have been received and are not used",
        )
