"""Several providers a channel: breaker, throttle, quota, approval, send deadline, lanes. S2-03, S2-08, S2-12."""

from datetime import timedelta

import pytest

from anju.core.errors import BadInput
from anju.platform.contacts import queries as contact_queries
from anju.platform.journal import queries as journal
from anju.platform.notices import approvals, operations, providers, queries, templates
from anju.platform.notices.models import Attempt, Content, Obligation, Provider, ProviderDay
from anju.platform.notices.ports import NOT_TAKEN, Answer, InDoubt, Rejected, Submitted, Value
from tests.platform.notices.world import StagePort, owed, people, ports, raising, run

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_policy")]
CURE = {"loan_no": "HL1", "amount_fen": 100, "paid_on": "2026-11-23"}
BASE = {
    "reserve_percent": 20,
    "breaker": {"failures": 3, "failures_percent": 50, "window_seconds": 60, "open_seconds": 60},
    "slow_seconds": 10,
    "throttled_seconds": 2,
}


@pytest.fixture
def table(monkeypatch):
    """Rules of providers, as a test wants them."""
    rows: dict = {"default": BASE}
    monkeypatch.setattr(providers, "_rules", lambda version, name: providers.parse(rows, name))
    return rows


def stage(name, **given):
    port = StagePort("sms", **given)
    port.name = name
    return port


def waiting(branch, at, count=8, first=1, **given):
    """So many service messages whose inbox step is over, each queued as a text message at the instant returned."""
    ids = range(first, first + count)
    people(ids, at)
    values = {"notice_type": "payment_received_cure", "variables": CURE} | given
    operations.owe_many(
        [owed(branch.id, at, key=f"k{n}", person_id=n, subject=("loan", n), **values) for n in ids]
    )
    run(at, ports())
    moment = at + timedelta(minutes=10)
    operations.plan(at=moment)
    return moment


def states():
    rows = Attempt.objects.filter(channel="sms").order_by("id")
    return [(row.provider, row.state) for row in rows]


def breaker(name):
    return Provider.objects.get(name=name).breaker


def test_a_breaker_opens_waits_probes_and_closes(branch, at, table):
    moment = waiting(branch, at)
    down = stage("a", behaviour=raising(Rejected("unavailable", retry=True)))
    done = operations.send(at=moment, ports=ports(sms=down))
    assert (done.rejected, done.put_back, breaker("a")) == (3, 5, "open")
    tries = Attempt.objects.filter(channel="sms").count()
    for seconds in (20, 40, 59):
        assert operations.send(at=moment + timedelta(seconds=seconds), ports=ports(sms=down)).claimed == 0
    assert len(down.given) == 3, "nothing is given to it, and no try is used up"
    assert Attempt.objects.filter(channel="sms").count() == tries
    moment += timedelta(seconds=61)
    assert operations.send(at=moment, ports=ports(sms=down)).claimed == 1, "one message tries"
    assert breaker("a") == "open"
    down.behaviour = lambda message: Submitted(f"r-{message.key}")
    moment += timedelta(seconds=61)
    assert operations.send(at=moment, ports=ports(sms=down)).submitted == 1
    assert breaker("a") == "closed"
    assert operations.send(at=moment + timedelta(minutes=2), ports=ports(sms=down)).submitted == 7
    provider = Provider.objects.get(name="a")
    kinds = [row.kind for row in journal.timeline([("provider", provider.id)])]
    assert kinds == ["notices.provider.closed", "notices.provider.opened"]
    (day,) = ProviderDay.objects.filter(provider=provider)
    assert (day.submitted, day.rejected) == (8, 4)


def test_the_second_provider_takes_over_and_a_doubt_stays_with_the_first(branch, at, table):
    # S2-03: what is in doubt at one provider is never given to another one
    moment = waiting(branch, at)
    first, second = stage("a", behaviour=raising(InDoubt("timeout")), can_poll=True), stage("b")
    wired = ports(sms=[first, second])
    operations.send(at=moment, limit=3, ports=wired)
    assert breaker("a") == "open"
    assert operations.send(at=moment, ports=wired).submitted == 5
    assert sorted(states()) == [("a", "in_doubt")] * 3 + [("b", "accepted")] * 5
    moment += timedelta(minutes=2)
    first.answers = {message.key: Answer(NOT_TAKEN, moment) for message in first.given[:1]}
    counts = operations.poll_attempts(at=moment, ports=wired)
    assert counts == {"not_taken": 1, "silent": 2}
    again = Attempt.objects.get(channel="sms", state="queued")
    assert again.provider == "a", "the other one is not idempotent and cannot know of the first"
    operations.send(at=again.not_before_at, ports=ports(sms=[second]))
    assert len(second.given) == 5
    first.behaviour = lambda message: Submitted(f"r-{message.key}")
    operations.send(at=again.not_before_at, ports=wired)
    assert len({message.key for message in first.given}) == 4
    assert Attempt.objects.filter(channel="sms", error_class="not_taken").count() == 1


