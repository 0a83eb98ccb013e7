"""How loan terms and events refuse a value: one error with field, value and allowed range, in both languages.

Unlike errors about people, these texts show the value: a loan's amount, term or date is no secret to whoever
typed it.
"""

from datetime import date

from anju.core.errors import BadInput

_NAMES = {
    "principal_fen": "本金（分）",
    "months": "期限（月）",
    "method": "还款方式",
    "due_day": "还款日",
    "first_due": "首期还款日规则",
    "rate_path": "利率路径",
    "rate_ppm": "年利率（百万分之一）",
    "amount_fen": "金额（分）",
    "fee_fen": "费用（分）",
    "periods": "期数",
    "stages": "还款阶段",
    "amortise_over": "摊还期数",
    "step_every": "递变间隔（期）",
    "step_fen": "每次递变金额（分）",
    "step_ppm": "每次递变比例（百万分之一）",
    "start_on": "放款日",
    "on": "日期",
    "then": "还后选择",
    "interest": "利息处理",
    "frequency": "还款频率",
}


def refuse(field: str, value: object, allowed: str, allowed_zh: str = "") -> BadInput:
    """The error itself; `field` may be dotted (`prepay.amount_fen`)."""
    name = _NAMES.get(field.rpartition(".")[2], field)
    return BadInput(
        field=field,
        value=value,
        allowed=allowed,
        message_zh=f"{name}无效：{value}，应为 {allowed_zh or allowed}",
        message_en=f"{field} is not valid: {value}, expected {allowed}",
    )


def require(field: str, value: object, holds: bool, allowed: str, allowed_zh: str = "") -> None:
    """Raises BadInput unless the rule holds."""
    if not holds:
        raise refuse(field, value, allowed, allowed_zh)


def whole(field: str, value: object, low: int, high: int) -> None:
    """Raises BadInput unless the value is a whole number in low .. high; a bool or a float is not one."""
    if type(value) is not int or not low <= value <= high:
        raise refuse(field, value, f"{low} .. {high}")


def word(field: str, value: object, allowed: tuple[str, ...]) -> None:
    """Raises BadInput unless the value is one of the words."""
    if not isinstance(value, str) or value not in allowed:
        raise refuse(field, value, " | ".join(allowed))


def day(field: str, value: object) -> None:
    """Raises BadInput unless the value is a date (a datetime is not)."""
    if type(value) is not date:
        raise refuse(field, value, "a date YYYY-MM-DD", "日期 YYYY-MM-DD")
