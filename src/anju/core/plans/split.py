"""The best split of a combination loan (组合贷款) under limits: by cost, by monthly burden, by time (S4-092..S4-095).

"As much of the provident fund as possible" is right only where the fund is the cheaper money *after subsidy*: at
2026-11 rates a second home pays 3.075 % to the fund and 3.00-3.05 % to a bank, and a subsidised first-home loan
costs a bank's customer less than the fund for five years. So the splits are computed, not assumed.

For a given term and method interest is proportional to the amount lent, and the subsidy is proportional up to its
cap, so net cost as a function of the provident share is a line, broken where the commercial part passes the cap:
the optimum lies at an end or at a break (`split_points`), up to rounding. But the monthly cap of the subsidy works
on the falling balance, which bends the line, and the ratios cut it off anywhere: so `grid` further points are looked
at, the edges of what fits, and the neighbourhood of the best, to whole ten thousands of yuan.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

from anju.core.checks import bad, one_of, within
from anju.core.costs.subsidy import SubsidyRule
from anju.core.eligibility.finding import yuan
from anju.core.money import ppm_to_percent_text
from anju.core.plans.compare import Order, by_burden, by_cost, by_time
from anju.core.plans.enumerate import ratio_limits, split_points, why_not
from anju.core.plans.figures import Method
from anju.core.plans.need import Need, subsidy_of
from anju.core.plans.plan import Plan, Spec, make_plan
from anju.core.plans.products import Product
from anju.core.policy import PolicyTable
from anju.core.verdict import Reason

Objective = Literal["cost", "burden", "time"]
OBJECTIVES: tuple[Objective, ...] = ("cost", "burden", "time")
_ORDERS: dict[Objective, Order] = {"cost": by_cost, "burden": by_burden, "time": by_time}
_STEP_FEN = 1_000_000
"""Grid amounts are whole ten thousands of yuan, as people borrow them."""


@dataclass(frozen=True, slots=True)
class SplitAnswer:
    """The best split by an objective.

    `regime`: provident_first (as much of the fund as there is), commercial_first (as little), mixed (between).
    `tried`: the plans looked at, from the least to the most provident money; `against`: why others do not fit.
    """

    objective: Objective
    best: Plan
    regime: Literal["provident_first", "commercial_first", "mixed"]
    tried: tuple[Plan, ...]
    against: tuple[Reason, ...]
    why: Reason


def best_split(
    need: Need,
    fund: Product,
    bank: Product,
    policy: PolicyTable,
    on: date,
    *,
    objective: Objective = "cost",
    months: int | None = None,
    methods: tuple[Method, Method] = ("level_payment", "level_payment"),
    grid: int = 20,
) -> SplitAnswer:
    """The best split of `need.loan_fen` between the fund and the bank; the first of the need's terms unless given.

    Raises BadInput (field `split`) when no split fits the limits, with the reasons in both languages.
    """
    one_of("objective", objective, OBJECTIVES)
    within("grid", grid, 1, 1_000)
    rule = subsidy_of(need, policy, on).rule
    limits = ratio_limits(policy, on) if need.income_fen else None
    term, order = months or need.months[0], _ORDERS[objective]
    amounts = _amounts(need.loan_fen, fund, bank, rule, grid)
    looked: dict[int, tuple[Plan, Reason | None]] = {}

    def fits(amount: int) -> bool:
        if amount not in looked:
            plan = _plan(need.loan_fen, amount, fund, bank, term, methods, rule)
            looked[amount] = plan, why_not(plan, need, limits)
        return looked[amount][1] is None

    best = _search(amounts, fits, lambda amount: order(looked[amount][0]))
    against = tuple({reason.code: reason for _, reason in looked.values() if reason is not None}.values())
    if best is None:
        zh = "".join(reason.zh for reason in against) or "两类贷款合计额度不足。"
        en = " ".join(reason.en for reason in against) or "Both limits together are too small."
        raise bad("split", need.loan_fen, "a split within the limits", zh, en)
    tried = tuple(plan for _, (plan, reason) in sorted(looked.items()) if reason is None)
    chosen = looked[best][0]
    why = _why(chosen, tried, fund, bank, term, objective)
    return SplitAnswer(objective, chosen, _regime(best, amounts), tried, against, why)


def _search(
    amounts: list[int], fits: Callable[[int], bool], cost: Callable[[int], tuple[int, ...]]
) -> int | None:
    """The best amount that fits: the given ones, then the edges of what fits, then around the best, by halving."""
    fitting = [amount for amount in amounts if fits(amount)]
    for low, high in pairwise(amounts):
        fitting += _edge(low, high, fits)
    if not fitting:
        return None
    best = min(fitting, key=cost)
    step = max((amounts[-1] - amounts[0]) // len(amounts), _STEP_FEN)
    while True:
        around = [(best + shift) // _STEP_FEN * _STEP_FEN for shift in (-step, step)]
        near = [each for each in around if amounts[0] <= each <= amounts[-1] and fits(each)]
        better = min(near, key=cost, default=best)
        if cost(better) < cost(best):
            best = better
        elif step == _STEP_FEN:
            return best
        else:
            step = max(step // 2, _STEP_FEN)


def _edge(low: int, high: int, fits: Callable[[int], bool]) -> list[int]:
    """Between an amount that fits and one that does not: the last whole ten thousand yuan that fits."""
    if fits(low) == fits(high):
        return []
    good, wrong = (low, high) if fits(low) else (high, low)
    while abs(good - wrong) > _STEP_FEN:
        middle = (good + wrong) // 2 // _STEP_FEN * _STEP_FEN
        if middle in (good, wrong):
            break
        good, wrong = (middle, wrong) if fits(middle) else (good, middle)
    return [good]


def _amounts(loan: int, fund: Product, bank: Product, rule: SubsidyRule | None, grid: int) -> list[int]:
    points = set(split_points(loan, fund, bank, rule))
    least, most = min(points, default=0), max(points, default=-1)
    for k in range(1, grid):
        amount = (least + (most - least) * k // grid) // _STEP_FEN * _STEP_FEN
        if least <= amount <= most:
            points.add(amount)
    return sorted(points)


def _plan(
    loan: int,
    amount: int,
    fund: Product,
    bank: Product,
    months: int,
    methods: tuple[Method, Method],
    rule: SubsidyRule | None,
) -> Plan:
    specs = [
        Spec(product, part, min(months, product.months_max), method)
        for product, part, method in ((fund, amount, methods[0]), (bank, loan - amount, methods[1]))
        if part
    ]
    return make_plan(specs, rule)


def _regime(amount: int, amounts: list[int]) -> Literal["provident_first", "commercial_first", "mixed"]:
    if amount == amounts[-1]:
        return "provident_first"
    return "commercial_first" if amount == amounts[0] else "mixed"


def _why(
    best: Plan, tried: tuple[Plan, ...], fund: Product, bank: Product, months: int, objective: Objective
) -> Reason:
    worst = max(tried, key=_ORDERS[objective])
    rates_zh = f"公积金 {ppm_to_percent_text(fund.rate_ppm(months))}%，商业 {ppm_to_percent_text(bank.rate_ppm(months))}%"
    rates_en = f"fund {ppm_to_percent_text(fund.rate_ppm(months))}%, bank {ppm_to_percent_text(bank.rate_ppm(months))}%"
    bonus_zh = f"，贴息合计 {yuan(best.subsidy_fen)} 元" if best.subsidy_fen else ""
    bonus_en = f", subsidy {yuan(best.subsidy_fen)} yuan in all" if best.subsidy_fen else ""
    gain = {
        "cost": worst.net_cost_fen - best.net_cost_fen,
        "burden": worst.net_first_fen - best.net_first_fen,
        "time": worst.working_days[1] - best.working_days[1],
    }[objective]
    gains = {
        "cost": (f"总成本少 {yuan(gain)} 元", f"costs {yuan(gain)} yuan less"),
        "burden": (f"首月少还 {yuan(gain)} 元", f"takes {yuan(gain)} yuan less in the first month"),
        "time": (f"审批最多快 {gain} 个工作日", f"is approved up to {gain} working days sooner"),
    }[objective]
    amount = yuan(best.provident_fen)
    return Reason(
        f"split_{objective}",
        f"{rates_zh}{bonus_zh}：公积金贷 {amount} 元，其余商贷，比最差的组合{gains[0]}。",
        f"{rates_en}{bonus_en}: {amount} yuan from the fund and the rest from the bank {gains[1]} than the worst.",
    )
