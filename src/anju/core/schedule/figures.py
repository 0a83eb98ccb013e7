"""Figures that can be read aloud: a name, a value, its formula with the numbers in it, rounding, source."""

from dataclasses import dataclass
from typing import NamedTuple

from anju.core.money import Rounding, fen_to_display, ppm_to_percent_text
from anju.core.schedule.conventions import Conventions


class Words(NamedTuple):
    """One text in Chinese and English."""

    zh: str
    en: str


class Input(NamedTuple):
    """A number that goes into a formula, as people read it."""

    zh: str
    en: str
    value: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, in fen. `formula` in words, `worked` the same with the numbers in it."""

    code: str
    name: Words
    value_fen: int
    formula: Words
    worked: str
    inputs: tuple[Input, ...]
    rounding: Words | None
    source: Words

    @property
    def zh(self) -> str:
        """The figure as Chinese sentences."""
        rounded = f"，{self.rounding.zh}" if self.rounding else ""
        return (
            f"{self.name.zh} {yuan(self.value_fen)} 元：{self.formula.zh}，即 {self.worked}{rounded}。"
            f"依据：{self.source.zh}。"
        )

    @property
    def en(self) -> str:
        """The figure as English sentences."""
        rounded = f", {self.rounding.en}" if self.rounding else ""
        return (
            f"{self.name.en} {yuan(self.value_fen)} yuan: {self.formula.en}, that is {self.worked}{rounded}. "
            f"Source: {self.source.en}."
        )


@dataclass(frozen=True, slots=True)
class Explanation:
    """How the figures of one row or quote came about, in the order in which they are worked out."""

    title: Words
    figures: tuple[Figure, ...]

    @property
    def zh(self) -> str:
        """Everything in Chinese, one figure a line."""
        return "\n".join([self.title.zh, *(figure.zh for figure in self.figures)])

    @property
    def en(self) -> str:
        """Everything in English, one figure a line."""
        return "\n".join([self.title.en, *(figure.en for figure in self.figures)])

    def figure(self, code: str) -> Figure:
        """The figure of this code. Raises KeyError."""
        for each in self.figures:
            if each.code == code:
                return each
        raise KeyError(code)


CONTRACT = Words("合同约定", "contract")
MONTHLY_RATE = Words(
    "合同约定，银发〔1999〕77号（月利率为年利率除以 12）",
    "contract, 银发〔1999〕77号 (the monthly rate is the annual rate divided by 12)",
)
DAILY_RATE = Words(
    "合同约定，银发〔1999〕77号（按日计息，算头不算尾）",
    "contract, 银发〔1999〕77号 (interest by days, first day counted, last not)",
)
PREPAYMENT = Words(
    "民法典第 677 条（提前还款按实际借款期间计息）",
    "Civil Code Art. 677 (prepayment: interest for the actual period)",
)
PENALTY = Words(
    "合同约定的违约金条款，须事先提示说明（民法典第 496 条）",
    "the contract's penalty clause, which must have been pointed out (Civil Code Art. 496)",
)
ARITHMETIC = Words("加减计算", "plain arithmetic")

_BY_RULE: dict[str, Words] = {
    "half_up": Words("四舍五入到", "rounded half-up to"),
    "half_even": Words("四舍六入五成双到", "rounded half-even to"),
    "down": Words("舍去至", "rounded down to"),
    "up": Words("进位至", "rounded up to"),
}
_UNIT = {1: "分", 10: "角", 100: "元", 1_000: "十元", 10_000: "百元"}


def instalment_rounded(rules: Conventions) -> Words:
    """How instalments of a product are rounded."""
    if rules.plain_instalments:
        return ROUNDED[rules.rounding]
    unit, by = rules.instalment_unit_fen, _BY_RULE[rules.instalment_rounding or rules.rounding]
    return Words(f"{by.zh}{_UNIT[unit]}", f"{by.en} {yuan(unit)}")


ROUNDED: dict[Rounding, Words] = {
    "half_up": Words("四舍五入到分", "rounded half-up to 0.01"),
    "half_even": Words("四舍六入五成双到分", "rounded half-even to 0.01"),
    "down": Words("舍去不足一分的部分", "rounded down to 0.01"),
}


def yuan(fen: int) -> str:
    """Fen as yuan with thousands commas."""
    return fen_to_display(fen)


def percent(ppm: int) -> str:
    """An annual rate with its sign: 3.50%."""
    return f"{ppm_to_percent_text(ppm)}%"


def money(zh: str, en: str, fen: int) -> Input:
    """An amount as an input."""
    return Input(zh, en, yuan(fen))
