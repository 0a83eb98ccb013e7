"""Rules about the home and the loan against it: title, down payment, loan-to-value, term, purchase limits
(S4-001, S4-012, S4-106, S4-107, S4-140).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from anju.core.cities import Home
from anju.core.eligibility.application import Application
from anju.core.eligibility.finding import Finding, Rules, years_text, yuan
from anju.core.money import PPM_ONE
from anju.core.ratios import exceeds, limit_text, ratio_text, ratio_to_ppm

_ALL = "commercial_mortgage"


@dataclass(frozen=True, slots=True)
class DownPaymentRule:
    """The share of the price to be paid at least, in ppm, and where it stands."""

    ratio_ppm: int
    document: str

    def least_fen(self, price_fen: int) -> int:
        """Lowest down payment for a price, rounded up to the fen."""
        return -(-price_fen * self.ratio_ppm // PPM_ONE)


def down_payment_rule(home: Home, rules: Rules) -> DownPaymentRule:
    """The higher of the national and the city's minimum on a date. Raises PolicyMissing."""
    row = rules.policy.row("min_down_payment_ratio", f"{_ALL}_{home}_home", rules.on)
    national = DownPaymentRule(ratio_to_ppm(row.value), row.document)
    local = rules.city.down_payment(home, rules.on) if rules.city else None
    if local is not None and local.ratio_ppm > national.ratio_ppm:
        return DownPaymentRule(local.ratio_ppm, local.document)
    return national


def title(application: Application, rules: Rules) -> Iterator[Finding]:
    """A home without registrable title (小产权房) cannot be mortgaged (S4-140)."""
    if application.home.titled or not rules.policy.flag("registrable_title_required", _ALL, rules.on):
        return
    document = rules.policy.document("registrable_title_required", _ALL, rules.on)
    zh = "该房屋没有可以登记的产权，无法办理抵押登记，不能贷款。"
    en = "The home has no registrable title; a mortgage cannot be registered, so no loan is possible."
    yield Finding("no_registrable_title", "refuse", zh, en, document)


def down_payment(application: Application, rules: Rules) -> Iterator[Finding]:
    """Paid in full, of the buyer's own money, and at least the minimum of the date and the city."""
    home, request = application.home, application.request
    rule = down_payment_rule(home.home, rules)
    least, paid = rule.least_fen(home.price_fen), request.down_fen
    share = ratio_text(paid, home.price_fen)
    if paid < least:
        zh = f"首付 {yuan(paid)} 元，占房价 {share}，低于 {limit_text(rule.ratio_ppm)}，还差 {yuan(least - paid)} 元。"
        en = (
            f"Down payment {yuan(paid)} yuan is {share} of the price, below {limit_text(rule.ratio_ppm)};"
            f" {yuan(least - paid)} yuan are missing."
        )
        yield Finding("down_payment", "refuse", zh, en, rule.document)
    else:
        zh = f"首付 {yuan(paid)} 元，占房价 {share}，不低于 {limit_text(rule.ratio_ppm)}。"
        en = f"Down payment {yuan(paid)} yuan is {share} of the price, at least {limit_text(rule.ratio_ppm)}."
        yield Finding("down_payment", "pass", zh, en, rule.document)
    if request.borrowed_down_fen and not rules.policy.flag(
        "loan_funds_for_down_payment_allowed", _ALL, rules.on
    ):
        document = rules.policy.document("loan_funds_for_down_payment_allowed", _ALL, rules.on)
        zh = f"首付中有 {yuan(request.borrowed_down_fen)} 元来自借款或分期，首付须为自有资金，不得放贷。"
        en = (
            f"{yuan(request.borrowed_down_fen)} yuan of the down payment are borrowed or paid by instalments;"
            " it must be own money, so no loan is made."
        )
        yield Finding("down_payment_borrowed", "refuse", zh, en, document)


