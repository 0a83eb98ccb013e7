"""Provident fund loans: who may have one, and how much (S4-091; facts section 2; 住房公积金管理条例).

Limit = min(account formula, city cap with uplifts, price x (1 - down payment), repayment ability), cut down to the
city's step. Every part is shown with its sentence; the smallest binds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from anju.core.checks import one_of
from anju.core.cities import CityProvident
from anju.core.dates import add_months
from anju.core.eligibility.ability import largest_loan_fen
from anju.core.eligibility.application import Person, Property
from anju.core.eligibility.finding import Eligibility, Finding, Rules, yuan
from anju.core.eligibility.retirement import age_limit, whole_months
from anju.core.errors import PolicyMissing
from anju.core.money import FEN_MAX, PPM_ONE

_FUND = "provident_fund_loan"


@dataclass(frozen=True, slots=True)
class Account:
    """A contributor's account: balance, monthly deposit (own and employer's), months without a gap."""

    person: Person
    balance_fen: int
    monthly_deposit_fen: int
    months: int


@dataclass(frozen=True, slots=True)
class LimitPart:
    """One of the amounts of which the smallest is the limit."""

    code: str
    amount_fen: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ProvidentLimit:
    """The limit, all its parts, and the code of the part that binds."""

    amount_fen: int
    parts: tuple[LimitPart, ...]
    binding: str
    document: str


def provident_eligibility(
    accounts: Sequence[Account], home: Property, months: int, rules: Rules
) -> Eligibility:
    """Whether the fund lends for so many months: contribution months, age and term, building age and term.

    Without city rows the range of cities decides (6 to 12 months, seed 004): below it no, inside it a person
    looks. Raises BadInput.
    """
    local = rules.city.provident(rules.on) if rules.city else None
    findings = [*_contribution(accounts, local, rules)]
    if local is not None:
        findings += _terms(accounts, home, months, local, rules)
    return Eligibility(rules.on, rules.policy.version, tuple(findings))


def _contribution(
    accounts: Sequence[Account], local: CityProvident | None, rules: Rules
) -> Iterator[Finding]:
    longest = max((account.months for account in accounts), default=0)
    if local is not None:
        low = high = local.contribution_months_min
        document = local.document
    else:
        low = rules.policy.integer("provident_contribution_months_min_low", _FUND, rules.on)
        row = rules.policy.row("provident_contribution_months_min_high", _FUND, rules.on)
        high, document = int(row.value), row.document
    if longest < low:
        zh = f"公积金须连续缴存满 {low} 个月，目前 {longest} 个月。"
        en = f"{low} months of provident fund contributions without a gap are needed; there are {longest}."
        yield Finding("provident_contribution", "refuse", zh, en, document)
    elif longest < high:
        zh = f"已连续缴存 {longest} 个月；各城市要求 {low} 至 {high} 个月，请按当地规定核对。"
        en = (
            f"{longest} months of contributions; cities ask for {low} to {high}, please check the local rule."
        )
        yield Finding("provident_contribution", "review", zh, en, document)
    else:
        zh = f"公积金已连续缴存 {longest} 个月，满足 {high} 个月的要求。"
        en = f"{longest} months of contributions meet the {high} required."
        yield Finding("provident_contribution", "pass", zh, en, document)


def _terms(
    accounts: Sequence[Account], home: Property, months: int, local: CityProvident, rules: Rules
) -> Iterator[Finding]:
    if months > local.term_max_years * 12:
        zh = f"公积金贷款最长 {local.term_max_years} 年。"
        en = f"A provident fund loan runs at most {local.term_max_years} years."
        yield Finding("provident_term", "refuse", zh, en, local.document)
    longest = longest_provident_months(accounts, local, rules)
    if months > longest:
        zh = f"按退休年龄加 {local.age_extra_years} 年计算，公积金贷款最长 {longest} 个月。"
        en = f"By retirement age plus {local.age_extra_years} years the longest term is {longest} months."
        yield Finding("provident_age_term", "refuse", zh, en, local.document)
    most = local.building_age_plus_term_max_years
    if home.building_age_years * 12 + months > most * 12:
        zh = f"房龄加贷款年限不超过 {most} 年，房龄 {home.building_age_years} 年。"
        en = f"Building age plus term may not exceed {most} years; the building is {home.building_age_years}."
        yield Finding("provident_building_age", "refuse", zh, en, local.document)


def longest_provident_months(accounts: Sequence[Account], local: CityProvident, rules: Rules) -> int:
    """Longest term by the contributors' ages: retirement (or the age policy) plus the city's extra years; the
    contributor who may go furthest counts.
    """
    ends = (
        add_months(
            age_limit(account.person.born_on, account.person.retirement_group, rules.policy, rules.on).on,
            local.age_extra_years * 12,
        )
        for account in accounts
    )
    return max((whole_months(rules.on, end) for end in ends), default=0)


def provident_limit(
    accounts: Sequence[Account],
    home: Property,
    rate_ppm: int,
    months: int,
    rules: Rules,
    *,
    uplifts: Sequence[str] = (),
) -> ProvidentLimit:
    """How much the fund lends in the city of the rules: the smallest of four amounts, fen.

    `uplifts`: codes of the city's uplifts that apply; unknown ones are refused by name. Two or more accounts are
    a couple: formulas add up, the couple's cap holds. Raises PolicyMissing when the city has no rows,
    BadInput.
    """
    local = rules.city.provident(rules.on) if rules.city else None
    if local is None:
        raise PolicyMissing("provident", rules.city.code if rules.city else "city", rules.on)
    parts = (
        _by_account(accounts, local, rules),
        _by_cap(accounts, home, local, uplifts),
        _by_price(home, local),
        _by_ability(accounts, local, rate_ppm, months),
    )
    least = min(parts, key=lambda part: part.amount_fen)
    amount = max(least.amount_fen, 0) // local.step_fen * local.step_fen
    return ProvidentLimit(amount, parts, least.code, local.document)


def _by_account(accounts: Sequence[Account], local: CityProvident, rules: Rules) -> LimitPart:
    total = sum(_account_fen(account, local, rules) for account in accounts)
    formula_zh, formula_en = {
        "balance_times": (f"余额 × {local.factor}", f"balance x {local.factor}"),
        "balance_and_deposits": (
            f"余额 × {local.factor} + 月缴存额 × 距退休月数",
            f"balance x {local.factor} + monthly deposit x months to retirement",
        ),
        "years_times": (
            f"缴存年限 × {yuan(local.yearly_fen)} 元",
            f"contribution years x {yuan(local.yearly_fen)} yuan",
        ),
    }[local.formula]
    return LimitPart(
        "account",
        min(total, FEN_MAX),
        f"按账户计算（{formula_zh}）为 {yuan(total)} 元。",
        f"By the account ({formula_en}): {yuan(total)} yuan.",
    )


def _account_fen(account: Account, local: CityProvident, rules: Rules) -> int:
    if local.formula == "balance_times":
        return account.balance_fen * local.factor
    if local.formula == "years_times":
        return -(-account.months // 12) * local.yearly_fen
    limit = age_limit(account.person.born_on, account.person.retirement_group, rules.policy, rules.on)
    left = whole_months(rules.on, limit.on)
    return account.balance_fen * local.factor + account.monthly_deposit_fen * left


def _by_cap(
    accounts: Sequence[Account], home: Property, local: CityProvident, uplifts: Sequence[str]
) -> LimitPart:
    known = {uplift.code: uplift for uplift in local.uplifts}
    for code in uplifts:
        one_of("uplift", code, tuple(known))
    extra = min(sum(known[code].amount_fen for code in set(uplifts)), local.uplift_max_fen)
    couple = len(accounts) > 1
    cap = (local.cap_couple_fen if couple else local.cap_single_fen)[home.home] + extra
    return LimitPart(
        "cap",
        cap,
        f"{'两人' if couple else '单人'}缴存的最高额度为 {yuan(cap)} 元，其中上浮 {yuan(extra)} 元。",
        f"The cap for {'two contributors' if couple else 'one contributor'} is {yuan(cap)} yuan,"
        f" uplifts of {yuan(extra)} included.",
    )


def _by_price(home: Property, local: CityProvident) -> LimitPart:
    value = min(home.price_fen, home.appraised_fen or home.price_fen)
    most = value * (PPM_ONE - local.down_payment_ppm) // PPM_ONE
    return LimitPart(
        "price",
        most,
        f"扣除最低首付后为 {yuan(most)} 元。",
        f"The price less the lowest down payment: {yuan(most)} yuan.",
    )


def _by_ability(accounts: Sequence[Account], local: CityProvident, rate_ppm: int, months: int) -> LimitPart:
    income = sum(account.person.income_fen for account in accounts)
    debts = sum(account.person.debts_fen for account in accounts)
    room = max(income * local.payment_ratio_max_ppm // PPM_ONE - debts, 0)
    most = largest_loan_fen(min(room, FEN_MAX), rate_ppm, months)
    return LimitPart(
        "ability",
        most,
        f"按还款能力（每月最多 {yuan(room)} 元）为 {yuan(most)} 元。",
        f"By repayment ability (at most {yuan(room)} a month): {yuan(most)} yuan.",
    )
