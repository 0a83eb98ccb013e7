"""Limits in force on a date, every one of them a dated policy parameter with its document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

from anju.core.policy import PolicyTable

DEBTOR = "debtor_all_numbers_loans_channels"
THIRD_PARTY = "third_party"
EVERYTHING = "all_purposes"
VULNERABLE = "vulnerable"
PERIODS = {"day": 1, "week": 7, "month": 30, "total": 0}
"""Local days a cap looks at, today included; 0: all there ever were."""

FLAGS = (
    "complaint", "dispute", "death", "serious_illness", "bankruptcy", "opt_out", "objection", "vulnerable",
)  # fmt: skip
PURPOSES = ("service", "reminder", "collection", "follow_up", "survey", "marketing")
COOLDOWNS = ("no_answer", "talk", "refusal")


@dataclass(frozen=True, slots=True)
class Cap:
    """At most ``most`` contacts (or talks: ``answered``) in ``days`` local days. ``scope`` says whose cap it is."""

    scope: str
    period: str
    days: int
    most: int
    answered: bool


@dataclass(frozen=True, slots=True)
class ContactRules:
    """Limits in force on a date. Times are local times of day, windows are half-open, cool-downs in minutes."""

    window_start: time
    window_end: time
    gentle_start: time
    gentle_end: time
    attempts_per_day_max: int
    answered_per_day_max: int
    caps: Mapping[str, tuple[Cap, ...]]
    cooldowns: Mapping[str, int]
    stops: Mapping[str, frozenset[str]]
    lists: Mapping[str, frozenset[str]]
    appointment_attempts_max: int
    version: str
    _days_back: dict[tuple[str, str], int] = field(default_factory=dict, compare=False)

    @classmethod
    def from_policy(cls, table: PolicyTable, on: date) -> "ContactRules":
        """Limits from `contact_*` parameters in force on a date. Raises PolicyMissing, BadInput."""
        scopes = (DEBTOR, THIRD_PARTY, EVERYTHING, VULNERABLE, *(f"purpose_{code}" for code in PURPOSES))
        return cls(
            window_start=table.time("contact_window_start", DEBTOR, on),
            window_end=table.time("contact_window_end", DEBTOR, on),
            gentle_start=table.time("contact_preferred_start", DEBTOR, on),
            gentle_end=table.time("contact_preferred_end", DEBTOR, on),
            attempts_per_day_max=table.integer("contact_attempts_per_day_max", DEBTOR, on),
            answered_per_day_max=table.integer("contact_answered_per_day_max", DEBTOR, on),
            caps={scope: _caps(table, scope, on) for scope in scopes},
            cooldowns=_cooldowns(table, on),
            stops={code: _words(table, "contact_flag_stops", code, on) for code in FLAGS},
            lists={name: _words(table, f"contact_{name}", scope, on) for name, scope in LISTS.items()},
            appointment_attempts_max=table.integer("contact_appointment_attempts_max", "appointment", on),
            version=table.version,
        )

    def has(self, name: str, code: str) -> bool:
        """Whether a code stands in one of the lists (names: LISTS)."""
        return code in self.lists[name]

    def quiet(self, channel: str) -> bool:
        """Whether the channel disturbs nobody. An unknown one disturbs."""
        return channel in self.lists["quiet_channels"]

    def capped(self, purpose: str, channel: str) -> bool:
        """Whether the tight caps of collection and calls hold."""
        return not self.quiet(channel) and (
            purpose in self.lists["capped_purposes"] or channel in self.lists["capped_channels"]
        )

    def cooldown(self, after: str, purpose: str) -> int:
        """Minutes of rest after a talk, a try without answer, or a refusal; those of the purpose go before."""
        return self.cooldowns.get(f"{after}_{purpose}", self.cooldowns[after])

    def caps_of(self, purpose: str, channel: str, *, third_party: bool, vulnerable: bool) -> list[Cap]:
        """Every cap that bears on such a contact."""
        if third_party:
            return [*self.caps[THIRD_PARTY], *(cap for cap in self.caps[DEBTOR] if cap.answered)]
        found: list[Cap] = []
        if self.capped(purpose, channel):
            found += self.caps[DEBTOR]
        if not self.quiet(channel) and not self.has("exempt_purposes", purpose):
            found += self.caps[VULNERABLE] if vulnerable else ()
            found += self.caps[EVERYTHING]
        return [*found, *self.caps.get(f"purpose_{purpose}", ())]

    def refusal_rests(self, purpose: str, channel: str) -> bool:
        """Whether a refusal brings a rest: what disturbs, and what needs consent on any channel."""
        loud = not self.quiet(channel) or purpose in self.lists["consent_purposes"]
        return loud and purpose in self.lists["rest_purposes"]

    def rests(self, purpose: str, channel: str) -> bool:
        """Whether any cool-down bears on such a contact."""
        talk = channel in self.lists["talk_channels"]
        return talk or self.capped(purpose, channel) or self.refusal_rests(purpose, channel)

    def days_back(self, purpose: str, channel: str) -> int:
        """Local days of history that bear on such a contact, for anybody but a third party; 0: none does."""
        key = (purpose, channel)
        if key not in self._days_back:
            caps = self.caps_of(purpose, channel, third_party=False, vulnerable=True)
            rests = []
            if self.refusal_rests(purpose, channel):
                rests.append(self.cooldown("refusal", purpose))
            if channel in self.lists["talk_channels"]:
                rests.append(self.cooldown("no_answer", purpose))
            if self.capped(purpose, channel):
                rests.append(self.cooldown("talk", purpose))
            days = [cap.days for cap in caps] + [-(-minutes // 1440) + 1 for minutes in rests]
            self._days_back[key] = max(days, default=0)
        return self._days_back[key]


LISTS: Mapping[str, str] = {
    "agency_purposes": "agency", "automated_channels": "all", "capped_channels": "all", "capped_purposes": "all",
    "consent_purposes": "all", "estate_purposes": "estate", "exempt_purposes": EVERYTHING, "flag_quiet_only": "death",
    "overridable_reasons": "override", "preferred_purposes": "all", "quiet_channels": "all",
    "refusable_purposes": "all", "refusal_outcomes": "all", "rest_purposes": "refusal", "talk_channels": "all",
    "third_party_channels": THIRD_PARTY, "third_party_purposes": THIRD_PARTY, "trained_roles": VULNERABLE,
}  # fmt: skip
"""Lists of the policy by name, with the scope they stand under."""


def _words(table: PolicyTable, param: str, scope: str, on: date) -> frozenset[str]:
    return frozenset(table.words(param, scope, on)) - {"none"}


def _caps(table: PolicyTable, scope: str, on: date) -> tuple[Cap, ...]:
    found = []
    for answered, stem in ((False, "attempts"), (True, "answered")):
        for period, days in PERIODS.items():
            name = f"contact_{stem}_total_max" if not days else f"contact_{stem}_per_{period}_max"
            if table.has(name, scope, on):
                found.append(Cap(scope, period, days, table.integer(name, scope, on), answered))
    return tuple(found)


def _cooldowns(table: PolicyTable, on: date) -> dict[str, int]:
    name = "contact_cooldown_minutes"
    found = {after: table.integer(name, after, on) for after in COOLDOWNS}
    for after in COOLDOWNS:
        for purpose in PURPOSES:
            scope = f"{after}_{purpose}"
            if table.has(name, scope, on):
                found[scope] = table.integer(name, scope, on)
    return found
