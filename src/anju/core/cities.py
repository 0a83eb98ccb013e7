"""What a city adds to the national rules: down payments, rate floors, purchase limits, provident fund rules.

Dated rows, read from `policy/cities.toml`; the shipped cities are marked examples, not real policy. For a date the
latest row not after it holds; a city without a row adds nothing (S4-012, S4-091; facts sections 2 and 5).
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol, TypeVar, cast

from anju.core.basis_points import bp_from_text, bp_to_ppm
from anju.core.checks import bad, one_of, within
from anju.core.money import FEN_MAX, yuan_to_fen
from anju.core.ratios import ratio_to_ppm

Home = Literal["first", "second"]
Household = Literal["local", "non_local", "foreign"]
Formula = Literal["balance_times", "balance_and_deposits", "years_times"]
HOMES: tuple[Home, ...] = ("first", "second")
HOUSEHOLDS: tuple[Household, ...] = ("local", "non_local", "foreign")
FORMULAS: tuple[Formula, ...] = ("balance_times", "balance_and_deposits", "years_times")


@dataclass(frozen=True, slots=True)
class CityRow:
    """What every row has: its first day and its document."""

    effective_on: date
    document: str


@dataclass(frozen=True, slots=True)
class CityDownPayment(CityRow):
    """Lowest down payment of a city for a home, ppm of the price, where it is above the national one."""

    home: Home
    ratio_ppm: int


@dataclass(frozen=True, slots=True)
class CityRateFloor(CityRow):
    """Lowest spread of a city for a home in ppm; None: abolished."""

    home: Home
    spread_ppm: int | None


@dataclass(frozen=True, slots=True)
class CityPurchase(CityRow):
    """Who may buy (限购): homes a household may own before, and months of social insurance or tax it must show.

    `homes_max` None: no limit.
    """

    household: Household
    homes_max: int | None
    contribution_months_min: int


@dataclass(frozen=True, slots=True)
class Uplift:
    """A named increase of the provident fund cap (several children, green home ...)."""

    code: str
    zh: str
    en: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class CityProvident(CityRow):
    """Provident fund loan rules of a city.

    Account formula: balance_times = balance x `factor`; balance_and_deposits = balance x `factor` + monthly
    deposit x months to retirement; years_times = started contribution years x `yearly_fen`. Caps by home, for one
    contributor and for a couple. Amounts are cut down to whole `step_fen`.
    """

    contribution_months_min: int
    formula: Formula
    factor: int
    yearly_fen: int
    cap_single_fen: Mapping[Home, int]
    cap_couple_fen: Mapping[Home, int]
    uplifts: tuple[Uplift, ...]
    uplift_max_fen: int
    down_payment_ppm: int
    payment_ratio_max_ppm: int
    age_extra_years: int
    building_age_plus_term_max_years: int
    term_max_years: int
    step_fen: int


@dataclass(frozen=True, slots=True)
class City:
    """One city and its dated rows. `example`: not a real city's policy."""

    code: str
    zh: str
    en: str
    tier: int
    example: bool
    down_payments: tuple[CityDownPayment, ...] = ()
    rate_floors: tuple[CityRateFloor, ...] = ()
    purchases: tuple[CityPurchase, ...] = ()
    providents: tuple[CityProvident, ...] = ()

    def down_payment(self, home: Home, on: date) -> CityDownPayment | None:
        """The row in force on a date, if any."""
        return in_force([row for row in self.down_payments if row.home == home], on)

    def rate_floor(self, home: Home, on: date) -> CityRateFloor | None:
        """The row in force on a date, if any."""
        return in_force([row for row in self.rate_floors if row.home == home], on)

    def purchase(self, household: Household, on: date) -> CityPurchase | None:
        """The row in force on a date, if any."""
        return in_force([row for row in self.purchases if row.household == household], on)

    def provident(self, on: date) -> CityProvident | None:
        """The row in force on a date, if any."""
        return in_force(self.providents, on)


class _Dated(Protocol):
    @property
    def effective_on(self) -> date: ...


_Row = TypeVar("_Row", bound=_Dated)