def loan_to_value(application: Application, rules: Rules) -> Iterator[Finding]:
    """Loan <= (1 - minimum down payment) x collateral value, the lower of price and appraisal."""
    home, request = application.home, application.request
    rule = down_payment_rule(home.home, rules)
    basis = rules.policy.row("collateral_value_basis", _ALL, rules.on)
    value = min(home.price_fen, home.appraised_fen or home.price_fen)
    most = PPM_ONE - rule.ratio_ppm
    over = exceeds(request.loan_fen, value, most)
    share = ratio_text(request.loan_fen, value, over=over)
    zh = (
        f"贷款 {yuan(request.loan_fen)} 元，押品价值 {yuan(value)} 元（合同价与评估价取低），"
        f"成数 {share}，{'超过' if over else '不超过'} {limit_text(most)}。"
    )
    en = (
        f"Loan of {yuan(request.loan_fen)} on a collateral value of {yuan(value)} yuan (lower of price and"
        f" appraisal): {share}, {'over' if over else 'within'} {limit_text(most)}."
    )
    yield Finding("loan_to_value", "refuse" if over else "pass", zh, en, basis.document)
    gap = home.price_fen - request.down_fen - request.loan_fen
    if gap > 0:
        zh = f"首付与贷款合计比房价少 {yuan(gap)} 元，请说明其余资金来源。"
        en = f"Down payment and loan are {yuan(gap)} yuan short of the price; please say where the rest comes from."
        yield Finding("funds_gap", "review", zh, en, basis.document)
    elif gap < 0:
        zh = f"首付与贷款合计比房价多 {yuan(-gap)} 元，贷款不得超过购房所需。"
        en = f"Down payment and loan exceed the price by {yuan(-gap)} yuan; the loan may not exceed the need."
        yield Finding("loan_above_need", "refuse", zh, en, basis.document)


def longest_by_rule_months(rules: Rules) -> int:
    """Longest term of a commercial mortgage on a date, months: 30 years, 40 from 2026-08-28."""
    return rules.policy.integer("max_term_years", _ALL, rules.on) * 12


def term(application: Application, rules: Rules) -> Iterator[Finding]:
    """Not longer than the cap of the date; shorter than the usual minimum is allowed but said."""
    months = application.request.months
    cap = rules.policy.row("max_term_years", _ALL, rules.on)
    low = rules.policy.row("min_term_years", _ALL, rules.on)
    zh_term, en_term = years_text(months)
    if months > int(cap.value) * 12:
        zh = f"期限 {zh_term}，超过 {cap.value} 年的上限。"
        en = f"A term of {en_term} is over the cap of {cap.value} years."
        yield Finding("term", "refuse", zh, en, cap.document)
    elif months < int(low.value) * 12:
        zh = f"期限 {zh_term}，短于常见的最短期限 {low.value} 年。"
        en = f"A term of {en_term} is shorter than the usual minimum of {low.value} years."
        yield Finding("term", "amber", zh, en, low.document)
    else:
        zh, en = f"期限 {zh_term}，不超过 {cap.value} 年。", f"A term of {en_term}, within {cap.value} years."
        yield Finding("term", "pass", zh, en, cap.document)


def purchase_limit(application: Application, rules: Rules) -> Iterator[Finding]:
    """The city's purchase limits (限购) for this household on a date (S4-012)."""
    if rules.city is None:
        zh, en = "未指定城市，未核对当地限购政策。", "No city is given; its purchase limits are not checked."
        yield Finding("city_not_given", "pass", zh, en, "")
        return
    person, home = application.borrower, application.home
    row = rules.city.purchase(person.household, rules.on)
    if row is None:
        zh, en = (
            f"{rules.city.zh}没有适用的限购规定。",
            f"{rules.city.en} has no purchase limit that applies.",
        )
        yield Finding("purchase_limit", "pass", zh, en, "")
        return
    if row.homes_max is not None and home.homes_owned > row.homes_max:
        zh = f"{rules.city.zh}：家庭已有 {home.homes_owned} 套住房，购房前最多可有 {row.homes_max} 套。"
        en = f"{rules.city.en}: the household owns {home.homes_owned} homes; at most {row.homes_max} are allowed before."
        yield Finding("purchase_homes", "refuse", zh, en, row.document)
    elif person.local_months < row.contribution_months_min:
        need = row.contribution_months_min
        zh = f"{rules.city.zh}：需连续缴纳社保或个税 {need} 个月，目前 {person.local_months} 个月。"
        en = f"{rules.city.en}: {need} months of social insurance or tax are needed, {person.local_months} are shown."
        yield Finding("purchase_contribution", "refuse", zh, en, row.document)
    else:
        zh, en = f"符合{rules.city.zh}的购房条件。", f"The conditions of {rules.city.en} are met."
        yield Finding("purchase_limit", "pass", zh, en, row.document)
