"""Whatever is asked, there is an answer or a refusal in both languages: never another error. Issue 3 point 8."""

import random
from datetime import date

import pytest

from anju.contexts.consulting import answers, tables
from anju.contexts.consulting.fields import COMMANDS, Field
from anju.core.errors import BadInput, PolicyMissing, RateMissing

TODAY = date(2026, 9, 30)
QUESTIONS = 150
BY_FORM = {
    "yuan": ("0", "0.01", "1000", "100000", "1000000", "3000000", "1000000000"),
    "percent": ("0", "0.0001", "3.5", "36"),
    "bp": ("-30", "55", "-63.5", "-3600", "3600", "0"),
}
BY_NAME = {
    "stage": (
        "interest-only:12;level",
        "level:12;level:over=480",
        "stepped:every=12:step=5%",
        "interest-only",
    ),
    "step": ("5%", "-5%", "100", "-99.99"),
    "person": ("role=spouse,born=1992-02-03,income=12000,checked=no",),
    "fee": ("a:100;b:5:monthly",),
    "city": ("example_a", "example_b"),
    "born": ("1950-05-01", "1975-05-01", "1990-05-01", "2027-05-01"),
    "benchmark_factor": ("0.85", "110%"),
    "conversion": ("2020-03-20:lpr", "2020-06-01:fixed", "2021-01-01:lpr"),
    "also": ("principal=5000,months=24",),
}
PARTS = {
    "prepay": ("1:shorten", "100000:reduce:whole-balance", "999999.99:relevel:next-instalment"),
    "payoff": ("",),
    "method": ("level", "equal-principal", "interest-only,12+level", "stepped,12,step=-100+level,over=480"),
    "due-day": ("1", "31"),
    "extend": ("1", "200"),
    "holiday": ("1:waive", "12:defer", "400"),
    "interest-only": ("1", "400"),
    "rate": ("0", "3.3", "36"),
    "capitalise": ("0.01", "500:arrears"),
    "waive": ("0.5",),
    "restructure": ("1:level:2.9", "400:interest-only,3+level"),
}


def a_day(chance: random.Random) -> str:
    year = chance.choice((2016, 2020, 2024, 2026, 2027, 2028, 2030, 2055))
    return f"{year}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"


def an_event(chance: random.Random) -> str:
    kind = chance.choice(list(PARTS))
    return f"{kind}:{a_day(chance)}:{chance.choice(PARTS[kind])}".rstrip(":")


def a_value(field: Field, chance: random.Random) -> str:
    if field.name == "event":
        return ";".join(an_event(chance) for _ in range(chance.randint(1, 4)))
    if field.name == "what":
        return an_event(chance)
    if field.form == "whole":
        return str(chance.choice((field.low, field.high, chance.randint(field.low, field.high))))
    if field.form == "date" and field.name not in BY_NAME:
        return a_day(chance)
    known = BY_NAME.get(field.name) or tuple(field.choices) or BY_FORM.get(field.form) or (field.example,)
    return chance.choice(known)


@pytest.mark.parametrize("name", COMMANDS)
def test_an_answer_or_a_refusal(name: str) -> None:
    chance = random.Random(f"anju {name}")  # the same questions in every run
    answered = one_sided = 0
    for _ in range(QUESTIONS):
        often = chance.choice((0.02, 0.06, 0.15))
        question: dict[str, str | list[str]] = {
            field.name: a_value(field, chance)
            for field in COMMANDS[name]
            if field.required or chance.random() < often
        }
        if not question.keys() & {"lpr_spread_bp", "provident", "benchmark_factor"}:
            question.setdefault("rate", "3.5")
        if name == "split":
            question.setdefault("fund_limit", "1000000")
        try:
            found = getattr(answers, f"{name}_answer")(question, tables.shipped(), TODAY)
        except (BadInput, RateMissing, PolicyMissing) as refused:
            one_sided += refused.message_zh == refused.message_en
        else:
            answered += found["kind"] == name
    assert answered
    assert not one_sided
