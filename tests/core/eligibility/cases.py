"""An application that passes, and how to change one thing in it."""

from dataclasses import replace
from datetime import date
from typing import Any

from anju.core.eligibility import Application, CreditRecord, LoanRequest, Person, Property
from anju.core.policy import PolicyTable

from ..data import rows

ON = date(2026, 11, 22)
CLEAN = CreditRecord("CR-1")


def yuan(amount: float) -> int:
    return round(amount * 100)


def application(
    person: dict[str, Any] | None = None,
    home: dict[str, Any] | None = None,
    request: dict[str, Any] | None = None,
    others: tuple[Person, ...] = (),
) -> Application:
    borrower = Person(date(1998, 5, 1), income_fen=yuan(30_000), credit=CLEAN)
    house = Property(yuan(2_000_000), yuan(2_000_000))
    loan = LoanRequest(yuan(1_400_000), 360, yuan(6_000), yuan(600_000))
    return Application(
        (replace(borrower, **(person or {})), *others),
        replace(house, **(home or {})),
        replace(loan, **(request or {})),
    )


def policy_with(param: str, scope: str, value: str, since: str = "2026-01-01") -> PolicyTable:
    """Shipped policy and a lender's own row."""
    own = {
        "effective_date": since, "param": param, "scope": scope, "value": value,
        "document": "本行制度〔2026〕1号", "confidence": "practice",
    }  # fmt: skip
    return PolicyTable.parse([*rows("policy_params.csv"), own])
