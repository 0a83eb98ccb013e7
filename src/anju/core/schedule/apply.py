"""What each event does to the state of a loan. One function an event; `apply` chooses.

Every function assumes that the instalments due up to the event's day have been taken, raises BadInput when the
loan does not allow the event, and gives the rows it posts (none, if no money moves) and the state after it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from anju.core.checks import require, within
from anju.core.dates import add_months, clamped
from anju.core.money import FEN_MAX
from anju.core.schedule.due import Monthly
from anju.core.schedule.events import (
    NAMES,
    AddInterest,
    Capitalise,
    DueDayChange,
    Event,
    Extend,
    Holiday,
    InterestOnly,
    MethodChange,
    Payoff,
    Prepay,
    RateChange,
    Restructure,
    Waive,
)
from anju.core.schedule.levelling import levelled
from anju.core.schedule.penalties import penalty_fen
from anju.core.schedule.rows import Row, RowKind
from anju.core.schedule.shorten import shortened
from anju.core.schedule.state import Accrual, Loan, Pause, Plan, State, cut
from anju.core.schedule.terms import MONTHS_MAX, Stage, check_stages

Applied = tuple[tuple[Row, ...], State]


def apply(loan: Loan, state: State, event: Event) -> Applied:
    """The rows an event posts and the state after it. Raises BadInput."""
    name = NAMES[type(event)].code
    require(
        f"{name}.on", event.on, event.on >= loan.start_on, f"from {loan.start_on}", f"不早于 {loan.start_on}"
    )
    require(f"{name}.on", event.on, not state.finished, "before the loan ends", "早于贷款结清")
    return _HANDLERS[type(event)](loan, state, event)


def earned(loan: Loan, state: State, on: date) -> int:
    """Interest of the running period to a day, as balance x rate x time, not rounded: always by days."""
    return state.accrual.earned + state.balance_fen * loan.weight(state.accrual.since_on, on)


def accrued_fen(loan: Loan, state: State, on: date) -> int:
    """Interest of the running period to a day, fen."""
    return loan.rounded(earned(loan, state, on))


def _row(loan: Loan, state: State, event: Event, kind: RowKind, **fen: int) -> Row:
    principal, interest, fee = (fen.get(name, 0) for name in ("principal", "interest", "fee"))
    added, forgiven = fen.get("added", 0), fen.get("forgiven", 0)
    after = state.balance_fen - principal + added
    return Row(
        state.seq_next - 1,
        event.on,
        kind,
        principal,
        interest,
        fee,
        principal + interest + fee,
        after,
        loan.rates.on(event.on),
        added,
        forgiven,
    )


def _fee(loan: Loan, state: State, event: Prepay | Payoff, principal_fen: int) -> int:
    """The penalty of the contract, unless the event states a fee."""
    if event.fee_fen is not None:
        return event.fee_fen
    rate, rounding = loan.rates.on(event.on), loan.conventions.rounding
    return penalty_fen(loan.penalty, loan.start_on, event.on, principal_fen, rate, state.prepaid, rounding)


def _prepay(loan: Loan, state: State, event: Prepay) -> Applied:
    balance, amount, accrual = state.balance_fen, event.amount_fen, state.accrual
    most = f"1 .. {balance - 1}"
    en, zh = f"{most} (for all of it: payoff)", f"{most}（全部还清请用提前结清）"
    require("prepay.amount_fen", amount, amount < balance, en, zh)
    of_amount, interest = amount * loan.weight(accrual.since_on, event.on), 0
    if event.interest == "on_prepaid":
        interest = loan.rounded(of_amount)
    elif event.interest == "next_instalment":
        accrual = accrual._replace(earned=accrual.earned + of_amount)
    elif event.on > accrual.since_on or accrual.earned:
        interest = accrued_fen(loan, state, event.on)
        accrual = Accrual(event.on, 0, True)
    fee = _fee(loan, state, event, amount)
    row = _row(loan, state, event, "prepayment", principal=amount, interest=interest, fee=fee)
    prepaid = (*state.prepaid, (event.on, amount))
    after = state._replace(balance_fen=balance - amount, accrual=accrual, prepaid=prepaid)
    if event.then == "reduce_payment":
        return (row,), levelled(loan, after, event.on)
    after = shortened(loan, state, after)
    return (row,), (levelled(loan, after, event.on) if event.then == "shorten_relevel" else after)


def _payoff(loan: Loan, state: State, event: Payoff) -> Applied:
    balance = state.balance_fen
    interest = accrued_fen(loan, state, event.on) + state.deferred_fen
    fee = _fee(loan, state, event, balance)
    row = _row(loan, state, event, "payoff", principal=balance, interest=interest, fee=fee)
    after = state._replace(balance_fen=0, left=0, deferred_fen=0, accrual=Accrual(event.on))
    return (row,), levelled(loan, after)


def _monthly_only(state: State, event: Event) -> None:
    allowed = "a monthly loan (this one is fortnightly)"
    require(
        NAMES[type(event)].code, "fortnightly", isinstance(state.dues, Monthly), allowed, "按月还款的贷款"
    )


def _method_change(loan: Loan, state: State, event: MethodChange) -> Applied:
    _monthly_only(state, event)
    check_stages(event.stages, state.left)
    return (), levelled(loan, state._replace(plan=event.stages, phase=0), event.on)


def _due_day_change(loan: Loan, state: State, event: DueDayChange) -> Applied:
    _monthly_only(state, event)
    assert isinstance(state.dues, Monthly)
    day, month = event.due_day, state.dues.month
    require("due_day_change.due_day", day, day != state.dues.day, "another day", "与原还款日不同")
    month += clamped(month, day) <= event.on
    dues, accrual = Monthly(day, month, state.dues.every), state.accrual._replace(broken=True)
    return (), state._replace(dues=dues, accrual=accrual, stub_on=None)


def _extend(loan: Loan, state: State, event: Extend) -> Applied:
    every, last = state.dues.every, state.plan[-1]
    total = (state.seq_next - 1 + state.left) * every
    if isinstance(state.dues, Monthly):
        within("extend.months", event.months, 1, MONTHS_MAX - total)
    more = _periods(state, "extend.months", event.months)
    if last.periods is not None:
        last = replace(last, periods=last.periods + more)
    ends_on = add_months(state.ends_on, event.months)
    longer = state._replace(left=state.left + more, plan=(*state.plan[:-1], last), ends_on=ends_on)
    return (), levelled(loan, longer, event.on)


def _periods(state: State, field: str, months: int) -> int:
    """Months as instalments. Raises BadInput unless they are so many whole periods."""
    every = state.dues.every
    require(
        field, months, months % every == 0, f"a multiple of {every} (months of a period)", f"{every} 的整数倍"
    )
    return months // every


def _window(loan: Loan, state: State, event: Holiday | InterestOnly, stage: Stage | Pause) -> Applied:
    """Put a stage before what is left of the plan, inside its term."""
    _monthly_only(state, event)
    within(f"{NAMES[type(event)].code}.periods", event.periods, 1, state.left - 1)
    plan: Plan = (stage, *cut(state.plan, event.periods))
    return (), levelled(loan, state._replace(plan=plan, phase=0), event.on)


def _holiday(loan: Loan, state: State, event: Holiday) -> Applied:
    return _window(loan, state, event, Pause(event.periods, event.interest))


def _interest_only(loan: Loan, state: State, event: InterestOnly) -> Applied:
    return _window(loan, state, event, Stage("interest_only", event.periods))


def _rate_change(loan: Loan, state: State, event: RateChange) -> Applied:
    """Nothing here: the loan's rates carry it, and the running period and the next one find it there."""
    return (), state


