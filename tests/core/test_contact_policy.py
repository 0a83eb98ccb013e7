"""May we contact this person now? Every limit with its boundary, and the next lawful instant."""

from datetime import date, datetime, timedelta, timezone
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anju.core.contact_policy import STOPS, ContactPast, ContactRules, Flags, History, may_contact
from anju.core.errors import PolicyMissing
from anju.core.verdict import Verdict
from anju.core.working_time import BANK_ZONE

from .data import policy_table

RULES = ContactRules.from_policy(policy_table(), date(2026, 9, 1))
NONE = History()
PURPOSES = ("service", "reminder", "follow_up", "collection", "survey", "marketing")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BANK_ZONE)


def past(
    text: str,
    channel: str = "call",
    *,
    answered: bool = False,
    purpose: str = "collection",
    direction: str = "outbound",
) -> ContactPast:
    return ContactPast(at(text), purpose, channel, direction, answered, "")


def ask(
    when: str,
    *contacts: ContactPast,
    purpose: str = "collection",
    channel: str = "call",
    flags: tuple[str, ...] = (),
    debtor: bool = True,
) -> Verdict:
    return may_contact(
        purpose=purpose,
        channel=channel,
        at=at(when),
        zone=BANK_ZONE,
        rules=RULES,
        history=History(contacts),
        flags=Flags.of(flags),
        debtor_is_person=debtor,
    )


@pytest.mark.parametrize(
    ("when", "ok", "next_at"),
    [
        ("2026-09-01 07:59:59", False, "2026-09-01 08:00"),
        ("2026-09-01 08:00", True, None),
        ("2026-09-01 21:59:59", True, None),
        ("2026-09-01 22:00", False, "2026-09-02 08:00"),
        ("2026-09-01 00:00", False, "2026-09-01 08:00"),
    ],
)
@pytest.mark.parametrize("channel", ["call", "sms", "visit", "carrier_pigeon"])
@pytest.mark.parametrize("purpose", PURPOSES)
def test_window(when: str, ok: bool, next_at: str | None, channel: str, purpose: str) -> None:  # S1-06
    verdict = ask(when, purpose=purpose, channel=channel)
    assert verdict.ok is ok
    assert verdict.next_at == (at(next_at) if next_at else None)
    assert verdict.codes == (("allowed",) if ok else ("outside_window",))


@pytest.mark.parametrize(("channel", "purpose"), list(product(["inbox", "email", "letter"], PURPOSES)))
def test_quiet_channels_have_neither_window_nor_caps(channel: str, purpose: str) -> None:
    many = [past(f"2026-09-01 0{hour}:30", answered=True) for hour in range(8, 10)] * 3
    assert ask("2026-09-01 23:30", *many, channel=channel, purpose=purpose).ok


def test_the_window_is_that_of_the_persons_own_zone() -> None:
    urumqi = timezone(timedelta(hours=6))
    verdict = may_contact(
        purpose="reminder",
        channel="sms",
        at=at("2026-09-01 09:30"),
        zone=urumqi,
        rules=RULES,
        history=NONE,
        flags=Flags(),
    )
    assert not verdict.ok
    assert verdict.next_at == at("2026-09-01 10:00")


@pytest.mark.parametrize(("tries", "ok"), [(0, True), (1, True), (2, True), (3, False), (4, False)])
@pytest.mark.parametrize(
    ("purpose", "channel", "capped"),
    [
        ("collection", "call", True),
        ("collection", "sms", True),
        ("collection", "visit", True),
        ("follow_up", "call", True),
        ("service", "call", True),
        ("reminder", "sms", False),
        ("service", "sms", False),
    ],
)
def test_three_attempts_a_day(
    tries: int, ok: bool, purpose: str, channel: str, capped: bool
) -> None:  # S1-06
    mixed = [
        past("2026-09-01 08:10"),
        past("2026-09-01 09:10", "sms"),
        past("2026-09-01 09:20"),
        past("2026-09-01 09:30"),
    ]
    verdict = ask("2026-09-01 10:00", *mixed[:tries], purpose=purpose, channel=channel)
    assert verdict.ok is (ok or not capped)
    if not verdict.ok:
        assert verdict.codes == ("attempts_cap",)
        assert verdict.next_at == at("2026-09-02 08:00")


@pytest.mark.parametrize("channel", ["call", "sms", "visit"])
def test_one_answered_call_a_day(channel: str) -> None:
    verdict = ask("2026-09-01 15:00", past("2026-09-01 09:00", answered=True), channel=channel)
    assert verdict.codes == ("answered_cap",)
    assert verdict.next_at == at("2026-09-02 08:00")
    assert ask("2026-09-02 08:00", past("2026-09-01 09:00", answered=True), channel=channel).ok


