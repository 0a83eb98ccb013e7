"""Plans (贷款方案): enumerate, compare, split, and ask "what if".

`compare(need, products, policy, on)` gives at least three different plans or says why there are fewer;
`best_split` spreads a loan over the provident fund and a bank by cost, burden or time; `what_if` moves rates and
income and finds the smallest down payment or term. Money is fen, rates ppm. Nothing here imports numpy.
"""

from anju.core.plans.afford import Affordable, affordable
from anju.core.plans.compare import Chosen, Comparison, choose, compare
from anju.core.plans.due_day import DueDays, suggest_due_days
from anju.core.plans.enumerate import Enumeration, RatioLimits, Rejected, enumerate_plans, ratio_limits
from anju.core.plans.figures import METHODS, LoanFigures, Method, loan_figures, staged_figures
from anju.core.plans.lawful import repayment_finding
from anju.core.plans.layers import CostLayer, cost_layers, plan_notes
from anju.core.plans.least import DownPaymentAnswer, TermAnswer, least_down_payment, least_term
from anju.core.plans.need import Need, Subsidy, need_of, subsidy_of
from anju.core.plans.offset import OffsetMonth, offset_months
from anju.core.plans.plan import Part, Plan, Spec, make_plan
from anju.core.plans.products import Product, commercial, marked_up, offered, provident
from anju.core.plans.refinance import RefinanceAdvice, refinance_advice
from anju.core.plans.split import SplitAnswer, best_split
from anju.core.plans.what_if import (
    IncomeWhatIf,
    RateWhatIf,
    early_repayment,
    income_drop,
    payment_room_fen,
    rate_shifts,
)

__all__ = [
    "METHODS",
    "Affordable",
    "Chosen",
    "Comparison",
    "CostLayer",
    "DownPaymentAnswer",
    "DueDays",
    "Enumeration",
    "IncomeWhatIf",
    "LoanFigures",
    "Method",
    "Need",
    "OffsetMonth",
    "Part",
    "Plan",
    "Product",
    "RateWhatIf",
    "RatioLimits",
    "RefinanceAdvice",
    "Rejected",
    "Spec",
    "SplitAnswer",
    "Subsidy",
    "TermAnswer",
    "affordable",
    "best_split",
    "choose",
    "commercial",
    "compare",
    "cost_layers",
    "early_repayment",
    "enumerate_plans",
    "income_drop",
    "least_down_payment",
    "least_term",
    "loan_figures",
    "make_plan",
    "marked_up",
    "need_of",
    "offered",
    "offset_months",
    "payment_room_fen",
    "plan_notes",
    "provident",
    "rate_shifts",
    "ratio_limits",
    "refinance_advice",
    "repayment_finding",
    "staged_figures",
    "subsidy_of",
    "suggest_due_days",
]
