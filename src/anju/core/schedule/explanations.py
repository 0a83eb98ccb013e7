"""How a figure came about (design, house rule 8): formula, inputs, rounding, source; Chinese and English.

An explanation is worked out from the same state, by the same functions, as the figure it explains.
"""

from typing import NamedTuple

from anju.core.checks import bad
from anju.core.schedule.apply import apply
from anju.core.schedule.events import NAMES, Event, Payoff, Prepay
from anju.core.schedule.explain_instalment import instalment_figure, principal_figure
from anju.core.schedule.explain_interest import event_interest_figure, interest_figure
from anju.core.schedule.figures import (
    ARITHMETIC,
    CONTRACT,
    PENALTY,
    ROUNDED,
    Explanation,
    Figure,
    Input,
    Words,
    money,
    percent,
    yuan,
)
from anju.core.schedule.fold import Events, follow, in_order
from anju.core.schedule.levelling import opened
from anju.core.schedule.penalties import chargeable_fen
from anju.core.schedule.quotes import Quote, quote
from anju.core.schedule.rows import Row
from anju.core.schedule.run import run_of, single, through
from anju.core.schedule.state import Loan, State
from anju.core.schedule.terms import Terms


def explain(terms: Terms, events: Events, what: int | Event) -> Explanation:
    """How the figures of instalment `what` (1, 2, ...), or of an event after these events, come about.

    Raises BadInput when there is no such instalment or the event cannot be.
    """
    if isinstance(what, int):
        return _explain_instalment(terms, events, what)
    return _explain_event(terms, events, what)


class _At(NamedTuple):
    """A state, and the one for which its instalment was fixed."""

    state: State
    fixed: State

    def moved(self, state: State) -> "_At":
        """At a later state: was the instalment fixed anew on the way?"""
        return _At(state, self.fixed if _fixing(state) == _fixing(self.state) else state)


def _fixing(state: State) -> tuple[object, ...]:
    """What changes when an instalment is fixed anew; a stepped one keeps its base through its steps."""
    method = state.plan[0].method
    return method, len(state.plan), state.rate_ppm, state.base_fen or state.instalment_fen


def _at_instalment(loan: Loan, at: _At, events: Events, seq: int) -> _At:
    """Before an instalment: walk the pieces until the one that holds it, then as far into it as needed."""
    for event in (*events, None):
        for _, state in through(loan, at.state, event.on if event else None):
            if state.seq_next > seq:
                behind = seq - at.state.seq_next
                return at.moved(run_of(loan, at.state, behind)[1]) if behind else at
            at = at.moved(state)
        if event:
            at = at.moved(apply(loan, at.state, event)[1])
    raise bad("seq", seq, f"1 .. {at.state.seq_next - 1}")


def _explain_instalment(terms: Terms, events: Events, seq: int) -> Explanation:
    ordered = in_order(events)
    loan = Loan.of(terms, ordered)
    first = opened(loan, terms)
    if seq < 1:
        raise bad("seq", seq, "from 1")
    at = _at_instalment(loan, _At(first, first), ordered, seq)
    row, _ = single(loan, at.state)
    title = Words(f"第 {seq} 期，{row.on} 应还。", f"Instalment {seq}, due on {row.on}.")
    fixed = instalment_figure(loan, at.state, at.fixed)
    figures = [interest_figure(loan, at.state), fixed, principal_figure(loan, at.state)]
    figures += [_amount(row), _balance(row, at.state)]
    return Explanation(title, tuple(each for each in figures if each))


def _amount(row: Row) -> Figure:
    name, formula = Words("应还合计", "Amount due"), Words("本金 + 利息", "principal + interest")
    worked = f"{yuan(row.principal_fen)} + {yuan(row.interest_fen)} = {yuan(row.amount_fen)}"
    if row.kind == "holiday":
        formula, worked = Words("延期还款期内本期不还", "nothing is due during the payment holiday"), yuan(0)
    return Figure("amount", name, row.amount_fen, formula, worked, (), None, ARITHMETIC)


def _balance(row: Row, before: State) -> Figure:
    name = Words("剩余本金", "Balance after")
    added = f" + {yuan(row.added_fen)}" if row.added_fen else ""
    worked = f"{yuan(before.balance_fen)} - {yuan(row.principal_fen)}{added} = {yuan(row.balance_after_fen)}"
    formula = Words("上期剩余本金减去本期本金", "balance before less principal")
    if added:
        formula = Words("上期剩余本金加上计入的利息", "balance before plus the interest added")
    return Figure("balance", name, row.balance_after_fen, formula, worked, (), None, ARITHMETIC)


