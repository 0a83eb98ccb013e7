"""Change of the plan on a page: figures before and after, accepted, posted once; refused in words; asked for on the portal."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from anju.contexts.catalogue.models import Product
from anju.contexts.servicing import queries as servicing
from anju.contexts.servicing import work_outcomes
from anju.contexts.servicing.models import Loan, LoanChange, Payment, Position
from anju.contexts.servicing.plan.contract import contract_of
from anju.core.schedule import position
from anju.platform.work.models import WorkItem
from anju.web.portal import session
from tests.web.desk_world import ON, World

QUERIES_MAX = 14
Enter = Callable[[str], Client]


@pytest.fixture
def loan(world: World, monkeypatch: pytest.MonkeyPatch) -> Loan:
    """The loan that is paid up, with 120,000 yuan come in and not used."""
    work_outcomes.connect()
    found = world.loans[3]
    Payment.objects.create(
        external_ref="M1", loan=found, amount_fen=12_000_000, paid_on=ON, received_at=timezone.now(), state="posted",
        posted_on=ON, unapplied_fen=12_000_000,
    )  # fmt: skip
    now = position(contract_of(found, ON).terms, (), ON)
    Position.objects.filter(pk=found.pk).update(
        unapplied_fen=12_000_000, seq_next=now.next_seq, balance_fen=now.balance_fen, instalment_fen=now.instalment_fen,
        next_due_on=now.next_due_on, next_principal_fen=now.next_principal_fen, next_interest_fen=now.next_interest_fen,
    )  # fmt: skip
    return found


def fields(page: str, number: int = 0) -> dict[str, str]:
    """Hidden fields of the n-th form that posts a change."""
    forms = [
        form
        for form in re.findall(r"<form method=\"post\".*?</form>", page, re.DOTALL)
        if 'name="total_fen"' in form
    ]
    return dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', forms[number]))


def test_a_prepayment_three_ways_and_what_was_accepted_is_posted_once(
    loan: Loan, as_role: Enter
) -> None:  # S4-057, S4-058
    client, url = as_role("adviser"), reverse("desk:change", args=[loan.pk])
    assert "下一步" in client.get(url).content.decode()
    with CaptureQueriesContext(connection) as made:
        page = client.get(url, {"kind": "prepay", "amount": "100000", "quote": "1"}).content.decode()
    assert len(made) <= QUERIES_MAX, len(made)
    for text in (
        "期限不变，减少每期还款",
        "每期还款不变，缩短期限",
        "缩短期限，重算每期还款",
        "民法典第 677 条",
    ):
        assert text in page
    sent = fields(page, 1)
    assert sent["then"] == "shorten"
    to = reverse("desk:change_post", args=[loan.pk])
    assert client.post(to, sent).status_code == 422  # the customer has not confirmed
    wrong = client.post(to, {**sent, "confirmed": "yes", "end_on": "2030-01-05"})
    assert "到期日接受的是" in wrong.content.decode()
    assert not LoanChange.objects.exists()
    for _ in range(2):
        assert client.post(to, {**sent, "confirmed": "yes"}).status_code == 302
    change = LoanChange.objects.get()
    assert change.principal_fen == 10_000_000
    assert (change.event.body["then"], change.figures["end_on"]) == ("shorten", sent["end_on"])


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"kind": "due_day", "due_day": "29"}, "还款日可选每月 1 日至 28 日"),
        ({"kind": "extend", "months": "481"}, "延长几个月"),
        ({"kind": "prepay", "amount": "100"}, "部分提前还款不少于 10,000.00 元"),
        ({"kind": "holiday", "periods": "13"}, "最多 12 期"),
        ({"kind": "method", "method": "level_principal"}, "按此办理"),
    ],
)
def test_what_the_page_says(loan: Loan, as_role: Enter, asked: dict[str, str], shown: str) -> None:
    client, url = as_role("supervisor"), reverse("desk:change", args=[loan.pk])
    page = client.get(url, {**asked, "quote": "1"}).content.decode()
    assert shown in page
    assert ("按此办理" in page) == (shown == "按此办理")


def test_who_may_not(loan: Loan, as_role: Enter) -> None:
    assert as_role("collector").get(reverse("desk:change", args=[loan.pk])).status_code == 403
    assert as_role("adviser").get(reverse("desk:change", args=[loan.pk + 999])).status_code == 404


@pytest.fixture
def borrower(loan: Loan, client: Client) -> Client:
    kept = client.session
    kept[session.KEY] = {"person_id": loan.borrower_id, "seen": int(timezone.now().timestamp()) + 10**9}
    kept.save()
    return client


def test_the_borrower_accepts_or_asks(loan: Loan, borrower: Client) -> None:
    url = reverse("portal:change", args=[loan.pk])
    page = borrower.get(url, {"kind": "payoff", "quote": "1"}).content.decode()
    assert "须提前 10 天预约" in page
    for _ in range(2):
        assert borrower.post(url, {**fields(page), "do": "ask"}).status_code == 302
    item = WorkItem.objects.get(kind="servicing.plan_request")
    assert (item.queue, item.params["change"], item.params["asked_on"]) == (
        "account_manager",
        "payoff",
        "2026-11-23",
    )
    page = borrower.get(url, {"kind": "prepay", "amount": "50000", "quote": "1"}).content.decode()
    sent = {**fields(page), "do": "accept"}
    assert borrower.post(url, sent).status_code == 422
    assert not LoanChange.objects.exists()
    assert borrower.post(url, {**sent, "confirmed": "yes"}).status_code == 302
    change = LoanChange.objects.get()
    assert (change.principal_fen, change.actor) == (5_000_000, f"borrower:{loan.borrower_id}")
    assert servicing.change_day(loan.pk) == date(2026, 11, 23)


def test_nobody_else(loan: Loan, world: World, borrower: Client) -> None:
    other = next(one for one in world.loans if one.borrower_id != loan.borrower_id)
    assert borrower.get(reverse("portal:change", args=[other.pk])).status_code == 404
    assert "登录" in Client().get(reverse("portal:change", args=[loan.pk]), follow=True).content.decode()


FREQUENCIES = (
    ("monthly", "按月", "每月 %d 日", 300),
    ("fortnightly", "双周供（每 14 天一期）", "每两周的周%w", None),
    ("quarterly", "按季", "每 3 个月的 %d 日", 100),
    ("once", "到期一次还本付息", "到期日（%d 日）一次还清", 1),
)


@pytest.mark.parametrize(("frequency", "name", "when", "instalments"), FREQUENCIES)
def test_how_often_is_due_is_shown_to_both_and_only_possible_changes_are_offered(
    loan: Loan,
    borrower: Client,
    as_role: Enter,
    frequency: str,
    name: str,
    when: str,
    instalments: int | None,
) -> None:  # S4-006
    Product.objects.filter(pk=loan.product_id).update(frequency=frequency)
    seen = [
        as_role("adviser").get(reverse("desk:loan", args=[loan.pk])).content.decode(),
        borrower.get(reverse("portal:loan", args=[loan.pk])).content.decode(),
    ]
    when = when.replace("%d", str(loan.due_day)).replace("%w", "一二三四五六日"[loan.start_on.weekday()])
    assert [(name in page, when in page) for page in seen] == [(True, True)] * 2
    assert instalments is None or f"共 {instalments} 期" in seen[1]
    form = as_role("adviser").get(reverse("desk:change", args=[loan.pk])).content.decode()
    assert ('value="due_day"' in form) == (frequency != "fortnightly")
    assert 'value="prepay"' in form
