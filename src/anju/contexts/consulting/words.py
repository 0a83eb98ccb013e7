"""Words that people type for the choices of the core, Chinese and English, and the wording of refusals."""

from collections.abc import Mapping

from anju.core.checks import bad
from anju.core.errors import BadInput
from anju.core.money import normalised

METHODS: Mapping[str, str] = {
    "level": "level_payment",
    "equal-principal": "level_principal",
    "interest-only": "interest_only",
    "stepped": "stepped",
    "level-payment": "level_payment",
    "level-principal": "level_principal",
    "equal-payment": "level_payment",
    "等额本息": "level_payment",
    "等额本金": "level_principal",
    "只还利息": "interest_only",
    "先息后本": "interest_only",
    "等额递增": "stepped",
    "等额递减": "stepped",
    "等额递变": "stepped",
}
ROUNDINGS = {
    "half-up": "half_up",
    "half-even": "half_even",
    "down": "down",
    "四舍五入": "half_up",
    "四舍六入五成双": "half_even",
    "舍去": "down",
}
RESIDUES = {"last": "last", "first": "first", "末期": "last", "首期": "first"}
WHOLE_PERIODS = {"monthly": "monthly", "daily": "daily", "按月": "monthly", "按日": "daily"}
YEAR_DAYS = {"360": "360", "365": "365", "actual": "actual", "30/360": "30/360", "实际": "actual"}
FREQUENCIES = {
    "monthly": "monthly",
    "fortnightly": "fortnightly",
    "quarterly": "quarterly",
    "half-yearly": "half_yearly",
    "yearly": "yearly",
    "once": "once",
    "按月": "monthly",
    "双周": "fortnightly",
    "按季": "quarterly",
    "按半年": "half_yearly",
    "按年": "yearly",
    "到期一次": "once",
}
LEVELLINGS = {"nominal": "nominal", "dates": "dates", "按月利率": "nominal", "按实际天数": "dates"}
BROKEN_TIMES = {"days": "days", "months-days": "months_days", "按天": "days", "整月加零头天数": "months_days"}
BROKEN_INSTALMENTS = {"regular": "regular", "kept": "kept", "本金不变": "regular", "月供不变": "kept"}
STUBS = {
    "with-first": "with_first",
    "separate": "separate",
    "at-payout": "at_payout",
    "并入首期": "with_first",
    "单独收取": "separate",
    "放款时收取": "at_payout",
}
UNITS = {
    "fen": "1",
    "jiao": "10",
    "yuan": "100",
    "10-yuan": "1000",
    "100-yuan": "10000",
    "分": "1",
    "角": "10",
    "元": "100",
}
UNIT_ROUNDINGS = {**ROUNDINGS, "up": "up", "进位": "up"}
FIRST_DUE = {
    "next-month": "next_month",
    "first-due-day": "first_due_day",
    "次月": "next_month",
    "最近还款日": "first_due_day",
}
REPRICINGS = {
    "january-1": "january_1",
    "anniversary": "anniversary",
    "1月1日": "january_1",
    "对应日": "anniversary",
}
SELECTIONS = {"before": "last_published_before", "on-or-before": "last_published_on_or_before"}
TENORS = {"1y": "1y", "5y": "5y"}
HOMES = {"first": "first", "second": "second", "首套": "first", "二套": "second"}
PREPAY_THEN = {
    "reduce": "reduce_payment",
    "shorten": "shorten",
    "relevel": "shorten_relevel",
    "reduce-payment": "reduce_payment",
    "shorten-relevel": "shorten_relevel",
    "减少月供": "reduce_payment",
    "缩短期限": "shorten",
    "缩短期限并重算": "shorten_relevel",
}
PREPAY_INTEREST = {
    "on-prepaid": "on_prepaid",
    "whole-balance": "whole_balance",
    "next-instalment": "next_instalment",
}
HOLIDAY_INTEREST = {
    "capitalise": "capitalise",
    "defer": "defer",
    "waive": "waive",
    "转本金": "capitalise",
    "递延": "defer",
    "免除": "waive",
}
CAPITALISE_OF = {"plan": "plan", "arrears": "arrears"}
GROUPS = {
    "men": "men",
    "women-55": "women_55",
    "women-50": "women_50",
    "男": "men",
    "女干部": "women_55",
    "女工人": "women_50",
}
HOUSEHOLDS = {
    "local": "local",
    "non-local": "non_local",
    "foreign": "foreign",
    "本地": "local",
    "外地": "non_local",
    "境外": "foreign",
}
ROLES = {
    "borrower": "borrower",
    "co-borrower": "co_borrower",
    "spouse": "spouse",
    "借款人": "borrower",
    "共同借款人": "co_borrower",
    "配偶": "spouse",
}
FLAGS = {
    "yes": "true",
    "no": "false",
    "true": "true",
    "false": "false",
    "是": "true",
    "否": "false",
}
OBJECTIVES = {"cost": "cost", "burden": "burden", "time": "time"}

METHOD_NAMES: Mapping[str, tuple[str, str]] = {
    "level_payment": ("等额本息", "level payment"),
    "level_principal": ("等额本金", "level principal"),
    "interest_only": ("只还利息", "interest only"),
    "stepped": ("等额递变", "stepped"),
}


def wrong(name: str, value: object, allowed: str, allowed_zh: str = "", zh: str = "") -> BadInput:
    """The refusal of a field: its name, the value as typed (cut), what would have been accepted."""
    shown = str(value)[:60]
    label = f"{zh}（{name}）" if zh else name
    return bad(
        name,
        shown,
        allowed,
        f"{label}无效：{shown or '（空）'}，应为 {allowed_zh or allowed}",
        f"{name} is not valid: {shown or '(empty)'}, expected {allowed}",
    )


def word(name: str, text: str, words: Mapping[str, str], zh: str = "") -> str:
    """The core's word for what was typed. Raises BadInput naming the words allowed."""
    found = words.get(normalised(text).lower().replace("_", "-"))
    if found is None:
        raise wrong(name, text, " | ".join(words), zh=zh)
    return found
