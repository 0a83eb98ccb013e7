"""How the text of each column becomes a value. Pure; every refusal is a BadInput with both texts (S2-04, S4-031)."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from anju.core import tape_rules
from anju.core.errors import BadInput
from anju.core.money import normalised, percent_to_ppm, yuan_to_fen

Check = Callable[[str], Any]

METHODS = {
    "level_payment": ("等额本息", "等额本息还款", "annuity", "level payment"),
    "level_principal": ("等额本金", "等额本金还款", "level principal"),
}
RATE_KINDS = {
    "fixed": ("固定", "固定利率"),
    "lpr": ("LPR", "浮动", "浮动利率", "LPR浮动", "LPR浮动利率", "floating"),
    "provident": ("公积金", "公积金利率", "公积金贷款", "provident_fund"),
}
TENORS = {
    "1y": ("1年", "一年", "1年期", "一年期", "1", "12"),
    "5y": ("5年", "五年", "5年期", "五年期", "5年期以上", "5年以上", "五年期以上", "五年以上", "5", "60"),
}
REPRICINGS = {
    "january_1": ("1月1日", "每年1月1日", "次年1月1日", "年初", "元旦", "01-01", "january 1", "jan_1"),
    "anniversary": (
        "放款对应日",
        "放款日对应日",
        "贷款发放日对应日",
        "对月对日",
        "周年日",
        "每满一年",
        "对日",
    ),
}
HOMES = {
    "first": ("首套", "首套房", "一套", "第一套", "1"),
    "second": ("二套", "二套房", "第二套", "两套", "2"),
}
FIRST_DUES = {
    "next_month": ("次月", "次月还款", "放款次月", "next month"),
    "first_due_day": ("首个还款日", "当月", "最近还款日", "first due day"),
}
CYCLES = {
    "12": ("1年", "一年", "年", "12个月"),
    "6": ("半年", "6个月"),
    "3": ("季", "季度", "3个月", "一季度"),
}

SPREAD_BP_MIN, SPREAD_BP_MAX = -300, 1_000
DPD_MAX = 20_000
PERIODS_MAX = 1_043
"""Fortnights of 480 months."""
YEAR_MIN, YEAR_MAX = 1990, 2100
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,3}")
_DAY_TIME = re.compile(r"(.+?)[ T]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?")
_SERIAL = re.compile(r"[2-9][0-9]{4}(?:\.0+)?")
_SERIAL_DAY_0 = date(1899, 12, 30)
FRACTION_BELOW_PPM = 3_600


def bad(field: str, value: str, allowed: str, zh: str, en: str) -> BadInput:
    return BadInput(field=field, value=value, allowed=allowed, message_zh=zh, message_en=en)


def exact(field: str, text: str) -> str:
    """Text of a number that is a name (ID, phone, loan number). Refuses what a spreadsheet has already rounded."""
    if _SCIENTIFIC.fullmatch(normalised(text).replace(" ", "")):
        raise bad(
            field, text, "text", "已被表格软件转成科学计数法，末几位已丢失；请把该列设为文本后重新导出",
            "a spreadsheet turned it into scientific notation and lost digits; export the column as text",
        )  # fmt: skip
    return text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text


def person_name(field: str, text: str) -> str:
    """Any name with a letter in it: banks write `张三2` or `O'Neil, J.`; a bare number is another column's value."""
    value = " ".join(normalised(text).split())
    if not 1 <= len(value) <= 80 or not value.isprintable() or not any(letter.isalpha() for letter in value):
        raise bad(
            field, text, "1 .. 80", "姓名须为 1 至 80 个字，且不能只有数字和符号",
            "a name has 1 to 80 characters and at least one letter",
        )  # fmt: skip
    return value


def a_date(field: str, text: str) -> date:
    """A date in any documented form, also with a time of day, or as a spreadsheet's serial number."""
    value = normalised(text)
    found = _DAY_TIME.fullmatch(value)
    if found:
        value = found[1]
    if _SERIAL.fullmatch(value):
        on = _SERIAL_DAY_0 + timedelta(days=int(float(value)))
    else:
        on = tape_rules.iso_or_chinese_date(
            value.replace(".", "-") if value.count(".") == 2 else value, field=field
        )
    if not YEAR_MIN <= on.year <= YEAR_MAX:
        allowed = f"{YEAR_MIN} .. {YEAR_MAX}"
        raise bad(field, text, allowed, f"年份须在 {allowed} 之间", f"the year must lie in {allowed}")
    return on


def money(field: str, text: str, *, zero: bool) -> int:
    value = (
        normalised(text)
        .replace("，", ",")
        .removeprefix("¥")
        .removeprefix("¥")
        .removesuffix("元")
        .replace(" ", "")
    )
    fen = yuan_to_fen(value, field=field)
    if fen == 0 and not zero:
        raise bad(field, text, "> 0", "金额须大于 0", "the amount must be above 0")
    return fen


