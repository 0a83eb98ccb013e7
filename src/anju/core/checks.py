"""One wording for values that are refused: field, value, allowed range, in both languages."""

from datetime import date

from anju.core.errors import BadInput

_NAMES = {
    "after_months": "已还期数",
    "amortise_over": "摊还期数",
    "amount_fen": "金额（分）",
    "appraised_fen": "评估价（分）",
    "area_m2_x100": "建筑面积（百分之一平方米）",
    "borrowed_down_fen": "首付中的借款（分）",
    "building_age_years": "房龄（年）",
    "city": "城市",
    "costs_fen": "费用（分）",
    "cycle_months": "重定价周期（月）",
    "debts_fen": "其他债务月供（分）",
    "deposit_fen": "存款（分）",
    "down_fen": "首付（分）",
    "drop_ppm": "收入下降比例（百万分之一）",
    "due_day": "还款日",
    "effective_date": "生效日",
    "factor_ppm": "利率倍数（百万分之一）",
    "fee_fen": "费用（分）",
    "first_due": "首期还款日规则",
    "fixed_ppm": "固定利率（百万分之一）",
    "frequency": "还款频率",
    "home": "首套或二套",
    "homes_owned": "已有住房套数",
    "household": "户籍类型",
    "income_fen": "月收入（分）",
    "interest": "利息处理",
    "lending": "贷款类型",
    "loan_fen": "贷款金额（分）",
    "marginal_ppm": "个税最高适用税率（百万分之一）",
    "market_ppm": "市场利率（百万分之一）",
    "method": "还款方式",
    "months": "期限（月）",
    "months_max": "最长期限（月）",
    "objective": "优化目标",
    "on": "日期",
    "payday": "发薪日",
    "payment_fen": "月供（分）",
    "payment_max_fen": "期望月供上限（分）",
    "periods": "期数",
    "price_fen": "房价（分）",
    "principal_fen": "本金（分）",
    "property_fee_fen": "物业费（分）",
    "rate": "年利率",
    "rate_kind": "利率类型",
    "rate_path": "利率路径",
    "rate_ppm": "年利率（百万分之一）",
    "repricing": "重定价日规则",
    "residence_months": "居留月数",
    "retirement_group": "退休年龄组别",
    "role": "借款人身份",
    "savings_fen": "积蓄（分）",
    "shift_bp": "利率变动（基点）",
    "spread_bp": "加点（基点）",
    "stages": "还款阶段",
    "start_on": "放款日",
    "step_every": "递变间隔（期）",
    "step_fen": "每次递变金额（分）",
    "step_ppm": "每次递变比例（百万分之一）",
    "then": "还后选择",
    "uplift": "额度上浮项目",
}
"""What fields are called in a Chinese sentence."""


def bad(
    field: str, value: object, allowed: str, zh: str = "", en: str = "", *, allowed_zh: str = ""
) -> BadInput:
    """The error for a value that is not allowed; `field` may be dotted (`prepay.amount_fen`). `zh` and `en` replace
    the usual sentence, `allowed_zh` only its last words.

    The usual sentence shows the value: rates, amounts and dates of a loan are no secret to whoever typed them.
    """
    name = _NAMES.get(field.rpartition(".")[2], field)
    return BadInput(
        field=field,
        value=value,
        allowed=allowed,
        message_zh=zh or f"{name}无效：{value}，应为 {allowed_zh or allowed}",
        message_en=en or f"{field} is not valid: {value}, expected {allowed}",
    )


def require(field: str, value: object, holds: bool, allowed: str, allowed_zh: str = "") -> None:
    """Raises BadInput unless the rule holds."""
    if not holds:
        raise bad(field, value, allowed, allowed_zh=allowed_zh)


def within(field: str, value: int, low: int, high: int) -> int:
    """The whole number itself if low <= value <= high. Raises BadInput; a bool or a float is refused too."""
    if type(value) is not int or not low <= value <= high:
        raise bad(field, value, f"{low} .. {high}")
    return value


def one_of(field: str, value: str, allowed: tuple[str, ...]) -> str:
    """The word itself if it is allowed. Raises BadInput."""
    if not isinstance(value, str) or value not in allowed:
        raise bad(field, value, " | ".join(allowed))
    return value


def a_day(field: str, value: object) -> None:
    """Raises BadInput unless the value is a date (a datetime is not)."""
    if type(value) is not date:
        raise bad(field, value, "a date YYYY-MM-DD", allowed_zh="日期 YYYY-MM-DD")


def iso_date(text: str, *, field: str = "date") -> date:
    """A date written YYYY-MM-DD, as policy files have it. Raises BadInput."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise bad(field, text, "YYYY-MM-DD") from error
