"""The OpenAPI description of the loan endpoints, made of the table of fields that the command line uses too."""

from __future__ import annotations

from typing import Any

from anju.contexts.consulting.fields import COMMANDS, EVENTS_MAX, TEXT_MAX, Field
from anju.contexts.consulting.shapes import FORMAT

Schema = dict[str, Any]

_NUMERIC = ("yuan", "percent", "whole", "bp")
_FORMS = {
    "yuan": r"^[0-9]{1,3}(,?[0-9]{3})*(\.[0-9]{1,2})?$",
    "percent": r"^[0-9]{1,3}(\.[0-9]{1,4})?%?$",
    "whole": r"^[0-9]{1,9}$",
    "bp": r"^[+-]?[0-9]{1,4}(\.[0-9]{1,2})?$",
    "date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
}
SUMMARIES = {
    "schedule": ("还款计划", "Repayment schedule"),
    "compare": ("方案对比", "Plans side by side"),
    "prepay": ("提前还款试算", "Prepayment quoted"),
    "afford": ("可贷额度与资格", "What may be borrowed, and the verdict"),
    "split": ("组合贷拆分", "Best split of a combination loan"),
    "explain": ("数字如何得出", "How the figures come about"),
    "rate": ("某日利率及原因", "The rate on a day, and why"),
}
_EXAMPLES: dict[str, Schema] = {
    "schedule": {"principal": "1000000", "rate": "3.5", "months": 360, "start": "2026-03-10"},
    "compare": {"principal": "1000000", "months": [240, 360], "rate": "3.05", "fund_limit": "600000"},
    "prepay": {
        "principal": "1000000",
        "rate": "3.5",
        "months": 360,
        "start": "2026-03-10",
        "on": "2028-03-20",
        "amount": "100000",
    },
    "afford": {"born": "1990-05-01", "income": "25000", "rate": "3.05", "price": "3000000", "down": "900000"},
    "split": {"principal": "1500000", "months": 360, "rate": "3.05", "fund_limit": "800000"},
    "explain": {"principal": "1000000", "rate": "3.5", "months": 360, "start": "2026-03-10", "seq": 25},
    "rate": {"start": "2020-05-25", "months": 360, "lpr_spread_bp": "55", "on": "2026-03-01"},
}
_LISTED = {
    "schedule": {"terms": "object", "events": "array", "totals": "object", "rows": "array"},
    "compare": {"need": "object", "plans": "array", "considered": "integer", "rejected": "array"},
    "prepay": {"terms": "object", "before": "object", "options": "array"},
    "afford": {"household": "object", "limits": "object", "months": "integer"},
    "split": {"need": "object", "answers": "array"},
    "explain": {"terms": "object", "title_zh": "string", "title_en": "string", "figures": "array"},
    "rate": {"rate": "string", "rate_ppm": "integer", "since": "string", "path": "array"},
}


def example(name: str) -> Schema:
    """A question that is answered."""
    return _EXAMPLES[name]


def value_schema(field: Field) -> Schema:
    """One value of a field: a text, or for amounts, rates and counts a JSON number."""
    text: Schema = {"type": "string", "minLength": 1, "maxLength": TEXT_MAX}
    if field.form in _FORMS:
        text["pattern"] = _FORMS[field.form]
    if field.form == "date":
        text["format"] = "date"
    if field.choices:
        text = {"type": "string", "enum": list(field.choices)}
    if field.form not in _NUMERIC:
        return {"anyOf": [text, {"type": "boolean"}]} if field.form == "flag" else text
    number: Schema = {"type": "integer" if field.form == "whole" else "number"}
    if field.form == "whole":
        number |= {"minimum": field.low, "maximum": field.high}
    return {"anyOf": [text, number]}


def field_schema(field: Field) -> Schema:
    """A field of a JSON question."""
    one = value_schema(field)
    told: Schema = {"description": f"{field.zh} / {field.en}"}
    if field.example:
        told["examples"] = [[field.example] if field.many else field.example]
    if field.default:
        told["description"] += f"；默认 default: {field.default}"
    if field.many:
        return {"anyOf": [{"type": "array", "items": one, "maxItems": EVENTS_MAX}, one]} | told
    return one | told