def test_where_all_are_idempotent_what_was_never_taken_goes_on_under_its_key(branch, at, table):
    moment = waiting(branch, at, 1)
    first = stage("a", behaviour=raising(InDoubt("timeout")), can_poll=True, idempotent=True)
    operations.send(at=moment, ports=ports(sms=first))
    moment += timedelta(minutes=2)
    first.answers = {first.given[0].key: Answer(NOT_TAKEN, moment)}
    assert operations.poll_attempts(at=moment, ports=ports(sms=first)) == {"repeated": 1}
    first.behaviour = lambda message: Submitted("r1")
    operations.send(at=moment + timedelta(seconds=61), ports=ports(sms=first))
    assert len({message.key for message in first.given}) == 1
    assert states() == [("a", "accepted")]


def test_per_second_and_per_day_count_submissions_and_mass_leaves_a_reserve(branch, at, table):
    table["a"] = {"per_second": 5, "per_day": 9}
    table["b"] = {"per_day": 1}
    moment = waiting(branch, at, 12)
    wired = ports(sms=[stage("a"), stage("b")])
    Attempt.objects.filter(state="queued").update(lane=2)
    done = operations.send(at=moment, ports=wired)
    assert done.submitted == 5, "four of the first, since a fifth is kept; one of the second"
    Attempt.objects.filter(state="queued").update(lane=0)
    assert operations.send(at=moment, ports=wired).submitted == 1
    assert operations.send(at=moment + timedelta(milliseconds=400), ports=wired).submitted == 2
    assert operations.send(at=moment + timedelta(seconds=3), ports=wired).submitted == 2, "nine a day"
    assert operations.send(at=moment + timedelta(seconds=9), ports=wired).claimed == 0
    assert operations.send(at=moment - timedelta(seconds=9), ports=wired).claimed == 0, "a clock set back"
    rows = ProviderDay.objects.exclude(provider__name="inbox").select_related("provider")
    days = {row.provider.name: (row.granted, row.submitted) for row in rows}
    assert days == {"a": (9, 9), "b": (1, 1)}


def test_a_throttled_provider_is_left_alone_and_the_next_one_goes_on(branch, at, table):
    moment = waiting(branch, at, 6)
    busy, free = stage("a", behaviour=raising(Rejected("throttled", retry=True))), stage("b")
    operations.send(at=moment, limit=2, ports=ports(sms=[busy, free]))
    assert operations.send(at=moment, ports=ports(sms=[busy, free])).submitted == 4
    assert (len(busy.given), len(free.given), breaker("a")) == (2, 4, "closed")


@pytest.mark.parametrize("batch", [1, 10])
def test_an_address_has_its_quota_of_a_day(branch, at, table, batch):
    """One message a batch, or all of them in one: what the batch itself takes counts too."""
    table["a"] = {"per_address_per_day": 2}
    people([7, 8], at)
    cure = {"notice_type": "payment_received_cure", "variables": CURE}
    operations.owe_many([owed(branch.id, at, key=f"k{n}", person_id=7, **cure) for n in range(3)])
    operations.owe_many([owed(branch.id, at, key="other", person_id=8, **cure)])
    run(at, ports())
    moment = at + timedelta(minutes=10)
    sms = stage("a")
    for _ in range(6 if batch == 1 else 1):
        operations.plan(at=moment, limit=batch)
        operations.send(at=moment, ports=ports(sms=sms))
    skipped = Attempt.objects.get(channel="sms", state="skipped")
    assert skipped.error_class == "address_quota"
    assert "2" in skipped.error
    assert sorted(message.person_id for message in sms.given) == [7, 7, 8]
    reserved = contact_queries.contacts_of_attempts([skipped.id])
    assert not reserved, "its slot in the contact ledger is given back"
    email = StagePort("email")
    run(moment, ports(sms=sms, email=email))
    assert len(email.given) == 1, "the journey goes on"


