"""Loans are given to an agency and taken back at the desk; what the agency may then do. S1-06, S1-07."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from anju.contexts.servicing.models import Loan
from anju.platform.contacts import operations as contacts
from anju.platform.contacts import queries
from anju.platform.identity.models import Branch, Staff
from anju.platform.journal.queries import timeline
from tests.web.conftest import BACKEND
from tests.web.desk_world import AT, World

AsRole = Callable[[str], Client]
REASON = "逾期九十天以上第二批"


@pytest.fixture
def agency(world: World) -> int:
    return contacts.agency_engage(name="诚信催收有限公司", contract_ref="WT-7", by="staff:1", from_at=AT)


def assign(client: Client, agency: int, numbers: str, **more: str):
    return client.post(
        reverse("desk:agency_assign", args=[agency]), {"numbers": numbers, "reason": REASON, **more}
    )


def may(loan: Loan, agency: int) -> bool:
    return contacts.ask(
        person_id=loan.borrower_id, purpose="collection", channel="inbox", at=AT, agency_id=agency, subject=("loan", loan.pk)
    ).ok  # fmt: skip


def test_loans_are_given_and_taken_back(world: World, as_role: AsRole, agency: int) -> None:
    # S1-06, S1-07
    first, second, third, _settled = world.loans
    supervisor, collector, url = (
        as_role("supervisor"),
        as_role("collector"),
        reverse("desk:agency", args=[agency]),
    )
    assert may(third, agency)
    numbers = f"{first.loan_no}，{second.loan_no}\n{first.loan_no}"
    assert assign(supervisor, agency, numbers, to_on="2026-12-31").status_code == 302
    assert [may(loan, agency) for loan in (first, second, third)] == [True, True, False]
    text = supervisor.get(url).content.decode()
    for words in ("已委托 2 笔", "只限委托给它的贷款", REASON, "2026-11-23 – 2026-12-31", first.loan_no):
        assert words in text, words
    assert "2 笔" in supervisor.get(reverse("desk:agencies")).content.decode()
    assert assign(supervisor, agency, first.loan_no).status_code == 302
    assert "1 笔已在该机构名下" in supervisor.get(url).content.decode()
    contact = reverse("desk:person_contact", args=[third.borrower_id])
    assert "没有委托给它" in collector.get(contact).content.decode()
    told = collector.get(reverse("desk:person_contact", args=[first.borrower_id])).content.decode()
    assert "没有委托给它" not in told
    row = next(one for one in queries.agency_loans(agency, AT) if one.loan_id == first.pk)
    end = reverse("desk:agency_withdraw", args=[agency, row.id])
    assert "请写明收回的原因" in supervisor.post(end, {"reason": " "}).content.decode()
    assert may(first, agency)
    assert "已收回" in supervisor.post(end, {"reason": "投诉属实"}, follow=True).content.decode()
    assert [may(loan, agency) for loan in (first, second, third)] == [False, True, False]
    assert "没有变化" in supervisor.post(end, {"reason": "再一次"}, follow=True).content.decode()
    entries = timeline([("loan", first.pk)], kinds=["contacts.agency.assigned", "contacts.agency.withdrawn"])
    assert {one.actor for one in entries} == {f"staff:{world.staff['supervisor'].pk}"}
    page = supervisor.get(reverse("desk:loan", args=[first.pk])).content.decode()
    assert "委托给催收机构：诚信催收有限公司" in page
    assert "从催收机构收回：诚信催收有限公司" in page


def test_what_cannot_be_given_says_why_and_gives_nothing(world: World, as_role: AsRole, agency: int) -> None:
    supervisor, number = as_role("supervisor"), world.loans[0].loan_no
    for numbers, more, words in [
        (" ", {}, "请填写“贷款编号”"), (f"{number} NIX-1", {}, "没有这些贷款编号：NIX-1"), (number, {"reason": ""}, "请填写“原因”"),
        (number, {"to_on": "2026-11-22"}, "不能早于今天"), (number, {"to_on": "soon"}, "不是日期"),
        (" ".join(f"N{n}" for n in range(1001)), {}, "一次最多 1000 个"),
    ]:  # fmt: skip
        answer = assign(supervisor, agency, numbers, **more)
        assert (answer.status_code, words in answer.content.decode()) == (422, True), words
    Loan.objects.filter(loan_no=number).update(state="settled")
    assert "已结清" in assign(supervisor, agency, number).content.decode()
    contacts.agency_end(agency_id=agency, reason="到期", by="staff:1", at=AT)
    assert "没有有效的委托合同" in assign(supervisor, agency, world.loans[1].loan_no).content.decode()
    assert queries.agency_loans(agency, AT) == []
    assert queries.agency(agency, AT).scope == "all"


def test_only_supervisors_and_only_their_branch(world: World, as_role: AsRole, agency: int) -> None:
    number = world.loans[0].loan_no
    for role, code in [("collector", 403), ("adviser", 403), ("administrator", 200)]:
        assert as_role(role).get(reverse("desk:agency", args=[agency])).status_code == code
        assert assign(as_role(role), agency, number).status_code == 403
    assert assign(as_role("supervisor"), agency, number).status_code == 302
    elsewhere = Branch.objects.create(code="BJ01", name="北京支行")
    other = Staff.objects.create_user("BJ0001", name="他行主管", role="supervisor", branch=elsewhere)
    client = Client()
    client.force_login(other, backend=BACKEND)
    text = client.get(reverse("desk:agency", args=[agency])).content.decode()
    assert number not in text
    assert "另有 1 笔属于其他机构" in text
    assert "没有这些贷款编号" in assign(client, agency, world.loans[1].loan_no).content.decode()
    (row,) = queries.agency_loans(agency, AT)
    end = reverse("desk:agency_withdraw", args=[agency, row.id])
    assert client.post(end, {"reason": "我要"}).status_code == 404
    assert client.get(reverse("desk:agency", args=[agency + 9])).status_code == 404
    assert may(world.loans[0], agency)
