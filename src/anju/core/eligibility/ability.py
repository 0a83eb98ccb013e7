"""Payment to income, for housing and for all debts; and the largest loan a payment carries.

金规〔2026〕5号 Art.10: housing <= 50 %, all debts <= 60 %, limits included, since 2026-08-28; 50 % and 55 % before.
housing = (new loan payment + property fee) / income; all debts = (that + other debt payments) / income. The
formula image of the new text is missing from the copy read: the 2004 formula is used (facts section 15).
"""

from collections.abc import Iterator

from anju.core.checks import one_of, within
from anju.core.eligibility.application import MONTHS_MAX, Application
from anju.core.eligibility.finding import Finding, Rules, yuan
from anju.core.money import FEN_MAX, PPM_MAX, PPM_ONE
from anju.core.ratios import exceeds, limit_text, ratio_text, ratio_to_ppm
from anju.core.schedule import level_payment_fen, period_interest_fen

_ALL = "commercial_mortgage"
AMBER_SCOPE = "tier_1_city"


def debt_ratios(application: Application, rules: Rules) -> Iterator[Finding]:
    """Housing and all-debt ratio against the limits of a date; amber above the share that families accept."""
    counted = application.counted
    income = sum(person.income_fen for person in counted)
    housing = application.request.payment_fen + application.request.property_fee_fen
    debts = housing + sum(person.debts_fen for person in counted)
    yield _housing(housing, income, rules)
    yield _total(debts, income, rules)


def _housing(housing_fen: int, income_fen: int, rules: Rules) -> Finding:
    row = rules.policy.row("housing_debt_ratio_max", _ALL, rules.on)
    limit = ratio_to_ppm(row.value)
    sums_zh = f"月房贷支出 {yuan(housing_fen)} 元，月收入 {yuan(income_fen)} 元"
    sums_en = f"Housing payment {yuan(housing_fen)} against a monthly income of {yuan(income_fen)} yuan"
    if exceeds(housing_fen, income_fen, limit):
        share = ratio_text(housing_fen, income_fen, over=True)
        zh = f"{sums_zh}，占 {share}，超过 {limit_text(limit)}。"
        return Finding(
            "housing_ratio", "refuse", zh, f"{sums_en}: {share}, over {limit_text(limit)}.", row.document
        )
    share = ratio_text(housing_fen, income_fen)
    amber = rules.policy.row("affordability_amber_ratio", AMBER_SCOPE, rules.on)
    if exceeds(housing_fen, income_fen, ratio_to_ppm(amber.value)):
        line = limit_text(ratio_to_ppm(amber.value))
        zh = f"{sums_zh}，占 {share}，符合 {limit_text(limit)} 的上限，但高于多数家庭可接受的 {line}。"
        en = f"{sums_en}: {share}, within {limit_text(limit)} but above the {line} that most families accept."
        return Finding("housing_ratio", "amber", zh, en, row.document)
    zh = f"{sums_zh}，占 {share}，不超过 {limit_text(limit)}。"
    return Finding(
        "housing_ratio", "pass", zh, f"{sums_en}: {share}, within {limit_text(limit)}.", row.document
    )


def _total(debts_fen: int, income_fen: int, rules: Rules) -> Finding:
    row = rules.policy.row("total_debt_ratio_max", _ALL, rules.on)
    limit = ratio_to_ppm(row.value)
    over = exceeds(debts_fen, income_fen, limit)
    share = ratio_text(debts_fen, income_fen, over=over)
    zh = (
        f"月所有债务支出 {yuan(debts_fen)} 元，占月收入 {share}，"
        f"{'超过' if over else '不超过'} {limit_text(limit)}。"
    )
    en = (
        f"All debt payments of {yuan(debts_fen)} yuan take {share} of income,"
        f" {'over' if over else 'within'} {limit_text(limit)}."
    )
    return Finding("total_debt_ratio", "refuse" if over else "pass", zh, en, row.document)


def largest_loan_fen(payment_fen: int, rate_ppm: int, months: int, method: str = "level_payment") -> int:
    """Largest principal whose first regular instalment is at most `payment_fen`, exact to the fen; 0 if none.

    method: level_payment | level_principal. Raises BadInput. `first_payment_fen` is its inverse.
    """
    within("payment_fen", payment_fen, 0, FEN_MAX)
    within("rate_ppm", rate_ppm, 0, PPM_MAX)
    within("months", months, 1, MONTHS_MAX)
    one_of("method", method, ("level_payment", "level_principal"))
    year = 12 * PPM_ONE
    if method == "level_payment" and rate_ppm:
        grown: int = (year + rate_ppm) ** months
        top, bottom = rate_ppm * grown, year * (grown - year**months)
        guess: int = ((2 * payment_fen + 1) * bottom - 1) // (2 * top)
    else:
        guess = payment_fen * months * year // (year + rate_ppm * months * (method == "level_principal"))
        guess += 2 * months
    guess = min(guess, FEN_MAX)
    while guess > 0 and first_payment_fen(guess, rate_ppm, months, method) > payment_fen:
        guess -= 1
    return guess


def first_payment_fen(principal_fen: int, rate_ppm: int, months: int, method: str = "level_payment") -> int:
    """First instalment of a whole first period: level payment, or principal / n plus interest."""
    if method == "level_payment":
        return level_payment_fen(principal_fen, rate_ppm, months)
    return (2 * principal_fen + months) // (2 * months) + period_interest_fen(principal_fen, rate_ppm)
