"""The simulated provider does what its faults and magic numbers say, on every channel and under any name. S2-11."""

from datetime import timedelta

import pytest

from anju.adapters.simulated.provider import MAGIC, Faults, SimulatedProvider
from anju.platform.notices.ladder import STATUSES
from anju.platform.notices.ports import InDoubt, Rejected, Submitted
from tests.contracts.servers import message

ALWAYS = 1_000_000
TAIL = {fault: tail for tail, fault in MAGIC.items()}


def told(provider, at, to, number=1):
    """What it answers, and what it says afterwards: `(status, reference is ours)`."""
    (answer,) = provider.send_many([message(at, number, to=to, channel=provider.channel)])
    heard = []
    provider.listen(at=at + timedelta(hours=1), sink=heard.extend)
    ref = getattr(answer, "provider_ref", "")
    return answer, [(row.status, row.provider_ref == ref) for row in heard]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("silent", []),
        ("undelivered", [("sent", True), ("failed", True)]),
        ("duplicate", [("sent", True)] + [("carrier_delivered", True)] * 3),
        ("reorder", [("carrier_delivered", True), ("sent", True)]),
        ("contradict", [("sent", True), ("carrier_delivered", True), ("failed", True)]),
        ("unknown_status", [("sent", True), ("carrier_delivered", True), ("gone fishing", True)]),
        ("opened", [("sent", True), ("carrier_delivered", True), ("opened", True)]),
        ("forged", [("sent", True), ("carrier_delivered", True), ("carrier_delivered", False)]),
    ],
)
def test_magic_numbers_decide_what_is_said(at, fault, said):
    answer, heard = told(SimulatedProvider("sms"), at, f"138000{TAIL[fault]}")
    assert isinstance(answer, Submitted)
    assert heard == said
    assert told(SimulatedProvider("sms", faults=Faults(**{fault: ALWAYS})), at, "13800000001")[1] == said


@pytest.mark.parametrize(
    ("fault", "kind", "error_class"),
    [
        ("throttled", Rejected, "throttled"), ("unavailable", Rejected, "unavailable"),
        ("bad_address", Rejected, "no_such_address"), ("answer_lost", InDoubt, ""), ("request_lost", InDoubt, ""),
    ],
)  # fmt: skip
def test_magic_numbers_decide_what_is_answered(at, fault, kind, error_class):
    answer, _ = told(SimulatedProvider("sms"), at, f"138000{TAIL[fault]}")
    assert isinstance(answer, kind)
    assert getattr(answer, "error_class", "") == error_class


@pytest.mark.parametrize(
    ("channel", "reached"),
    [("email", "carrier_delivered"), ("wecom", "carrier_delivered"), ("wechat", "carrier_delivered"), ("push", "device_delivered"),
     ("letter", "carrier_delivered"), ("voice", "device_delivered")],
)  # fmt: skip
def test_every_channel_reaches_its_own_rung(at, channel, reached):
    _, heard = told(SimulatedProvider(channel), at, "")
    assert [status for status, _ in heard] == ["sent", reached]
    assert reached in STATUSES


def test_it_is_slow_without_holding_anybody_up(at):
    waited = []
    provider = SimulatedProvider("sms", faults=Faults(slow=ALWAYS, slow_ms=700), wait=waited.append)
    provider.send_many([message(at, 1), message(at, 2)])
    assert waited == [0.7], "once a call, not once a message"
    quick = SimulatedProvider("sms", faults=Faults(slow_ms=700), wait=waited.append)
    quick.send(message(at, 3))
    quick.send(message(at, 4, to=f"138000{TAIL['slow']}"))
    assert waited == [0.7, 0.7]


def test_two_names_share_a_file_and_nothing_else(at, tmp_path):
    path = tmp_path / "sim.sqlite3"
    first = SimulatedProvider("sms", path=path)
    second = SimulatedProvider("sms", path=path, name="sim-sms-2")
    refs = [port.send(message(at)).provider_ref for port in (first, second, second)]
    assert refs == ["sim-sms-1", "sim-sms-2-2", "sim-sms-2-2"]
    heard = []
    second.listen(at=at + timedelta(hours=1), sink=heard.extend)
    assert {row.provider for row in heard} == {"sim-sms-2"}
    assert second.poll(key="anju-9-1", provider_ref="", at=at).provider_ref == "sim-sms-2-2"
    assert [len(port.taken()) for port in (first, second)] == [1, 1]
