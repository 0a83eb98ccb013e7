"""Which bills a payment settles."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anju.core.allocation import BillOpen, Debt, Piece, allocate, allocate_debts

JULY = BillOpen("july", date(2026, 7, 20), 280_273, 168_772)
AUGUST = BillOpen("august", date(2026, 8, 20), 279_781, 169_264)


@pytest.mark.parametrize(
    ("amount", "pieces", "left"),
    [
        (0, [], 0),
        (1, [("july", "interest", 1)], 0),
        (280_273, [("july", "interest", 280_273)], 0),
        (280_274, [("july", "interest", 280_273), ("july", "principal", 1)], 0),
        (449_045, [("july", "interest", 280_273), ("july", "principal", 168_772)], 0),
        (
            900_000,
            [
                ("july", "interest", 280_273),
                ("july", "principal", 168_772),
                ("august", "interest", 279_781),
                ("august", "principal", 169_264),
            ],
            1_910,
        ),
    ],
)
def test_oldest_first_and_interest_before_principal(
    amount: int, pieces: list[tuple[str, str, int]], left: int
) -> None:  # facts section 3, "Allocation, banks"
    found, unapplied = allocate(amount, [AUGUST, JULY])
    assert found == [Piece(*piece) for piece in pieces]  # type: ignore[arg-type]
    assert unapplied == left


def test_bills_of_one_day_keep_their_order_and_settled_ones_take_nothing() -> None:
    first, settled, second = (
        BillOpen(n, date(2026, 7, 20), fen, 0) for n, fen in (("a", 5), ("b", 0), ("c", 5))
    )
    assert allocate(7, [first, settled, second]).pieces == [
        Piece("a", "interest", 5),
        Piece("c", "interest", 2),
    ]


BILLS = st.lists(
    st.builds(
        BillOpen,
        st.uuids(),
        st.dates(date(2026, 1, 1), date(2026, 3, 1)),
        st.integers(0, 10**6),
        st.integers(0, 10**6),
    ),
    max_size=8,
)


@given(st.integers(0, 10**7), BILLS)
def test_no_fen_is_lost_or_made(amount: int, bills: list[BillOpen]) -> None:
    found = allocate(amount, bills)
    owed = sum(bill.interest_fen + bill.principal_fen for bill in bills)
    assert found.applied_fen + found.unapplied_fen == amount
    assert found.applied_fen == min(amount, owed)
    assert all(piece.amount_fen > 0 for piece in found.pieces)
    due = {bill.bill_id: bill for bill in bills}
    keys = [(due[piece.bill_id].due_on, piece.bill_id, piece.component) for piece in found.pieces]
    assert len(set(keys)) == len(keys)
    assert [key[0] for key in keys] == sorted(key[0] for key in keys)
    for piece in found.pieces[:-1]:  # only the last piece may leave something open
        bill = due[piece.bill_id]
        assert piece.amount_fen == (
            bill.interest_fen if piece.component == "interest" else bill.principal_fen
        )


@given(st.integers(0, 10**6), st.integers(0, 10**6), BILLS)
def test_two_payments_settle_what_one_of_both_does(first: int, second: int, bills: list[BillOpen]) -> None:
    taken: dict[tuple[object, str], int] = {}
    for piece in allocate(first, bills).pieces:
        taken[piece.bill_id, piece.component] = piece.amount_fen
    rest = [
        BillOpen(
            bill.bill_id,
            bill.due_on,
            bill.interest_fen - taken.get((bill.bill_id, "interest"), 0),
            bill.principal_fen - taken.get((bill.bill_id, "principal"), 0),
        )
        for bill in bills
    ]
    for piece in allocate(second + allocate(first, bills).unapplied_fen, rest).pieces:
        key = (piece.bill_id, piece.component)
        taken[key] = taken.get(key, 0) + piece.amount_fen
    both = {
        (piece.bill_id, piece.component): piece.amount_fen for piece in allocate(first + second, bills).pieces
    }
    assert taken == both


@pytest.mark.parametrize(("amount", "interest"), [(-1, 0), (1, -1)])
def test_negative_amounts_are_refused(amount: int, interest: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        allocate(amount, [BillOpen("a", date(2026, 1, 1), interest, 5)])


BIG_SECURED = Debt("mortgage", date(2026, 7, 20), 1_000, secured_fen=5_000, burden_ppm=35_000)
CARD = Debt("card", date(2026, 7, 25), 1_000, burden_ppm=180_000)
LOAN = Debt("loan", date(2026, 7, 25), 1_000, burden_ppm=60_000)
OLDER_LOAN = Debt("older loan", date(2026, 7, 1), 1_000, burden_ppm=60_000)
NOT_DUE = Debt("not due", date(2026, 9, 1), 1_000, burden_ppm=240_000)
TWIN = Debt("twin", date(2026, 7, 25), 2_000, burden_ppm=60_000)


@pytest.mark.parametrize(
    ("amount", "debts", "designated", "shares"),
    [
        (1_500, [NOT_DUE, BIG_SECURED], (), {"mortgage": 1_000, "not due": 500}),  # due first
        (1_500, [BIG_SECURED, LOAN], (), {"loan": 1_000, "mortgage": 500}),  # then least secured
        (1_500, [LOAN, CARD], (), {"card": 1_000, "loan": 500}),  # then most burdensome
        (1_500, [LOAN, OLDER_LOAN], (), {"older loan": 1_000, "loan": 500}),  # then earliest
        (301, [LOAN, TWIN], (), {"loan": 101, "twin": 200}),  # then pro rata, the odd fen to the first
        (1_500, [CARD, NOT_DUE], ("not due",), {"not due": 1_000, "card": 500}),  # as designated before all
        (9_000, [CARD, LOAN], (), {"card": 1_000, "loan": 1_000}),  # never more than is open
        (0, [CARD], (), {}),
    ],
)
def test_several_debts_to_one_creditor(
    amount: int, debts: list[Debt], designated: tuple[str, ...], shares: dict[str, int]
) -> None:  # facts section 3, "Allocation, law" (民法典 560)
    assert allocate_debts(amount, debts, date(2026, 7, 31), designated) == shares


def test_debts_refuse_negative_amounts() -> None:
    with pytest.raises(ValueError, match="negative"):
        allocate_debts(-1, [CARD], date(2026, 7, 31))
