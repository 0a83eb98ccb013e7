"""The figures of one loan of whole months: every instalment's principal and interest, and what follows from them.

The rule of an instalment is that of `anju.core.schedule` (its kernel), so a plan shows the fen that the ledger will
post when payout falls on the due day; a broken first period changes the first interest only.
"""

from dataclasses import dataclass
from itertools import accumulate, repeat
from typing import Literal

from anju.core.checks import one_of, within
from anju.core.costs.streams import Declining, Level, Stream
from anju.core.money import FEN_MAX, PPM_MAX, PPM_ONE, divide_half_up
from anju.core.schedule import level_payment_fen
from anju.core.schedule.kernel import amortise

Method = Literal["level_payment", "level_principal"]
METHODS: tuple[Method, ...] = ("level_payment", "level_principal")
METHOD_NAMES = {
    "level_payment": ("等额本息", "level payment"),
    "level_principal": ("等额本金", "level principal"),
}
MONTHS_MAX = 480
_YEAR = 12 * PPM_ONE


@dataclass(frozen=True, slots=True)
class LoanFigures:
    """One loan: terms, and its instalments month by month, fen.

    `regular_fen`: the level payment, or the level principal part.
    """

    principal_fen: int
    rate_ppm: int
    months: int
    method: Method
    regular_fen: int
    principals_fen: tuple[int, ...]
    interests_fen: tuple[int, ...]
    interest_fen: int

    @property
    def first_fen(self) -> int:
        """First instalment."""
        return self.principals_fen[0] + self.interests_fen[0]

    @property
    def last_fen(self) -> int:
        """Last instalment, with the rounding residue."""
        return self.principals_fen[-1] + self.interests_fen[-1]

    def payment_fen(self, month: int) -> int:
        """Instalment of a month (1 ..); 0 after the end."""
        if month > self.months:
            return 0
        return self.principals_fen[month - 1] + self.interests_fen[month - 1]

    def balances_fen(self, months: int | None = None) -> tuple[int, ...]:
        """Balance that bears interest in month 1, 2, ..., of the first `months` months."""
        count = self.months if months is None else min(months, self.months)
        return tuple(accumulate(self.principals_fen[: count - 1], int.__sub__, initial=self.principal_fen))

    def balance_after_fen(self, paid: int) -> int:
        """Principal left after so many instalments."""
        return self.principal_fen - sum(self.principals_fen[:paid])

    def stream(self) -> Stream:
        """The instalments as a stream for the cost rate."""
        before = self.months - 1
        if self.method == "level_payment":
            return Level(self.regular_fen, before, self.last_fen)
        return Declining(self.principal_fen, self.regular_fen, self.rate_ppm, before, self.last_fen)


def loan_figures(principal_fen: int, rate_ppm: int, months: int, method: Method) -> LoanFigures:
    """The figures of a loan at a constant rate. Raises BadInput naming the field, its value and its range."""
    within("principal_fen", principal_fen, 1, FEN_MAX)
    within("rate_ppm", rate_ppm, 0, PPM_MAX)
    within("months", months, 1, MONTHS_MAX)
    one_of("method", method, METHODS)
    if method == "level_payment":
        regular = level_payment_fen(principal_fen, rate_ppm, months)
        rule: Literal["payment", "principal"] = "payment"
    else:
        regular, rule = divide_half_up(principal_fen, months), "principal"
    principals, interests, _ = amortise(
        rule, principal_fen, regular, repeat(rate_ppm, months), _YEAR, "half_up", closes=True
    )
    return LoanFigures(
        principal_fen,
        rate_ppm,
        months,
        method,
        regular,
        tuple(principals),
        tuple(interests),
        sum(interests),
    )