def in_force(rows: Sequence[_Row], on: date) -> _Row | None:
    """The latest row not after a date; rows in order of date."""
    at = bisect_right([row.effective_on for row in rows], on)
    return rows[at - 1] if at else None


@dataclass(frozen=True, slots=True)
class CityTable:
    """All cities by code."""

    cities: Mapping[str, City]

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "CityTable":
        """The content of `cities.toml`. Raises BadInput, KeyError for a missing field."""
        cities = [_city(raw) for raw in data["city"]]
        if len({city.code for city in cities}) != len(cities):
            raise bad("city.code", [city.code for city in cities], "each code once")
        return cls({city.code: city for city in cities})

    def city(self, code: str) -> City:
        """A city by code. Raises BadInput naming the known ones."""
        if code not in self.cities:
            raise bad("city", code, " | ".join(sorted(self.cities)))
        return self.cities[code]


def _city(raw: Mapping[str, Any]) -> City:
    return City(
        raw["code"],
        raw["name_zh"],
        raw["name_en"],
        raw["tier"],
        raw["example"],
        _ordered(_down_payment(row) for row in raw.get("down_payment", ())),
        _ordered(_rate_floor(row) for row in raw.get("rate_floor", ())),
        _ordered(_purchase(row) for row in raw.get("purchase", ())),
        _ordered(_provident(row) for row in raw.get("provident", ())),
    )


def _ordered(rows: Iterable[_Row]) -> tuple[_Row, ...]:
    return tuple(sorted(rows, key=lambda row: row.effective_on))


def _dated(row: Mapping[str, Any]) -> tuple[date, str]:
    on = row["effective_date"]
    if type(on) is not date:
        raise bad("effective_date", on, "2026-01-01")
    if not row["document"]:
        raise bad("document", "", "not empty")
    return on, row["document"]


def _home(row: Mapping[str, Any]) -> Home:
    return cast(Home, one_of("home", row["home"], HOMES))


def _down_payment(row: Mapping[str, Any]) -> CityDownPayment:
    return CityDownPayment(*_dated(row), _home(row), ratio_to_ppm(row["ratio"]))


def _rate_floor(row: Mapping[str, Any]) -> CityRateFloor:
    text = row["spread_bp"]
    floor = None if text == "none" else bp_to_ppm(bp_from_text(text))
    return CityRateFloor(*_dated(row), _home(row), floor)


def _purchase(row: Mapping[str, Any]) -> CityPurchase:
    household = cast(Household, one_of("household", row["household"], HOUSEHOLDS))
    most = None if row["homes_max"] == "none" else within("homes_max", row["homes_max"], 0, 100)
    months = within("contribution_months_min", row["contribution_months_min"], 0, 600)
    return CityPurchase(*_dated(row), household, most, months)


def _provident(row: Mapping[str, Any]) -> CityProvident:
    formula = cast(Formula, one_of("formula", row["formula"], FORMULAS))
    uplifts = tuple(
        Uplift(each["code"], each["name_zh"], each["name_en"], yuan_to_fen(each["amount_cny"]))
        for each in row.get("uplift", ())
    )
    caps = {
        who: {home: yuan_to_fen(row[f"cap_{who}_{home}_cny"]) for home in HOMES}
        for who in ("single", "couple")
    }
    return CityProvident(
        *_dated(row),
        within("contribution_months_min", row["contribution_months_min"], 0, 600),
        formula,
        within("factor", row.get("factor", 0), 0, 1_000),
        yuan_to_fen(row.get("yearly_cny", "0")),
        caps["single"],
        caps["couple"],
        uplifts,
        yuan_to_fen(row.get("uplift_max_cny", "0")),
        ratio_to_ppm(row["down_payment_ratio"]),
        ratio_to_ppm(row["payment_ratio_max"]),
        within("age_extra_years", row.get("age_extra_years", 0), 0, 20),
        within("building_age_plus_term_max_years", row["building_age_plus_term_max_years"], 1, 100),
        within("term_max_years", row["term_max_years"], 1, 40),
        within("step_cny", row.get("step_cny", 1), 1, FEN_MAX // 100) * 100,
    )