def rate(field: str, text: str) -> int:
    """Percent a year. 0.0395 is refused: a spreadsheet's percent cell hands over the fraction, and nobody lends at 0.04 %."""
    ppm = percent_to_ppm(normalised(text).replace(" ", ""), field=field)
    if 0 < ppm < FRACTION_BELOW_PPM:
        raise bad(
            field, text, "3.95", "利率应写成百分数（3.95），此值像是小数（0.0395）",
            "write the rate in percent (3.95); this looks like a fraction (0.0395)",
        )  # fmt: skip
    return ppm


def _number(field: str, text: str, low: int, high: int, units: str) -> int:
    value = re.sub(f"(?:{units})$", "", normalised(text)).strip().replace(",", "")
    return tape_rules.whole_number(value.removesuffix(".0"), low, high, field=field)


def _spread(field: str, text: str) -> int:
    """Basis points, parts of one too (-63.5), as ppm."""
    value = re.sub(r"(?:bps?|个?基点|点)$", "", normalised(text).casefold()).strip().replace(" ", "")
    return tape_rules.spread_ppm(value, SPREAD_BP_MIN, SPREAD_BP_MAX, field=field)


def _enum(field: str, names: Mapping[str, tuple[str, ...]]) -> Check:
    return lambda text: tape_rules.enum_value(text.replace(" ", ""), names, field=field)


def _code(field: str, text: str) -> str:
    value = normalised(text)
    if not 1 <= len(value) <= 20 or not value.isprintable():
        raise bad(field, text, "1 .. 20", "须为 1 至 20 个字符", "must have 1 to 20 characters")
    return value


def _reference(field: str, text: str) -> str:
    value = normalised(exact(field, text))
    if not 1 <= len(value) <= 60 or not value.isprintable():
        raise bad(field, text, "1 .. 60", "须为 1 至 60 个字符", "must have 1 to 60 characters")
    return value


def loan_checks(on: date) -> dict[str, Check]:
    """One check per column of the loan tape; ``on`` is the date of the import."""
    return {
        "loan_no": lambda t: tape_rules.loan_no(exact("loan_no", t)),
        "borrower_name": lambda t: person_name("borrower_name", t),
        "id_number": lambda t: tape_rules.id_number(exact("id_number", t), on),
        "phone": lambda t: tape_rules.mobile_phone(exact("phone", t), field="phone"),
        "principal": lambda t: money("principal", t, zero=False),
        "start_date": lambda t: a_date("start_date", t),
        "months": lambda t: _number("months", t, 1, 480, "个月|期|月"),
        "method": _enum("method", METHODS),
        "rate_type": _enum("rate_type", RATE_KINDS),
        "due_day": lambda t: _number("due_day", t, 1, 31, "日|号"),
        "branch": lambda t: _code("branch", t),
        "rate": lambda t: rate("rate", t),
        "lpr_tenor": _enum("lpr_tenor", TENORS),
        "spread_bp": lambda t: _spread("spread_bp", t),
        "repricing": _enum("repricing", REPRICINGS),
        "cycle_months": _cycle,
        "lpr_since": lambda t: a_date("lpr_since", t),
        "home": _enum("home", HOMES),
        "first_due_date": lambda t: a_date("first_due_date", t),
        "first_due": _enum("first_due", FIRST_DUES),
        "product": lambda t: _code("product", t),
        "email": tape_rules.email,
        "account_manager": lambda t: _code("account_manager", t),
        "as_of_date": lambda t: a_date("as_of_date", t),
        "balance": lambda t: money("balance", t, zero=True),
        "next_instalment": lambda t: money("next_instalment", t, zero=True),
        "days_past_due": lambda t: _number("days_past_due", t, 0, DPD_MAX, "天|日"),
        "paid_periods": lambda t: _number("paid_periods", t, 0, PERIODS_MAX, "期"),
        "co_borrower_name": lambda t: person_name("co_borrower_name", t),
        "co_borrower_id": lambda t: tape_rules.id_number(
            exact("co_borrower_id", t), on, field="co_borrower_id"
        ),
        "co_borrower_phone": lambda t: tape_rules.mobile_phone(
            exact("co_borrower_phone", t), field="co_borrower_phone"
        ),
    }


def _cycle(text: str) -> int:
    value = normalised(text)
    for code, names in CYCLES.items():
        if value in names:
            return int(code)
    months = _number("cycle_months", text, 3, 120, "个月|月")
    if months not in (3, 6) and months % 12:
        raise bad(
            "cycle_months",
            text,
            "3 | 6 | 12 | 24 ..",
            "须为 3、6 或 12 的倍数",
            "must be 3, 6 or whole years",
        )
    return months


def payment_checks() -> dict[str, Check]:
    """One check per column of the payments file."""
    return {
        "payment_ref": lambda t: _reference("payment_ref", t),
        "loan_no": lambda t: tape_rules.loan_no(exact("loan_no", t)),
        "amount": lambda t: money("amount", t, zero=False),
        "paid_date": lambda t: a_date("paid_date", t),
        "channel": lambda t: _code("channel", t),
    }
