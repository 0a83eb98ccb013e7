"""A plan: one loan, or a provident fund and a commercial loan together, with everything a borrower compares."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from anju.core.checks import bad
from anju.core.costs.annual import AnnualCost, annual_cost, rate_cost
from anju.core.costs.fees import CostStatement, Fee, cost_statement
from anju.core.costs.streams import Stream
from anju.core.costs.subsidy import SubsidyLayer, SubsidyRule, subsidy_layer
from anju.core.eligibility.application import LoanRequest
from anju.core.eligibility.finding import years_text, yuan
from anju.core.money import ppm_to_percent_text
from anju.core.plans.figures import LoanFigures, Method, loan_figures, method_words, staged_figures
from anju.core.plans.products import Product
from anju.core.policy import PolicyTable
from anju.core.schedule import Stage


@dataclass(frozen=True, slots=True)
class Part:
    """One loan of a plan: the product and its figures."""

    product: Product
    figures: LoanFigures


class Plan(NamedTuple):
    """What a borrower compares, fen and ppm. The contract's own figures first; `subsidy` is a layer apart.

    `first_fen`, `last_fen`, `highest_fen`: instalments of both loans together in the first month, in the last
    month, and the highest of any month (rounding residue included). `cost`: all-in annual cost with fees,
    without subsidy. `cost_after_subsidy`: the same with it.
    """

    parts: tuple[Part, ...]
    loan_fen: int
    months: int
    first_fen: int
    last_fen: int
    highest_fen: int
    interest_fen: int
    fees_fen: int
    cost: AnnualCost
    working_days: tuple[int, int]
    subsidy: SubsidyLayer | None = None
    cost_after_subsidy: AnnualCost | None = None

    @property
    def subsidy_fen(self) -> int:
        """Sum of the subsidy, 0 without one."""
        return self.subsidy.total_fen if self.subsidy else 0

    @property
    def net_cost_fen(self) -> int:
        """Interest and fees less subsidy: what borrowing costs in all."""
        return self.interest_fen + self.fees_fen - self.subsidy_fen

    @property
    def net_first_fen(self) -> int:
        """First instalment less the subsidy of the first month."""
        return self.first_fen - (self.subsidy.first_fen if self.subsidy else 0)

    @property
    def provident_fen(self) -> int:
        """Amount from the provident fund."""
        return sum(p.figures.principal_fen for p in self.parts if p.product.lending == "provident")

    @property
    def key(self) -> tuple[tuple[str, int, int, str], ...]:
        """What makes plans different: product, amount, term and method of each part."""
        return tuple(
            [(p.product.code, p.figures.principal_fen, p.figures.months, _way(p)) for p in self.parts]
        )

    @property
    def zh(self) -> str:
        """The plan in one Chinese line."""
        return " + ".join(_part_words(part, 0) for part in self.parts)

    @property
    def en(self) -> str:
        """The plan in one English line."""
        return " + ".join(_part_words(part, 1) for part in self.parts)

    def payment_fen(self, month: int) -> int:
        """Instalments of a month, both loans together."""
        return sum(part.figures.payment_fen(month) for part in self.parts)

    def request(self, down_fen: int, *, borrowed_down_fen: int = 0, property_fee_fen: int = 0) -> LoanRequest:
        """The plan as a loan request, for `anju.core.eligibility.check`."""
        return LoanRequest(
            self.loan_fen, self.months, self.first_fen, down_fen, borrowed_down_fen, property_fee_fen
        )

    def statement(self, policy: PolicyTable, on: date) -> CostStatement:
        """The all-in cost statement of the contract, without subsidy (金规〔2026〕2号; S4-135)."""
        fees = [(fee, part.figures.months) for part in self.parts for fee in part.product.fees]
        return cost_statement(self.loan_fen, self.interest_fen, fees, self.cost, policy, on)


def _way(part: Part) -> str:
    return method_words(part.figures)[1] if part.figures.stages else part.figures.method


def _part_words(part: Part, language: int) -> str:
    figures, product = part.figures, part.product
    name = (product.zh, product.en)[language]
    method = method_words(figures)[language]
    term = years_text(figures.months)[language]
    amount, rate = yuan(figures.principal_fen), ppm_to_percent_text(figures.rate_ppm)
    if language == 0:
        return f"{name} {amount} 元，{term}，{method}，年利率 {rate}%"
    return f"{name} {amount} yuan, {term}, {method}, {rate}%"


@dataclass(frozen=True, slots=True)
class Spec:
    """What a part shall be: product, amount, term, method; or stages, which then say the methods."""

    product: Product
    principal_fen: int
    months: int
    method: Method = "level_payment"
    stages: tuple[Stage, ...] = ()


def make_plan(specs: Sequence[Spec], subsidy: SubsidyRule | None = None) -> Plan:
    """A plan from its parts. `subsidy`: the rule, when the commercial part gets it (`subsidy_finding`).

    Raises BadInput, also for an amount over a product's limit or a term over its longest.
    """
    if not specs:
        raise bad("parts", 0, "1 .. 2")
    parts = tuple([_part(spec) for spec in specs])
    loans = [part.figures for part in parts]
    months = max([loan.months for loan in loans])
    amount = sum([loan.principal_fen for loan in loans])
    paid = [sum([loan.payment_fen(month) for loan in loans]) for month in _months_to_look_at(loans)]
    fees = [(fee, part.figures.months) for part in parts for fee in part.product.fees]
    layer = _subsidy(parts, subsidy)
    cost, after = _costs(loans, fees, amount, layer)
    return Plan(
        parts=parts,
        loan_fen=amount,
        months=months,
        first_fen=paid[0],
        last_fen=paid[-1],
        highest_fen=max(paid),
        interest_fen=sum([loan.interest_fen for loan in loans]),
        fees_fen=sum([fee.total_fen(term) for fee, term in fees]),
        cost=cost,
        working_days=(
            max([part.product.working_days[0] for part in parts]),
            max([part.product.working_days[1] for part in parts]),
        ),
        subsidy=layer,
        cost_after_subsidy=after,
    )


def _months_to_look_at(loans: Sequence[LoanFigures]) -> Iterable[int]:
    """Months in which the sum of instalments can be first, highest or last: ends, or every month of staged loans."""
    if any(loan.stages for loan in loans):
        return range(1, max([loan.months for loan in loans]) + 1)
    return sorted({1, *[loan.months for loan in loans]})


def _part(spec: Spec) -> Part:
    product = spec.product
    if spec.principal_fen > product.limit_fen:
        raise bad("principal_fen", spec.principal_fen, f"1 .. {product.limit_fen}")
    if spec.months > product.months_max:
        raise bad("months", spec.months, f"1 .. {product.months_max}")
    rate = product.rate_ppm(spec.months)
    if spec.stages:
        return Part(product, staged_figures(spec.principal_fen, rate, spec.months, spec.stages))
    return Part(product, loan_figures(spec.principal_fen, rate, spec.months, spec.method))


def _subsidy(parts: Sequence[Part], rule: SubsidyRule | None) -> SubsidyLayer | None:
    if rule is None:
        return None
    for part in parts:
        if part.product.lending == "commercial":
            return subsidy_layer(rule, part.figures.rate_ppm, part.figures.balances_fen(rule.months))
    return None


def _costs(
    loans: Sequence[LoanFigures],
    fees: Sequence[tuple[Fee, int]],
    amount_fen: int,
    layer: SubsidyLayer | None,
) -> tuple[AnnualCost, AnnualCost | None]:
    if len({loan.rate_ppm for loan in loans}) == 1 and not fees and layer is None:
        return rate_cost(loans[0].rate_ppm), None
    received = amount_fen - sum([fee.amount_fen for fee, _ in fees if fee.when == "upfront"])
    streams: list[Stream] = [loan.stream() for loan in loans]
    streams += [stream for fee, months in fees if (stream := fee.stream(months)) is not None]
    guess = sum([loan.rate_ppm * loan.principal_fen for loan in loans]) // amount_fen
    cost = annual_cost(received, streams, guess_ppm=guess) if fees or len(loans) > 1 else rate_cost(guess)
    if layer is None:
        return cost, None
    return cost, annual_cost(received, (*streams, layer.stream()), guess_ppm=cost.nominal_ppm)