@pytest.mark.parametrize(
    "contact",
    [
        past("2026-08-31 21:59", answered=True),  # yesterday
        past("2026-09-01 09:00", answered=True, direction="inbound"),  # the person called us
        past("2026-09-01 09:00", "inbox", answered=True),
        past("2026-09-01 09:00", "email"),
    ],
)
def test_what_does_not_count(contact: ContactPast) -> None:
    assert ask("2026-09-01 10:00", contact, contact, contact).ok


def test_the_day_is_the_local_one_whatever_zone_the_ledger_keeps() -> None:
    utc = timezone(timedelta(0))
    tonight = ContactPast(datetime(2026, 8, 31, 23, 30, tzinfo=utc), "collection", "call", "outbound", True)
    last_night = ContactPast(
        datetime(2026, 8, 31, 13, 30, tzinfo=utc), "collection", "call", "outbound", True
    )
    assert not ask("2026-09-01 10:00", tonight).ok
    assert ask("2026-09-01 10:00", last_night).ok


def test_all_reasons_are_given_at_once_in_both_languages() -> None:
    calls = [past(f"2026-09-01 1{n}:00", answered=True) for n in range(3)]
    verdict = ask("2026-09-01 22:30", *calls, flags=("complaint",))
    assert verdict.codes == ("flag_complaint", "outside_window", "attempts_cap", "answered_cap")
    assert verdict.next_at is None  # a person must lift the flag first
    assert "22:30" in verdict.zh
    assert "at most 3 a day" in verdict.en
    assert verdict.policy_version == policy_table().version


@pytest.mark.parametrize(("flag", "purpose"), list(product(STOPS, PURPOSES)))
@pytest.mark.parametrize("channel", ["call", "inbox"])
def test_stop_flags(flag: str, purpose: str, channel: str) -> None:
    stops_collection = flag != "opt_out"
    expected = {
        "service": False,
        "reminder": flag == "death",
        "follow_up": flag in ("death", "serious_illness", "bankruptcy"),
        "collection": stops_collection,
        "survey": True,
        "marketing": True,
    }[purpose]
    verdict = ask("2026-09-01 10:00", flags=(flag,), purpose=purpose, channel=channel)
    assert verdict.ok is not expected
    if expected:
        assert verdict.codes == (f"flag_{flag}",)
        assert verdict.next_at is None


def test_an_unknown_flag_stops_collection() -> None:
    assert not ask("2026-09-01 10:00", flags=("abroad",)).ok
    assert ask("2026-09-01 10:00", flags=("abroad",), purpose="reminder").ok


def test_third_parties() -> None:
    one = past("2026-08-20 10:00")
    assert ask("2026-09-01 10:00", one, one, debtor=False).ok
    assert ask("2026-09-01 10:00", one, one, one, debtor=False).codes == ("third_party_total_cap",)
    assert ask("2026-09-01 10:00", past("2026-09-01 09:00"), debtor=False).codes == ("attempts_cap",)
    assert ask("2026-09-01 10:00", channel="sms", debtor=False).codes == ("third_party_call_only",)


INSTANTS = st.datetimes(datetime(2026, 8, 30), datetime(2026, 9, 5), timezones=st.just(BANK_ZONE))
CONTACTS = st.builds(
    ContactPast,
    INSTANTS,
    st.sampled_from(PURPOSES),
    st.sampled_from(["call", "sms", "inbox", "visit", "email"]),
    st.sampled_from(["outbound", "inbound"]),
    st.booleans(),
)


@settings(deadline=None)
@given(
    INSTANTS,
    st.lists(CONTACTS, max_size=12),
    st.sampled_from(PURPOSES),
    st.sampled_from(["call", "sms", "inbox"]),
)
def test_the_next_instant_is_lawful_and_later(
    when: datetime, contacts: list[ContactPast], purpose: str, channel: str
) -> None:
    def verdict(instant: datetime) -> Verdict:
        return may_contact(
            purpose=purpose,
            channel=channel,
            at=instant,
            zone=BANK_ZONE,
            rules=RULES,
            history=History(tuple(contacts)),
            flags=Flags(),
        )

    first = verdict(when)
    assert first.reasons
    if first.ok:
        assert first.next_at is None
    else:
        assert first.next_at is not None
        assert first.next_at > when
        assert verdict(first.next_at).ok


def test_no_rule_was_in_force_before_its_date() -> None:
    with pytest.raises(PolicyMissing):
        ContactRules.from_policy(policy_table(), date(2025, 2, 27))


def test_naive_instants_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        may_contact(
            purpose="service",
            channel="sms",
            at=datetime(2026, 9, 1, 9),
            zone=BANK_ZONE,
            rules=RULES,
            history=NONE,
            flags=Flags(),
        )
