"""Web push: sealed as the standard says, to known push services only, proven by the service worker. S2-08, S2-11."""

import base64
import json
from datetime import timedelta
from itertools import count

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from anju.adapters import push_crypt
from anju.adapters.push import PushPort, seen_token
from anju.adapters.simulated.provider import Faults
from anju.platform.notices.hooks import Hearer, HookRefused
from anju.platform.notices.ports import Rejected
from tests.contracts.servers import message

SUBJECT = "还款提醒"


def test_the_example_of_the_standard():
    # RFC 8291, section 5 and appendix A.
    ours = push_crypt.private_key("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    theirs = push_crypt.private_key("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")
    p256dh = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    assert push_crypt.b64(push_crypt.public_bytes(theirs)) == p256dh
    auth, salt = "BTBZMqHH6r4Tts7J_aSIgg", push_crypt.unb64("DGv6ra1nlYgDCS1FRnbzlw")
    text = b"When I grow up, I want to be a watermelon"
    body = push_crypt.seal(text, p256dh=p256dh, auth=auth, salt=salt, ours=ours)
    assert push_crypt.b64(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95b"
        "Qpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert push_crypt.unseal(body, key=theirs, auth=auth) == text


def test_who_we_are_can_be_checked_by_the_push_service(browser, at):
    port = browser.port()
    port.send(message(at, channel="push", to=browser.subscription()))
    token, point = browser.heads[0]["authorization"].removeprefix("vapid t=").split(", k=")
    assert point == port.public_key
    signed, _, mark = token.rpartition(".")
    claims = json.loads(push_crypt.unb64(signed.split(".")[1]))
    assert claims == {
        "aud": browser.url,
        "exp": int(at.timestamp()) + 12 * 3600,
        "sub": "mailto:ops@bank.example",
    }
    raw = push_crypt.unb64(mark)
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), push_crypt.unb64(point))
    key.verify(signature, signed.encode(), ec.ECDSA(hashes.SHA256()))  # raises when it is not ours


def test_what_the_browser_shows(browser, at):
    browser.port().send(message(at, channel="push", to=browser.subscription(), body="您有一条新通知"))
    (shown,) = browser.seen
    assert (shown["key"], shown["title"], shown["body"]) == ("anju-9-1", SUBJECT, "您有一条新通知")


def test_the_service_worker_proves_and_a_guess_does_not(browser, at):
    port = browser.port()
    assert isinstance(port, Hearer)
    browser.provider.faults = Faults(opened=1_000_000, forged=1_000_000)
    port.send(message(at, channel="push", to=browser.subscription()))
    told = []
    for body in browser.calls(at + timedelta(hours=1)):
        try:
            heard = port.hear(method="POST", headers={}, query={}, body=body, at=at)
            told += [(row.provider, row.provider_ref, row.status) for row in heard.receipts]
        except HookRefused as refusal:
            told.append(refusal.status)
    assert sorted(told, key=str) == [
        ("push", "anju-9-1", "device_delivered"), ("push", "anju-9-1", "opened"), 401,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"[]", 400), (b'{"seen": 1, "what": "shown"}', 400), (b'{"seen": "x", "what": "eaten"}', 400),
        (b'{"seen": "x", "what": ["shown"]}', 400), (b'{"seen": "anju-9-1.", "what": "shown"}', 401),
        (b'{"seen": "anju-9-1.\\ud800", "what": "shown"}', 401),
        (json.dumps({"seen": seen_token("anju-9-1").replace("-1.", "-2."), "what": "shown"}).encode(), 401),
    ],
    ids=count(),  # a mark is another one in every process: it must not be in a test's name
)  # fmt: skip
def test_what_a_service_worker_does_not_say(browser, at, body, status):
    with pytest.raises(HookRefused) as refused:
        browser.port().hear(method="POST", headers={}, query={}, body=body, at=at)
    assert refused.value.status == status


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://169.254.169.254/latest", "https://fcm.googleapis.com.evil.example/x", "http://fcm.googleapis.com/x",
        "https://user:pw@fcm.googleapis.com/x", "file:///etc/passwd", "https://notify.windows.com/x", "", "//x",
    ],
)  # fmt: skip
def test_only_known_push_services_are_called(at, endpoint):
    port = PushPort(push_crypt.new_private_key(), contact="ops@bank.example", timeout=1)
    to = json.dumps({"endpoint": endpoint, "keys": {"auth": "x", "p256dh": "x"}})
    with pytest.raises(Rejected) as refused:
        port.send(message(at, channel="push", to=to))
    assert refused.value.error_class == "no_such_address"
    assert port._servers == {}


def test_odd_addresses_and_long_texts(browser, at):
    port, good = browser.port(), json.loads(browser.subscription())
    good["keys"]["auth"] = base64.urlsafe_b64encode(b"short").decode()
    for to in ("x", "[]", '{"endpoint": "https://127.0.0.1/"}', json.dumps(good)):
        with pytest.raises(Rejected, match="no_such_address"):
            port.send(message(at, channel="push", to=to))
    with pytest.raises(Rejected, match="too_long"):
        port.send(message(at, channel="push", to=browser.subscription(), body="长" * 1300))


def test_configuration():
    key = push_crypt.new_private_key()
    port = PushPort.from_url(f"push:?key={key}&contact=ops@bank.example&hosts=push.example,.push.example")
    assert port.hosts == ("push.example", ".push.example")
    for url in ("push:?contact=a@b.example", f"push:?key={key}", "push:?key=AAAA&contact=a@b.example"):
        with pytest.raises(ValueError, match="key"):
            PushPort.from_url(url)
