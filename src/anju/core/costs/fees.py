"""Fees and the all-in cost statement (综合融资成本明示) a borrower confirms before signing (金规〔2026〕2号; S4-135)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from anju.core.checks import bad, one_of, within
from anju.core.costs.annual import AnnualCost
from anju.core.costs.streams import Every, Level, Stream
from anju.core.money import FEN_MAX, ppm_to_percent_text
from anju.core.policy import PolicyTable

When = Literal["upfront", "monthly", "yearly"]
WHENS: tuple[When, ...] = ("upfront", "monthly", "yearly")
_NEW = "new_personal_loan_contract"
_REQUIRED = "all_in_financing_cost_statement_required"


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee the borrower pays for the loan: appraisal, guarantee, insurance. yearly: at the end of each year but
    the last, the first one upfront being a fee of its own.
    """

    code: str
    zh: str
    en: str
    amount_fen: int
    when: When = "upfront"

    def __post_init__(self) -> None:
        within("fee.amount_fen", self.amount_fen, 0, FEN_MAX)
        one_of("fee.when", self.when, WHENS)

    def stream(self, months: int) -> Stream | None:
        """The payments after payout; None for a fee paid at payout."""
        if self.when == "upfront":
            return None
        return (
            Level(self.amount_fen, months)
            if self.when == "monthly"
            else Every(self.amount_fen, 12, _years(months))
        )

    def total_fen(self, months: int) -> int:
        """Sum over the term."""
        times = {"upfront": 1, "monthly": months, "yearly": _years(months)}[self.when]
        return self.amount_fen * times


def _years(months: int) -> int:
    return (months - 1) // 12


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of the statement, fen."""

    code: str
    zh: str
    en: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class CostStatement:
    """What the borrower confirms before signing: each cost, their sum, both cost rates and the method in words.

    `required`: whether the rules of the date demand it; `confirmation`: in which ways it may be confirmed.
    """

    loan_fen: int
    received_fen: int
    lines: tuple[CostLine, ...]
    total_cost_fen: int
    cost: AnnualCost
    method_zh: str
    method_en: str
    required: bool
    confirmation: tuple[str, ...]
    document: str


def cost_statement(
    loan_fen: int,
    interest_fen: int,
    fees: Sequence[tuple[Fee, int]],
    cost: AnnualCost,
    policy: PolicyTable,
    on: date,
) -> CostStatement:
    """The statement of a plan; `fees` with the months over which each runs. Raises BadInput."""
    upfront = sum(fee.amount_fen for fee, _ in fees if fee.when == "upfront")
    if upfront >= loan_fen:
        raise bad("fees", upfront, f"< {loan_fen}")
    lines = (
        CostLine("interest", "贷款利息", "interest", interest_fen),
        *(CostLine(fee.code, fee.zh, fee.en, fee.total_fen(months)) for fee, months in fees),
    )
    nominal, effective = ppm_to_percent_text(cost.nominal_ppm), ppm_to_percent_text(cost.effective_ppm)
    required = policy.has(_REQUIRED, _NEW, on) and policy.flag(_REQUIRED, _NEW, on)
    return CostStatement(
        loan_fen,
        loan_fen - upfront,
        lines,
        sum(line.amount_fen for line in lines),
        cost,
        f"按借款人每月现金流的内部收益率计算：年化 {nominal}%（单利，月率乘以 12），折合复利 {effective}%；"
        "不含逾期、提前还款等可能发生的费用。",
        f"Internal rate of return of the monthly cash flows: {nominal}% a year (simple, 12 x monthly),"
        f" {effective}% compounded; charges for overdue or early repayment are not included.",
        required,
        policy.words("all_in_financing_cost_statement_confirmation", _NEW, on) if required else (),
        policy.document(_REQUIRED, _NEW, on) if required else "",
    )
