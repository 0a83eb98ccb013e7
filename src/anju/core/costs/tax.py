"""Income-tax deduction of first-home loan interest (住房贷款利息专项附加扣除), 国发〔2018〕41号: a dated layer (S4-134).

1,000 yuan a month, at most 240 months, first-home loan interest only, in months with interest paid, not together
with the rent deduction. What it saves is the deduction x the taxpayer's own marginal rate, which is an input.
"""

from dataclasses import dataclass
from datetime import date

from anju.core.checks import one_of, within
from anju.core.cities import Home
from anju.core.eligibility.finding import Finding, yuan
from anju.core.money import PPM_ONE, divide_half_up, yuan_to_fen
from anju.core.policy import PolicyTable

_TAX = "individual_income_tax"
MARGINAL_PPM_MAX = 450_000
"""Upper bound of the input only: no marginal rate on comprehensive income is higher."""


@dataclass(frozen=True, slots=True)
class TaxLayer:
    """What the deduction saves. `monthly_fen`: deducted from taxable income each month; `months`: how many are
    left; `saved_fen`: tax saved over them, `saved_yearly_fen` in a full year. `finding` says why, or why not.
    """

    monthly_fen: int
    months: int
    saved_fen: int
    saved_yearly_fen: int
    finding: Finding


def tax_layer(
    policy: PolicyTable,
    on: date,
    home: Home,
    months: int,
    marginal_ppm: int,
    *,
    months_used: int = 0,
    rent_deducted: bool = False,
    share: int = 100,
) -> TaxLayer:
    """The deduction for a loan of so many months whose interest begins after `on`.

    `marginal_ppm`: the taxpayer's highest bracket (10 % = 100 000). `share`: 100, or 50 when two loans from
    before a marriage are shared. Spouses choose one of them, fixed for the year. Raises PolicyMissing before
    2019-01-01, BadInput.
    """
    within("marginal_ppm", marginal_ppm, 0, MARGINAL_PPM_MAX)
    within("months", months, 0, 480)
    within("months_used", months_used, 0, 480)
    one_of("share", str(share), ("50", "100"))
    row = policy.row("loan_interest_deduction_monthly_cny", _TAX, on)
    most = policy.integer("loan_interest_deduction_months_max", _TAX, on)
    if home != "first" or rent_deducted:
        zh, en = ("只有首套住房贷款利息可以扣除。", "Only interest on a first-home loan is deducted.")
        code = "tax_first_home"
        if rent_deducted:
            zh, en = (
                "已享受住房租金扣除，同一年度不能再扣除房贷利息。",
                "The rent deduction is used this year already.",
            )
            code = "tax_rent"
        return TaxLayer(0, 0, 0, 0, Finding(code, "refuse", zh, en, row.document))
    left = min(max(most - months_used, 0), months)
    monthly = yuan_to_fen(row.value) * share // 100
    zh = f"每月扣除 {yuan(monthly)} 元，最多 {most} 个月，还可扣除 {left} 个月。"
    en = f"{yuan(monthly)} yuan a month are deducted, at most {most} months; {left} are left."
    return TaxLayer(
        monthly,
        left,
        divide_half_up(monthly * left * marginal_ppm, PPM_ONE),
        divide_half_up(monthly * min(left, 12) * marginal_ppm, PPM_ONE),
        Finding("tax", "pass", zh, en, row.document),
    )
