"""The figures of one loan of whole months: every instalment's principal and interest, and what follows from them.

The rule of an instalment is that of `anju.core.schedule` (its kernel), so a plan shows the fen that the ledger will
post when payout falls on the due day; a broken first period changes the first interest only.
"""

from collections.abc import Sequence
from datetime import date
from itertools import accumulate, repeat
from operator import add
from typing import Literal, NamedTuple

from anju.core.checks import bad, one_of, within
from anju.core.costs.streams import Declining, Flows, Level, Stream
from anju.core.money import FEN_MAX, PPM_MAX, PPM_ONE, divide_half_up
from anju.core.schedule import Stage, Terms, level_payment_fen, schedule
from anju.core.schedule.kernel import amortise

Method = Literal["level_payment", "level_principal"]
METHODS: tuple[Method, ...] = ("level_payment", "level_principal")
METHOD_NAMES = {
    "level_payment": ("等额本息", "level payment"),
    "level_principal": ("等额本金", "level principal"),
    "interest_only": ("只还利息", "interest only"),
    "stepped": ("等额递变", "stepped"),
}
MONTHS_MAX = 480
_YEAR = 12 * PPM_ONE
_ANY_DAY = date(2001, 1, 1)
"""Payout on a due day: all periods are whole, so no figure depends on the date."""


class LoanFigures(NamedTuple):
    """One loan: terms, and its instalments month by month, fen.

    `regular_fen`: the level payment, or the level principal part; of a loan in stages the first instalment.
    `stages`: empty unless the loan has stages (then `method` is that of the first).
    """

    principal_fen: int
    rate_ppm: int
    months: int
    method: str
    regular_fen: int
    principals_fen: tuple[int, ...]
    interests_fen: tuple[int, ...]
    interest_fen: int
    stages: tuple[Stage, ...] = ()

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
        if self.stages:
            return Flows(tuple(map(add, self.principals_fen, self.interests_fen)))
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


def staged_figures(principal_fen: int, rate_ppm: int, months: int, stages: Sequence[Stage]) -> LoanFigures:
    """The figures of a loan in stages at a constant rate (组合还款, 气球贷, 等额递增: S4-008), by the ledger's fold.

    Raises BadInput.
    """
    if not stages:
        raise bad("stages", 0, "at least one stage")
    terms = Terms.fixed(principal_fen, rate_ppm, months, _ANY_DAY, stages=tuple(stages))
    rows = schedule(terms)
    principals = tuple(row.principal_fen for row in rows)
    interests = tuple(row.interest_fen for row in rows)
    return LoanFigures(
        principal_fen,
        rate_ppm,
        months,
        stages[0].method,
        principals[0] + interests[0],
        principals,
        interests,
        sum(interests),
        tuple(stages),
    )


def method_words(figures: LoanFigures) -> tuple[str, str]:
    """The repayment method in words: 等额本息; or its stages: "只还利息 12 期，等额本息"."""
    if not figures.stages:
        return METHOD_NAMES[figures.method]
    zh, en = [], []
    for stage in figures.stages:
        name_zh, name_en = METHOD_NAMES[stage.method]
        zh.append(f"{name_zh} {stage.periods} 期" if stage.periods else name_zh)
        en.append(f"{name_en} for {stage.periods} months" if stage.periods else name_en)
        if stage.amortise_over is not None:
            zh[-1] += f"（按 {stage.amortise_over} 期摊还）"
            en[-1] += f" (amortised over {stage.amortise_over})"
    return "，".join(zh), ", ".join(en)
