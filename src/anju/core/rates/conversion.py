"""The one conversion of benchmark loans to the LPR in 2020 (PBOC公告〔2019〕30号; S4-007)."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from anju.core.basis_points import ppm_to_bp
from anju.core.checks import bad, iso_date
from anju.core.dates import add_months
from anju.core.policy import PolicyTable
from anju.core.rates.lpr import Tenor
from anju.core.rates.path import rate_on, rate_path, repricing_dates, tenor_of
from anju.core.rates.terms import Conversion, RateTables, RateTerms, Repricing
from anju.core.verdict import Reason, Verdict

_RULE = re.compile(r"last_executed_rate - lpr_of_([0-9]{4})_([0-9]{2})", re.ASCII)
_MORTGAGE = "existing_benchmark_floating_mortgage"
_LOAN = "existing_benchmark_floating_loan"


@dataclass(frozen=True, slots=True)
class ConversionTerms:
    """What the borrower chose in 2020: the day, LPR or fixed, and how the rate is set anew afterwards."""

    on: date
    to: Literal["lpr", "fixed"]
    repricing: Repricing = "january_1"
    cycle_months: int = 12


def may_convert(terms: RateTerms, start_on: date, months: int, policy: PolicyTable, on: date) -> Verdict:
    """Whether a loan may be converted on a day, with the reason.

    Only floating benchmark loans, once, from the notice's start to its deadline; provident fund loans are
    excluded; a loan in its last cycle need not convert (it may).
    """
    if terms.kind != "benchmark":
        zh, en = "只有参考贷款基准利率的浮动利率贷款可以转换", "only floating benchmark loans are converted"
        return _no("conversion_not_benchmark", zh, en, policy)
    if terms.conversion is not None:
        return _no(
            "conversion_only_once", "只能转换一次，已经转换过", "a loan is converted only once", policy
        )
    if not policy.has("lpr_conversion_deadline", _LOAN, on):
        return _no("conversion_not_open", "尚未到转换开始日", "the conversion has not begun", policy)
    deadline = iso_date(policy.text("lpr_conversion_deadline", _LOAN, on))
    if on > deadline:
        zh, en = f"转换已于 {deadline} 截止", f"the conversion ended on {deadline}"
        return _no("conversion_closed", zh, en, policy)
    left = repricing_dates(terms, start_on, _last_day(start_on, months))
    if next((day for day in left if day > on), None) is None:
        reason = Reason(
            "conversion_last_cycle",
            "已处于最后一个重定价周期，可以不转换。",
            "The loan is in its last cycle; it need not convert.",
        )
        return Verdict(True, (reason,), policy.version)
    return Verdict(True, (), policy.version)


def convert(
    terms: RateTerms,
    start_on: date,
    months: int,
    tables: RateTables,
    policy: PolicyTable,
    choice: ConversionTerms,
) -> RateTerms:
    """The terms with their conversion: spread = last executed rate - LPR of the month the rule names (2019-12,
    5Y 4.80), kept for life; or the last executed rate, fixed.

    4.90 x 0.85 = 4.165 gives -63.5 bp. Raises BadInput (field `conversion`) when `may_convert` says no or the
    choice or the cycle is not allowed; rate errors as `rate_path`.
    """
    verdict = may_convert(terms, start_on, months, policy, choice.on)
    if not verdict.ok:
        raise bad("conversion", choice.on, verdict.codes[0], verdict.zh, verdict.en)
    row = policy.row("lpr_conversion_choice", _LOAN, choice.on)
    offered = {"lpr": "lpr_plus_spread", "fixed": "fixed_rate"}
    if offered[choice.to] not in row.value.split("|"):
        raise bad("conversion.to", choice.to, row.value)
    spread = 0
    if choice.to == "lpr":
        least = policy.integer("repricing_cycle_min_months", "converted_floating_mortgage", choice.on)
        if choice.cycle_months < least:
            raise bad("cycle_months", choice.cycle_months, f">= {least}")
        last = rate_on(rate_path(terms, start_on, months, tables, choice.on), choice.on)
        spread = last - _base_ppm(tenor_of(terms, months), tables, policy, choice.on)
    done = Conversion(
        choice.on, choice.to, ppm_to_bp(spread), choice.repricing, choice.cycle_months, row.document
    )
    return replace(terms, conversion=done)


def _base_ppm(tenor: Tenor, tables: RateTables, policy: PolicyTable, on: date) -> int:
    rule = policy.text("lpr_conversion_spread_rule", _MORTGAGE, on)
    found = _RULE.fullmatch(rule)
    if not found:
        raise bad("lpr_conversion_spread_rule", rule, "last_executed_rate - lpr_of_YYYY_MM")
    return tables.lpr.rate_ppm(tables.lpr.of_month(int(found[1]), int(found[2])), tenor)


def _last_day(start_on: date, months: int) -> date:
    return add_months(start_on, months) - timedelta(days=1)


def _no(code: str, zh: str, en: str, policy: PolicyTable) -> Verdict:
    return Verdict(False, (Reason(code, f"{zh}。", f"{en[0].upper()}{en[1:]}."),), policy.version)
