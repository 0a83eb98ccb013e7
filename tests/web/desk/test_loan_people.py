"""Somebody joins a loan at the desk: known by ID number or new on file; refused in words beside the field. S2-06, S4-031."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from anju.contexts.parties import queries as parties
from anju.contexts.parties.models import Person
from anju.contexts.parties.operations import NewPerson, persons_ensure
from anju.contexts.servicing.models import Loan, LoanParty
from anju.platform.contacts import operations as contacts
from anju.platform.contacts import queries as contact_queries
from anju.platform.identity.models import Branch, Staff
from anju.platform.journal.queries import timeline
from tests.web.conftest import BACKEND
from tests.web.desk_world import AT, World

AsRole = Callable[[str], Client]
NUMBER, OTHER_NUMBER = "11010519491231002X", "440524188001010014"
FORM = {
    "role": "guarantor", "id_number": "110105 19491231 002x", "name": "李 淑芬", "phone": "+86 139-0000-1111",
    "reason": "补签保证合同 2026-17 号",
}  # fmt: skip


def join(client: Client, loan: Loan, **change: str):
    return client.post(reverse("desk:loan_join", args=[loan.pk]), {**FORM, **change})


def joined(loan: Loan) -> set[tuple[str, str]]:
    rows = LoanParty.objects.filter(loan=loan).exclude(role="borrower")
    return set(rows.values_list("role", "person__name"))


def known(name: str, phone: str = "") -> int:
    found = persons_ensure(rows=[NewPerson(name, NUMBER)], at=AT)[NUMBER][0]
    contacts.set_addresses_many([(found, "phone", phone)], at=AT)
    return found


def test_a_person_not_on_file_is_put_on_file_and_joins_once(world: World, as_role: AsRole) -> None:
    # S2-06
    loan, client = world.loans[0], as_role("supervisor")
    assert "查看和加入" in client.get(reverse("desk:loan", args=[loan.pk])).content.decode()
    told = [join(client, loan).status_code, join(client, loan, phone="")]
    assert told[0] == 302
    person = parties.by_id_number(NUMBER)
    assert person is not None
    phone = contact_queries.address(person, "phone")
    assert phone is not None
    assert phone.value == "13900001111"
    assert joined(loan) == {("guarantor", "李 淑芬")}
    entries = timeline([("loan", loan.pk)], kinds=["servicing.party.joined"])
    assert [(one.actor, one.body["reason"]) for one in entries] == [
        (f"staff:{world.staff['supervisor'].pk}", FORM["reason"])
    ]
    text = client.get(reverse("desk:loan_people", args=[loan.pk])).content.decode()
    for words in (
        "保证人",
        "李 淑芬",
        "139****1111",
        "110***********002X",
        "没有变化",
        "11月23日 周一 09:30",
        "开户时",
    ):
        assert words in text, words
    assert "保证人" in client.get(reverse("desk:loan", args=[loan.pk])).content.decode()


def test_a_person_on_file_is_found_by_number_and_keeps_name_and_phone(world: World, as_role: AsRole) -> None:
    person, loan, client = known("李 淑芬", "13700002222"), world.loans[1], as_role("administrator")
    assert join(client, loan, role="co_borrower", phone="").status_code == 302
    assert (joined(loan), Person.objects.filter(name="李 淑芬").count()) == ({("co_borrower", "李 淑芬")}, 1)
    phone = contact_queries.address(person, "phone")
    assert phone is not None
    assert phone.value == "13700002222"


@pytest.mark.parametrize(
    ("change", "field", "zh", "en"),
    [
        ({"role": ""}, "role", "请选择“身份”", "Please choose"),
        ({"role": "borrower"}, "role", "没有这个选项", "no such"),
        ({"id_number": ""}, "id_number", "请填写“身份证号”", "Please fill in"),
        ({"id_number": "11010519491231"}, "id_number", "须为 18 位", "18 characters"),
        ({"id_number": "110105194912310021"}, "id_number", "校验码不符", "check digit"),
        ({"name": " "}, "name", "请填写“姓名”", "Please fill in"),
        ({"name": "长" * 81}, "name", "最多 80 个字", "80"),
        ({"phone": ""}, "phone", "尚未建档", "not on file"),
        ({"phone": "12345"}, "phone", "须为 11 位", "11 digits"),
        ({"reason": "口头"}, "reason", "5 至 200 个字，现有 2 个", "5 to 200"),
        ({"reason": "长" * 201}, "reason", "最多 200 个字", "200"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_written(
    world: World, as_role: AsRole, change: dict[str, str], field: str, zh: str, en: str
) -> None:
    loan, client, before = world.loans[0], as_role("supervisor"), Person.objects.count()
    for language, words in (("zh-CN", zh), ("en", en)):
        data = {**FORM, **change}
        answer = client.post(
            reverse("desk:loan_join", args=[loan.pk]), data, headers={"Accept-Language": language}
        )
        assert answer.status_code == 422
        text = answer.content.decode()
        beside = text.split(f'id="{field}-note"')[1].split("</div>")[0]
        assert words in beside
        assert text.count("aj-field-error") == 1
        assert change.get("reason") or FORM["reason"] in text  # what was typed is kept
    assert (joined(loan), Person.objects.count()) == (set(), before)


def test_who_is_on_file_under_another_name_or_phone_or_owes_already(world: World, as_role: AsRole) -> None:
    # S4-031
    client, loan = as_role("supervisor"), world.loans[0]
    known("李淑芬", "13700002222")
    text = join(client, loan, name="王五").content.decode()
    assert "姓名与该身份证号的档案不符" in text
    assert "李淑芬" not in text
    assert "这里请留空" in text
    Loan.objects.filter(pk=loan.pk).update(borrower_id=parties.by_id_number(NUMBER))
    text = join(client, loan, name="李淑芬", phone="").content.decode()
    assert "是本笔贷款的借款人" in text
    Loan.objects.filter(pk=loan.pk).update(state="settled")
    assert "已结清" in join(client, loan, name="李淑芬", phone="").content.decode()
    assert "加入本笔贷款" not in client.get(reverse("desk:loan_people", args=[loan.pk])).content.decode()
    assert joined(loan) == set()


def test_only_supervisors_and_administrators_of_the_branch(world: World, as_role: AsRole) -> None:
    loan = world.loans[0]
    for role, code in [("adviser", 403), ("collector", 403), ("risk_officer", 403), ("administrator", 200)]:
        client = as_role(role)
        assert client.get(reverse("desk:loan_people", args=[loan.pk])).status_code == code
        if code == 403:
            assert join(client, loan).status_code == 403
    elsewhere = Branch.objects.create(code="BJ01", name="北京支行")
    other = Staff.objects.create_user("BJ0001", name="他行主管", role="supervisor", branch=elsewhere)
    client = Client()
    client.force_login(other, backend=BACKEND)
    assert client.get(reverse("desk:loan_people", args=[loan.pk])).status_code == 404
    assert join(client, loan).status_code == 404
    checked = Client(enforce_csrf_checks=True)
    checked.force_login(world.staff["supervisor"], backend=BACKEND)
    assert join(checked, loan).status_code == 403
    assert joined(loan) == set()
