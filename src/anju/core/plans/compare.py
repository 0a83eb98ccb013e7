"""At least three different plans side by side, or the reason why there are fewer (S4-020)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from anju.core.eligibility.finding import Finding
from anju.core.plans.enumerate import Rejected, enumerate_plans
from anju.core.plans.need import Need, subsidy_of
from anju.core.plans.plan import Plan
from anju.core.plans.products import Product
from anju.core.policy import PolicyTable
from anju.core.verdict import Reason

Order = Callable[[Plan], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A plan and why it stands in the comparison: codes cost | burden | time | balance | also."""

    plan: Plan
    codes: tuple[str, ...]
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The plans shown, in the order in which they were chosen; `shortage` when fewer than the rule asks for.

    `considered`: how many feasible plans there were. `subsidy`: what the programme of the date says.
    """

    on: date
    policy_version: str
    chosen: tuple[Chosen, ...]
    considered: int
    rejected: tuple[Rejected, ...]
    shortage: Reason | None
    subsidy: Finding

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans shown."""
        return tuple(each.plan for each in self.chosen)


def by_cost(plan: Plan) -> tuple[int, ...]:
    """Interest and fees less subsidy; then the first instalment."""
    return plan.net_cost_fen, plan.net_first_fen


def by_burden(plan: Plan) -> tuple[int, ...]:
    """What is paid in the first month after subsidy; then the cost."""
    return plan.net_first_fen, plan.net_cost_fen


def by_time(plan: Plan) -> tuple[int, ...]:
    """Longest approval; then the cost."""
    return plan.working_days[1], plan.net_cost_fen


def _by_balance(plans: Sequence[Plan]) -> Order:
    """Cost and burden as ranks, added: neither the cheapest nor the lightest, but good at both."""
    cost = {id(plan): rank for rank, plan in enumerate(sorted(plans, key=by_cost))}
    burden = {id(plan): rank for rank, plan in enumerate(sorted(plans, key=by_burden))}
    return lambda plan: (cost[id(plan)] + burden[id(plan)], *by_cost(plan))


_WORDS = {
    "cost": ("总成本最低", "lowest total cost"),
    "burden": ("首月月供最低", "lowest first instalment"),
    "time": ("审批最快", "fastest approval"),
    "balance": ("成本与月供兼顾", "cost and instalment balanced"),
    "also": ("其他可行方案", "another feasible plan"),
}


def choose(plans: Sequence[Plan], count: int) -> tuple[Chosen, ...]:
    """Up to `count` different plans: the best by cost, by burden, by time, by balance, then the next cheapest.

    A plan that is best in several ways stands once with all its codes.
    """
    orders: list[tuple[str, Order]] = [("cost", by_cost), ("burden", by_burden), ("time", by_time)]
    codes: dict[int, list[str]] = {}
    picked: list[Plan] = []
    for code, order in (*orders, ("balance", _by_balance(plans))):
        if not plans or (code == "balance" and len(picked) >= count):
            continue
        best = min(plans, key=order)
        if id(best) not in codes:
            picked.append(best)
        codes.setdefault(id(best), []).append(code)
    for plan in sorted(plans, key=by_cost):
        if len(picked) >= count:
            break
        if id(plan) not in codes:
            codes[id(plan)] = ["also"]
            picked.append(plan)
    return tuple(_chosen(plan, codes[id(plan)]) for plan in picked)


def _chosen(plan: Plan, codes: Sequence[str]) -> Chosen:
    zh = "、".join(_WORDS[code][0] for code in codes)
    en = ", ".join(_WORDS[code][1] for code in codes)
    return Chosen(plan, tuple(codes), zh, en)


def compare(need: Need, products: Sequence[Product], policy: PolicyTable, on: date) -> Comparison:
    """Feasible plans for a need under the rules of a date, at least as many as `proposal_plan_count_min` asks for,
    or fewer with the shortage in words. Raises BadInput, PolicyMissing.
    """
    found = enumerate_plans(need, products, policy, on)
    least = policy.integer("proposal_plan_count_min", "loan_proposal", on)
    chosen = choose(found.plans, least)
    short = None
    if len(chosen) < least:
        told = [each.reason for each in found.rejected]
        why_zh = "".join(dict.fromkeys(reason.zh for reason in told)) or "可选的产品、期限和还款方式太少。"
        why_en = (
            " ".join(dict.fromkeys(reason.en for reason in told)) or "Too few products, terms and methods."
        )
        short = Reason(
            "plans_short",
            f"只有 {len(chosen)} 种可行方案，少于要求的 {least} 种：{why_zh}",
            f"Only {len(chosen)} feasible plans, fewer than the {least} required: {why_en}",
        )
    subsidy = subsidy_of(need, policy, on).finding
    return Comparison(on, policy.version, chosen, len(found.plans), found.rejected, short, subsidy)