def test_a_text_that_is_not_approved_goes_by_another_provider_or_is_skipped_with_the_reason(
    branch, at, table, monkeypatch
):
    monkeypatch.setattr(approvals, "approved", lambda provider, template, channel, language: provider == "c")
    table["a"] = table["c"] = {"needs_approval": True}
    moment = waiting(branch, at, 1)
    strict, email = stage("a"), StagePort("email")
    operations.send(at=moment, ports=ports(sms=[strict, stage("c")]))
    run(moment, ports(sms=[strict, stage("c")]))
    assert states() == [("c", "accepted")]
    moment = waiting(branch, at, 1, first=50)
    run(moment, ports(sms=strict, email=email))
    assert (len(strict.given), len(email.given)) == (0, 1)
    page = queries.obligation_page(queries.obligation_by_key("k50").id)
    (skipped,) = page.steps[1].attempts
    assert (skipped.state, skipped.error_class) == ("skipped", "template_not_approved")
    assert "审核" in skipped.error
    assert "not approved" in skipped.error


def approve(at, code, provider="a"):
    given = {"provider": provider, "template": "payment_received_cure", "channel": "sms", "language": "zh"}
    pk = templates.approval_open(**given, by="7", at=at, provider_code=code)
    for state in ("submitted", "approved"):
        templates.approval_move(approval_id=pk, state=state, by="7", at=at)
    return pk


def test_a_provider_that_sends_by_code_gets_its_template_and_typed_values(branch, at, table):
    # S2-08: the code of the approval of exactly this text; what was not approved is not sent by it
    table["a"] = {"by_code": True}
    approve(at, "SMS_4711")
    moment = waiting(branch, at, 1)
    sms = stage("a")
    run(moment, ports(sms=sms))
    (message,) = sms.given
    coded = message.coded
    assert (coded.code, coded.language) == ("SMS_4711", "zh")
    assert coded.link in message.body
    assert coded.values["amount_fen"] == Value("money", 100, "1.00 元")
    assert coded.values["loan_no"] == Value("text", "HL1", "HL1"), "what is shown in part is given in part"
    for value in coded.values.values():
        assert value.text in message.body


@pytest.mark.parametrize("code", ["", None])
def test_an_approval_without_a_code_is_none_to_a_provider_that_sends_by_code(branch, at, table, code):
    table["a"] = {"by_code": True}
    if code is not None:
        approve(at, code)
    moment = waiting(branch, at, 1)
    sms = stage("a")
    run(moment, ports(sms=[sms, stage("b")]))
    assert sms.given == []
    assert states() == [("b", "accepted")], "another one of the channel takes it, with its text"


def test_the_providers_own_names_and_a_text_that_changed_since_the_first_try(branch, at, table, monkeypatch):
    names = {"payment_received_cure": {"number1": "amount_fen", "time2": "paid_on", "thing3": "bank_name"}}
    table["a"] = {"by_code": True, "fields": names}
    approve(at, "SMS_4711")
    moment = waiting(branch, at, 2)
    sms = stage("a", behaviour=raising(InDoubt("timeout")), idempotent=True, can_poll=True)
    operations.send(at=moment, ports=ports(sms=sms))
    given = {name: value.kind for name, value in sms.given[0].coded.values.items()}
    assert given == {"number1": "money", "time2": "date", "thing3": "text"}
    sms.answers = {message.key: Answer(NOT_TAKEN, moment) for message in sms.given}
    moment += timedelta(minutes=2)
    operations.poll_attempts(at=moment, ports=ports(sms=sms))
    changed = Attempt.objects.filter(channel="sms").order_by("id").first()
    other = Content.objects.create(
        hash="0" * 64, channel="sms", template="t", template_version="v", body="before"
    )
    Attempt.objects.filter(id=changed.id).update(content_id=other.hash)
    sms.behaviour = lambda message: Submitted(f"r-{message.key}")
    operations.send(at=moment + timedelta(minutes=2), ports=ports(sms=sms))
    changed.refresh_from_db()
    assert changed.state == "skipped"
    assert "已变" in changed.error
    assert len({message.key for message in sms.given}) == 2
    assert Attempt.objects.filter(channel="sms", state="accepted").count() == 1


