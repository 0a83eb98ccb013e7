"""Money of a change: a bill of its own, paid at once, and which payment covered which part of it."""

from collections import Counter
from collections.abc import Iterator

from anju.contexts.servicing.models import Allocation, Bill, Payment, Position
from anju.core.schedule import Quote, Row


def pay(stored: Position, quoted: Quote) -> list[list[int]]:
    """Bill what the quote's rows cost and pay it from the oldest money that is not used; [payment id, fen] of what was taken.

    The caller has locked the position, has seen that the money is enough, and saves the position.
    """
    rows = [row for row in quoted.rows if row.amount_fen]
    payments = list(
        Payment.objects.select_for_update()
        .filter(loan_id=stored.loan_id, state="posted", unapplied_fen__gt=0)
        .order_by("paid_on", "pk")
    )
    taken: Counter[int] = Counter()
    for row in rows:
        bill = Bill.objects.create(
            loan_id=stored.loan_id, kind=row.kind, seq=row.seq, due_on=row.on, principal_fen=row.principal_fen,
            interest_fen=row.interest_fen, fee_fen=row.fee_fen, rate_ppm=row.rate_ppm,
            balance_after_fen=row.balance_after_fen, paid_principal_fen=row.principal_fen,
            paid_interest_fen=row.interest_fen, state="paid", paid_on=row.on,
        )  # fmt: skip
        pieces = list(_pieces(payments, bill, row))
        Allocation.objects.bulk_create(pieces)
        for piece in pieces:
            taken[piece.payment_id] += piece.amount_fen
        if sum(piece.amount_fen for piece in pieces) != row.amount_fen:
            raise AssertionError("the allocations of a bill add up to it")
    Payment.objects.bulk_update([each for each in payments if each.pk in taken], ["unapplied_fen"])
    stored.unapplied_fen -= sum(taken.values())
    return [list(pair) for pair in taken.items()]


def _pieces(payments: list[Payment], bill: Bill, row: Row) -> Iterator[Allocation]:
    """Fee, interest, principal, from the oldest payment on."""
    for component, fen in (
        ("fee", row.fee_fen),
        ("interest", row.interest_fen),
        ("principal", row.principal_fen),
    ):
        for payment in payments:
            part = min(fen, payment.unapplied_fen)
            if part:
                payment.unapplied_fen -= part
                fen -= part
                yield Allocation(
                    payment=payment, bill=bill, component=component, amount_fen=part, posted_on=row.on
                )
