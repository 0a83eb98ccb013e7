"""The environment decides which providers serve a channel, in which order; nothing is simulated in production. S2-12."""

import json
import os

import pytest

from anju.adapters import outward_names, ports_from_environment
from anju.adapters.http_sms import HttpSmsPort
from anju.adapters.simulated.provider import SimulatedProvider
from anju.adapters.simulated.wecom import AES_KEY
from anju.adapters.smpp import SmppPort
from anju.adapters.wechat import WechatPort
from anju.adapters.wecom import WecomPort


@pytest.fixture(autouse=True)
def bare(monkeypatch, settings, tmp_path):
    for name in [name for name in os.environ if name.startswith("ANJU_")]:
        monkeypatch.delenv(name)
    settings.DATA_DIR = tmp_path


def names():
    return {channel: [port.name for port in ports] for channel, ports in ports_from_environment().items()}


def test_without_a_word_everything_is_simulated():
    found = names()
    assert (found["sms"], found["email"]) == (["sim-sms"], ["sim-email"])
    assert (found["wecom"], found["wechat"]) == (["sim-wecom"], ["sim-wechat"])
    assert ports_from_environment() is ports_from_environment()


def test_several_providers_stand_in_the_order_given(monkeypatch):
    monkeypatch.setenv("ANJU_SMS_PROVIDERS", "http-sms, smpp-2,smpp")
    monkeypatch.setenv("ANJU_HTTP_SMS_URL", "https://anju:s%3Acret@gateway.example/sms?sign=安居&timeout=4")
    monkeypatch.setenv("ANJU_HOOK_SECRET_HTTP_SMS", "old,new")
    monkeypatch.setenv("ANJU_SMPP_URL", "smpp://esme:x@centre.example")
    monkeypatch.setenv("ANJU_SMPP_2_URL", "smpp://esme:x@other.example:2776")
    monkeypatch.setenv("ANJU_WECOM_URL", "wecom://ww1:secret@qyapi.weixin.qq.com?agent=7&card=1")
    monkeypatch.setenv("ANJU_HOOK_SECRET_WECOM", f"token:{AES_KEY}")
    monkeypatch.setenv("ANJU_PRODUCTION", "1")
    assert names() == {"inbox": ["inbox"], "sms": ["http-sms", "smpp-2", "smpp"], "wecom": ["wecom"]}
    gateway, second, _ = ports_from_environment()["sms"]
    assert isinstance(gateway, HttpSmsPort)
    assert (gateway.key_id, gateway._secret, gateway.sign_name, gateway.server.timeout) == (
        "anju",
        "s:cret",
        "安居",
        4,
    )
    assert (gateway.server.host, gateway.server.base, gateway.server.secure) == (
        "gateway.example",
        "/sms",
        True,
    )
    assert isinstance(second, SmppPort)
    assert (second.host, second.port) == ("other.example", 2776)
    (wecom,) = ports_from_environment()["wecom"]
    assert isinstance(wecom, WecomPort)
    assert (wecom.corp_id, wecom.agent_id, wecom.card, wecom.server.secure) == ("ww1", 7, True, True)
    assert outward_names() == [
        "ANJU_HOOK_SECRET_HTTP_SMS", "ANJU_HOOK_SECRET_WECOM", "ANJU_HTTP_SMS_URL", "ANJU_SMPP_2_URL",
        "ANJU_SMPP_URL", "ANJU_SMS_PROVIDERS", "ANJU_WECOM_URL",
    ]  # fmt: skip


def test_wecom_and_an_official_account_stand_side_by_side_each_on_its_own_channel(monkeypatch):  # S2-11
    monkeypatch.setenv("ANJU_WECHAT_URL", "wechat://wx1:se%2Fcret@api.weixin.qq.com?timeout=4")
    monkeypatch.setenv("ANJU_HOOK_SECRET_WECHAT", f"token:{AES_KEY}")
    (port,) = ports_from_environment()["wechat"]
    assert isinstance(port, WechatPort)
    assert (port.name, port.app_id, port.server.secure, port.server.timeout) == ("wechat", "wx1", True, 4)
    monkeypatch.setenv("ANJU_WECOM_URL", "wecom://ww1:secret@qyapi.weixin.qq.com?agent=7")
    assert (names()["wecom"], names()["wechat"]) == (["wecom"], ["wechat"])
    monkeypatch.setenv("ANJU_WECOM_PROVIDERS", "wecom,wechat")
    with pytest.raises(ValueError, match="ANJU_WECHAT_URL: this address serves wechat, not wecom"):
        ports_from_environment()


def test_two_simulated_providers_stand_side_by_side_with_faults_of_their_own(monkeypatch):
    monkeypatch.setenv("ANJU_SMS_PROVIDERS", "sim-sms,sim-sms-2")
    monkeypatch.setenv("ANJU_SIM_FAULTS_SIM_SMS", json.dumps({"unavailable": 1_000_000}))
    first, second = ports_from_environment()["sms"]
    assert isinstance(first, SimulatedProvider)
    assert isinstance(second, SimulatedProvider)
    assert (first.name, second.name) == ("sim-sms", "sim-sms-2")
    assert (first.faults.unavailable, second.faults.unavailable) == (1_000_000, 0)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"ANJU_SMS_PROVIDERS": "smpp"}, "ANJU_SMPP_URL"),
        ({"ANJU_SMS_PROVIDERS": "smpp,smpp", "ANJU_SMPP_URL": "smpp://a:b@c"}, "each once"),
        ({"ANJU_SMS_PROVIDERS": "Smpp!"}, "ANJU_SMS_PROVIDERS"),
        ({"ANJU_SMS_PROVIDERS": "sim-sms", "ANJU_PRODUCTION": "1"}, "nothing is simulated"),
        ({"ANJU_EMAIL_PROVIDERS": "smpp", "ANJU_SMPP_URL": "smpp://a:b@c"}, "serves sms, not email"),
        ({"ANJU_HTTP_SMS_URL": "http://a:topsecret@gateway.example"}, "ANJU_HTTP_SMS_URL: http is allowed"),
        ({"ANJU_HTTP_SMS_URL": "https://gateway.example"}, "key id and secret"),
        ({"ANJU_WECOM_URL": "wecom://a:topsecret@b"}, "ANJU_WECOM_URL: wecom://corp_id"),
        ({"ANJU_WECOM_URL": "wecom://a:b@c?agent=1", "ANJU_HOOK_SECRET_WECOM": "topsecret:x"}, "aes_key"),
        ({"ANJU_WECHAT_URL": "wechat://a:topsecret@"}, "ANJU_WECHAT_URL: wechat://app_id"),
        ({"ANJU_SIM_FAULTS": '{"mischief": 1}'}, "ANJU_SIM_FAULTS"),
        ({"ANJU_SMTP_URL": "smtp://mail.example", "ANJU_BOUNCE_MAILDIR": "/nowhere"}, "maildir"),
        ({"ANJU_SMTP_URL": "smtp://mail.example", "ANJU_SMTP_BOUNCE_URL": "imap://b:topsecret@mail.example?tls=none"},
         "ANJU_SMTP_BOUNCE_URL: tls none"),
        ({"ANJU_SMTP_URL": "smtp://mail.example?bounces=/x", "ANJU_SMTP_BOUNCE_URL": "imaps://b:topsecret@mail.example"},
         "name one of them"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_variable_and_tells_no_secret(monkeypatch, given, told):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match="ANJU_") as refused:
        ports_from_environment()
    assert told in str(refused.value)
    assert "topsecret" not in str(refused.value)
