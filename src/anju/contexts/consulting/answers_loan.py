"""Answers about one loan: its schedule, a prepayment, how a figure came about, its rate on a day."""

from __future__ import annotations

from datetime import date

from anju.contexts.consulting import inputs, lines
from anju.contexts.consulting import shapes as shape
from anju.contexts.consulting.fields import EXPLAIN, PREPAY, RATE_ON
from anju.contexts.consulting.outward import outward
from anju.contexts.consulting.rate_terms import path_of, rate_terms_of
from anju.contexts.consulting.shapes import Json
from anju.contexts.consulting.tables import Tables
from anju.contexts.consulting.values import Reader, Values
from anju.contexts.consulting.words import wrong
from anju.core.rates import rate_path, rate_why, step_on
from anju.core.schedule import (
    ComplianceNote,
    Payoff,
    Quote,
    Row,
    combined,
    compliance_notes,
    explain,
    position,
    prepay_options,
    quote,
    schedule,
    totals,
)

PROVISIONAL = ComplianceNote(
    "rate_provisional",
    "review",
    "所需的 LPR 尚未录入，暂按最近一期计算，录入后须重新测算。",
    "An LPR that this needs is not loaded; the last one known was used. Ask again once it is loaded.",
    "lpr.csv",
)


def _head(kind: str, loan: inputs.Loan) -> Json:
    notes = list(compliance_notes(loan.terms))
    if loan.path.provisional:
        notes.append(PROVISIONAL)
    return shape.merged(
        shape.answer(kind, loan.as_of),
        {
            "terms": shape.terms(loan.terms),
            "events": [shape.event(each) for each in loan.events],
            "defaults": list(loan.defaults),
            "notes": shape.all_texts(notes),
        },
    )


@outward
def schedule_answer(values: Values, tables: Tables, on: date) -> Json:
    """Every row of a loan's life, its sums, and all conventions that led to them (S4-006, S4-008, S4-130).

    With loans beside it (组合贷) also theirs, and everything by day as the borrower sees it (S4-005).
    """
    first, *others = inputs.loans(values, tables, on)
    rows = schedule(first.terms, first.events)
    found = shape.merged(_head("schedule", first), _rows_and_sums(first, rows))
    if not others:
        return found
    beside = [(each, schedule(each.terms, each.events)) for each in others]
    everything = combined([rows, *(other for _, other in beside)])
    return shape.merged(
        found,
        {
            "also": [
                {"terms": shape.terms(each.terms)} | _rows_and_sums(each, other) for each, other in beside
            ],
            "combined": {
                "totals": shape.sums(everything),
                "rows": [shape.combined_row(each) for each in everything],
            },
        },
    )


def _rows_and_sums(loan: inputs.Loan, rows: tuple[Row, ...]) -> Json:
    return {
        "totals": shape.totals(totals(loan.terms, loan.events)),
        "rows": [shape.row(each) for each in rows],
    }


@outward
def prepay_answer(values: Values, tables: Tables, on: date) -> Json:
    """A prepayment quoted: the three ways side by side, or the payoff when no amount is given (S4-057, S4-058)."""
    reader = Reader(values, PREPAY)
    loan = inputs.loan_of(reader, tables, on)
    day = reader.day("on")
    reader.only_with(("interest",), "amount")
    amount, fee = reader.yuan("amount"), reader.yuan("fee")
    interest = inputs.prepay_interest(reader)
    assert day is not None  # a required field
    before = position(loan.terms, loan.events, day)
    quotes: tuple[Quote, ...]
    if amount is None:
        quotes = (quote(loan.terms, loan.events, Payoff(day, fee)),)
    elif fee is None:
        quotes = prepay_options(loan.terms, loan.events, day, amount, interest)
    else:
        quotes = tuple(
            quote(loan.terms, loan.events, each) for each in inputs.prepayments(day, amount, interest, fee)
        )
    return shape.merged(
        _head("prepay", loan),
        {
            "on": day.isoformat(),
            **shape.money(amount=amount),
            "accrued": None,
            "before": shape.outlook(quotes[0].before),
        },
        shape.money(accrued=before.accrued_fen),
        {"options": [shape.quote(each) for each in quotes]},
    )


@outward
def explain_answer(values: Values, tables: Tables, on: date) -> Json:
    """How the figures of one instalment, or of an event, come about: formula, inputs, rounding, source."""
    reader = Reader(values, EXPLAIN)
    loan = inputs.loan_of(reader, tables, on)
    what = reader.text("what")
    if what and reader.given("seq"):
        raise wrong("what", what, "seq or what, one of them", "seq 与 what 只填一个", "事件")
    asked = lines.event("what", what) if what else reader.whole("seq") or 1
    found = explain(loan.terms, loan.events, asked)
    return shape.merged(_head("explain", loan), shape.explanation(found))


@outward
def rate_answer(values: Values, tables: Tables, on: date) -> Json:
    """Which rate applies on a day, since when and why, and what comes next (S4-038, S4-039, S4-059)."""
    reader = Reader(values, RATE_ON)
    as_of = reader.day("as_of") or on
    start, months, day = reader.day("start"), reader.whole("months"), reader.day("on") or as_of
    assert start is not None  # required fields
    assert months is not None
    if reader.given("rate_step"):
        return _rate_by_hand(reader, tables, start, months, as_of, day)
    rate_terms = rate_terms_of(reader, tables, start, months)
    found = rate_why(rate_terms, start, months, tables.rates, day, allow_missing=True)
    path = rate_path(rate_terms, start, months, tables.rates, max(day, as_of), allow_missing=True)
    return shape.merged(
        shape.answer("rate", as_of),
        {"on": day.isoformat(), "start_on": start.isoformat(), "months": months},
        shape.rate(found.rate_ppm),
        {
            "since": found.since.isoformat(),
            "why_zh": found.why_zh,
            "why_en": found.why_en,
            "source": found.source,
            "provisional": found.provisional,
            "clause_zh": found.clause_zh,
            "clause_en": found.clause_en,
            "next_repricing_on": shape.iso(found.next_repricing_on),
            "preview": None if found.preview is None else shape.step(found.preview),
            "path": [shape.step(each) for each in path],
        },
    )


def _rate_by_hand(reader: Reader, tables: Tables, start: date, months: int, as_of: date, day: date) -> Json:
    """The rate on a day when steps were given by hand: nothing is known of what comes after them."""
    path = path_of(reader, tables, start, months, max(as_of, day)).steps
    if not start <= day:
        raise wrong("on", day, f"from {start}", f"不早于 {start}")
    found = step_on(path, day)
    return shape.merged(
        shape.answer("rate", as_of),
        {"on": day.isoformat(), "start_on": start.isoformat(), "months": months},
        shape.rate(found.rate_ppm),
        {
            "since": found.effective_on.isoformat(),
            "why_zh": found.why_zh,
            "why_en": found.why_en,
            "source": found.source,
            "provisional": found.provisional,
            "clause_zh": "利率变动由提问者给出。",
            "clause_en": "The changes of the rate were given by whoever asked.",
            "next_repricing_on": shape.iso(
                next((each.effective_on for each in path if each.effective_on > day), None)
            ),
            "preview": None,
            "path": [shape.step(each) for each in path],
        },
    )
