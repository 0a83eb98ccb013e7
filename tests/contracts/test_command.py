"""`anju channels`: what is connected, and one test message that never reaches a customer. S2-12."""

import pytest
from click.testing import CliRunner

from anju.adapters import ports_from_environment
from anju.platform.contacts import operations as contacts
from anju.site.cli.channels import channels


@pytest.fixture
def two_lines(monkeypatch, settings, tmp_path):
    monkeypatch.setenv("ANJU_SMS_PROVIDERS", "sim-sms,sim-sms-2")
    settings.DATA_DIR = tmp_path


@pytest.mark.django_db
@pytest.mark.usefixtures("two_lines")
def test_the_lines_are_shown_in_their_order():
    done = CliRunner().invoke(channels, [], catch_exceptions=False)
    assert done.exit_code == 0
    shown = [line.split()[:2] for line in done.output.splitlines()]
    assert shown.index(["sms", "sim-sms"]) + 1 == shown.index(["sms", "sim-sms-2"])
    assert ["inbox", "inbox"] in shown


@pytest.mark.django_db
@pytest.mark.usefixtures("two_lines")
def test_a_test_message_goes_out_but_not_to_a_customer(at):
    contacts.set_addresses_many([(501, "phone", "13800000501")], at=at)
    runner = CliRunner()
    done = runner.invoke(channels, ["try", "sim-sms-2", "--to", "13900000001"], catch_exceptions=False)
    assert (done.exit_code, "sim-sms-2-1" in done.output) == (0, True)
    for words in (
        ["sim-sms", "--to", "13800000501"],
        ["inbox", "--to", "x"],
        ["sim-sms", "--to", "13900099991"],
    ):
        assert runner.invoke(channels, ["try", *words]).exit_code != 0
    first, second = ports_from_environment()["sms"]
    assert (first.taken(), len(second.taken())) == ([], 1)
