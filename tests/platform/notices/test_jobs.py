"""What the worker runs every second carries a notice all the way. S2-09, S2-12."""

from datetime import timedelta

import pytest

from anju.adapters import jobs as receipts
from anju.adapters import ports_from_environment
from anju.adapters.simulated.provider import SimulatedProvider
from anju.adapters.smpp import SmppPort
from anju.adapters.smtp import SmtpPort
from anju.platform.notices import jobs, operations, queries
from tests.platform.notices.world import PERSON, owed, people


@pytest.fixture
def simulated(monkeypatch, settings, tmp_path):
    for name in ("ANJU_SMTP_URL", "ANJU_SMPP_URL", "ANJU_PRODUCTION", "ANJU_SIM_FAULTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANJU_SIM_SEED", str(hash(tmp_path) % 10_000))
    settings.DATA_DIR = tmp_path


@pytest.mark.django_db
@pytest.mark.usefixtures("shipped_policy", "simulated")
def test_the_jobs_alone_bring_a_notice_to_its_proof(branch, at):
    cure = {"loan_no": "HL1", "amount_fen": 100, "paid_on": "2026-11-23"}
    people([PERSON], at)
    operations.owe_many([owed(branch.id, at, notice_type="payment_received_cure", variables=cure)])
    for minutes in (0, 10, 11):
        moment = at + timedelta(minutes=minutes)
        for job in (jobs.plan, jobs.send, receipts.receipts, jobs.poll, jobs.sweep, jobs.audit):
            job(moment)
    (row,) = queries.obligations_of_person(PERSON)
    assert (row.state, row.rung) == ("proven", "carrier_delivered")


@pytest.mark.usefixtures("simulated")
def test_the_environment_decides_which_port_serves(monkeypatch):
    assert isinstance(ports_from_environment()["sms"][0], SimulatedProvider)
    monkeypatch.setenv(
        "ANJU_SMTP_URL", "smtp://u:p%40ss@mail.example:587?from=notice@bank.example&tls=starttls"
    )
    monkeypatch.setenv("ANJU_PRODUCTION", "1")
    wired = ports_from_environment()
    assert sorted(wired) == ["email", "inbox"], "in production nothing is simulated"
    (email,) = wired["email"]
    assert isinstance(email, SmtpPort)
    assert (email.host, email.port, email.password, email.tls) == ("mail.example", 587, "p@ss", "starttls")
    monkeypatch.setenv("ANJU_SMPP_URL", "smpp://esme:secret@centre.example?source=1069&long=payload")
    sms = ports_from_environment()["sms"][0]
    assert isinstance(sms, SmppPort)
    assert (sms.host, sms.port, sms.source, sms.long_text) == ("centre.example", 2775, "1069", "payload")
    monkeypatch.setenv("ANJU_SMPP_URL", "http://centre.example")
    with pytest.raises(ValueError, match="ANJU_SMPP_URL"):
        ports_from_environment()