def _explain_event(terms: Terms, events: Events, event: Event) -> Explanation:
    found = quote(terms, events, event)
    known = tuple(each for each in in_order(events) if each.on <= event.on)
    loan = Loan.of(terms, (*known, event))
    before = follow(loan, opened(loan, terms), known, event.on)[1]
    after = apply(loan, before, event)[1]
    figures: list[Figure | None] = []
    if isinstance(event, Prepay | Payoff):
        figures += [
            event_interest_figure(loan, before, event, found.interest_fen),
            _penalty(loan, before, event, found.principal_fen, found.fee_fen),
            _total(found.principal_fen, found.interest_fen, found.fee_fen),
        ]
    figures.append(
        instalment_figure(loan, after, after if after.instalment_fen != before.instalment_fen else before)
    )
    if after.left:
        figures.append(_coming(interest_figure(loan, after)))
    figures.append(_saved(found))
    _, zh, en = NAMES[type(event)]
    title = Words(f"{event.on} {zh}。", f"{en} on {event.on}.")
    return Explanation(title, tuple(each for each in figures if each))


def _penalty(loan: Loan, state: State, event: Prepay | Payoff, principal_fen: int, fee_fen: int) -> Figure:
    name, rule = Words("违约金", "Penalty"), loan.penalty
    tier = rule.tier_on(loan.start_on, event.on)
    if event.fee_fen is not None:
        formula = Words("双方另行约定的金额", "the amount agreed for this case")
        return Figure("penalty", name, fee_fen, formula, yuan(fee_fen), (), None, CONTRACT)
    if tier is None:
        formula = Words("合同未约定，或已过收取期限", "none agreed, or its time has passed")
        return Figure("penalty", name, 0, formula, yuan(0), (), None, PENALTY)
    charged = chargeable_fen(rule, loan.start_on, event.on, principal_fen, state.prepaid)
    rate = loan.rates.on(event.on)
    zh, en = f"放款不满 {tier.before_month} 个月，", f"the loan is younger than {tier.before_month} months, "
    parts = []
    if tier.share_ppm:
        parts.append(f"{yuan(charged)} × {percent(tier.share_ppm)}")
    if tier.interest_months:
        parts.append(f"{yuan(charged)} × {percent(rate)} ÷ 12 × {tier.interest_months}")
    inputs = (
        money("计收基数（扣除年度免费额度）", "chargeable amount (less the yearly allowance)", charged),
        Input("比例", "share", percent(tier.share_ppm)),
        Input("利息月数", "months of interest", str(tier.interest_months)),
    )
    formula = Words(
        f"{zh}按计收基数的比例或利息月数收取", f"{en}a share or months of interest of the chargeable amount"
    )
    worked = f"{' + '.join(parts) or '0'} = {yuan(fee_fen)}"
    return Figure(
        "penalty", name, fee_fen, formula, worked, inputs, ROUNDED[loan.conventions.rounding], PENALTY
    )


def _total(principal_fen: int, interest_fen: int, fee_fen: int) -> Figure:
    total = principal_fen + interest_fen + fee_fen
    worked = f"{yuan(principal_fen)} + {yuan(interest_fen)} + {yuan(fee_fen)} = {yuan(total)}"
    formula = Words("本金 + 利息 + 违约金", "principal + interest + penalty")
    return Figure(
        "total", Words("当日应付", "To be paid that day"), total, formula, worked, (), None, ARITHMETIC
    )


def _coming(figure: Figure) -> Figure:
    """The interest of the next instalment, named as such."""
    name = Words("下一期利息", "Interest of the next instalment")
    return Figure(
        "next_interest",
        name,
        figure.value_fen,
        figure.formula,
        figure.worked,
        figure.inputs,
        figure.rounding,
        figure.source,
    )


def _saved(found: Quote) -> Figure:
    before, after, now = found.before.interest_left_fen, found.after.interest_left_fen, found.interest_fen
    saved = found.interest_saved_fen
    added = before - after - now - saved
    formula = Words(
        "原剩余利息减去新的剩余利息和本次利息" + ("，再减去转入本金的利息" if added else ""),
        "interest left before, less interest left after and interest paid now"
        + (", less interest that became principal" if added else ""),
    )
    tail = f" - {yuan(added)}" if added else ""
    worked = f"{yuan(before)} - {yuan(after)} - {yuan(now)}{tail} = {yuan(saved)}"
    return Figure("saved", Words("节省利息", "Interest saved"), saved, formula, worked, (), None, ARITHMETIC)
