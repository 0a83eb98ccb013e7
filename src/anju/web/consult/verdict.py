"""The verdict with its reasons, what can be done, and the layers that stand beside the contract."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from anju.core.costs import CostStatement
from anju.core.eligibility import Eligibility, Finding, Property, next_steps
from anju.core.errors import BadInput, PolicyMissing
from anju.core.plans import Need, Plan, least_down_payment, least_term, subsidy_of
from anju.web import format as fmt
from anju.web.consult import words
from anju.web.consult.sums import Sums

BURDEN = ("housing_ratio", "total_debt_ratio")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Head and tone, the findings as (tone, word, sentence with its basis), what can be done, what was not looked at."""

    tone: str
    head: str
    findings: tuple[tuple[str, str, str], ...]
    steps: tuple[str, ...]
    unchecked: str


@dataclass(frozen=True, slots=True)
class Layer:
    """Something beside the contract: title, tone, sentence, figures, document."""

    title: str
    tone: str
    text: str
    rows: tuple[tuple[str, str], ...]
    document: str


def verdict(sums: Sums) -> Verdict:
    """What the rules of the date say, worded to be read aloud. Never a promise of approval."""
    found = Eligibility(sums.rules.on, sums.comparison.policy_version, sums.findings)
    outcome = found.outcome if sums.columns else "refuse"
    heads = {
        "pass": _("按现在的数字，核对过的各项都符合规定。"),
        "amber": _("符合规定，但月供会让生活紧一些，请看黄色的一条。"),
        "review": _("有一项需要客户经理核对。"),
        "refuse": _("按现在的数字还不符合规定，下面说明差在哪里、可以怎么办。"),
    }
    lines = tuple((*_toned(finding.outcome), words.said(finding.reason)) for finding in found.findings)
    steps = [words.said(step) for step in next_steps(found)] if outcome == "refuse" else []
    if outcome == "refuse":
        steps = [*_exact_ways(sums), *steps]
    unchecked = _("这里没有核对年龄与期限、征信、限购和房屋情况，由客户经理面谈后核实。")
    if sums.question.age is not None:
        unchecked = _("年龄按刚满周岁计算。这里没有核对征信、限购和房屋情况，由客户经理面谈后核实。")
    return Verdict(words.OUTCOMES[outcome][0], heads[outcome], lines, tuple(steps), unchecked)


def _toned(outcome: str) -> tuple[str, str]:
    tone, word = words.OUTCOMES[outcome]
    return tone, _(word)


def _exact_ways(sums: Sums) -> list[str]:
    """The smallest down payment and the shortest term that fit, when the burden is too heavy (S4-037)."""
    question, rules = sums.question, sums.rules
    over = any(each.code in BURDEN and each.outcome == "refuse" for each in sums.findings) or not sums.columns
    if not question.income_fen or not over:
        return []
    need = Need(
        question.loan_fen, (question.months,), question.home, question.methods, question.income_fen,
        question.debts_fen, question.property_fee_fen,
    )  # fmt: skip
    home, bank = Property(question.price_fen, home=question.home), sums.offer.product
    policy, on, method = rules.tables.policy, rules.on, question.methods[0]
    told = []
    try:
        down = least_down_payment(home, need, bank, question.months, method, policy, on)
        told.append(words.said(down.reason))
        cap = policy.integer("max_term_years", "commercial_mortgage", on) * 12
        told.append(words.said(least_term(need, bank, method, policy, on, months_max=cap).reason))
    except (BadInput, PolicyMissing) as problem:
        told.append(_("%(why)s。") % {"why": problem.message_en if fmt.in_english() else problem.message_zh})
    return told


def statement_rows(statement: CostStatement) -> list[tuple[str, str]]:
    """The statement of all-in cost, line by line (金规〔2026〕2号; S4-135)."""
    lines = [(words.said(line), fmt.money(line.amount_fen)) for line in statement.lines]
    return [
        (_("贷款金额"), fmt.money(statement.loan_fen)),
        (_("实得金额"), fmt.money(statement.received_fen)),
        *lines,
        (_("成本合计"), fmt.money(statement.total_cost_fen)),
        (_("综合年化成本（单利）"), fmt.percent(statement.cost.nominal_ppm)),
        (_("综合年化成本（复利）"), fmt.percent(statement.cost.effective_ppm)),
    ]


def confirmations(statement: CostStatement) -> str:
    """In which ways the borrower may confirm the statement."""
    return _("或").join(_(words.CONFIRMATIONS.get(each, each)) for each in statement.confirmation)


def layers(sums: Sums, plan: Plan) -> list[Layer]:
    """Subsidy and tax deduction, each for itself, dated, with its document."""
    finding = sums.comparison.subsidy
    if sums.asked != sums.question:
        finding = _subsidy_now(sums)
    rows = []
    if plan.subsidy and plan.cost_after_subsidy:
        rows = [
            (_("贴息合计"), fmt.money(plan.subsidy_fen)),
            (_("首月月供减去贴息"), fmt.money(plan.net_first_fen)),
            (_("贴息后的综合年化成本"), fmt.percent(plan.cost_after_subsidy.nominal_ppm)),
        ]
    tone = words.OUTCOMES[finding.outcome][0] if finding.outcome == "pass" else "calm"
    found = [
        Layer(_("财政贴息"), tone, words.said(finding), tuple(rows), words.basis(finding.document)),
    ]
    return [*found, _tax(sums)] if sums.tax else found


def _subsidy_now(sums: Sums) -> Finding:
    question = sums.question
    need = Need(
        question.loan_fen, (question.months,), question.home, price_fen=question.price_fen,
        area_m2_x100=question.area_m2_x100,
    )  # fmt: skip
    return subsidy_of(need, sums.rules.tables.policy, sums.rules.on).finding


def _tax(sums: Sums) -> Layer:
    tax = sums.tax
    assert tax is not None
    rows = []
    if tax.months and sums.question.tax_ppm is not None:
        rows = [
            (_("每年约少缴个税"), fmt.money(tax.saved_yearly_fen)),
            (_("全部可扣除月数合计"), fmt.money(tax.saved_fen)),
        ]
    finding = tax.finding
    text = words.said(finding)
    if tax.months and not rows:
        text += _("填上您适用的最高税率，就能算出可少缴多少。")
    tone = "good" if finding.outcome == "pass" else "calm"
    return Layer(_("住房贷款利息专项附加扣除"), tone, text, tuple(rows), words.basis(finding.document))
