"""What the rule looks at: the contact asked for, what was before, and what the person said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal

Party = Literal["debtor", "reference", "estate", "unnamed"]
"""Whom one wants to reach: a debtor, somebody the debtor named and who agreed 第三方, the contact of the estate
遗产联系人, or another person altogether."""

REQUESTED = "request"
"""Basis of a contact the person asked for a moment ago (a one-time code): it is never counted."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One contact somebody wants to make.

    ``trained``: the caller may speak to vulnerable people; ``agency``: "" the bank itself, "engaged" or "unknown" an
    outside agency with or without a contract in force, "unassigned" one whose contract is in force for named loans, this
    not among them; ``invited``: the person asked for it just now; ``actor``: who
    asks, as the journal names them.
    """

    purpose: str
    channel: str
    party: Party = "debtor"
    trained: bool = False
    agency: Literal["", "engaged", "unassigned", "unknown"] = ""
    invited: bool = False
    actor: str = ""


@dataclass(frozen=True, slots=True)
class ContactPast:
    """One contact that took place or was tried. ``direction`` is "outbound" or "inbound"; ``basis``: REQUESTED,
    "appointment:<id>" or "override:<id>" when it rested on one.
    """

    at: datetime
    purpose: str
    channel: str
    direction: str
    answered: bool
    outcome: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """Contacts with one person over all numbers, loans, channels and agencies; as far back as
    `ContactRules.days_back` says, for a third party from the beginning.
    """

    attempts: tuple[ContactPast, ...] = ()


@dataclass(frozen=True, slots=True)
class FlagOn:
    """A flag that is set. ``until``: when it ends by itself, if it does."""

    code: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person said about a purpose: agreed or refused; ``channel`` "" is all channels."""

    purpose: str
    channel: str
    agreed: bool


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of the week, local, half-open; ``weekdays`` as ISO numbers, Monday is 1.

    Hours that are not ``agreed`` narrow the usual window; agreed ones 约定时段 may lie outside it.
    """

    weekdays: frozenset[int]
    start: time
    end: time
    agreed: bool = False

    def cover(self, local: datetime) -> bool:
        """Whether this local instant lies in them."""
        return local.isoweekday() in self.weekdays and self.start <= local.time() < self.end


@dataclass(frozen=True, slots=True)
class Appointment:
    """A time agreed for one purpose and channel, half-open: an invitation 预约."""

    id: int
    purpose: str
    channel: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Override:
    """A supervisor's permission 特批 for one contact, of one who asked for it, in a time, half-open."""

    id: int
    purpose: str
    channel: str
    from_at: datetime
    to_at: datetime
    asked_by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known about a person, and what they said, that bears on contact."""

    flags: tuple[FlagOn, ...] = ()
    choices: tuple[Choice, ...] = ()
    hours: tuple[Hours, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    overrides: tuple[Override, ...] = ()

    @classmethod
    def flagged(cls, codes: Iterable[str]) -> "Standing":
        """Only flags, without an end."""
        return cls(flags=tuple(FlagOn(code) for code in codes))


NOTHING = Standing()
