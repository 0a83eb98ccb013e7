"""Rows of a tape to openings: the usual ones over columns, those with conventions or a first due date of their own by the fold."""

from collections.abc import Iterator, Sequence

from anju.contexts.catalogue.queries import ProductRow
from anju.contexts.servicing.operations.folding import opening_by_fold
from anju.contexts.servicing.operations.opening import (
    Opening,
    PathBook,
    Stated,
    Unrated,
    clause_of,
    openings,
)
from anju.contexts.servicing.operations.repricing_rules import next_repricing_on
from anju.contexts.servicing.plan.contract import Contract, plain_terms
from anju.contexts.servicing.tape.rows import Issue, LoanRow
from anju.core.errors import BadInput
from anju.core.plans.lawful import frequency_finding
from anju.core.policy import PolicyTable
from anju.core.rates import RateTables
from anju.core.schedule import Conventions, Terms
from anju.core.schedule.levelling import first_period_on
from anju.platform.policies import queries as policies

_OFTEN = ("monthly", "fortnightly")
_COLUMN_OF = {"first_due_on": "first_due_date", "months": "months", "due_day": "due_day", "method": "method"}
"""Field of the core that refuses -> column of the tape that must be mended; any other comes from the product."""

Placed = tuple[LoanRow, ProductRow]


def open_rows(
    rows: Sequence[Placed], tables: RateTables, issues: list[Issue], policy: PolicyTable | None
) -> list[tuple[LoanRow, Opening]]:
    """Each row with its opening, in order; those that have none become issues. ``policy``: None is the one in force, looked at
    only for loans that are due less often than monthly."""
    products = {product.id: product for _, product in rows}
    usual = {each.id for each in products.values() if each.conventions == Conventions()}
    plain = [row for row, product in rows if product.id in usual and not row.first_due_on]
    said = [_stated(row) for row in plain]
    made: Iterator[Opening | Unrated] = iter(openings(plain, said, tables))
    book = PathBook(tables)
    opened = []
    for row, product in rows:
        by_columns = product.id in usual and not row.first_due_on
        found = next(made) if by_columns else _by_fold(row, product, book, policy)
        if isinstance(found, Unrated):
            issues.append(_issue(row, found))
        else:
            opened.append((row, found))
    return opened


def _stated(row: LoanRow) -> Stated:
    return Stated(row.as_of_on, row.paid_periods, row.days_past_due)


def _issue(row: LoanRow, why: Unrated) -> Issue:
    shown = {
        "product": row.product, "months": row.months, "first_due_date": row.first_due_on, "paid_periods": row.paid_periods,
    }  # fmt: skip
    value = shown.get(why.column)
    return Issue(row.row_no, row.loan_no, why.column, str(value or ""), why.code, why.zh, why.en)


def _by_fold(
    row: LoanRow, product: ProductRow, book: PathBook, policy: PolicyTable | None
) -> Opening | Unrated:
    rated = book.of(row, row.as_of_on)
    if isinstance(rated, Unrated):
        return rated
    unlawful = _unlawful(row, product, policy)
    if unlawful is not None:
        return unlawful
    try:
        terms = plain_terms(row, row.as_of_on, book.tables, product.conventions, product.penalty)
    except BadInput as why:
        column = _COLUMN_OF.get(why.field, "product")
        return Unrated(column, f"invalid_{column}", why.message_zh, why.message_en)
    if _stub_is_uncertain(row, terms):
        zh = "放款时收取的首段利息跨越重定价日，利率当时未知；只有重定价日不在首段内的贷款可用本产品"
        en = "the stub taken at payout spans a repricing date, whose rate is not known then; allowed: no repricing inside it"
        return Unrated("product", "stub_not_known", zh, en)
    opening = opening_by_fold(row, Contract(terms, ()), _stated(row))
    paid, due = row.paid_periods or 0, opening.due_periods
    if paid > due:
        zh, en = f"已还期数 {paid} 多于已到期的 {due} 期", f"{paid} periods paid but only {due} fell due"
        return Unrated("paid_periods", "paid_periods_ahead", zh, en)
    return opening


def _unlawful(row: LoanRow, product: ProductRow, policy: PolicyTable | None) -> Unrated | None:
    """Why a commercial loan may not be due as seldom as its product says (金规〔2026〕5号 Art. 14; S4-008)."""
    frequency = product.conventions.frequency
    if frequency in _OFTEN or product.loan_type != "commercial_mortgage":
        return None
    found = frequency_finding(frequency, row.months, policy or policies.params(), row.start_on)
    if found.outcome == "pass":
        return None
    return Unrated("product", "frequency_not_allowed", found.reason.zh, found.reason.en)


def _stub_is_uncertain(row: LoanRow, terms: Terms) -> bool:
    """Whether interest taken at payout would have to know a rate of the future."""
    if terms.conventions.stub != "at_payout":
        return False
    reprices_on = next_repricing_on(clause_of(row), row.start_on)
    return reprices_on is not None and reprices_on < first_period_on(terms)
