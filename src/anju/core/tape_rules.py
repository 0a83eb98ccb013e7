"""Checks of single values as they come from files and forms: the value in one form, or BadInput (S2-04,
S4-133).

Full-width forms are made ordinary first. Messages never repeat the value: it may be personal.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date

from stdnum.cn import ric

from anju.core.basis_points import bp_from_text, bp_to_ppm
from anju.core.errors import BadInput
from anju.core.money import PPM_PER_BP, normalised

_MOBILE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9][0-9]{9})", re.ASCII)
_EMAIL = re.compile(
    r"[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}", re.ASCII
)
_LOAN_NO = re.compile(r"[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff_\-./()〔〕]{0,39}")
_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})-|/([0-9]{1,2})/|([0-9]{2})|年([0-9]{1,2})月)([0-9]{1,2})(日?)", re.ASCII
)
_ID_SHAPE = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
_EMAIL_MAX = 254
_BIRTH_YEAR_MIN = 1900
_COMPOUND_SURNAMES = frozenset(
    "欧阳 司马 上官 诸葛 东方 独孤 南宫 万俟 闻人 夏侯 尉迟 皇甫 公孙 慕容 长孙 宇文 司徒 司空 令狐 "  # noqa: SIM905
    "端木 轩辕 呼延 淳于 单于 太史 申屠 钟离 鲜于 澹台 公冶 宗政 濮阳 太叔 仲孙 第五 百里 东郭 西门".split()
)


def id_number(text: str, on: date, *, field: str = "id_number") -> str:
    """Resident ID number (居民身份证号, 18 characters): shape, check digit, birth date not after `on`.

    The region code is not checked against a list: codes are withdrawn and old numbers stay valid.
    """
    value = normalised(text).replace(" ", "").upper()
    if not _ID_SHAPE.fullmatch(value):
        raise _bad(
            field,
            text,
            "18 digits, last may be X",
            "身份证号须为 18 位",
            "the ID number must have 18 characters",
        )
    if ric.calc_check_digit(value) != value[-1]:
        raise _bad(
            field,
            text,
            "GB 11643 check digit",
            "身份证号校验码不符",
            "the check digit of the ID number is wrong",
        )
    try:
        born = date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        born = date.max
    if born.year < _BIRTH_YEAR_MIN or born > on:
        raise _bad(
            field,
            text,
            "a real birth date",
            "身份证号中的出生日期无效",
            "the birth date in the ID number is not valid",
        )
    return value


def birth_date(value: str) -> date:
    """Birth date inside a valid ID number."""
    return date(int(value[6:10]), int(value[10:12]), int(value[12:14]))


def mobile_phone(text: str, *, field: str = "mobile_phone") -> str:
    """Chinese mobile number as 11 digits (13800138000). Spaces, dashes and +86 / 0086 / 86 are accepted."""
    value = re.sub(r"[\s\-‐‑–—()]", "", normalised(text))
    found = _MOBILE.fullmatch(value)
    if not found:
        raise _bad(
            field,
            text,
            "11 digits beginning 13..19",
            "手机号须为 11 位，以 13 至 19 开头",
            "the mobile number must have 11 digits beginning 13 to 19",
        )
    return found[1]


def email(text: str, *, field: str = "email") -> str:
    """E-mail address, its domain in lower case."""
    value = normalised(text)
    local, _, domain = value.rpartition("@")
    odd = local.startswith(".") or local.endswith(".") or ".." in local
    if odd or len(value) > _EMAIL_MAX or not _EMAIL.fullmatch(value):
        raise _bad(
            field, text, "name@example.com", "邮箱地址格式不正确", "the e-mail address is not well formed"
        )
    return f"{local}@{domain.lower()}"


def loan_no(text: str, *, field: str = "loan_no") -> str:
    """Loan number: 1 to 40 letters, digits, Chinese characters, or _ - . / ( ) inside."""
    value = normalised(text)
    if not _LOAN_NO.fullmatch(value):
        raise _bad(
            field,
            text,
            "1 .. 40 letters and digits",
            "贷款编号须为 1 至 40 个字母、数字或汉字",
            "the loan number must have 1 to 40 letters or digits",
        )
    return value


def iso_or_chinese_date(text: str, *, field: str = "date") -> date:
    """A date written 2026-11-22, 2026/11/22, 20261122 or 2026年11月22日."""
    found = _DATE.fullmatch(normalised(text))
    if found:
        year, dashed, slashed, packed, chinese, day, suffix = found.groups()
        month = dashed or slashed or packed or chinese
        well_formed = bool(suffix) == bool(chinese) and not (packed and len(day) != 2)
        try:
            if well_formed:
                return date(int(year), int(month), int(day))
        except ValueError:
            pass  # no such day: refused below like any other form
    raise _bad(
        field,
        text,
        "2026-11-22 | 2026/11/22 | 20261122 | 2026年11月22日",
        "日期无效，应如 2026-11-22",
        "not a valid date, expected for example 2026-11-22",
    )


def whole_number(text: str, low: int, high: int, *, field: str) -> int:
    """A whole number from low to high, both allowed."""
    value = normalised(text)
    if not re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) or not low <= int(value) <= high:
        raise _bad(
            field,
            text,
            f"{low} .. {high}",
            f"须为 {low} 至 {high} 的整数",
            f"must be a whole number from {low} to {high}",
        )
    return int(value)


def spread_ppm(text: str, low_bp: int, high_bp: int, *, field: str) -> int:
    """A spread (加点) in basis points with at most 2 decimals, from low to high, as ppm: "-22.5" -> -2250."""
    try:
        ppm = bp_to_ppm(bp_from_text(text, field=field), field=field)
    except BadInput:
        ppm = None
    if ppm is None or not low_bp * PPM_PER_BP <= ppm <= high_bp * PPM_PER_BP:
        raise _bad(
            field,
            text,
            f"{low_bp} .. {high_bp} bp",
            f"加点须为 {low_bp} 至 {high_bp} 个基点，最多两位小数",
            f"a spread must be {low_bp} to {high_bp} basis points with at most 2 decimals",
        )
    return ppm


def enum_value(text: str, aliases: Mapping[str, Iterable[str]], *, field: str) -> str:
    """The code meant by a text: the code itself or one of its aliases (Chinese or English), case ignored."""
    wanted = normalised(text).casefold()
    for code, names in aliases.items():
        if wanted == code.casefold() or wanted in (normalised(name).casefold() for name in names):
            return code
    known = " | ".join(f"{code} ({'/'.join(names)})" for code, names in aliases.items())
    raise _bad(field, text, known, f"取值须为以下之一：{known}", f"must be one of: {known}")


def mask_id_number(value: str) -> str:
    """110***********0017: region prefix and last four characters only."""
    return value[:3] + "*" * (len(value) - 7) + value[-4:] if len(value) > 7 else "*" * len(value)


def mask_phone(value: str) -> str:
    """138****8000."""
    return value[:-8] + "****" + value[-4:] if len(value) >= 11 else "*" * len(value)


def mask_name(value: str) -> str:
    """张*, 欧阳**: the surname (a compound one whole), the rest starred."""
    kept = 2 if len(value) > 2 and value[:2] in _COMPOUND_SURNAMES else 1
    return value[:kept] + "*" * (len(value) - kept) if len(value) > 1 else "*" * len(value)


def _bad(field: str, value: str, allowed: str, zh: str, en: str) -> BadInput:
    return BadInput(field=field, value=value, allowed=allowed, message_zh=zh, message_en=en)
