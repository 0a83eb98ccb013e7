"""What can happen to a loan's plan (facts sections 3 and 4). Plain data; `apply.py` says what each does.

Order. On a day, the instalment that falls due comes first, then the events of the day in the order given; an
event on a due day therefore finds the period just begun and no interest accrued. Events on the payout day come
right after payout. An event never changes what fell due before it. Rates are not part of this order: a rate
that begins on a day counts for that whole day.

Levelling. An event that fixes a new instalment does so at once (the running period's instalment is already the
new one), for the balance after the event, at the rate in force on its day, over the instalments left.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from anju.core.checks import a_day, one_of, require, within
from anju.core.money import FEN_MAX, PPM_MAX
from anju.core.schedule.terms import MONTHS_MAX, Stage

PrepayThen = Literal["reduce_payment", "shorten", "shorten_relevel"]
PREPAY_THEN: tuple[PrepayThen, ...] = ("reduce_payment", "shorten", "shorten_relevel")
PrepayInterest = Literal["on_prepaid", "whole_balance", "next_instalment"]
HolidayInterest = Literal["capitalise", "defer", "waive"]
InterestSource = Literal["plan", "arrears"]


@dataclass(frozen=True, slots=True)
class Prepay:
    """Partial prepayment (部分提前还款) of `amount_fen` of principal, less than the balance.

    then: `reduce_payment` keep the term, lower the instalment; `shorten` keep the instalment, as many periods as
    it needs, the last smaller; `shorten_relevel` the same number of periods, levelled. Interest to the day
    (民法典 677): `on_prepaid` on the amount prepaid, paid with it; `whole_balance` on the whole balance, paid with
    it; the rest of the period then counts by days; `next_instalment` that of `on_prepaid`, paid with the next
    instalment. `fee_fen`: None: the penalty of the contract; a number: agreed instead (0: waived).
    """

    on: date
    amount_fen: int
    then: PrepayThen = "reduce_payment"
    interest: PrepayInterest = "on_prepaid"
    fee_fen: int | None = None

    def __post_init__(self) -> None:
        a_day("prepay.on", self.on)
        within("prepay.amount_fen", self.amount_fen, 1, FEN_MAX)
        one_of("prepay.then", self.then, PREPAY_THEN)
        one_of("prepay.interest", self.interest, ("on_prepaid", "whole_balance", "next_instalment"))
        if self.fee_fen is not None:
            within("prepay.fee_fen", self.fee_fen, 0, FEN_MAX)


@dataclass(frozen=True, slots=True)
class Payoff:
    """Full prepayment (提前结清): balance, interest by days to the day, deferred interest, penalty."""

    on: date
    fee_fen: int | None = None

    def __post_init__(self) -> None:
        a_day("payoff.on", self.on)
        if self.fee_fen is not None:
            within("payoff.fee_fen", self.fee_fen, 0, FEN_MAX)


@dataclass(frozen=True, slots=True)
class MethodChange:
    """Other methods (变更还款方式) for the instalments left; their number stays."""

    on: date
    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        a_day("method_change.on", self.on)
        require(
            "method_change.stages", len(self.stages), len(self.stages) > 0, "at least one stage", "至少一个"
        )


@dataclass(frozen=True, slots=True)
class DueDayChange:
    """Another due day (变更还款日). The running period ends on the new day of the month in which it would have
    ended, or of the month after if that is not later than `on`; its interest counts by days."""

    on: date
    due_day: int

    def __post_init__(self) -> None:
        a_day("due_day_change.on", self.on)
        within("due_day_change.due_day", self.due_day, 1, 31)


@dataclass(frozen=True, slots=True)
class Extend:
    """A term longer by so many months (展期), levelled over what is then left. Legal caps: `limits.py`."""

    on: date
    months: int

    def __post_init__(self) -> None:
        a_day("extend.on", self.on)
        within("extend.months", self.months, 1, MONTHS_MAX)


@dataclass(frozen=True, slots=True)
class Holiday:
    """Payment holiday (延期还款): nothing is due for the next `periods` instalments, which are part of the term;
    then the rest is levelled anew.

    Interest of those periods: `capitalise` added to the balance on each due date; `defer` kept apart without
    interest and due with the first instalment after the holiday; `waive` forgiven. To keep the number of paying
    instalments, add `Extend` on the same day.
    """

    on: date
    periods: int
    interest: HolidayInterest = "capitalise"

    def __post_init__(self) -> None:
        a_day("holiday.on", self.on)
        within("holiday.periods", self.periods, 1, MONTHS_MAX)
        one_of("holiday.interest", self.interest, ("capitalise", "defer", "waive"))


@dataclass(frozen=True, slots=True)
class InterestOnly:
    """Interest only (只还利息) for the next `periods` instalments, which are part of the term."""

    on: date
    periods: int

    def __post_init__(self) -> None:
        a_day("interest_only.on", self.on)
        within("interest_only.periods", self.periods, 1, MONTHS_MAX)


@dataclass(frozen=True, slots=True)
class RateChange:
    """An agreed rate from a day on, until the next step of the rate path. As any step of the path: the running
    period is split by days, the instalment is levelled from the next period."""

    on: date
    rate_ppm: int
    why: str = ""

    def __post_init__(self) -> None:
        a_day("rate_change.on", self.on)
        within("rate_change.rate_ppm", self.rate_ppm, 0, PPM_MAX)


@dataclass(frozen=True, slots=True)
class Capitalise:
    """Interest added to the principal (利息转本金), by agreement; the rest is levelled anew.

    of = plan: first deferred interest, then that of the running period to the day, at most what there is. of =
    arrears: interest of unpaid instalments, brought in from the overdue ledger.
    """

    on: date
    amount_fen: int
    of: InterestSource = "plan"

    def __post_init__(self) -> None:
        a_day("capitalise.on", self.on)
        within("capitalise.amount_fen", self.amount_fen, 1, FEN_MAX)
        one_of("capitalise.of", self.of, ("plan", "arrears"))


@dataclass(frozen=True, slots=True)
class Waive:
    """Interest forgiven (减免利息): first deferred, then that of the running period to the day, at most what there
    is. Overdue interest is waived in the overdue ledger."""

    on: date
    amount_fen: int

    def __post_init__(self) -> None:
        a_day("waive.on", self.on)
        within("waive.amount_fen", self.amount_fen, 1, FEN_MAX)


@dataclass(frozen=True, slots=True)
class AddInterest:
    """Interest of the past that was counted too low (补计利息): it falls due with the next instalment, bears no interest itself."""

    on: date
    amount_fen: int

    def __post_init__(self) -> None:
        a_day("add_interest.on", self.on)
        within("add_interest.amount_fen", self.amount_fen, 1, FEN_MAX)


@dataclass(frozen=True, slots=True)
class Restructure:
    """New terms for the rest (重组): stages, months left, and a rate from this day unless None."""

    on: date
    stages: tuple[Stage, ...]
    months: int
    rate_ppm: int | None = None

    def __post_init__(self) -> None:
        a_day("restructure.on", self.on)
        within("restructure.months", self.months, 1, MONTHS_MAX)
        require(
            "restructure.stages", len(self.stages), len(self.stages) > 0, "at least one stage", "至少一个"
        )
        fixed = sum(stage.periods or 0 for stage in self.stages)
        require(
            "stages",
            fixed,
            fixed <= self.months,
            f"{self.months} instalments in all",
            f"合计 {self.months} 期",
        )
        if self.rate_ppm is not None:
            within("restructure.rate_ppm", self.rate_ppm, 0, PPM_MAX)


Event = (
    Prepay
    | Payoff
    | MethodChange
    | DueDayChange
    | Extend
    | Holiday
    | InterestOnly
    | RateChange
    | Capitalise
    | Waive
    | AddInterest
    | Restructure
)
"""Any of them."""


class EventName(NamedTuple):
    """What an event is called: in field names, in Chinese, in English."""

    code: str
    zh: str
    en: str


NAMES: dict[type[Event], EventName] = {
    Prepay: EventName("prepay", "部分提前还款", "Partial prepayment"),
    Payoff: EventName("payoff", "提前结清", "Payoff"),
    MethodChange: EventName("method_change", "变更还款方式", "Change of method"),
    DueDayChange: EventName("due_day_change", "变更还款日", "Change of the due day"),
    Extend: EventName("extend", "展期", "Extension"),
    Holiday: EventName("holiday", "延期还款", "Payment holiday"),
    InterestOnly: EventName("interest_only", "只还利息", "Interest-only window"),
    RateChange: EventName("rate_change", "利率调整", "Rate change"),
    Capitalise: EventName("capitalise", "利息转本金", "Capitalisation of interest"),
    Waive: EventName("waive", "减免利息", "Waiver of interest"),
    AddInterest: EventName("add_interest", "补计利息", "Interest added"),
    Restructure: EventName("restructure", "贷款重组", "Restructure"),
}
