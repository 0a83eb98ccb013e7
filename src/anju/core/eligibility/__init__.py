"""Eligibility (资格审核): verdicts with reasons under the rules of a date.

`check(application, policy, on, city)` asks every rule of a commercial mortgage; `provident_eligibility` and
`provident_limit` those of the housing provident fund; `next_steps` says what can be done. Money is fen, ratios are
compared exactly. Every finding is a sentence in Chinese and English with its document.
"""

from anju.core.eligibility.ability import debt_ratios, first_payment_fen, largest_loan_fen
from anju.core.eligibility.application import (
    Application,
    CreditRecord,
    LoanRequest,
    Overdue,
    Person,
    Property,
)
from anju.core.eligibility.borrower import longest_by_age_months
from anju.core.eligibility.check import CHECKS, check
from anju.core.eligibility.finding import Eligibility, Finding, Rules
from anju.core.eligibility.home import DownPaymentRule, down_payment_rule, longest_by_rule_months
from anju.core.eligibility.provident import (
    Account,
    LimitPart,
    ProvidentLimit,
    longest_provident_months,
    provident_eligibility,
    provident_limit,
)
from anju.core.eligibility.remedies import REMEDIES, next_steps
from anju.core.eligibility.retirement import Retirement, age_limit, statutory_retirement

__all__ = [
    "CHECKS",
    "REMEDIES",
    "Account",
    "Application",
    "CreditRecord",
    "DownPaymentRule",
    "Eligibility",
    "Finding",
    "LimitPart",
    "LoanRequest",
    "Overdue",
    "Person",
    "Property",
    "ProvidentLimit",
    "Retirement",
    "Rules",
    "age_limit",
    "check",
    "debt_ratios",
    "down_payment_rule",
    "first_payment_fen",
    "largest_loan_fen",
    "longest_by_age_months",
    "longest_by_rule_months",
    "longest_provident_months",
    "next_steps",
    "provident_eligibility",
    "provident_limit",
    "statutory_retirement",
]
