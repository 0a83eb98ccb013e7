"""What can be done: next steps for every finding that stands against an application (S4-036, S4-037, S4-119).

Words only; `anju.core.plans` computes the smallest down payment or the term that satisfies the ratios.
"""

from collections.abc import Mapping, Sequence

from anju.core.eligibility.finding import Eligibility
from anju.core.verdict import Reason

_INCOME = Reason(
    "show_more_income",
    "补充其他收入证明，如奖金、租金、共同借款人收入。",
    "Show further income: bonuses, rent, a co-borrower's income.",
)
_LONGER = Reason(
    "longer_term",
    "在年龄和政策允许的范围内延长期限。",
    "Choose a longer term, as far as age and rules allow.",
)
_DOWN = Reason("larger_down_payment", "提高首付，减少贷款金额。", "Pay more down and borrow less.")
_DEBTS = Reason("repay_other_debts", "先结清部分其他债务。", "Repay some of the other debts first.")
_SECURITY = Reason("more_security", "增加抵押物或保证人。", "Offer further collateral or a guarantor.")
_EXPLAIN = Reason(
    "explain_credit",
    "提交逾期原因的书面说明和结清凭证；确有错误的，可向征信机构提出异议。",
    "Explain the overdue in writing with proof of payment; object at the credit bureau if it is wrong.",
)
_AUTHORISE = Reason(
    "authorise_credit_query", "签署征信查询授权书。", "Sign the authorisation for the credit query."
)
_CLEAN = Reason(
    "keep_record_clean",
    "保持还款记录良好，待满足要求后再申请。",
    "Keep a clean record and apply again later.",
)
_SHORTER = Reason(
    "shorter_term", "缩短期限，或增加年轻的共同借款人并按本行规定办理。",
    "Choose a shorter term, or add a younger co-borrower where the lender allows it.",
)  # fmt: skip
_OWN_MONEY = Reason(
    "own_down_payment",
    "首付须在签约前以自有资金足额付清，不能使用首付贷或首付分期。",
    "Pay the down payment in full from own money before signing; no loan and no instalments for it.",
)
_SOURCE = Reason("show_funds", "提供差额部分的资金来源凭证。", "Show where the rest of the money comes from.")
_LESS = Reason("borrow_less", "减少贷款金额。", "Borrow less.")
_OTHER_HOME = Reason(
    "other_home", "选择可以办理抵押登记的房屋。", "Choose a home for which a mortgage can be registered."
)
_WAIT = Reason(
    "wait_for_months", "待缴存或居留年限满足后再申请。", "Apply again when the months required are complete."
)
_LOCAL = Reason(
    "ask_local_office",
    "向当地住房主管部门核实购房资格。",
    "Ask the local housing office about the right to buy.",
)
_POLICY = Reason(
    "load_policy", "请管理员补录该日期的政策参数后重新审核。",
    "An administrator loads the policy rows of that date; then check again.",
)  # fmt: skip
_COMMERCIAL = Reason(
    "commercial_instead", "改用商业贷款或组合贷款。", "Take a commercial mortgage or a combination loan."
)
_RESULT = Reason(
    "ask_for_review",
    "对自动得出的结论有异议的，可以要求人工复核和说明。",
    "You may ask a person to review and explain a result found automatically.",
)

REMEDIES: Mapping[str, tuple[Reason, ...]] = {
    "age_too_low": (_WAIT,),
    "age_too_high": (_LESS,),
    "age_plus_term": (_SHORTER, _DOWN),
    "foreign_residence": (_WAIT,),
    "foreign_one_home": (_LOCAL,),
    "credit_not_queried": (_AUTHORISE,),
    "credit_overdue_open": (_EXPLAIN, _CLEAN),
    "credit_overdue_grave": (_EXPLAIN, _CLEAN),
    "credit_review": (_EXPLAIN, _DOWN, _SECURITY),
    "credit_explain": (_EXPLAIN,),
    "credit_enquiries": (_CLEAN,),
    "housing_ratio": (_LONGER, _DOWN, _INCOME),
    "total_debt_ratio": (_DEBTS, _LONGER, _DOWN, _INCOME),
    "no_registrable_title": (_OTHER_HOME,),
    "down_payment": (_DOWN, _OWN_MONEY),
    "down_payment_borrowed": (_OWN_MONEY, _LESS),
    "loan_to_value": (_DOWN, _SECURITY),
    "funds_gap": (_SOURCE,),
    "loan_above_need": (_LESS,),
    "term": (_SHORTER,),
    "purchase_homes": (_LOCAL,),
    "purchase_contribution": (_WAIT, _LOCAL),
    "policy_missing": (_POLICY,),
    "provident_contribution": (_WAIT, _COMMERCIAL),
    "provident_term": (_SHORTER, _COMMERCIAL),
    "provident_age_term": (_SHORTER, _COMMERCIAL),
    "provident_building_age": (_SHORTER, _COMMERCIAL),
}
"""Next steps by code of finding. A test asserts that every code has some."""


def next_steps(*checked: Eligibility) -> tuple[Reason, ...]:
    """What the applicant can do, each step once, in the order of the findings; with a refusal or a review also
    the right to an explanation by a person (个人信息保护法 Art.24).
    """
    steps: list[Reason] = []
    for eligibility in checked:
        for code in eligibility.codes:
            steps += REMEDIES.get(code, ())
    if any(not eligibility.ok for eligibility in checked):
        steps.append(_RESULT)
    return _once(steps)


def _once(steps: Sequence[Reason]) -> tuple[Reason, ...]:
    return tuple({step.code: step for step in steps}.values())
