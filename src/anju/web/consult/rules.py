"""Rates and rules of a question's date, in the versions that its link names; what the bank offers; what holds today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from anju.contexts.consulting.tables import Tables
from anju.core.costs import Fee
from anju.core.errors import PolicyMissing
from anju.core.plans import Product, offered, provident
from anju.core.rates import RateTerms, rate_path
from anju.core.rates.state_rates import LONG_TERM_MONTHS_OVER
from anju.platform.policies import queries as policies
from anju.web.consult.question import Question

FILES = ("policy_params.csv", "lpr.csv", "provident_rates.csv", "special_days.csv")
"""The files on which figures rest; a link names the version of each by its first letters."""
LETTERS = 4
SETTINGS = "consult.toml"


@dataclass(frozen=True, slots=True)
class Rules:
    """Tables as of a date. `mark` names their versions; `pinned` when a link asked for others than those in force,
    `lost` when what it asked for is not kept any more.
    """

    tables: Tables
    on: date
    mark: str
    pinned: bool = False
    lost: bool = False

    def in_force(self) -> Rules:
        """The same date under the versions in force."""
        return Rules(Tables(policies.value), self.on, mark_in_force())


@dataclass(frozen=True, slots=True)
class Offer:
    """The bank's product of a date with the words of its rate; `provisional` when an LPR is not loaded yet."""

    product: Product
    why_zh: str
    why_en: str
    provisional: bool


def mark_in_force() -> str:
    """The versions in force, a few letters of each."""
    return "".join(policies.version(name)[:LETTERS] for name in FILES)


def rules_of(question: Question, today: date) -> Rules:
    """The rules of a question: of its date, else today's, in the versions that it names. Raises PolicyNotLoaded."""
    on, now = question.on or today, mark_in_force()
    if not question.version or question.version == now:
        return Rules(Tables(policies.value), on, now)
    kept = _versions_of(question.version)
    if kept is None:
        return Rules(Tables(policies.value), on, now, lost=True)
    return Rules(Tables(partial(_value, kept)), on, question.version, pinned=True)


def _value(kept: Mapping[str, str], name: str) -> Any:
    return policies.value(name, version=kept.get(name))


def _versions_of(mark: str) -> dict[str, str] | None:
    """File versions by the letters of a link; None when one is not kept."""
    if len(mark) != LETTERS * len(FILES):
        return None
    rows = policies.versions(FILES)
    found = {}
    for place, name in enumerate(FILES):
        letters = mark[place * LETTERS : (place + 1) * LETTERS]
        version = next(
            (row.version for row in rows if row.name == name and row.version[:LETTERS] == letters), None
        )
        if version is None:
            return None
        found[name] = version
    return found


def settings() -> dict[str, Any]:
    """The page's own settings. Raises PolicyNotLoaded."""
    return policies.toml(SETTINGS)


def offered_spread_bp(home: str, on: date) -> int:
    """The spread of the offer in force on a date."""
    offers = [each for each in settings()["offers"] if each["active_from"] <= on]
    if not offers:
        raise PolicyMissing("offers", SETTINGS, on)
    latest = max(offers, key=lambda each: each["active_from"])
    return int(latest[f"{home}_spread_bp"])


def bank_offer(question: Question, rules: Rules) -> Offer:
    """The commercial product: an agreed rate, or LPR + spread on the date; shifted by the rate what-if.

    An LPR that is due but not loaded is not guessed: the last one published is used and the offer says so.
    Raises RateMissing, PolicyMissing, BadInput.
    """
    rates, policy, on = rules.tables.rates, rules.tables.policy, rules.on
    fees = [Fee("fees", "一次性费用", "one-off fees", question.fees_fen)] if question.fees_fen else []
    if question.rate_ppm is not None:
        terms = RateTerms("fixed", fixed_ppm=question.rate_ppm)
        short = long = rate_path(terms, on, LONG_TERM_MONTHS_OVER + 1, rates, on)[0]
    else:
        spread = question.spread_bp
        terms = RateTerms("lpr", spread_bp=offered_spread_bp(question.home, on) if spread is None else spread)
        short, long = (
            rate_path(terms, on, LONG_TERM_MONTHS_OVER + more, rates, on, allow_missing=True)[0]
            for more in (0, 1)
        )
    fixed = RateTerms("fixed", fixed_ppm=long.rate_ppm)
    product = offered("commercial", fixed, policy, rates, on, fees=fees)
    product = replace(
        product,
        short_ppm=max(short.rate_ppm + question.w_rate_bp * 100, 0),
        long_ppm=max(long.rate_ppm + question.w_rate_bp * 100, 0),
        source=long.source,
    )
    step = long if question.months > LONG_TERM_MONTHS_OVER else short
    return Offer(product, step.why_zh, step.why_en, long.provisional)


def fund_offer(question: Question, rules: Rules) -> Product | None:
    """The provident fund's product up to the amount available, None when there is none. Raises RateMissing."""
    if not question.fund_fen:
        return None
    return provident(
        rules.tables.policy, rules.tables.rates, rules.on, home=question.home, limit_fen=question.fund_fen
    )
