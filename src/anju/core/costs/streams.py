"""Regular payments as streams with an exact present value, so that a cost rate is found without 360 additions.

Months are whole and counted from payout: payment k falls k months after it. Amounts are fen.
"""

from dataclasses import dataclass

from anju.core.money import PPM_ONE

BITS = 96
ONE = 1 << BITS
NANO = 1_000_000_000
YEAR = 12 * NANO
"""Annual rates are searched in billionths (nano = ppm / 1000), so a month's rate is nano / YEAR."""


@dataclass(frozen=True, slots=True)
class Discount:
    """A yearly rate (12 x monthly) in nano and its monthly discount factor, fixed-point with BITS bits."""

    nano: int
    factor: int

    @classmethod
    def of(cls, nano: int) -> "Discount":
        """From a yearly rate > -100 % a month."""
        return cls(nano, (YEAR << BITS) // (YEAR + nano))

    def power(self, n: int) -> int:
        """factor ** n, fixed-point."""
        result, base = ONE, self.factor
        while n:
            if n & 1:
                result = result * base >> BITS
            n >>= 1
            if n:
                base = base * base >> BITS
        return result

    def annuity(self, n: int, v_n: int) -> int:
        """1 a month for n months: (1 - v^n) / i, fixed-point; n at rate 0."""
        return (ONE - v_n) * YEAR // self.nano if self.nano else n << BITS


@dataclass(frozen=True, slots=True)
class Level:
    """The same amount in months 1 .. `count`, and `last_fen` in the month after."""

    amount_fen: int
    count: int
    last_fen: int = 0

    def present(self, at: Discount) -> int:
        """Value at payout, fen x 2^BITS."""
        v_n = at.power(self.count)
        return self.amount_fen * at.annuity(self.count, v_n) + (self.last_fen * v_n * at.factor >> BITS)


@dataclass(frozen=True, slots=True)
class Declining:
    """Level principal: `principal_fen` a month off a balance of `balance_fen`, with interest on what is left, in
    months 1 .. `count`, and `last_fen` in the month after. Its interest is taken un-rounded here: each instalment
    is within half a fen.
    """

    balance_fen: int
    principal_fen: int
    rate_ppm: int
    count: int
    last_fen: int = 0

    def present(self, at: Discount) -> int:
        """Value at payout, fen x 2^BITS."""
        m, v_m = self.count, at.power(self.count)
        annuity = at.annuity(m, v_m)
        rising = (annuity - m * v_m) * YEAR // at.nano if at.nano else (m * (m - 1) // 2) << BITS
        interest = (self.balance_fen * annuity - self.principal_fen * rising) * self.rate_ppm
        last = self.last_fen * v_m * at.factor >> BITS
        return self.principal_fen * annuity + interest // (12 * PPM_ONE) + last


@dataclass(frozen=True, slots=True)
class Every:
    """An amount in months `every`, 2 x `every`, ... `count` times (yearly premiums)."""

    amount_fen: int
    every: int
    count: int

    def present(self, at: Discount) -> int:
        """Value at payout, fen x 2^BITS."""
        step, value = at.power(self.every), 0
        for _ in range(self.count):
            value = (value + ONE) * step >> BITS
        return self.amount_fen * value


@dataclass(frozen=True, slots=True)
class Flows:
    """Any amounts, one a month from month 1 (positive: the borrower pays)."""

    amounts_fen: tuple[int, ...]

    def present(self, at: Discount) -> int:
        """Value at payout, fen x 2^BITS."""
        value, factor = 0, at.factor
        for amount in reversed(self.amounts_fen):
            value = (value + (amount << BITS)) * factor >> BITS
        return value


Stream = Level | Declining | Every | Flows
