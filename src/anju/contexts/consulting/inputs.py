"""Texts to core objects: terms of a loan with its rate, stages, conventions, penalty and events.

`loan(values, tables, on)` is the whole; `inputs_household.py` has needs, products and applications. Amounts are
yuan, rates percent, dates ISO; every error is a BadInput with field, value and allowed range in both languages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from anju.contexts.consulting import lines
from anju.contexts.consulting.fields import ALSO, AS_OF, CONVENTIONS, EVENT, LOAN, PENALTY, PLAN, RATE, Field
from anju.contexts.consulting.rate_terms import Path, path_of
from anju.contexts.consulting.tables import Tables
from anju.contexts.consulting.values import Reader, Values, day
from anju.contexts.consulting.words import FIRST_DUE, METHODS, word, wrong
from anju.core.dates import add_months, clamped, month_number
from anju.core.money import UnitRounding
from anju.core.schedule import Conventions, DueRule, Event, PenaltyRule, Prepay, Stage, Terms, due_on
from anju.core.schedule.conventions import MONTHS_OF
from anju.core.schedule.due import FirstDue
from anju.core.schedule.events import PREPAY_THEN, PrepayInterest
from anju.core.schedule.terms import FIRST_DUE_AFTER_MONTHS_MAX, Method


@dataclass(frozen=True, slots=True)
class Loan:
    """A question's loan: terms, events, how its rate came about, and which fields stood at their default."""

    terms: Terms
    events: tuple[Event, ...]
    path: Path
    as_of: date
    defaults: tuple[str, ...]


def loan(values: Values, tables: Tables, on: date, fields: Sequence[Field] = LOAN) -> Loan:
    """The loan of a question; `on` is today, used where `as_of` or `start` are not given. Raises BadInput."""
    return loan_of(Reader(values, fields), tables, on)


def loans(values: Values, tables: Tables, on: date) -> tuple[Loan, ...]:
    """The loan of a question and those beside it (组合贷, split principal), in order. Raises BadInput."""
    reader = Reader(values, (*LOAN, ALSO))
    first = loan_of(reader, tables, on)
    return (first, *(loan(_beside(values, text), tables, on) for text in reader.texts(ALSO.name)))


def _beside(values: Values, text: str) -> dict[str, str | list[str]]:
    """What is said of a loan beside the first, the rest as in that one; its rate is its own if it names one."""
    own: dict[str, str | list[str]] = {}
    for part in text.replace("，", ",").split(","):
        name, equals, value = part.partition("=")
        if not equals or name.strip() in (EVENT.name, ALSO.name):
            raise wrong(ALSO.name, text, "FIELD=VALUE,...", zh="另一笔贷款")
        own[name.strip().replace("-", "_")] = value.strip()
    if "principal" not in own:
        raise wrong(ALSO.name, text, "principal=... among them", "须有 principal=…", "另一笔贷款")
    rate_names = {field.name for field in RATE}
    left_out = {EVENT.name, ALSO.name} | (rate_names if rate_names & set(own) else set())
    return {name: value for name, value in values.items() if name not in left_out} | own


def loan_of(reader: Reader, tables: Tables, on: date) -> Loan:
    """The loan of values read already. Raises BadInput, RateMissing."""
    as_of = reader.day("as_of") or on
    start = reader.day("start") or as_of
    principal = reader.yuan("principal")
    months = reader.whole("months")
    assert principal is not None  # required fields
    assert months is not None
    stages = stages_of(reader)
    rules = conventions_of(reader)
    due_day, first_due, first_due_on = _due(reader, start, months, rules.frequency)
    path = path_of(reader, tables, start, months, as_of)
    terms = Terms(
        principal,
        months,
        stages[0].method if stages else cast(Method, reader.word("method", "level_payment")),
        start,
        due_day,
        first_due,
        path.steps,
        stages,
        rules,
        penalty_of(reader),
        first_due_on,
    )
    events = tuple(lines.event("event", text) for text in reader.texts("event"))
    return Loan(terms, events, path, as_of, _defaults(reader))


def _defaults(reader: Reader) -> tuple[str, ...]:
    """Fields of plan and conventions that were not given, so that an answer can state what it assumed."""
    named = [field.name for field in (*PLAN, *CONVENTIONS, *PENALTY, AS_OF) if field.default]
    return tuple(name for name in named if not reader.given(name))