def _from_interest(loan: Loan, state: State, event: Capitalise | Waive) -> State:
    """The state without so much interest: first of the deferred, then of the running period to the day."""
    there = state.deferred_fen + accrued_fen(loan, state, event.on)
    within(f"{NAMES[type(event)].code}.amount_fen", event.amount_fen, 1, there)
    of_deferred = min(event.amount_fen, state.deferred_fen)
    rest = (event.amount_fen - of_deferred) * loan.denominator
    accrual = state.accrual._replace(earned=state.accrual.earned - rest)
    return state._replace(deferred_fen=state.deferred_fen - of_deferred, accrual=accrual)


def _capitalise(loan: Loan, state: State, event: Capitalise) -> Applied:
    within("capitalise.amount_fen", event.amount_fen, 1, FEN_MAX - state.balance_fen)
    row = _row(loan, state, event, "capitalised", added=event.amount_fen)
    if event.of == "plan":
        state = _from_interest(loan, state, event)
    accrual = state.accrual
    if event.on > accrual.since_on:
        accrual = Accrual(event.on, earned(loan, state, event.on), True)
    after = state._replace(balance_fen=state.balance_fen + event.amount_fen, accrual=accrual)
    return (row,), levelled(loan, after, event.on)


def _waive(loan: Loan, state: State, event: Waive) -> Applied:
    row = _row(loan, state, event, "waived", forgiven=event.amount_fen)
    return (row,), _from_interest(loan, state, event)


def _add_interest(loan: Loan, state: State, event: AddInterest) -> Applied:
    """Due with the next instalment, as deferred interest is."""
    return (), state._replace(deferred_fen=state.deferred_fen + event.amount_fen)


def _restructure(loan: Loan, state: State, event: Restructure) -> Applied:
    _monthly_only(state, event)
    within("restructure.months", event.months, 1, MONTHS_MAX - (state.seq_next - 1) * state.dues.every)
    left = _periods(state, "restructure.months", event.months)
    check_stages(event.stages, left)
    after = state._replace(plan=event.stages, left=left, phase=0)
    return (), levelled(loan, after, event.on)


_HANDLERS: dict[type[Any], Callable[[Loan, State, Any], Applied]] = {
    Prepay: _prepay,
    Payoff: _payoff,
    MethodChange: _method_change,
    DueDayChange: _due_day_change,
    Extend: _extend,
    Holiday: _holiday,
    InterestOnly: _interest_only,
    RateChange: _rate_change,
    Capitalise: _capitalise,
    Waive: _waive,
    AddInterest: _add_interest,
    Restructure: _restructure,
}