def question_schema(name: str) -> Schema:
    """The JSON question of an endpoint."""
    fields = COMMANDS[name]
    return {
        "type": "object",
        "title": f"{name}_question",
        "properties": {field.name: field_schema(field) for field in fields},
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
        "examples": [example(name)],
    }


def parameters(name: str) -> list[Schema]:
    """The same fields as a query string; one that may be given again is repeated."""
    found = []
    for field in COMMANDS[name]:
        one = value_schema(field)
        schema: Schema = {"type": "array", "items": one, "maxItems": EVENTS_MAX} if field.many else one
        found.append(
            {
                "in": "query",
                "name": field.name,
                "required": field.required,
                "description": f"{field.zh} / {field.en}",
                "schema": schema,
                "example": _example_of(name, field),
            }
        )
    return found


def _example_of(name: str, field: Field) -> Any:
    given = example(name).get(field.name)
    shown = given if given is not None else field.example
    return shown if isinstance(shown, list) or not field.many else [shown]


def answer_schema(name: str) -> Schema:
    """The answer of an endpoint; docs/reference/loan.md describes every field."""
    listed = {key: {"type": kind} for key, kind in _LISTED[name].items()}
    return {
        "type": "object",
        "title": f"{name}_answer",
        "description": "金额 x 为元（两位小数文本），x_fen 为分；利率 x 为百分数文本，x_ppm 为百万分之一。"
        " Amounts: x in yuan as text, x_fen in fen; rates: x in percent as text, x_ppm in ppm.",
        "properties": {
            "format": {"const": FORMAT},
            "kind": {"const": name},
            "as_of": {"type": "string", "format": "date"},
            **listed,
        },
        "required": ["format", "kind", "as_of", *listed],
    }


ERROR_SCHEMA: Schema = {
    "type": "object",
    "title": "error",
    "properties": {
        "error": {"type": "string"},
        "field": {"type": "string"},
        "value": {"type": "string"},
        "allowed": {"type": "string"},
        "message_zh": {"type": "string"},
        "message_en": {"type": "string"},
    },
    "required": ["error", "field", "value", "allowed", "message_zh", "message_en"],
    "additionalProperties": False,
}
_ERRORS = {
    400: "不是有效的 JSON / not JSON",
    409: "所需的利率或政策尚未录入 / a rate or rule of the date is not loaded",
    413: "请求过大 / the question is too long",
    415: "须为 application/json / application/json is needed",
    422: "某个字段无效 / a field is not valid",
    429: "请求过多，见 Retry-After / too many questions, see Retry-After",
}
_GET_ERRORS = (409, 422, 429)


def responses(name: str, method: str) -> dict[int, Any]:
    """What an endpoint answers."""
    errors = _ERRORS if method == "POST" else {code: _ERRORS[code] for code in _GET_ERRORS}
    told: dict[int, Any] = {
        code: {"description": text, "content": {"application/json": {"schema": ERROR_SCHEMA}}}
        for code, text in errors.items()
    }
    told[200] = {
        "description": "答案 / the answer",
        "content": {"application/json": {"schema": answer_schema(name)}},
    }
    return told


def operation(name: str, method: str) -> Schema:
    """The OpenAPI parts of an endpoint that its function does not say."""
    zh, en = SUMMARIES[name]
    extra: Schema = {
        "responses": responses(name, method),
        "description": f"{zh}。字段和事件写法见 docs/reference/loan.md。不需要登录，不保存任何内容。\n\n{en}. Fields and the event"
        " mini-language: docs/reference/loan.md. Needs no log-in and stores nothing.",
    }
    if method == "GET":
        return extra | {"parameters": parameters(name)}
    body = {"schema": question_schema(name), "examples": {"example": {"value": example(name)}}}
    return extra | {"requestBody": {"required": True, "content": {"application/json": body}}}