def test_what_is_too_late_is_not_sent_any_more_and_the_journey_goes_on(branch, at, table):
    moment = waiting(branch, at, 2)
    Attempt.objects.filter(channel="sms").update(send_by_at=moment + timedelta(minutes=5))
    sms, email = stage("a"), StagePort("email")
    late = moment + timedelta(minutes=5)
    first = Attempt.objects.filter(channel="sms").order_by("id").values_list("id", flat=True)[0]
    Attempt.objects.filter(id=first).update(
        not_before_at=late + timedelta(hours=1)
    )  # only the sweep sees this one
    assert operations.send(at=late, ports=ports(sms=sms)).refused == 1
    assert operations.sweep(at=late) == 1
    rows = Attempt.objects.filter(channel="sms").values_list("state", "error_class")
    assert set(rows) == {("failed", "too_late")}
    run(late, ports(sms=sms, email=email))
    assert (len(sms.given), len(email.given)) == (0, 2)


def test_a_step_that_runs_out_leaves_nothing_in_the_queue(branch, at, table):
    moment = waiting(branch, at, 1)
    (queued,) = Attempt.objects.filter(channel="sms")
    assert queued.send_by_at == Obligation.objects.get(key="k1").next_step_at
    email = StagePort("email")
    run(moment + timedelta(days=1), ports(email=email))
    assert states() == [("", "failed")]
    assert len(email.given) == 1


def test_a_channel_nobody_serves_gives_way_with_the_reason(branch, at, table):
    moment = waiting(branch, at, 1)
    email = StagePort("email")
    assert operations.skip_unwired(at=moment, ports=ports(email=email)) == 1
    (row,) = Attempt.objects.filter(channel="sms")
    assert (row.state, row.error_class) == ("skipped", "no_provider")
    run(moment, ports(email=email))
    assert len(email.given) == 1


def test_a_higher_lane_goes_first(branch, at, table):
    moment = waiting(branch, at, 6)
    last = Attempt.objects.filter(channel="sms").order_by("-id").first()
    Attempt.objects.filter(channel="sms").exclude(id=last.id).update(lane=2)
    Attempt.objects.filter(id=last.id).update(lane=0)
    sms = stage("a")
    operations.send(at=moment, limit=1, ports=ports(sms=sms))
    assert [message.attempt_id for message in sms.given] == [last.id]
    assert operations.send(at=moment, ports=ports(sms=sms), lanes=[0, 1]).claimed == 0
    Obligation.objects.filter(state="in_progress").update(next_step_at=moment, lane=2)
    Obligation.objects.filter(key="k3").update(lane=0)
    assert operations.plan(at=moment, limit=1).taken == 1
    assert operations.plan(at=moment, lanes=[0, 1]).taken == 0


@pytest.mark.parametrize(
    ("provider", "row", "field"),
    [
        ("a", {"per_second": 0}, "a.per_second"),
        ("a", {"per_day": "9"}, "a.per_day"),
        ("a", {"per_address_per_day": True}, "a.per_address_per_day"),
        ("a", {"reserve_percent": 91}, "a.reserve_percent"),
        ("a", {"breaker": {"failures": 1}}, "a.breaker"),
        ("a", {"breaker": BASE["breaker"] | {"open_seconds": 0}}, "a.breaker.open_seconds"),
        ("a", {"slow_seconds": -1}, "a.slow_seconds"),
        ("a", {"needs_approval": 1}, "a.needs_approval"),
        ("a", {"by_code": "yes"}, "a.by_code"),
        ("a", {"fields": 3}, "a.fields"),
        ("a", {"fields": {"reminder_5": {}}}, "a.fields.reminder_5"),
        ("a", {"fields": {"reminder_5": {"thing 1": "loan_no"}}}, "a.fields.reminder_5"),
        ("a", {"fields": {"reminder_5": {"thing1": "{loan_no}"}}}, "a.fields.reminder_5.thing1"),
        ("a", {"colour": "red"}, "a.colour"),
        ("a", 5, "a"),
    ],
)
def test_a_wrong_value_in_the_file_names_its_field(provider, row, field):
    with pytest.raises(BadInput) as refused:
        providers.parse_file({"default": BASE, provider: row})
    assert refused.value.field == field
    assert field.rpartition(".")[2] in refused.value.message_en
