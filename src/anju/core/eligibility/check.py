"""All rules of a commercial mortgage on one application, under the rules of a date."""

from collections.abc import Callable, Iterator
from datetime import date

from anju.core.cities import City
from anju.core.eligibility.ability import debt_ratios
from anju.core.eligibility.application import Application
from anju.core.eligibility.borrower import age, age_and_term, credit, foreigner
from anju.core.eligibility.finding import Eligibility, Finding, Rules
from anju.core.eligibility.home import down_payment, loan_to_value, purchase_limit, term, title
from anju.core.errors import PolicyMissing
from anju.core.policy import PolicyTable

Check = Callable[[Application, Rules], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    age,
    age_and_term,
    foreigner,
    credit,
    debt_ratios,
    down_payment,
    loan_to_value,
    term,
    title,
    purchase_limit,
)
"""In the order in which an adviser tells them."""


def check(application: Application, policy: PolicyTable, on: date, city: City | None = None) -> Eligibility:
    """What the rules of a date say of an application: every rule is asked, not only the first that refuses.

    A rule whose figure is not loaded for that date is a finding `policy_missing` that a person reviews, never
    a guess. Raises BadInput for values that are no application at all (the dataclasses check themselves).
    """
    rules = Rules(policy, on, city)
    findings: list[Finding] = []
    for rule in CHECKS:
        try:
            findings += rule(application, rules)
        except PolicyMissing as missing:
            findings.append(
                Finding("policy_missing", "review", f"{missing.message_zh}。", f"{missing.message_en}.", "")
            )
    return Eligibility(on, policy.version, tuple(findings))
