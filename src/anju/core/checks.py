"""One wording for values that are refused: field, value, allowed range, in both languages."""

from datetime import date

from anju.core.errors import BadInput

_NAMES = {
    "after_months": "已还期数",
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
    "effective_date": "生效日",
    "factor_ppm": "利率倍数（百万分之一）",
    "fixed_ppm": "固定利率（百万分之一）",
    "home": "首套或二套",
    "homes_owned": "已有住房套数",
    "household": "户籍类型",
    "income_fen": "月收入（分）",
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
    "price_fen": "房价（分）",
    "principal_fen": "本金（分）",
    "property_fee_fen": "物业费（分）",
    "rate": "年利率",
    "rate_kind": "利率类型",
    "rate_ppm": "年利率（百万分之一）",
    "repricing": "重定价日规则",
    "residence_months": "居留月数",
    "retirement_group": "退休年龄组别",
    "role": "借款人身份",
    "savings_fen": "积蓄（分）",
    "shift_bp": "利率变动（基点）",
    "spread_bp": "加点（基点）",
    "stages": "还款阶段",
    "uplift": "额度上浮项目",
}
"""What fields are called in a Chinese sentence."""


def bad(field: str, value: object, allowed: str, zh: str = "", en: str = "") -> BadInput:
    """The error for a value that is not allowed; `zh` and `en` replace the usual sentence.

    The usual sentence shows the value: rates, amounts and dates of a loan are no secret to whoever typed them.
    """
    return BadInput(
        field=field,
        value=value,
        allowed=allowed,
        message_zh=zh or f"{_NAMES.get(field, field)}无效：{value}，应为 {allowed}",
        message_en=en or f"{field} is not valid: {value}, expected {allowed}",
    )


def within(field: str, value: int, low: int, high: int) -> int:
    """The whole number itself if low <= value <= high. Raises BadInput; a bool or a float is refused too."""
    if type(value) is not int or not low <= value <= high:
        raise bad(field, value, f"{low} .. {high}")
    return value


def one_of(field: str, value: str, allowed: tuple[str, ...]) -> str:
    """The word itself if it is allowed. Raises BadInput."""
    if value not in allowed:
        raise bad(field, value, " | ".join(allowed))
    return value


def iso_date(text: str, *, field: str = "date") -> date:
    """A date written YYYY-MM-DD, as policy files have it. Raises BadInput."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise bad(field, text, "YYYY-MM-DD") from error
