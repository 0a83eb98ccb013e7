"""Rules about the people: capacity, age, age and term, foreigners, credit record (S4-009, S4-011, S4-064, S4-097,
S4-111).
"""

from collections.abc import Iterator

from anju.core.dates import add_months
from anju.core.eligibility.application import Application, CreditRecord, Person
from anju.core.eligibility.finding import Finding, Rules, years_text
from anju.core.eligibility.retirement import STATUTORY, age_limit, age_years, whole_months

_ALL = "commercial_mortgage"
_FILE = "application_file"


def age(application: Application, rules: Rules) -> Iterator[Finding]:
    """Everybody who signs is of full capacity and between the youngest and the oldest age allowed."""
    low = rules.policy.row("borrower_age_min_years", _ALL, rules.on)
    high = rules.policy.row("borrower_age_max_years", _ALL, rules.on)
    for person in application.people:
        if person.role == "spouse":
            continue
        years = age_years(person.born_on, rules.on)
        if not person.full_capacity or years < int(low.value):
            zh = f"借款人须年满 {low.value} 周岁并具有完全民事行为能力，目前 {years} 周岁。"
            en = f"The borrower must be {low.value} and of full civil capacity; the age is {years}."
            yield Finding("age_too_low", "refuse", zh, en, low.document)
        elif years > int(high.value):
            zh = f"借款人年龄不超过 {high.value} 周岁，目前 {years} 周岁。"
            en = f"The borrower may be at most {high.value}; the age is {years}."
            yield Finding("age_too_high", "refuse", zh, en, high.document)
        else:
            zh = f"借款人 {years} 周岁，在 {low.value} 至 {high.value} 周岁之间。"
            en = f"The borrower is {years}, between {low.value} and {high.value}."
            yield Finding("age", "pass", zh, en, high.document)


def longest_by_age_months(person: Person, rules: Rules) -> int:
    """Longest term in months that ends by the age limit of a date. Raises PolicyMissing."""
    limit = age_limit(person.born_on, person.retirement_group, rules.policy, rules.on)
    return whole_months(rules.on, limit.on)


def age_and_term(application: Application, rules: Rules) -> Iterator[Finding]:
    """The main borrower's age plus the term stays within statutory retirement, or the age the lender chose."""
    person, months = application.borrower, application.request.months
    limit = age_limit(person.born_on, person.retirement_group, rules.policy, rules.on)
    row = rules.policy.row("age_plus_term_limit", _ALL, rules.on)
    statutory = row.value == STATUTORY
    name_zh, name_en = (
        ("法定退休年龄", "statutory retirement age") if statutory else ("年龄上限", "age limit")
    )
    age_zh, age_en = years_text(limit.age_months)
    longest = whole_months(rules.on, limit.on)
    term_zh, term_en = years_text(longest)
    if add_months(rules.on, months) > limit.on:
        zh = f"贷款到期时将超过{name_zh}（{age_zh.replace(' 年', ' 岁')}），期限最长 {term_zh}。"
        en = f"The loan would end after the {name_en} of {age_en}; the longest term is {term_en}."
        yield Finding("age_plus_term", "refuse", zh, en, limit.document)
    else:
        zh = f"贷款在{name_zh}（{age_zh.replace(' 年', ' 岁')}）之前到期，期限最长可到 {term_zh}。"
        en = f"The loan ends before the {name_en} of {age_en}; up to {term_en} are possible."
        yield Finding("age_plus_term", "pass", zh, en, limit.document)


def foreigner(application: Application, rules: Rules) -> Iterator[Finding]:
    """A foreign borrower has lived here longer than the months required and buys one home for own use."""
    person, home = application.borrower, application.home
    if person.household != "foreign":
        return
    stay = rules.policy.row("foreign_borrower_residence_months_over", _ALL, rules.on)
    most = rules.policy.row("foreign_borrower_homes_max", _ALL, rules.on)
    if person.residence_months <= int(stay.value):
        zh = f"境外人士须在境内居留超过 {stay.value} 个月，目前 {person.residence_months} 个月。"
        en = (
            f"A foreigner must have lived here for more than {stay.value} months; it is"
            f" {person.residence_months}."
        )
        yield Finding("foreign_residence", "refuse", zh, en, stay.document)
    if not home.self_use or home.homes_owned + 1 > int(most.value):
        zh = f"境外人士限购 {most.value} 套自住住房。"
        en = f"A foreigner may buy {most.value} home for own use."
        yield Finding("foreign_one_home", "refuse", zh, en, most.document)


