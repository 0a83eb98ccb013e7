"""The interest of an instalment or an event, explained from the state it is worked out from."""

from datetime import date

from anju.core.dates import add_months, month_number
from anju.core.money import divide
from anju.core.schedule.conventions import Conventions, thirty_days
from anju.core.schedule.events import Payoff, Prepay
from anju.core.schedule.figures import (
    DAILY_RATE,
    MONTHLY_RATE,
    PREPAYMENT,
    ROUNDED,
    Figure,
    Input,
    Words,
    money,
    percent,
    yuan,
)
from anju.core.schedule.run import interest_of
from anju.core.schedule.state import Loan, State

NAME = Words("利息", "Interest")
_EARNED = Words(
    "加此前已计的利息（已减免或转本金的为负）",
    "plus interest earned before (less what was waived or capitalised)",
)
_DEFERRED = Words("加缓付或补计的利息", "plus interest deferred or added")


def interest_figure(loan: Loan, state: State) -> Figure:
    """Interest of the coming instalment of a state, with what was deferred or added to it."""
    due, since = state.dues.at(0), state.accrual.since_on
    value = interest_of(loan, state) + state.deferred_fen
    broken = state.accrual.broken or len(loan.rates.parts(since, due)) > 1
    if not broken and not loan.conventions.by_days:
        every = state.dues.every
        terms, inputs = _month(state.balance_fen, state.rate_ppm, every)
        times = f" × {every}" if every > 1 else ""
        formula = Words(
            f"剩余本金 × 年利率 ÷ 12{times}", f"balance x annual rate / 12{times.replace('×', 'x')}"
        )
        source = MONTHLY_RATE
    else:
        start = since if broken else max(state.dues.at(-1), since)
        terms, inputs = _days(loan, state.balance_fen, start, due)
        formula, source = _by_days(loan), DAILY_RATE
    if state.accrual.earned:
        terms.append(_exact(loan, state.accrual.earned))
        formula = _and(formula, _EARNED)
    if state.deferred_fen:
        terms.append(yuan(state.deferred_fen))
        inputs = (*inputs, money("缓付或补计的利息", "interest deferred or added", state.deferred_fen))
        formula = _and(formula, _DEFERRED)
    return _figure(loan, value, formula, terms, inputs, source)


def event_interest_figure(loan: Loan, state: State, event: Prepay | Payoff, value: int) -> Figure:
    """Interest paid with a prepayment or payoff, worked out from the state before it."""
    if isinstance(event, Prepay) and event.interest == "next_instalment":
        formula = Words("本次不收，计入下一期", "not now, with the next instalment")
        return Figure("interest", NAME, value, formula, yuan(0), (), None, PREPAYMENT)
    on_part = isinstance(event, Prepay) and event.interest == "on_prepaid"
    base = event.amount_fen if isinstance(event, Prepay) and on_part else state.balance_fen
    terms, inputs = _days(loan, base, state.accrual.since_on, event.on)
    formula = _by_days(loan, Words("提前还款本金", "principal prepaid") if on_part else None)
    if state.accrual.earned and not on_part:
        terms.append(_exact(loan, state.accrual.earned))
        formula = _and(formula, _EARNED)
    if state.deferred_fen and isinstance(event, Payoff):
        terms.append(yuan(state.deferred_fen))
        formula = _and(formula, _DEFERRED)
    return _figure(loan, value, formula, terms, inputs, PREPAYMENT)


def _and(formula: Words, more: Words) -> Words:
    return Words(f"{formula.zh}，{more.zh}", f"{formula.en}, {more.en}")


def _figure(
    loan: Loan, value: int, formula: Words, terms: list[str], inputs: tuple[Input, ...], source: Words
) -> Figure:
    worked = f"{' + '.join(terms) or '0'} = {yuan(value)}"
    rounding = ROUNDED[loan.conventions.rounding]
    return Figure("interest", NAME, value, formula, worked, inputs, rounding, source)


def _month(balance_fen: int, rate_ppm: int, every: int) -> tuple[list[str], tuple[Input, ...]]:
    inputs = (
        money("剩余本金", "balance", balance_fen),
        Input("年利率", "annual rate", percent(rate_ppm)),
    )
    times = f" × {every}" if every > 1 else ""
    return [f"{yuan(balance_fen)} × {percent(rate_ppm)} ÷ 12{times}"], inputs


def _days(loan: Loan, base_fen: int, start: date, end: date) -> tuple[list[str], tuple[Input, ...]]:
    rules = loan.conventions
    terms, inputs = [], [money("计息本金", "principal", base_fen)]
    for rate, since, until in loan.rates.parts(start, end):
        months, odd = _whole_months(rules, since, until)
        days = thirty_days(until) - thirty_days(odd) if rules.clock.thirty else (until - odd).days
        time = f"÷ {_year(rules)} × {days}"
        time = f"× ({months} ÷ 12 + {days} ÷ {_year(rules)})" if months else time
        terms.append(f"{yuan(base_fen)} × {percent(rate)} {time}")
        inputs.append(Input("年利率", "annual rate", percent(rate)))
        inputs.append(Input("起止日", "from and to", f"{since} – {until}"))
        inputs.append(Input("天数", "days", str(days)))
    return terms, tuple(inputs)


def _year(rules: Conventions) -> str:
    return {"actual": "365/366", "30/360": "360"}.get(str(rules.year_days), str(rules.year_days))


def _whole_months(rules: Conventions, since: date, until: date) -> tuple[int, date]:
    """Whole months of a broken stretch, where they count as such, and the day after them."""
    if rules.broken_time == "days" or until <= since:
        return 0, since
    months = month_number(until) - month_number(since)
    months -= add_months(since, months) > until
    return months, add_months(since, months)


def _by_days(loan: Loan, base: Words | None = None) -> Words:
    year = loan.conventions.year_days
    zh, en = (f"{year}", f"{year}") if year != "actual" else ("当年实际天数", "the days of the year")
    base = base or Words("剩余本金", "balance")
    if loan.conventions.broken_time == "months_days":
        return Words(
            f"{base.zh} × 年利率 × （整月数 ÷ 12 + 零头天数 ÷ {zh}）",
            f"{base.en} x annual rate x (whole months / 12 + days over / {en})",
        )
    if year == "30/360":
        return Words(
            f"{base.zh} × 年利率 ÷ 360 × 天数（每月 30 天）",
            f"{base.en} x annual rate / 360 x days (30 a month)",
        )
    return Words(f"{base.zh} × 年利率 ÷ {zh} × 实际天数", f"{base.en} x annual rate / {en} x actual days")


def _exact(loan: Loan, earned: int) -> str:
    """An unrounded sum of balance x rate x time as yuan with four decimals."""
    hundredths = divide(earned * 100, loan.denominator)
    sign = "-" if hundredths < 0 else ""
    whole, rest = divmod(abs(hundredths), 10_000)
    return f"{sign}{whole:,}.{rest:04d}"
