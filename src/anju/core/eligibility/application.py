"""What is known of an application: people, home, loan. Plain values; money in fen a month or in all."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from anju.core.checks import bad, one_of, within
from anju.core.cities import HOMES, HOUSEHOLDS, Home, Household
from anju.core.money import FEN_MAX

Role = Literal["borrower", "co_borrower", "spouse"]
RetirementGroup = Literal["men", "women_55", "women_50"]
Lending = Literal["commercial", "provident"]
ROLES: tuple[Role, ...] = ("borrower", "co_borrower", "spouse")
RETIREMENT_GROUPS: tuple[RetirementGroup, ...] = ("men", "women_55", "women_50")
MONTHS_MAX = 480


@dataclass(frozen=True, slots=True)
class Overdue:
    """One overdue of the credit record: when it began, its longest days past due, whether it is paid."""

    on: date
    days: int
    settled: bool = True

    def __post_init__(self) -> None:
        within("overdue.days", self.days, 0, 36_500)


@dataclass(frozen=True, slots=True)
class CreditRecord:
    """What the credit report says; `report_id` names it, `authorised` that the query had written consent."""

    report_id: str
    authorised: bool = True
    overdues: tuple[Overdue, ...] = ()
    enquiries: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """One applicant. `income_fen`: disposable monthly income; `debts_fen`: other monthly debt payments.

    A spouse who does not sign counts, income and debts together, only when `income_checked`. `local_months`:
    months of social insurance or tax in the city. `residence_months`: of a foreigner in China.
    """

    born_on: date
    retirement_group: RetirementGroup = "men"
    income_fen: int = 0
    debts_fen: int = 0
    role: Role = "borrower"
    income_checked: bool = True
    full_capacity: bool = True
    household: Household = "local"
    local_months: int = 0
    residence_months: int = 0
    credit: CreditRecord | None = None

    def __post_init__(self) -> None:
        one_of("retirement_group", self.retirement_group, RETIREMENT_GROUPS)
        one_of("role", self.role, ROLES)
        one_of("household", self.household, HOUSEHOLDS)
        within("income_fen", self.income_fen, 0, FEN_MAX)
        within("debts_fen", self.debts_fen, 0, FEN_MAX)
        within("local_months", self.local_months, 0, 1_200)
        within("residence_months", self.residence_months, 0, 1_200)


@dataclass(frozen=True, slots=True)
class Property:
    """The home: price, appraisal (None: not yet), first or second home, homes the household owns before.

    `titled`: a registrable title; 小产权房 has none. `area_m2_x100`: floor area in hundredths of a square metre.
    """

    price_fen: int
    appraised_fen: int | None = None
    home: Home = "first"
    homes_owned: int = 0
    titled: bool = True
    self_use: bool = True
    building_age_years: int = 0
    area_m2_x100: int | None = None

    def __post_init__(self) -> None:
        within("price_fen", self.price_fen, 1, FEN_MAX)
        if self.appraised_fen is not None:
            within("appraised_fen", self.appraised_fen, 1, FEN_MAX)
        one_of("home", self.home, HOMES)
        within("homes_owned", self.homes_owned, 0, 100)
        within("building_age_years", self.building_age_years, 0, 200)
        if self.area_m2_x100 is not None:
            within("area_m2_x100", self.area_m2_x100, 1, 1_000_000)


@dataclass(frozen=True, slots=True)
class LoanRequest:
    """The loan asked for. `payment_fen`: the first regular monthly instalment (all parts together), without the
    rounding residue of the last. `down_fen`: paid by the buyer, deposits included; of it `borrowed_down_fen` is
    loan money. `property_fee_fen`: monthly.
    """

    loan_fen: int
    months: int
    payment_fen: int
    down_fen: int
    borrowed_down_fen: int = 0
    property_fee_fen: int = 0

    def __post_init__(self) -> None:
        within("loan_fen", self.loan_fen, 1, FEN_MAX)
        within("months", self.months, 1, MONTHS_MAX)
        within("payment_fen", self.payment_fen, 1, FEN_MAX)
        within("down_fen", self.down_fen, 0, FEN_MAX)
        within("borrowed_down_fen", self.borrowed_down_fen, 0, self.down_fen)
        within("property_fee_fen", self.property_fee_fen, 0, FEN_MAX)


@dataclass(frozen=True, slots=True)
class Application:
    """Everything the rules look at. Exactly one person is the main borrower. Raises BadInput."""

    people: tuple[Person, ...]
    home: Property
    request: LoanRequest

    def __post_init__(self) -> None:
        if [person.role for person in self.people].count("borrower") != 1:
            raise bad("people", len(self.people), "exactly one borrower")

    @property
    def borrower(self) -> Person:
        """The main borrower."""
        return next(person for person in self.people if person.role == "borrower")

    @property
    def counted(self) -> tuple[Person, ...]:
        """People whose income and debts count (金规〔2026〕5号 Art.10)."""
        return tuple(person for person in self.people if person.role != "spouse" or person.income_checked)
