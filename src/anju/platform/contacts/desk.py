"""Everything the rule needs for a set of persons at an instant, read in a constant number of queries."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from anju.core.contact_policy import (
    NOTHING,
    Asked,
    ContactPast,
    ContactRules,
    FlagOn,
    History,
    Party,
    Standing,
    allowed_after,
    decide,
)
from anju.core.policy import PolicyTable
from anju.core.verdict import Verdict
from anju.platform.contacts import reads
from anju.platform.contacts.people import PersonFacts, facts_of
from anju.platform.contacts.rows import Wish
from anju.platform.identity import queries as identity
from anju.platform.policies import queries as policies

RULES_KEPT = 16
_rules: dict[tuple[str, date], ContactRules] = {}

Answer = tuple[Verdict, str]


@dataclass(frozen=True, slots=True)
class _Plain:
    """The answer to a wish about a person of whom nothing is known; and how far it holds with some history: `days` of
    it bear on the wish, fewer than `least` contacts fill no cap, and no cool-down bears on it when it is `restless`.
    """

    days: int
    least: int
    restless: bool
    answer: Answer


def rules_on(table: PolicyTable, on: date) -> ContactRules:
    """Limits in force on a date, kept by version of the policy. Raises PolicyMissing."""
    key = (table.version, on)
    found = _rules.get(key)
    if found is None:
        found = ContactRules.from_policy(table, on)
        while len(_rules) >= RULES_KEPT:
            _rules.pop(next(iter(_rules)), None)
        _rules[key] = found
    return found


class Desk:
    """What is asked of the governor at one instant.

    What other contacts have to say is read when the first wish needs it, for all persons at once. Most wishes of a wave
    need nothing but the clock: they share one answer a zone, purpose and channel.
    """

    def __init__(
        self,
        wishes: Collection[Wish],
        at: datetime,
        *,
        actor: str = "",
        before_reading: Callable[[Iterable[int]], None] | None = None,
        people: Mapping[int, PersonFacts] | None = None,
    ) -> None:
        self.ids = sorted({wish.person_id for wish in wishes})
        self.at, self.actor = at, actor
        self.table = policies.params()
        self.people: Mapping[int, PersonFacts] = people or facts_of(self.ids)
        self.spent: set[int] = set()
        self._plain: dict[tuple[str, str, str], _Plain] = {}
        self._taken: dict[int, list[ContactPast]] = {}
        self._past: dict[int, list[ContactPast]] = {}
        self._days = 0
        others = [wish for wish in wishes if not wish.plain]
        if before_reading is not None:
            before_reading({wish.person_id for wish in wishes if self._counted(wish)})
        debtors = {wish.debtor_id for wish in others if wish.debtor_id is not None}
        self.standing = reads.standing([*self.ids, *debtors], at)
        self._roles: dict[tuple[int, int | None], str] = reads.named(others, at) if others else {}
        self._agencies = reads.agencies_engaged(others, at) if others else {}
        third = sorted({wish.person_id for wish in others if not wish.debtor_is_person})
        self._all = reads.past(third, None) if third else {}
        self._trained: bool | None = None

    def verdict(self, wish: Wish) -> Verdict:
        """The answer to one wish, after those that took place."""
        return self.decide(wish)[0]

    def decide(self, wish: Wish) -> Answer:
        """The verdict, and on what it rests."""
        person_id = wish.person_id
        if wish.plain and person_id not in self.standing:
            plain = self._plain_answer(wish)
            if not plain.days or not self._has_past(person_id, plain.days):
                return plain.answer
            if plain.restless and plain.answer[0].ok:
                past = (*self._past.get(person_id, ()), *self._taken.get(person_id, ()))
                if len(past) < plain.least:
                    return self._counted_answer(wish, past), ""
        return self._judge(wish)

    def took_place(self, wish: Wish, basis: str = "") -> None:
        """This wish is granted: the next ones for the same person see it."""
        past = ContactPast(self.at, wish.purpose, wish.channel, "outbound", False, "", basis)
        self._taken.setdefault(wish.person_id, []).append(past)

    def rules(self, person_id: int) -> ContactRules:
        """Limits in force where the person is."""
        return rules_on(self.table, self.at.astimezone(self.people[person_id].tz).date())

    def _counted_answer(self, wish: Wish, past: Iterable[ContactPast]) -> Verdict:
        """Yes, with the count of the day: so few contacts fill no cap."""
        zone, rules = self.people[wish.person_id].tz, self.rules(wish.person_id)
        return allowed_after(past, at=self.at, zone=zone, rules=rules)

    def _plain_answer(self, wish: Wish) -> _Plain:
        zone = self.people[wish.person_id].zone
        key = (zone, wish.purpose, wish.channel)
        found = self._plain.get(key)
        if found is None:
            rules = self.rules(wish.person_id)
            asked = Asked(wish.purpose, wish.channel, actor=self.actor)
            answer = decide(asked=asked, at=self.at, zone=self.people[wish.person_id].tz, rules=rules)
            caps = rules.caps_of(wish.purpose, wish.channel, third_party=False, vulnerable=False)
            found = self._plain[key] = _Plain(
                rules.days_back(wish.purpose, wish.channel),
                min((cap.most for cap in caps), default=1),
                not rules.rests(wish.purpose, wish.channel) and not rules.quiet(wish.channel),
                answer,
            )
        return found

    def _counted(self, wish: Wish) -> bool:
        """Whether other contacts bear on this wish, so that its person must be locked."""
        return not wish.plain or self._plain_answer(wish).days > 0

    def _read_past(self, days: int) -> None:
        if days > self._days:
            # A local day of any zone begins within two days before the day of `at` in UTC.
            self._past = reads.past(self.ids, self.at - timedelta(days=days + 2))
            self._days = days

    def _has_past(self, person_id: int, days: int) -> bool:
        self._read_past(days)
        return person_id in self._past or person_id in self._taken

    def _history(self, wish: Wish, rules: ContactRules, standing: Standing) -> History:
        person_id = wish.person_id
        taken = self._taken.get(person_id, [])
        if not wish.debtor_is_person:
            return History((*self._all.get(person_id, ()), *taken))
        days = rules.days_back(wish.purpose, wish.channel)
        if standing.appointments:
            days = max(days, 2)
        if days:
            self._read_past(days)
        return History((*self._past.get(person_id, ()), *taken))

    def _judge(self, wish: Wish) -> Answer:
        rules = self.rules(wish.person_id)
        party: Party = "debtor" if wish.debtor_is_person else self._party(wish)
        standing = self._standing(wish, party)
        asked = Asked(
            wish.purpose, wish.channel, party, self._may_care(standing, rules), self._agency(wish), wish.invited,
            self.actor,
        )  # fmt: skip
        return decide(
            asked=asked,
            at=self.at,
            zone=self.people[wish.person_id].tz,
            rules=rules,
            history=self._history(wish, rules, standing),
            standing=standing,
        )

    def _party(self, wish: Wish) -> Party:
        role = self._roles.get((wish.person_id, wish.debtor_id), "")
        if role == "estate":
            return "estate"
        return "reference" if role == "reference" else "unnamed"

    def _standing(self, wish: Wish, party: Party) -> Standing:
        """What is known about the person; for a third party also the flags of the debtor it is about."""
        own = self.standing.get(wish.person_id, NOTHING)
        overrides = tuple(each for each in own.overrides if each.id not in self.spent)
        flags = own.flags
        if party in ("reference", "unnamed") and wish.debtor_id is not None:
            about = self.standing.get(wish.debtor_id, NOTHING).flags
            flags = (*flags, *(FlagOn(each.code, each.until) for each in about if each not in flags))
        return Standing(flags, own.choices, own.hours, own.appointments, overrides)

    def _agency(self, wish: Wish) -> Literal["", "engaged", "unassigned", "unknown"]:
        if wish.agency_id is None:
            return ""
        covered = self._agencies.get((wish.agency_id, wish.loan_id))
        if covered is None:
            return "unknown"
        return "engaged" if covered else "unassigned"

    def _may_care(self, standing: Standing, rules: ContactRules) -> bool:
        """Whether the actor may speak to people who need special care; asked only when there is one."""
        if not any(flag.code == "vulnerable" for flag in standing.flags):
            return False
        if self._trained is None:
            kind, _, ref = self.actor.partition(":")
            role = identity.staff_role(int(ref)) if kind == "staff" and ref.isdigit() else ""
            self._trained = rules.has("trained_roles", role)
        return self._trained
