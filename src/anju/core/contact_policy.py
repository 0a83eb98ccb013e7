"""May we contact this person now, by this channel, for this purpose? (design, spine 3; facts section 7;
S1-06, S3-14)

Conservative reading of the limits, all of them dated policy parameters:

- *Window* 08:00-22:00 in the person's local time for every disturbing channel, whatever the purpose; 22:00
  itself is outside.
- *Caps* for collection on a disturbing channel and for calls of any purpose: at most 3 outbound attempts and
  at most 1 answered call a local day, counted over all numbers, loans, purposes and disturbing channels.
  Contacts the person began do not count. After an answered call nothing that is capped may follow on that
  day.
- *Stop flags*: which flag stops which purpose is the table STOPS; it holds on every channel, the inbox
  included.
- Inbox, e-mail and letter disturb nobody: they have neither window nor caps. Any unknown channel counts as
  disturbing.
- A third party (not a debtor) may only be called, to ask for a call back: 1 attempt a day and 3 in all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from anju.core.policy import PolicyTable
from anju.core.verdict import Reason, Verdict

QUIET_CHANNELS = frozenset({"inbox", "email", "letter"})
CAPPED_PURPOSE = "collection"
CAPPED_CHANNEL = "call"

_HARD = frozenset({"collection", "survey", "marketing"})
STOPS: dict[str, frozenset[str]] = {
    "complaint": _HARD,
    "dispute": _HARD,
    "death": _HARD | {"follow_up", "reminder"},
    "serious_illness": _HARD | {"follow_up"},
    "bankruptcy": _HARD | {"follow_up"},
    "opt_out": frozenset({"survey", "marketing"}),
}
"""Which purposes each stop flag blocks. Service messages are never blocked."""

_FLAG_WORDS = {
    "complaint": ("有投诉正在处理", "a complaint is being handled"),
    "dispute": ("对欠款有异议正在核实", "the debt is disputed and being checked"),
    "death": ("借款人已故", "the borrower has died"),
    "serious_illness": ("借款人重病", "the borrower is seriously ill"),
    "bankruptcy": ("借款人进入破产程序", "the borrower is in bankruptcy proceedings"),
    "opt_out": ("对方已拒收此类信息", "the person opted out of such messages"),
}
_DEBTOR = "debtor_all_numbers_loans_channels"
_THIRD_PARTY = "third_party"


@dataclass(frozen=True, slots=True)
class ContactRules:
    """Limits in force on a date. Times are local times of day, the window is half-open."""

    window_start: time
    window_end: time
    attempts_per_day_max: int
    answered_per_day_max: int
    third_party_attempts_per_day_max: int
    third_party_attempts_total_max: int
    version: str

    @classmethod
    def from_policy(cls, table: PolicyTable, on: date) -> "ContactRules":
        """Limits from `contact_*` parameters in force on a date. Raises PolicyMissing."""
        return cls(
            window_start=table.time("contact_window_start", _DEBTOR, on),
            window_end=table.time("contact_window_end", _DEBTOR, on),
            attempts_per_day_max=table.integer("contact_attempts_per_day_max", _DEBTOR, on),
            answered_per_day_max=table.integer("contact_answered_per_day_max", _DEBTOR, on),
            third_party_attempts_per_day_max=table.integer("contact_attempts_per_day_max", _THIRD_PARTY, on),
            third_party_attempts_total_max=table.integer("contact_attempts_total_max", _THIRD_PARTY, on),
            version=table.version,
        )


@dataclass(frozen=True, slots=True)
class ContactPast:
    """One contact that took place or was tried. `direction` is "outbound" or "inbound"."""

    at: datetime
    purpose: str
    channel: str
    direction: str
    answered: bool
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """Contacts with one person over all numbers, loans and channels; at least those of the local day."""

    attempts: tuple[ContactPast, ...] = ()


@dataclass(frozen=True, slots=True)
class Flags:
    """Stop flags that are set on a person, by code (keys of STOPS)."""

    reasons: frozenset[str] = frozenset()

    @classmethod
    def of(cls, reasons: Iterable[str]) -> "Flags":
        """Flags from any iterable of codes."""
        return cls(frozenset(reasons))


def may_contact(
    *,
    purpose: str,
    channel: str,
    at: datetime,
    zone: tzinfo,
    rules: ContactRules,
    history: History,
    flags: Flags,
    debtor_is_person: bool = True,
) -> Verdict:
    """Whether this contact is lawful at `at`, with every reason against it, and the next lawful instant if
    one is known.

    `zone` is the person's local zone; `debtor_is_person` is False when the person to be contacted is not a
    debtor. A stop flag has no next instant: a person must lift it. Raises ValueError for a naive `at`.
    """
    if at.utcoffset() is None:
        raise ValueError("an aware datetime is needed")
    local = at.astimezone(zone)
    stopping = _stopped(purpose, flags)
    if not debtor_is_person:
        stopping += _third_party(channel, rules, history)
    disturbing = channel not in QUIET_CHANNELS
    passing: list[Reason] = []
    if disturbing:
        passing += _window(local.time(), rules)
        passing += _caps(purpose, channel, local.date(), zone, rules, history, debtor_is_person)
    if not stopping and not passing:
        return Verdict(True, (_fine(local, disturbing, zone, rules, history),), rules.version)
    next_at = None
    if not stopping:
        next_at = _next_at(purpose, channel, local, zone, rules, history, debtor_is_person)
    return Verdict(False, (*stopping, *passing), rules.version, next_at)


def _stopped(purpose: str, flags: Flags) -> list[Reason]:
    found = []
    for code in sorted(flags.reasons):
        if purpose in STOPS.get(code, _HARD):
            zh, en = _FLAG_WORDS.get(code, (f"有停止联系标记 {code}", f"stop flag {code} is set"))
            found.append(Reason(f"flag_{code}", f"不可联系：{zh}。", f"No contact: {en}."))
    return found


def _third_party(channel: str, rules: ContactRules, history: History) -> list[Reason]:
    found = []
    if channel != "call":
        found.append(
            Reason(
                "third_party_call_only",
                "对方不是债务人，只可电话请其转告回电，不得透露欠款。",
                "This person is not a debtor: only a call asking for a call back, never about the debt.",
            )
        )
    tried = len(_counted(history))
    most = rules.third_party_attempts_total_max
    if tried >= most:
        found.append(
            Reason(
                "third_party_total_cap",
                f"对方不是债务人，累计已联系 {tried} 次，最多 {most} 次。",
                f"This person is not a debtor: contacted {tried} times, at most {most} in all.",
            )
        )
    return found


def _window(now: time, rules: ContactRules) -> list[Reason]:
    if rules.window_start <= now < rules.window_end:
        return []
    start, end = f"{rules.window_start:%H:%M}", f"{rules.window_end:%H:%M}"
    return [
        Reason(
            "outside_window",
            f"现在是对方当地时间 {now:%H:%M}，只可在 {start} 至 {end} 之间联系。",
            f"It is {now:%H:%M} where the person is; contact is allowed from {start} to {end}.",
        )
    ]


def _caps(
    purpose: str,
    channel: str,
    day: date,
    zone: tzinfo,
    rules: ContactRules,
    history: History,
    debtor_is_person: bool,
) -> list[Reason]:
    if purpose != CAPPED_PURPOSE and channel != CAPPED_CHANNEL and debtor_is_person:
        return []
    today = _counted(history, day, zone)
    most = rules.attempts_per_day_max if debtor_is_person else rules.third_party_attempts_per_day_max
    answered = _answered(today)
    found = []
    if len(today) >= most:
        found.append(
            Reason(
                "attempts_cap",
                f"当天已外呼或发送 {len(today)} 次，每天最多 {most} 次。",
                f"{len(today)} attempts on that day already; at most {most} a day.",
            )
        )
    if answered >= rules.answered_per_day_max:
        found.append(
            Reason(
                "answered_cap",
                f"当天已接通 {answered} 次，每天最多 {rules.answered_per_day_max} 次。",
                f"Reached {answered} time(s) that day; at most {rules.answered_per_day_max} a day.",
            )
        )
    return found


def _counted(history: History, day: date | None = None, zone: tzinfo | None = None) -> list[ContactPast]:
    """Outbound contacts on disturbing channels, of one local day or of all days."""
    return [
        past
        for past in history.attempts
        if past.direction == "outbound"
        and past.channel not in QUIET_CHANNELS
        and (day is None or past.at.astimezone(zone).date() == day)
    ]


def _answered(contacts: Iterable[ContactPast]) -> int:
    return sum(past.answered and past.channel in ("call", "visit") for past in contacts)


def _next_at(
    purpose: str,
    channel: str,
    local: datetime,
    zone: tzinfo,
    rules: ContactRules,
    history: History,
    debtor_is_person: bool,
) -> datetime | None:
    """Opening of the first window after `local` on a day whose caps still allow one."""
    for ahead in range(8):
        day = local.date() + timedelta(days=ahead)
        opening = datetime.combine(day, rules.window_start, zone)
        free = not _caps(purpose, channel, day, zone, rules, history, debtor_is_person)
        if opening > local and free:
            return opening
    return None


def _fine(local: datetime, disturbing: bool, zone: tzinfo, rules: ContactRules, history: History) -> Reason:
    if not disturbing:
        return Reason(
            "quiet_channel", "可以发送：此渠道不打扰对方。", "Allowed: this channel disturbs nobody."
        )
    today = _counted(history, local.date(), zone)
    tries, reached = len(today), _answered(today)
    return Reason(
        "allowed",
        f"可以联系：对方当地时间 {local:%H:%M}，当天已联系 {tries} 次，接通 {reached} 次。",
        f"Allowed: {local:%H:%M} local time, {tries} attempt(s) and {reached} answered on that day.",
    )
