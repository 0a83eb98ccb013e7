"""The rule itself: every reason against a contact at an instant, and the first instant without any."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta, tzinfo

from anju.core.contact_policy import words
from anju.core.contact_policy.rules import Cap, ContactRules
from anju.core.contact_policy.values import (
    NOTHING,
    REQUESTED,
    Appointment,
    Asked,
    ContactPast,
    History,
    Override,
    Standing,
)
from anju.core.verdict import Reason, Verdict

NO_HISTORY = History()
_DAY = timedelta(days=1)
_WEEK_AND_ONE = 8
"""Weekly hours come again after seven days: one more day finds them for certain."""


def may_contact(
    *,
    asked: Asked,
    at: datetime,
    zone: tzinfo,
    rules: ContactRules,
    history: History = NO_HISTORY,
    standing: Standing = NOTHING,
) -> Verdict:
    """Whether this contact is lawful at `at`, with every reason against it; and the first instant at which it would be,
    if nothing else happened until then and time can cure what stands against it.

    `zone`: the person's own. Raises ValueError for a naive `at`.
    """
    return decide(asked=asked, at=at, zone=zone, rules=rules, history=history, standing=standing)[0]


def decide(
    *,
    asked: Asked,
    at: datetime,
    zone: tzinfo,
    rules: ContactRules,
    history: History = NO_HISTORY,
    standing: Standing = NOTHING,
) -> tuple[Verdict, str]:
    """The verdict, and on what it rests (`ContactPast.basis`): "" on the ordinary rule."""
    if at.utcoffset() is None:
        raise ValueError("an aware datetime is needed")
    case = _Case(asked, zone, rules, history, standing)
    against = case.against(at)
    if not against:
        reasons, basis = case.fine(at)
        return Verdict(True, reasons, rules.version), basis
    override = case.override(at, against)
    if override is not None:
        reasons = (words.overridden(override.id), *against)
        return Verdict(True, reasons, rules.version), f"override:{override.id}"
    return Verdict(False, tuple(against), rules.version, case.next_at(at)), ""


def allowed_after(past: Iterable[ContactPast], *, at: datetime, zone: tzinfo, rules: ContactRules) -> Verdict:
    """The yes of a disturbing contact when the caller knows that nothing stands against it: with the day's count."""
    local = at.astimezone(zone)
    today = [
        each
        for each in past
        if each.direction == "outbound" and each.basis != REQUESTED and not rules.quiet(each.channel)
        and each.at.astimezone(zone).date() == local.date()
    ]  # fmt: skip
    reached = sum(each.answered and rules.has("talk_channels", each.channel) for each in today)
    return Verdict(True, (words.allowed(local, len(today), reached),), rules.version)


