"""Core values to plain JSON-ready dicts: an amount `x` is a yuan text with two decimals and `x_fen` an integer, a
rate `x` a percent text and `x_ppm` an integer, dates are ISO texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from anju.contexts.consulting.words import METHOD_NAMES
from anju.core.money import fen_to_text, ppm_to_percent_text
from anju.core.rates import RateStep
from anju.core.schedule import (
    CombinedRow,
    Conventions,
    Event,
    Explanation,
    Figure,
    Outlook,
    PenaltyRule,
    Quote,
    Row,
    Stage,
    Terms,
    Totals,
)
from anju.core.schedule.events import NAMES

FORMAT = "anju.loan/1"
Json = dict[str, Any]


def money(**amounts: int | None) -> Json:
    """`principal=100` gives `principal: "1.00"` and `principal_fen: 100`; None stays None."""
    found: Json = {}
    for name, fen in amounts.items():
        found[name] = None if fen is None else fen_to_text(fen)
        found[f"{name}_fen"] = fen
    return found


def rate(ppm: int, name: str = "rate") -> Json:
    """A rate as percent text and ppm."""
    return {name: ppm_to_percent_text(ppm), f"{name}_ppm": ppm}


def iso(on: date | None) -> str | None:
    """An ISO date, None stays None."""
    return None if on is None else on.isoformat()


def answer(kind: str, as_of: date) -> Json:
    """The head of every answer."""
    return {"format": FORMAT, "kind": kind, "as_of": as_of.isoformat()}


def row(each: Row) -> Json:
    """One posting of a schedule."""
    return {
        "seq": each.seq,
        "on": each.on.isoformat(),
        "kind": each.kind,
        **money(
            principal=each.principal_fen,
            interest=each.interest_fen,
            fee=each.fee_fen,
            amount=each.amount_fen,
            balance_after=each.balance_after_fen,
            added=each.added_fen,
            forgiven=each.forgiven_fen,
        ),
        **rate(each.rate_ppm),
    }


def combined_row(each: CombinedRow) -> Json:
    """Everything that falls due on one day; `parts` are amounts by loan, 0 the first."""
    return {
        "on": each.on.isoformat(),
        **money(
            principal=each.principal_fen,
            interest=each.interest_fen,
            fee=each.fee_fen,
            amount=each.amount_fen,
            balance_after=each.balance_after_fen,
        ),
        "parts": [{"loan": part, "seq": row.seq, **money(amount=row.amount_fen)} for part, row in each.parts],
    }


def sums(rows: Sequence[CombinedRow]) -> Json:
    """Sums over all loans."""
    return money(
        principal=sum(each.principal_fen for each in rows),
        interest=sum(each.interest_fen for each in rows),
        fee=sum(each.fee_fen for each in rows),
        amount=sum(each.amount_fen for each in rows),
        first=rows[0].amount_fen,
        highest=max(each.amount_fen for each in rows),
    )


def totals(found: Totals) -> Json:
    """Sums of a schedule."""
    return {
        "instalments": found.instalments,
        **money(
            principal=found.principal_fen,
            interest=found.interest_fen,
            fee=found.fee_fen,
            amount=found.amount_fen,
            first=found.first_fen,
            last=found.last_fen,
            highest=found.highest_fen,
        ),
    }


def step(each: RateStep) -> Json:
    """One step of a rate path."""
    return {
        "from": each.effective_on.isoformat(),
        **rate(each.rate_ppm),
        "why_zh": each.why_zh,
        "why_en": each.why_en,
        "source": each.source,
        "provisional": each.provisional,
    }


def stage(each: Stage) -> Json:
    """One stage of a plan of repayment."""
    zh, en = METHOD_NAMES[each.method]
    return {
        "method": each.method,
        "method_zh": zh,
        "method_en": en,
        "periods": each.periods,
        "amortise_over": each.amortise_over,
        "step_every": each.step_every or None,
        "step_ppm": each.step_ppm or None,
        **money(step=each.step_fen or None, instalment=each.instalment_fen),
    }


def conventions(each: Conventions) -> Json:
    """Conventions of interest, all of them stated."""
    found = {
        field.name: getattr(each, field.name) for field in fields(each) if not field.name.endswith("_fen")
    }
    return found | money(instalment_unit=each.instalment_unit_fen)


def penalty(rule: PenaltyRule) -> Json:
    """The penalty rule of a contract."""
    tiers = [
        {
            "before_month": tier.before_month,
            **rate(tier.share_ppm, "share"),
            "interest_months": tier.interest_months,
        }
        for tier in rule.tiers
    ]
    return {"tiers": tiers, **money(free_per_year=rule.free_per_year_fen)}


def terms(each: Terms) -> Json:
    """What the contract says."""
    zh, en = METHOD_NAMES[each.method]
    return {
        **money(principal=each.principal_fen),
        "months": each.months,
        "method": each.method,
        "method_zh": zh,
        "method_en": en,
        "start_on": each.start_on.isoformat(),
        "due_day": each.due_day,
        "first_due": each.first_due,
        "first_due_on": iso(each.first_due_on),
        "instalments": each.instalments,
        "stages": [stage(part) for part in each.plan],
        "rate_path": [step(part) for part in each.rate_path],
        "conventions": conventions(each.conventions),
        "penalty": penalty(each.penalty),
    }


def event(each: Event) -> Json:
    """An event with the names of its fields; amounts and rates in both forms."""
    code, zh, en = NAMES[type(each)]
    found: Json = {"kind": code, "zh": zh, "en": en}
    for field in fields(each):
        value = getattr(each, field.name)
        if field.name.endswith("_fen"):
            found |= money(**{field.name[: -len("_fen")]: value})
        elif field.name.endswith("_ppm"):
            found |= {"rate": None, "rate_ppm": None} if value is None else rate(value)
        elif field.name == "stages":
            found["stages"] = [stage(part) for part in value]
        else:
            found[field.name] = value.isoformat() if isinstance(value, date) else value
    return found


def outlook(each: Outlook) -> Json:
    """What is still to come."""
    return {
        **money(
            balance=each.balance_fen,
            instalment=each.instalment_fen,
            next_amount=each.next_amount_fen,
            interest_left=each.interest_left_fen,
        ),
        "next_due_on": iso(each.next_due_on),
        "periods_left": each.periods_left,
        "end_on": iso(each.end_on),
    }


def quote(each: Quote) -> Json:
    """What an event costs and changes."""
    return {
        "event": event(each.event),
        **money(
            principal=each.principal_fen,
            interest=each.interest_fen,
            fee=each.fee_fen,
            total=each.total_fen,
            per_day=each.per_day_fen,
            interest_saved=each.interest_saved_fen,
            net_saved=each.interest_saved_fen - each.fee_fen,
        ),
        "months_saved": each.months_saved,
        "break_even_on": iso(each.break_even_on),
        "after": outlook(each.after),
        "rows": [row(part) for part in each.rows],
    }


def figure(each: Figure) -> Json:
    """One explained figure."""
    rounding = each.rounding
    return {
        "code": each.code,
        "name_zh": each.name.zh,
        "name_en": each.name.en,
        **money(value=each.value_fen),
        "formula_zh": each.formula.zh,
        "formula_en": each.formula.en,
        "worked": each.worked,
        "inputs": [{"zh": part.zh, "en": part.en, "value": part.value} for part in each.inputs],
        "rounding_zh": rounding.zh if rounding else None,
        "rounding_en": rounding.en if rounding else None,
        "source_zh": each.source.zh,
        "source_en": each.source.en,
        "zh": each.zh,
        "en": each.en,
    }


def explanation(each: Explanation) -> Json:
    """How figures came about."""
    return {
        "title_zh": each.title.zh,
        "title_en": each.title.en,
        "figures": [figure(part) for part in each.figures],
    }


def texts(each: Any) -> Json:
    """A reason, a finding or a note: code and both texts, and what else it has."""
    found: Json = {"code": each.code, "zh": each.zh, "en": each.en}
    for name in ("outcome", "severity", "document", "source"):
        if hasattr(each, name):
            found[name] = getattr(each, name)
    return found


def all_texts(many: Iterable[Any]) -> list[Json]:
    """Several of them."""
    return [texts(each) for each in many]


def merged(*parts: Mapping[str, Any]) -> Json:
    """Parts of an answer, in order."""
    found: Json = {}
    for part in parts:
        found |= part
    return found
