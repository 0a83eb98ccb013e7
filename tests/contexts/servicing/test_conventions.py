"""Conventions of a product and first due dates of a tape are billed by the library's fold (docs/rules/other-schedules.md; S4-006)."""

from datetime import date

import pytest

from anju.contexts.catalogue.operations import load_products, shipped_products
from anju.contexts.servicing.models import Bill, Loan, Position, QuarantineRow

from .book import load, row
from .changes_book import equals_the_fold, live

pytestmark = pytest.mark.django_db

PAYOUT, OPENED = "2026-03-10", date(2026, 3, 15)
CASES: tuple[tuple[dict[str, object], dict[str, str], int], ...] = (
    ({"instalment_unit_fen": 10}, {"due_day": "10"}, 449_040),
    ({"instalment_unit_fen": 100, "instalment_rounding": "up"}, {"due_day": "10"}, 449_100),
    ({"year_days": "365"}, {"due_day": "25"}, 598_474),
    ({"year_days": "30/360"}, {"due_day": "25"}, 594_878),
    ({"broken_time": "months_days"}, {"due_day": "25"}, 594_878),
    ({"broken_instalment": "kept"}, {"due_day": "25"}, 449_045),
    ({"whole_period": "daily", "levelling": "dates"}, {"due_day": "10"}, 451_944),
    (
        {"rounding": "down", "residue": "first"},
        {"due_day": "10"},
        449_197,
    ),  # 4,490.44 and what rounding down leaves over 360 months
    ({}, {"due_day": "20", "first_due_date": "2026-05-20"}, 847_656),
)
"""What the product says, what the tape says, the first instalment of 1,000,000 at 3.5 % over 360 months."""


def _row(number: int, product: str, terms: dict[str, str]) -> dict[str, str]:
    given = {
        "start_date": PAYOUT,
        "as_of_date": OPENED.isoformat(),
        "product": product,
        "first_due_date": "",
        **terms,
    }
    return row(number, **given)


def test_what_the_product_says_is_what_is_billed() -> None:
    load_products()
    shipped = shipped_products()[0]
    load_products(
        products=[{**shipped, "code": f"X{n}", **said} for n, (said, _, _) in enumerate(CASES, start=1)]
    )
    rows = [_row(n, f"X{n}", terms) for n, (_, terms, _) in enumerate(CASES, start=1)]
    assert load(rows, on=OPENED).rows_new == len(CASES)
    loans = list(Loan.objects.select_related("product").order_by("pk"))
    assert all(Position.objects.values_list("by_fold", flat=True))
    last = date(2026, 6, 11)
    for loan in loans:
        live(loan, date(2026, 5, 20))
    live(loans[0], last)
    for loan, (_, _, first_fen) in zip(loans, CASES, strict=True):
        bill = Bill.objects.filter(loan=loan).order_by("seq")[0]
        assert bill.principal_fen + bill.interest_fen == first_fen, loan.product.code
        equals_the_fold(loan, last)
    assert loans[-1].first_due_on == date(2026, 5, 20)
    assert load(rows, on=last, name="again.csv").repeated


def test_a_first_due_date_that_a_rule_gives_is_that_rule() -> None:
    rows = [
        _row(1, "", {"due_day": "20", "first_due_date": "2026-04-20"}),
        _row(2, "", {"due_day": "20", "first_due_date": "2026-03-20"}),
        _row(3, "", {"due_day": "20", "first_due_date": "2026-05-21"}),
        _row(4, "", {"due_day": "20", "first_due_date": "2029-05-20"}),
        _row(5, "", {"due_day": "20", "first_due_date": "soon"}),
    ]
    report = load(rows, on=OPENED)
    said = list(Loan.objects.order_by("pk").values_list("first_due", "first_due_on", "position__by_fold"))
    assert said == [("next_month", None, False), ("first_due_day", None, False)]
    bad = QuarantineRow.objects.filter(import_file=report.import_id).order_by("row_no")
    assert [(each.column, each.code) for each in bad] == [("first_due_date", "invalid_first_due_date")] * 3
    assert all(each.value and "20" in each.reason_zh for each in bad[:2])
    without = _row(1, "", {"due_day": "20"})
    assert load([without], on=OPENED, name="again.csv").rows_same == 1
