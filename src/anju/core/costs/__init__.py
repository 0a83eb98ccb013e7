"""What a loan costs beyond its instalments: all-in annual cost, fees, and the dated layers subsidy and tax.

Layers are never mixed into the contract's own figures: a plan shows the contract, then each layer with its
document, then what is left.
"""

from anju.core.costs.annual import AnnualCost, annual_cost, cost_of_flows
from anju.core.costs.fees import CostLine, CostStatement, Fee, cost_statement
from anju.core.costs.subsidy import SubsidyLayer, SubsidyRule, subsidy_finding, subsidy_layer, subsidy_rule
from anju.core.costs.tax import TaxLayer, tax_layer

__all__ = [
    "AnnualCost",
    "CostLine",
    "CostStatement",
    "Fee",
    "SubsidyLayer",
    "SubsidyRule",
    "TaxLayer",
    "annual_cost",
    "cost_of_flows",
    "cost_statement",
    "subsidy_finding",
    "subsidy_layer",
    "subsidy_rule",
    "tax_layer",
]
