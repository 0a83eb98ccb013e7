"""The door: number and password; too many wrong ones lock it for a while, also for the right one."""

import pytest
from django.test import Client

from anju.platform.identity.models import Staff
from tests.web.desk_world import PASSWORD


@pytest.fixture
def collector(branch: object) -> Staff:
    return Staff.objects.create_user("COL1", PASSWORD, name="王敏", role="collector", branch=branch)


def enter(client: Client, password: str) -> int:
    answer = client.post("/desk/login/", {"login": "COL1", "password": password}, REMOTE_ADDR="10.0.0.7")
    return answer.status_code


def test_the_right_password_opens(collector: Staff) -> None:
    client = Client()
    assert enter(client, PASSWORD) == 302
    assert client.get("/desk/").status_code == 200


def test_pages_of_the_second_factor_wear_our_dress(collector: Staff) -> None:
    client = Client()
    enter(client, PASSWORD)
    assert "/desk/second-factor/" in client.get("/desk/").content.decode()
    shown = client.get("/desk/second-factor/").content.decode()
    assert "anju/anju.css" in shown
    assert "/desk/second-factor/totp/activate/" in shown
    again = client.get("/desk/second-factor/totp/activate/", follow=True).content.decode()
    assert 'type="password"' in again, "the password is asked for once more"


def test_somebody_who_left_stays_outside(collector: Staff) -> None:
    Staff.objects.update(is_active=False)
    client = Client()
    assert enter(client, PASSWORD) == 302
    assert client.get("/desk/").status_code == 302
    assert "已停用" in client.get("/desk/login/?ended=1").content.decode()


def test_eight_wrong_ones_lock_it(collector: Staff) -> None:
    client = Client()
    codes = [enter(client, "wrong password") for _ in range(8)]
    assert codes == [200] * 7 + [429]
    assert enter(client, PASSWORD) == 429
    assert client.get("/desk/").status_code == 302


def test_a_locked_number_does_not_lock_its_neighbour(collector: Staff) -> None:
    Staff.objects.create_user("COL2", PASSWORD, name="李明", role="collector", branch=collector.branch)
    client = Client()
    for _ in range(8):
        enter(client, "wrong password")
    answer = client.post("/desk/login/", {"login": "COL2", "password": PASSWORD}, REMOTE_ADDR="10.0.0.7")
    assert answer.status_code == 302


def test_the_door_leads_only_inside_the_house(collector: Staff) -> None:
    data = {"login": "COL1", "password": PASSWORD, "next": "https://evil.example/"}
    answer = Client().post("/desk/login/", data)
    assert answer.headers["Location"] == "/desk/"