class _Case:
    """One contact asked for, with what is the same at every instant worked out once."""

    def __init__(
        self, asked: Asked, zone: tzinfo, rules: ContactRules, history: History, standing: Standing
    ) -> None:
        self.asked, self.zone, self.rules, self.standing = asked, zone, rules, standing
        self.quiet = rules.quiet(asked.channel)
        self.third = asked.party in ("reference", "unnamed")
        self.capped = self.third or rules.capped(asked.purpose, asked.channel)
        ours = [past for past in history.attempts if past.direction == "outbound" and past.basis != REQUESTED]
        self.ours = [(past.at.astimezone(zone).date(), past) for past in ours]
        self.loud = [(day, past) for day, past in self.ours if not rules.quiet(past.channel)]
        self.rests = self._rests(history)
        self.never = self._never()

    # What no time cures

    def _never(self) -> list[Reason]:
        asked, rules = self.asked, self.rules
        found = self._choices()
        if self.third:
            found += self._third_party()
        if asked.party == "estate" and not rules.has("estate_purposes", asked.purpose):
            found.append(words.ESTATE_SERVICE)
        if asked.agency == "unknown":
            found.append(words.AGENCY_UNKNOWN)
        if asked.agency == "unassigned":
            found.append(words.AGENCY_UNASSIGNED)
        if asked.agency and not rules.has("agency_purposes", asked.purpose):
            found.append(words.AGENCY_PURPOSE)
        return found

    def _choices(self) -> list[Reason]:
        asked = self.asked
        about = [
            choice
            for choice in self.standing.choices
            if choice.purpose == asked.purpose and choice.channel in ("", asked.channel)
        ]
        refused = [choice for choice in about if not choice.agreed]
        if refused:
            return [words.refused(asked.purpose, min(choice.channel for choice in refused))]
        if self.rules.has("consent_purposes", asked.purpose) and not about:
            return [words.no_consent(asked.purpose)]
        return []

    def _third_party(self) -> list[Reason]:
        asked, rules = self.asked, self.rules
        found = [words.NOT_NAMED] if asked.party == "unnamed" else []
        allowed = rules.has("third_party_channels", asked.channel)
        if not allowed or not rules.has("third_party_purposes", asked.purpose):
            found.append(words.CALL_BACK_ONLY)
        for cap in self._caps(vulnerable=False):
            if cap.days == 0 and len(self.loud) >= cap.most:
                found.append(words.capped(cap, len(self.loud)))
        return found

    # What stands against it at an instant

    def against(self, at: datetime) -> list[Reason]:
        """Every reason against it at this instant: first what no time cures."""
        vulnerable = self._is_on("vulnerable", at)
        found = [*self.never, *self._flags(at, vulnerable)]
        if self.asked.invited or self.appointment(at) is not None:
            return found
        local = at.astimezone(self.zone)
        if not self.quiet:
            found += self._window(local, vulnerable)
        found += self._full(local.date(), vulnerable)
        return found + self._resting(at)

    def _is_on(self, code: str, at: datetime) -> bool:
        return any(
            flag.code == code and (flag.until is None or at < flag.until) for flag in self.standing.flags
        )

    def _flags(self, at: datetime, vulnerable: bool) -> list[Reason]:
        asked, rules, found = self.asked, self.rules, []
        for code in sorted({flag.code for flag in self.standing.flags}):
            if not self._is_on(code, at):
                continue
            if asked.purpose in rules.stops.get(code, rules.stops["complaint"]):
                found.append(words.flag(code))
            elif code == "death" and not self.quiet and rules.has("flag_quiet_only", asked.purpose):
                found.append(words.ESTATE_ONLY)
        if vulnerable and rules.has("automated_channels", asked.channel):
            found.append(words.NO_MACHINE)
        elif vulnerable and rules.has("talk_channels", asked.channel) and not asked.trained:
            found.append(words.TRAINED_ONLY)
        return found

    def _window(self, local: datetime, vulnerable: bool) -> list[Reason]:
        rules, hours = self.rules, self.standing.hours
        if any(each.agreed and each.cover(local) for each in hours):
            return []
        start, end = rules.window_start, rules.window_end
        if vulnerable:
            start, end = max(start, rules.gentle_start), min(end, rules.gentle_end)
        if not start <= local.time() < end:
            return [words.outside(local.time(), start, end)]
        talk = rules.has("talk_channels", self.asked.channel)
        if not talk and not rules.has("preferred_purposes", self.asked.purpose):
            return []
        wanted = [each for each in hours if not each.agreed]
        if wanted and not any(each.cover(local) for each in wanted):
            return [words.not_preferred(local)]
        return []

    def _caps(self, vulnerable: bool) -> list[Cap]:
        return self.rules.caps_of(
            self.asked.purpose, self.asked.channel, third_party=self.third, vulnerable=vulnerable
        )

    def _full(self, day: date, vulnerable: bool) -> list[Reason]:
        if not self.ours:
            return []
        found = []
        for cap in self._caps(vulnerable):
            count = self._count(cap, day) if cap.days else 0
            if cap.days and count >= cap.most:
                found.append(words.capped(cap, count))
        return found

    def _count(self, cap: Cap, day: date) -> int:
        first = day - (cap.days - 1) * _DAY
        if cap.scope.startswith("purpose_"):
            return sum(first <= on <= day and past.purpose == self.asked.purpose for on, past in self.ours)
        if cap.answered:
            return sum(first <= on <= day and self._talked(past) for on, past in self.loud)
        return sum(first <= on <= day for on, _ in self.loud)

    def _talked(self, past: ContactPast) -> bool:
        return past.answered and self.rules.has("talk_channels", past.channel)

    def _rests(self, history: History) -> list[tuple[str, datetime, datetime]]:
        """Cool-downs that bear on this contact: after what, from when, until when."""
        rules, asked, found = self.rules, self.asked, []
        talk = rules.has("talk_channels", asked.channel)
        refusal = rules.refusal_rests(asked.purpose, asked.channel)
        for past in history.attempts:
            ours = past.direction == "outbound" and past.basis != REQUESTED
            after = []
            if ours and rules.has("talk_channels", past.channel):
                if past.answered and self.capped:
                    after.append("talk")
                elif not past.answered and talk:
                    after.append("no_answer")
            if refusal and past.purpose == asked.purpose and rules.has("refusal_outcomes", past.outcome):
                after.append("refusal")
            for kind in after:
                rest = timedelta(minutes=rules.cooldown(kind, asked.purpose))
                found.append((kind, past.at, past.at + rest))
        return found

    def _resting(self, at: datetime) -> list[Reason]:
        last: dict[str, datetime] = {}
        for kind, start, end in self.rests:
            if start <= at < end and (kind not in last or end > last[kind]):
                last[kind] = end
        return [words.resting(kind, end.astimezone(self.zone)) for kind, end in last.items()]

    # What makes it lawful

    def appointment(self, at: datetime) -> Appointment | None:
        """The appointment that opens this instant, unless it was used up."""
        for each in self.standing.appointments:
            same = each.purpose == self.asked.purpose and each.channel == self.asked.channel
            if same and each.starts_at <= at < each.ends_at:
                basis = f"appointment:{each.id}"
                tries = sum(past.basis == basis for _, past in self.ours)
                if tries < self.rules.appointment_attempts_max:
                    return each
        return None

    def override(self, at: datetime, against: list[Reason]) -> Override | None:
        """The supervisor's permission that covers everything that stands against it."""
        if self.third or not all(self.rules.has("overridable_reasons", reason.code) for reason in against):
            return None
        for each in self.standing.overrides:
            same = each.purpose == self.asked.purpose and each.channel == self.asked.channel
            if same and each.from_at <= at < each.to_at and each.asked_by == self.asked.actor:
                return each
        return None

    def fine(self, at: datetime) -> tuple[tuple[Reason, ...], str]:
        """Why it is lawful, and on what that rests."""
        local = at.astimezone(self.zone)
        if self.asked.invited:
            return (words.INVITED,), REQUESTED
        appointment = self.appointment(at)
        if appointment is not None:
            start, end = (each.astimezone(self.zone) for each in (appointment.starts_at, appointment.ends_at))
            return (words.appointed(start, end),), f"appointment:{appointment.id}"
        if self.quiet:
            return (words.QUIET,), ""
        if not self.third and self.rules.days_back(self.asked.purpose, self.asked.channel) == 0:
            return (words.allowed_uncounted(local),), ""
        today = [past for day, past in self.loud if day == local.date()]
        first = words.allowed(local, len(today), sum(self._talked(past) for past in today))
        return ((first, words.CALL_BACK_SCRIPT) if self.third else (first,)), ""

    # When it would be

    def next_at(self, at: datetime) -> datetime | None:
        """The first instant after `at` with nothing against it; None when no time cures it.

        What is lawful changes only at the instants of `_changes`, so the first of them that is lawful is exact.
        """
        if self.never:
            return None
        for instant in self._changes(at):
            if not self.against(instant):
                return instant
        return None

    def _changes(self, at: datetime) -> Iterator[datetime]:
        """Instants after `at`, in order, at which a reason may end."""
        events = [end for _, _, end in self.rests]
        events += [each.starts_at for each in self.standing.appointments]
        events += [flag.until for flag in self.standing.flags if flag.until is not None]
        later = [event.astimezone(self.zone) for event in events if event > at]
        reach = max([cap.days for cap in self._caps(vulnerable=True)], default=0) + _WEEK_AND_ONE
        today = at.astimezone(self.zone).date()
        days = {today + ahead * _DAY for ahead in range(reach)}
        for event in later:
            days |= {event.date() + ahead * _DAY for ahead in range(_WEEK_AND_ONE)}
        times = {time(), self.rules.window_start, self.rules.gentle_start}
        times |= {each.start for each in self.standing.hours}
        now = at.timestamp()
        for day in sorted(days):
            points = [datetime.combine(day, each, self.zone) for each in times]
            points += [event for event in later if event.date() == day]
            yield from (each for each in sorted(points, key=datetime.timestamp) if each.timestamp() > now)