def _due(reader: Reader, start: date, months: int, frequency: str) -> tuple[int, FirstDue, date | None]:
    """Due day and rule of the first due date; a first date given names the day, and itself where no rule gives it."""
    text = reader.text("first_due")
    if frequency == "fortnightly":
        for name in ("first_due", "due_day"):
            if reader.given(name):
                raise wrong(
                    name, reader.text(name), "left out for fortnightly", "双周供不填", reader.fields[name].zh
                )
    due_day = reader.whole("due_day")
    if text is None or text[:1].isalpha():
        rule: Any = word("first_due", text, FIRST_DUE, "首期规则") if text else "next_month"
        return due_day or start.day, rule, None
    first = day("first_due", text, "首个还款日")
    chosen = due_day or first.day
    latest = add_months(start, FIRST_DUE_AFTER_MONTHS_MAX)
    if not start < first <= latest or first != clamped(month_number(first), chosen):
        allowed = f"a due day ({chosen}) after {start} and not after {latest}"
        zh = f"{start} 之后、不晚于 {latest} 的还款日（{chosen} 日）"
        raise wrong("first_due", first, allowed, zh, "首个还款日")
    every = MONTHS_OF[frequency] or months
    rules: tuple[FirstDue, ...] = ("first_due_day", "next_month")  # the usual one where both give the date
    dates = {due_on(DueRule(start, chosen, rule, None, every), 1): rule for rule in rules}
    return (chosen, dates[first], None) if first in dates else (chosen, "next_month", first)


def stages_of(reader: Reader) -> tuple[Stage, ...]:
    """Stages given, or the one stage that balloon and stepped shortcuts make; () for an ordinary loan."""
    given = tuple(lines.stage("stage", text) for text in reader.texts("stage"))
    short = [name for name in ("amortise_over", "step", "step_every", "instalment") if reader.given(name)]
    if given and (short or reader.given("method")):
        other = short[0] if short else "method"
        raise wrong(other, reader.text(other), "left out when stages are given", "给出还款阶段时不填")
    if given:
        return given
    method = cast(Method, word("method", reader.text("method") or "level", METHODS, "还款方式"))
    over, fixed = reader.whole("amortise_over"), reader.yuan("instalment")
    if fixed is not None:
        return (lines.fixed_by_lender("instalment", method, None, over, fixed),)
    if method == "stepped":
        every = str(reader.whole("step_every") or 12)
        return (lines.stepped("step", None, over, every, reader.text("step") or ""),)
    if reader.given("step") or reader.given("step_every"):
        raise wrong(
            "step", reader.text("step") or "", "only with method stepped", "只用于 stepped（等额递变）"
        )
    return (Stage(method, None, over),) if over else ()


def conventions_of(reader: Reader) -> Conventions:
    """Conventions of interest; those not given are the default of facts section 3."""
    days = reader.word("year_days", "360")
    year_days: Any = int(days) if days.isdecimal() else days
    chosen: dict[str, Any] = {
        name: reader.word(name, default)
        for name, default in (
            ("rounding", "half_up"),
            ("residue", "last"),
            ("whole_period", "monthly"),
            ("frequency", "monthly"),
            ("levelling", "nominal"),
            ("broken_time", "days"),
            ("broken_instalment", "regular"),
            ("stub", "with_first"),
        )
    }
    unit, by = int(reader.word("instalment_unit", "1")), reader.word("instalment_rounding") or None
    return Conventions(
        year_days=year_days,
        instalment_unit_fen=unit,
        instalment_rounding=cast(UnitRounding | None, by),
        **chosen,
    )


def penalty_of(reader: Reader) -> PenaltyRule:
    """The penalty rule of the contract."""
    reader.only_with(("penalty_free",), "penalty")
    tiers = tuple(lines.penalty_tier("penalty", text) for text in reader.texts("penalty"))
    return PenaltyRule(tiers, reader.yuan("penalty_free") or 0)


def prepay_interest(reader: Reader) -> PrepayInterest:
    """How the interest to the day of a prepayment is paid."""
    return cast(PrepayInterest, reader.word("interest", "on_prepaid"))


def prepayments(on: date, amount_fen: int, interest: PrepayInterest, fee_fen: int) -> tuple[Prepay, ...]:
    """The three ways of one prepayment with an agreed penalty."""
    return tuple(Prepay(on, amount_fen, then, interest, fee_fen) for then in PREPAY_THEN)
