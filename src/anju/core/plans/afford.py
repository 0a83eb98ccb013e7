"""What a household can afford (月供承受能力测算): the largest loan, and the dearest home, under ratios and savings."""

from dataclasses import dataclass
from datetime import date

from anju.core.checks import within
from anju.core.cities import City
from anju.core.eligibility.ability import largest_loan_fen
from anju.core.eligibility.finding import Rules, yuan
from anju.core.eligibility.home import down_payment_rule
from anju.core.money import FEN_MAX, PPM_ONE
from anju.core.plans.enumerate import ratio_limits
from anju.core.plans.figures import Method, loan_figures
from anju.core.plans.need import Need
from anju.core.plans.products import Product
from anju.core.plans.what_if import payment_room_fen
from anju.core.policy import PolicyTable
from anju.core.verdict import Reason


@dataclass(frozen=True, slots=True)
class Affordable:
    """The dearest home: its price, the loan, the down payment (all savings), the first instalment, in fen.

    `carried_fen`: the loan the income alone would carry. `binding`: income | savings | product, what sets it.
    """

    price_fen: int
    loan_fen: int
    down_fen: int
    payment_fen: int
    carried_fen: int
    binding: str
    reason: Reason


def affordable(
    need: Need,
    savings_fen: int,
    product: Product,
    months: int,
    method: Method,
    policy: PolicyTable,
    on: date,
    city: City | None = None,
) -> Affordable:
    """Income, debts and home of `need` (its loan amount is not looked at) and savings for the down payment.

    price = the smaller of savings + loan carried, and savings / minimum down-payment share; exact to the fen.
    Raises BadInput, PolicyMissing.
    """
    within("savings_fen", savings_fen, 0, FEN_MAX)
    room = payment_room_fen(need, ratio_limits(policy, on))
    carried = largest_loan_fen(room, product.rate_ppm(months), months, method) if room else 0
    lent = min(carried, product.limit_fen)
    share = down_payment_rule(need.home, Rules(policy, on, city)).ratio_ppm
    by_savings = savings_fen * PPM_ONE // share if share else FEN_MAX
    price = min(savings_fen + lent, by_savings, FEN_MAX)
    loan = price - savings_fen
    payment = loan_figures(loan, product.rate_ppm(months), months, method).first_fen if loan > 0 else 0
    if loan < lent:
        binding, zh, en = "savings", "最低首付", "the minimum down payment"
    elif lent < carried:
        binding, zh, en = "product", "贷款额度", "the product's limit"
    else:
        binding, zh, en = "income", "收入", "income"
    return Affordable(
        price,
        loan,
        savings_fen,
        payment,
        carried,
        binding,
        Reason(
            f"afford_{binding}",
            f"可承受房价约 {yuan(price)} 元：首付 {yuan(savings_fen)} 元，贷款 {yuan(loan)} 元，"
            f"首月月供 {yuan(payment)} 元；由{zh}决定。",
            f"A home of up to {yuan(price)} yuan: {yuan(savings_fen)} down, a loan of {yuan(loan)}, first"
            f" instalment {yuan(payment)}; set by {en}.",
        ),
    )