def credit(application: Application, rules: Rules) -> Iterator[Finding]:
    """The credit record of everybody who signs; nobody's is queried without written authorisation."""
    for person in application.people:
        if person.role == "spouse":
            continue
        if person.credit is None or not person.credit.authorised:
            zh = "尚未取得书面授权并查询征信，结论以征信报告为准。"
            en = "No credit report yet: it needs written authorisation, and the result depends on it."
            yield Finding("credit_not_queried", "amber", zh, en, "征信业管理条例 Art.18")
        else:
            yield _record(person.credit, rules)
            yield from _enquiries(person.credit, rules)


def _record(record: CreditRecord, rules: Rules) -> Finding:
    """Refuse what is unpaid or grave, pass to a person what is repeated or long, mention a single slip."""
    window = rules.policy.row("credit_overdue_window_months", _FILE, rules.on)
    count = rules.policy.row("credit_overdue_review_count", _FILE, rules.on)
    long = rules.policy.integer("credit_overdue_review_dpd_over", _FILE, rules.on)
    grave = rules.policy.row("credit_overdue_refuse_dpd_over", _FILE, rules.on)
    since = add_months(rules.on, -int(window.value))
    seen = [overdue for overdue in record.overdues if since < overdue.on <= rules.on]
    worst = max((overdue.days for overdue in seen), default=0)
    if any(not overdue.settled for overdue in record.overdues):
        zh = f"征信报告 {record.report_id} 有尚未结清的逾期，请先结清。"
        en = f"Credit report {record.report_id} shows an overdue that is not paid yet."
        return Finding("credit_overdue_open", "refuse", zh, en, grave.document)
    if worst > int(grave.value):
        zh = f"近 {window.value} 个月有 {worst} 天的逾期，超过 {grave.value} 天。"
        en = f"In the last {window.value} months there was an overdue of {worst} days, over {grave.value}."
        return Finding("credit_overdue_grave", "refuse", zh, en, grave.document)
    if len(seen) >= int(count.value) or worst > long:
        zh = f"近 {window.value} 个月有 {len(seen)} 次逾期，最长 {worst} 天，转人工审核并请说明原因。"
        en = (
            f"{len(seen)} overdues in the last {window.value} months, the longest {worst} days:"
            " a person reviews it; please explain."
        )
        return Finding("credit_review", "review", zh, en, count.document)
    if seen:
        zh = f"近 {window.value} 个月有 1 次逾期（{worst} 天），请准备书面说明。"
        en = f"One overdue of {worst} days in the last {window.value} months: please prepare an explanation."
        return Finding("credit_explain", "amber", zh, en, count.document)
    zh = f"近 {window.value} 个月没有逾期记录。"
    en = f"No overdue in the last {window.value} months."
    return Finding("credit", "pass", zh, en, window.document)


def _enquiries(record: CreditRecord, rules: Rules) -> Iterator[Finding]:
    count = rules.policy.row("credit_enquiry_flag_count", _FILE, rules.on)
    months = rules.policy.integer("credit_enquiry_flag_window_months", _FILE, rules.on)
    since = add_months(rules.on, -months)
    seen = sum(since < on <= rules.on for on in record.enquiries)
    if seen >= int(count.value):
        zh = f"近 {months} 个月征信被查询 {seen} 次，达到 {count.value} 次的关注线。"
        en = f"{seen} credit enquiries in the last {months} months, at or over the flag of {count.value}."
        yield Finding("credit_enquiries", "amber", zh, en, count.document)
