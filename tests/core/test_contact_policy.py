"""May we contact this person now? Every limit with its boundary, and the next lawful instant."""

from datetime import date, datetime, time, timedelta, timezone
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anju.core.contact_policy import (
    FLAGS,
    NOTHING,
    REQUESTED,
    Appointment,
    Asked,
    Choice,
    ContactPast,
    ContactRules,
    FlagOn,
    History,
    Hours,
    Override,
    Standing,
    decide,
    may_contact,
)
from anju.core.errors import PolicyMissing
from anju.core.verdict import Verdict
from anju.core.working_time import BANK_ZONE

from .data import policy_table

RULES = ContactRules.from_policy(policy_table(), date(2026, 9, 1))
PURPOSES = ("service", "reminder", "follow_up", "collection", "survey", "marketing")
CONSENTS = (Choice("survey", "", True), Choice("marketing", "", True))
AGREED = Standing(choices=CONSENTS)
"""Somebody who agreed to surveys and marketing: without it neither is ever lawful."""


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
    standing: Standing = AGREED,
    **asked: object,
) -> Verdict:
    if flags:
        standing = Standing(Standing.flagged(flags).flags, standing.choices)
    return may_contact(
        asked=Asked(purpose, channel, **asked),  # type: ignore[arg-type]
        at=at(when),
        zone=BANK_ZONE,
        rules=RULES,
        history=History(contacts),
        standing=standing,
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
    verdict = may_contact(asked=Asked("reminder", "sms"), at=at("2026-09-01 09:30"), zone=urumqi, rules=RULES)
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
    # At noon: S1-06's gap after a try that nobody answered is over.
    verdict = ask("2026-09-01 12:00", *mixed[:tries], purpose=purpose, channel=channel)
    assert verdict.ok is (ok or not capped)
    if not verdict.ok:
        assert verdict.codes == ("attempts_cap",)
        assert verdict.next_at == at("2026-09-02 08:00")


@pytest.mark.parametrize("channel", ["call", "sms", "visit"])
def test_one_answered_call_a_day(channel: str) -> None:
    verdict = ask("2026-09-01 15:00", past("2026-09-01 09:00", answered=True), channel=channel)
    assert verdict.codes == ("answered_cap", "cooldown_talk")
    assert verdict.next_at == at("2026-09-02 08:00")
    assert ask("2026-09-02 08:00", past("2026-09-01 09:00", answered=True), channel=channel).ok


@pytest.mark.parametrize(
    "contact",
    [
        past("2026-08-25 21:59", answered=True),  # before the seven days of the weekly caps
        past("2026-09-01 09:00", answered=True, direction="inbound"),  # the person called us
        past("2026-09-01 09:00", "inbox", answered=True),
        past("2026-09-01 09:00", "email"),
        ContactPast(at("2026-09-01 09:00"), "service", "sms", "outbound", False, "", REQUESTED),
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
    assert verdict.codes == (
        "flag_complaint", "outside_window", "attempts_cap", "answered_cap", "answered_week_cap", "cooldown_talk",
    )  # fmt: skip
    assert verdict.next_at is None  # a person must lift the flag first
    assert "22:30" in verdict.zh
    assert "at most 3 a day" in verdict.en
    assert verdict.policy_version == policy_table().version


STOPPED = {
    "complaint": "collection survey marketing",
    "dispute": "collection survey marketing",
    "death": "collection survey marketing follow_up reminder",
    "serious_illness": "collection survey marketing follow_up",
    "bankruptcy": "collection survey marketing follow_up",
    "opt_out": "survey marketing",
    "objection": "survey marketing follow_up",
    "vulnerable": "survey marketing",
}


@pytest.mark.parametrize(("flag", "purpose"), list(product(FLAGS, PURPOSES)))
@pytest.mark.parametrize("channel", ["sms", "inbox"])
def test_stop_flags(flag: str, purpose: str, channel: str) -> None:
    verdict = ask("2026-09-01 10:00", flags=(flag,), purpose=purpose, channel=channel)
    if purpose in STOPPED[flag].split():
        assert verdict.codes == (f"flag_{flag}",)
        assert verdict.next_at is None
    elif flag == "death" and channel == "sms":
        assert verdict.codes == ("estate_contact_only",)  # service reaches the estate in writing only
    else:
        assert verdict.ok


def test_an_unknown_flag_stops_collection() -> None:
    assert not ask("2026-09-01 10:00", flags=("abroad",)).ok
    assert ask("2026-09-01 10:00", flags=("abroad",), purpose="reminder").ok


def test_third_parties() -> None:
    one = past("2026-08-20 10:00")
    reference = {"party": "reference"}
    first = ask("2026-09-01 10:00", one, one, **reference)
    assert first.codes == ("allowed", "third_party_script")  # how to speak comes with the yes
    assert ask("2026-09-01 10:00", one, one, one, **reference).codes == ("third_party_total_cap",)
    day = ask("2026-09-01 12:00", past("2026-09-01 09:00"), **reference)
    assert day.codes == ("attempts_cap",)
    assert day.next_at == at("2026-09-02 08:00")
    for channel in ("sms", "inbox", "email", "letter", "voice", "visit"):
        verdict = ask("2026-09-01 10:00", channel=channel, **reference)
        assert verdict.codes == ("third_party_call_only",)
        assert verdict.next_at is None
    assert not ask("2026-09-01 10:00", purpose="reminder", **reference).ok
    assert ask("2026-09-01 10:00", party="unnamed").codes == ("third_party_not_named",)


def test_the_contact_of_the_estate_hears_of_service_only() -> None:
    for channel in ("call", "sms", "letter"):
        assert ask("2026-09-01 10:00", purpose="service", channel=channel, party="estate").ok
    for purpose in ("collection", "reminder", "follow_up"):
        assert "estate_service_only" in ask("2026-09-01 10:00", purpose=purpose, party="estate").codes


def test_weekly_caps_look_at_seven_local_days() -> None:
    """Three talks in seven days; the first one leaves the window a week later."""
    talks = [past(f"2026-09-0{day} 10:00", answered=True) for day in (1, 3, 5)]
    verdict = ask("2026-09-06 22:30", *talks)
    assert verdict.codes == ("outside_window", "answered_week_cap")
    assert verdict.next_at == at("2026-09-08 08:00")
    tries = [past(f"2026-09-0{day} {hour}:00", "sms") for day in (1, 2, 3, 4) for hour in (10, 15, 20)][:10]
    assert ask("2026-09-05 10:00", *tries[1:]).ok
    full = ask("2026-09-05 10:00", *tries)
    assert full.codes == ("attempts_week_cap",)
    assert full.next_at == at("2026-09-08 08:00")


def test_everything_that_disturbs_is_capped_but_what_is_owed_as_service() -> None:
    eight = [past(f"2026-09-01 {hour:02}:05", "sms", purpose="service") for hour in range(8, 16)]
    assert ask("2026-09-01 16:10", *eight, purpose="reminder", channel="sms").codes == ("overall_cap",)
    assert ask("2026-09-01 16:10", *eight[1:], purpose="reminder", channel="sms").ok
    assert ask("2026-09-01 16:10", *eight, purpose="service", channel="sms").ok
    assert ask("2026-09-01 16:10", *eight, purpose="reminder", channel="inbox").ok


@pytest.mark.parametrize(
    ("contact", "purpose", "channel", "codes", "next_at"),
    [
        (past("2026-09-01 10:00"), "collection", "call", ("cooldown_no_answer",), "2026-09-01 12:00"),
        (past("2026-09-01 10:00"), "service", "call", ("cooldown_no_answer",), "2026-09-01 12:00"),
        (past("2026-09-01 10:00"), "collection", "sms", (), None),  # a text after a call is no repetition
        (past("2026-09-01 21:30"), "collection", "call", (), None),  # it lies ahead: nothing rests yet
        (past("2026-08-31 23:30", answered=True), "collection", "call", ("cooldown_talk",), "2026-09-01 11:30"),
        (past("2026-08-31 23:30", answered=True), "follow_up", "sms", (), None),
    ],
)  # fmt: skip
def test_cool_downs(
    contact: ContactPast, purpose: str, channel: str, codes: tuple[str, ...], next_at: str | None
) -> None:  # S1-06
    verdict = ask("2026-09-01 11:00", contact, purpose=purpose, channel=channel)
    assert verdict.codes == (codes or ("allowed",))
    assert verdict.next_at == (at(next_at) if next_at else None)


def test_a_refusal_is_respected_for_its_purpose_alone() -> None:
    said_no = ContactPast(at("2026-09-01 10:00"), "follow_up", "call", "inbound", True, "refused")
    verdict = ask("2026-09-10 10:00", said_no, purpose="follow_up")
    assert verdict.codes == ("cooldown_refusal",)
    assert verdict.next_at == at("2026-09-15 10:00")
    assert ask("2026-09-10 10:00", said_no, purpose="collection").ok
    assert ask("2026-09-10 10:00", said_no, purpose="follow_up", channel="inbox").ok
    assert ask("2026-09-16 10:00", said_no, purpose="follow_up").ok


@pytest.mark.parametrize("channel", ["sms", "inbox", "call"])
def test_marketing_needs_consent_and_ends_with_its_withdrawal(channel: str) -> None:  # S0-16
    assert ask("2026-09-01 10:00", purpose="marketing", channel=channel, standing=NOTHING).codes == (
        "consent_missing",
    )
    assert ask("2026-09-01 10:00", purpose="marketing", channel=channel).ok
    withdrawn = Standing(choices=(Choice("marketing", "", False), Choice("marketing", channel, True)))
    verdict = ask("2026-09-01 10:00", purpose="marketing", channel=channel, standing=withdrawn)
    assert verdict.codes == ("opted_out",)
    assert verdict.next_at is None
    no_sms = Standing(choices=(*CONSENTS, Choice("marketing", "sms", False)))
    verdict = ask("2026-09-01 10:00", purpose="marketing", channel=channel, standing=no_sms)
    assert verdict.codes == (("channel_refused",) if channel == "sms" else verdict.codes)
    assert verdict.ok is (channel != "sms")


def test_marketing_is_rare() -> None:  # S4-120
    one = past("2026-09-01 10:00", "inbox", purpose="marketing")
    verdict = ask("2026-09-03 10:00", one, purpose="marketing", channel="inbox")
    assert verdict.codes == ("purpose_week_cap",)
    assert verdict.next_at == at("2026-09-08 00:00")
    two = past("2026-09-08 10:00", "inbox", purpose="marketing")
    assert ask("2026-09-20 10:00", one, two, purpose="marketing", channel="inbox").next_at == at(
        "2026-10-01 00:00"
    )


WEEKDAY_EVENINGS = Hours(frozenset({1, 2, 3, 4, 5}), time(18), time(20))
LATE_SUNDAY = Hours(frozenset({7}), time(22), time(23), agreed=True)


@pytest.mark.parametrize(
    ("when", "purpose", "channel", "codes", "next_at"),
    [
        ("2026-09-01 18:00", "collection", "call", ("allowed",), None),  # a Tuesday
        ("2026-09-01 17:59", "collection", "sms", ("preferred_times",), "2026-09-01 18:00"),
        ("2026-09-01 20:00", "service", "call", ("preferred_times",), "2026-09-02 18:00"),
        ("2026-09-01 10:00", "reminder", "sms", ("allowed",), None),  # a text that is owed does not wait
        ("2026-09-04 20:00", "collection", "call", ("preferred_times",), "2026-09-06 22:00"),  # Friday, then Sunday
        ("2026-09-06 22:30", "collection", "call", ("allowed",), None),  # agreed, outside the usual window
        ("2026-09-06 23:00", "collection", "call", ("outside_window",), "2026-09-07 18:00"),
    ],
)  # fmt: skip
def test_times_the_person_wants(
    when: str, purpose: str, channel: str, codes: tuple[str, ...], next_at: str | None
) -> None:
    standing = Standing(hours=(WEEKDAY_EVENINGS, LATE_SUNDAY))
    verdict = ask(when, purpose=purpose, channel=channel, standing=standing)
    assert verdict.codes == codes
    assert verdict.next_at == (at(next_at) if next_at else None)


def test_an_appointment_opens_its_time_for_its_purpose_and_channel_and_wears_out() -> None:
    standing = Standing(
        appointments=(Appointment(7, "collection", "call", at("2026-09-01 22:30"), at("2026-09-01 23:00")),)
    )
    talk = past("2026-09-01 21:00", answered=True)
    asked = Asked("collection", "call")

    def judged(when: str, *contacts: ContactPast, other: Asked = asked) -> tuple[Verdict, str]:
        return decide(
            asked=other, at=at(when), zone=BANK_ZONE, rules=RULES, history=History(contacts), standing=standing
        )  # fmt: skip

    assert judged("2026-09-01 22:00", talk)[0].next_at == at("2026-09-01 22:30")
    verdict, basis = judged("2026-09-01 22:30", talk)
    assert (verdict.codes, basis) == (("appointment",), "appointment:7")
    assert not judged("2026-09-01 23:00", talk)[0].ok
    assert not judged("2026-09-01 22:30", talk, other=Asked("collection", "sms"))[0].ok
    assert not judged("2026-09-01 22:30", talk, other=Asked("follow_up", "call"))[0].ok
    tried = ContactPast(at("2026-09-01 22:31"), "collection", "call", "outbound", False, "", "appointment:7")
    assert judged("2026-09-01 22:40", talk, tried)[0].ok
    assert not judged("2026-09-01 22:50", talk, tried, tried)[0].ok


def test_an_appointment_lifts_no_flag() -> None:
    open_now = Appointment(7, "collection", "call", at("2026-09-01 10:00"), at("2026-09-01 11:00"))
    standing = Standing((FlagOn("dispute"),), appointments=(open_now,))
    assert ask("2026-09-01 10:00", standing=standing).codes == ("flag_dispute",)


def test_special_care() -> None:
    cared = Standing((FlagOn("vulnerable"),))
    assert ask("2026-09-01 10:00", channel="voice", standing=cared).codes == ("automated_voice",)
    assert ask("2026-09-01 10:00", standing=cared).codes == ("trained_staff_only",)
    assert ask("2026-09-01 10:00", standing=cared, trained=True).ok
    assert ask("2026-09-01 20:30", channel="sms", standing=cared).next_at == at("2026-09-02 09:00")
    once = past("2026-09-01 09:00", "sms")
    assert ask("2026-09-01 12:00", once, channel="sms", standing=cared).codes == ("vulnerable_cap",)


def test_a_flag_that_ends_by_itself_has_a_next_instant() -> None:
    until = Standing((FlagOn("dispute", at("2026-09-03 15:30")),))
    assert ask("2026-09-01 10:00", standing=until).next_at == at("2026-09-03 15:30")
    late = Standing((FlagOn("dispute", at("2026-09-03 23:30")),))
    assert ask("2026-09-01 10:00", standing=late).next_at == at("2026-09-04 08:00")


def test_agencies() -> None:
    assert ask("2026-09-01 10:00", agency="engaged").ok
    assert ask("2026-09-01 10:00", agency="unknown").codes == ("agency_not_engaged",)
    assert ask("2026-09-01 10:00", agency="engaged", purpose="marketing").codes == ("agency_purpose",)


def test_what_the_person_asked_for_goes_at_any_hour() -> None:
    verdict = ask("2026-09-01 23:30", purpose="service", channel="sms", invited=True)
    assert verdict.codes == ("invited",)


def overridden(when: str, *flags: str, actor: str = "staff:1", **asked: object) -> Verdict:
    permission = Override(5, "collection", "call", at("2026-09-01 22:00"), at("2026-09-01 23:00"), "staff:1")
    standing = Standing(Standing.flagged(flags).flags, overrides=(permission,))
    return ask(when, standing=standing, actor=actor, **asked)  # type: ignore[arg-type]


def test_an_override_covers_what_the_policy_lists_for_whom_it_was_given() -> None:
    assert overridden("2026-09-01 22:15").codes == ("override", "outside_window")
    assert not overridden("2026-09-01 23:00").ok
    assert not overridden("2026-09-01 22:15", actor="staff:2").ok
    assert not overridden("2026-09-01 22:15", channel="visit").ok
    assert not overridden("2026-09-01 22:15", "complaint").ok
    assert not overridden("2026-09-01 22:15", "death").ok
    assert not overridden("2026-09-01 22:15", party="reference").ok
    assert not overridden("2026-09-01 22:15", agency="unknown").ok


ZONES = st.sampled_from([BANK_ZONE, ZoneInfo("Asia/Urumqi"), ZoneInfo("UTC")])
INSTANTS = st.datetimes(datetime(2026, 8, 30), datetime(2026, 9, 5), timezones=st.just(BANK_ZONE)).map(
    lambda each: each.replace(second=0, microsecond=0)
)
CONTACTS = st.builds(
    ContactPast,
    INSTANTS,
    st.sampled_from(PURPOSES),
    st.sampled_from(["call", "sms", "inbox", "visit", "email", "voice"]),
    st.sampled_from(["outbound", "outbound", "inbound"]),
    st.booleans(),
    st.sampled_from(["", "", "refused"]),
    st.sampled_from(["", "", "appointment:1", REQUESTED]),
)
HOURS = st.builds(
    Hours,
    st.frozensets(st.integers(1, 7), min_size=1),
    st.sampled_from([time(6), time(9), time(18, 30)]),
    st.sampled_from([time(19), time(21), time(23, 30)]),
    st.booleans(),
)
APPOINTMENTS = st.builds(
    lambda start, minutes, channel: Appointment(
        1, "collection", channel, start, start + timedelta(minutes=minutes)
    ),
    INSTANTS,
    st.integers(1, 90),
    st.sampled_from(["call", "sms"]),
)
STANDINGS = st.builds(
    Standing,
    st.lists(st.builds(FlagOn, st.just("vulnerable") | st.just("dispute"), INSTANTS), max_size=1).map(tuple),
    st.just(CONSENTS),
    st.lists(HOURS, max_size=2).map(tuple),
    st.lists(APPOINTMENTS, max_size=1).map(tuple),
)


@settings(deadline=None, max_examples=60)
@given(
    INSTANTS,
    ZONES,
    st.lists(CONTACTS, max_size=14),
    STANDINGS,
    st.sampled_from(PURPOSES),
    st.sampled_from(["call", "sms", "inbox"]),
    st.data(),
)
def test_the_next_instant_is_the_first_lawful_one(
    when: datetime,
    zone: ZoneInfo,
    contacts: list[ContactPast],
    standing: Standing,
    purpose: str,
    channel: str,
    data: st.DataObject,
) -> None:  # S1-06
    def verdict(instant: datetime) -> Verdict:
        return may_contact(
            asked=Asked(purpose, channel, trained=True),
            at=instant,
            zone=zone,
            rules=RULES,
            history=History(tuple(contacts)),
            standing=standing,
        )

    first = verdict(when)
    assert first.reasons
    if first.ok:
        assert first.next_at is None
        return
    assert first.next_at is not None
    assert first.next_at > when
    assert verdict(first.next_at).ok
    minutes = int((first.next_at - when).total_seconds() // 60)
    earlier = {1, 2, *range(60, minutes, max(minutes // 15, 60))}
    earlier |= set(data.draw(st.lists(st.integers(1, max(minutes, 1)), max_size=6)))
    for back in sorted(earlier):
        instant = first.next_at - timedelta(minutes=back)
        if instant > when:
            assert not verdict(instant).ok, back


def test_no_rule_was_in_force_before_its_date() -> None:
    with pytest.raises(PolicyMissing):
        ContactRules.from_policy(policy_table(), date(2025, 2, 27))


def test_naive_instants_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        may_contact(asked=Asked("service", "sms"), at=datetime(2026, 9, 1, 9), zone=BANK_ZONE, rules=RULES)
