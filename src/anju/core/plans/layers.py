"""What a plan costs, layer by layer: the contract, then each dated public benefit, then what is left; and what to
know before choosing it (S4-093, S4-096, S4-134).
"""

from dataclasses import dataclass
from datetime import date

from anju.core.basis import basis_zh
from anju.core.costs.tax import tax_layer
from anju.core.eligibility.finding import Finding, years_text
from anju.core.plans.need import Need, subsidy_of
from anju.core.plans.plan import Plan
from anju.core.policy import PolicyTable
from anju.core.verdict import Reason


@dataclass(frozen=True, slots=True)
class CostLayer:
    """One layer, fen: what it adds to the cost over the whole term and to the first month (benefits are negative).

    `finding`: why a benefit is given or not; None for the contract and the sum.
    """

    code: str
    zh: str
    en: str
    total_fen: int
    first_month_fen: int
    finding: Finding | None = None


def cost_layers(
    plan: Plan,
    need: Need,
    policy: PolicyTable,
    on: date,
    *,
    marginal_ppm: int = 0,
    rent_deducted: bool = False,
    months_used: int = 0,
) -> tuple[CostLayer, ...]:
    """contract, subsidy, tax, net: in this order, always all four; a benefit that is not given is 0 with its reason.

    `marginal_ppm`: the taxpayer's highest bracket, 0 when not told. The tax saved is shown as a monthly share; it is
    paid or refunded with the yearly settlement. Raises BadInput, PolicyMissing.
    """
    subsidy = subsidy_of(need, policy, on).finding
    tax = tax_layer(
        policy, on, need.home, plan.months, marginal_ppm, months_used=months_used, rent_deducted=rent_deducted
    )
    contract = CostLayer(
        "contract", "合同利息和费用", "interest and fees", plan.interest_fen + plan.fees_fen, plan.first_fen
    )
    first_tax = tax.saved_fen // tax.months if tax.months else 0
    benefits = (
        CostLayer(
            "subsidy",
            "财政贴息",
            "interest subsidy",
            -plan.subsidy_fen,
            plan.net_first_fen - plan.first_fen,
            subsidy,
        ),
        CostLayer("tax", "个税专项附加扣除", "income-tax deduction", -tax.saved_fen, -first_tax, tax.finding),
    )
    net = CostLayer(
        "net",
        "扣除优惠后",
        "after benefits",
        contract.total_fen + sum(layer.total_fen for layer in benefits),
        contract.first_month_fen + sum(layer.first_month_fen for layer in benefits),
    )
    return contract, *benefits, net


def plan_notes(plan: Plan, policy: PolicyTable, on: date) -> tuple[Reason, ...]:
    """What the borrower should hear about a plan before choosing it, worded to be read aloud."""
    notes = []
    lenders = {part.product.lending for part in plan.parts}
    if len(lenders) > 1:
        notes.append(
            Reason(
                "two_mortgagees",
                "组合贷款由两家机构同时登记抵押、同时放款，手续较多。",
                "Two lenders register the mortgage and pay out together; it takes more steps.",
            )
        )
    terms = sorted({part.figures.months for part in plan.parts})
    if len(terms) > 1:
        short, long = years_text(terms[0]), years_text(terms[-1])
        notes.append(
            Reason(
                "unequal_terms",
                f"两笔贷款期限不同（{short[0]} 和 {long[0]}），到期后月供会变化。",
                f"The two loans have different terms ({short[1]} and {long[1]}); the payment changes when one ends.",
            )
        )
    statement = plan.statement(policy, on)
    if statement.required:
        notes.append(
            Reason(
                "cost_statement",
                f"签约前须确认综合融资成本明示表（依据：{basis_zh(statement.document)}）。",
                f"The all-in cost statement must be confirmed before signing (basis: {statement.document}).",
            )
        )
    if plan.subsidy is not None:
        notes.append(
            Reason(
                "subsidy_ends",
                f"贴息最长 {len(plan.subsidy.monthly_fen)} 个月，到期后按合同月供还款。",
                f"The subsidy ends after {len(plan.subsidy.monthly_fen)} months; the contract's payment is then due.",
            )
        )
    return tuple(notes)
