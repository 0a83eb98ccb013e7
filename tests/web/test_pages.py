"""Every page: who may open it, whose rows it shows, and how many queries it costs with few rows and with many."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from anju.platform.identity.models import Branch
from anju.platform.journal.models import Entry
from tests.web import desk_world
from tests.web.conftest import BACKEND
from tests.web.desk_world import ROLES, World

QUERIES_MAX = 12
ALL = set(ROLES)
WORKERS = ALL - {"administrator"}
LOOKERS = {"supervisor", "administrator"}

PAGES: dict[str, set[str]] = {
    "today": ALL, "work": WORKERS, "queue": WORKERS, "case": WORKERS, "loans": WORKERS, "loan": WORKERS,
    "exceptions": {"supervisor"}, "obligation": WORKERS, "imports": LOOKERS, "import": LOOKERS, "quarantine_csv": {"administrator"},
    "dayends": LOOKERS, "dayend": LOOKERS, "admin": {"administrator"}, "palette": ALL,
}  # fmt: skip
WRITES: dict[str, set[str]] = {
    "work_next": WORKERS, "case_claim": WORKERS, "case_release": WORKERS, "case_skip": WORKERS, "case_note": WORKERS,
    "case_record": WORKERS, "reveal": WORKERS, "evidence": {"collector", "risk_officer", "supervisor"},
    "import_upload": {"administrator"}, "dayend_start": {"administrator"},
}  # fmt: skip
QUEUE_OF = {
    "adviser": "account_manager", "follow_up_agent": "follow_up", "collector": "collections",
    "risk_officer": "risk_review", "supervisor": "exceptions",
}  # fmt: skip


def address(name: str, world: World, role: str = "supervisor") -> str:
    arguments: dict[str, list[Any]] = {
        "queue": [QUEUE_OF.get(role, "exceptions")], "loan": [world.loans[0].pk], "evidence": [world.loans[0].pk],
        "obligation": [world.obligations[0]], "import": [world.imported], "quarantine_csv": [world.imported],
        "dayend": ["2026-11-22"], "reveal": [world.loans[0].borrower_id],
    }  # fmt: skip
    if name.startswith("case"):
        arguments[name] = [world.item("collections.call", queue="collections").pk]
    return reverse(f"desk:{name}", args=arguments.get(name, []))


def test_who_may_open_which_page(world: World, as_role: Callable[[str], Client]) -> None:
    clients = {role: as_role(role) for role in ROLES}
    got = {
        (role, name): clients[role].get(address(name, world, role)).status_code
        for role in ROLES
        for name in PAGES
    }
    assert got == {(role, name): 200 if role in PAGES[name] else 403 for role in ROLES for name in PAGES}


def test_who_may_write_what(world: World, as_role: Callable[[str], Client]) -> None:
    clients = {role: as_role(role) for role in ROLES}
    refused = {
        (role, name)
        for role in ROLES
        for name in WRITES
        if clients[role].post(address(name, world)).status_code == 403
    }
    assert refused == {(role, name) for role in ROLES for name in WRITES if role not in WRITES[name]}


def test_nothing_is_written_by_looking(world: World, as_role: Callable[[str], Client]) -> None:
    client = as_role("supervisor")
    assert {name: client.get(address(name, world)).status_code for name in WRITES} == dict.fromkeys(
        WRITES, 405
    )


def test_strangers_are_sent_to_the_door(world: World) -> None:
    for name in (*PAGES, *WRITES):
        answer = Client().get(address(name, world))
        assert (answer.status_code, answer.headers["Location"][:12]) == (302, "/desk/login/"), name


def test_writes_need_the_token_of_the_form(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.staff["supervisor"], backend=BACKEND)
    assert {name: client.post(address(name, world)).status_code for name in WRITES} == dict.fromkeys(
        WRITES, 403
    )


@pytest.fixture
def elsewhere(world: World) -> World:
    """Another branch with the same things in it."""
    from anju.contexts.catalogue.models import Product

    Product.objects.filter(code="T1").update(code="T0")
    return desk_world.make(Branch.objects.create(code="BJ01", name="北京朝阳支行"))


def test_rows_of_another_branch_do_not_exist(elsewhere: World, as_role: Callable[[str], Client]) -> None:
    client = as_role("supervisor")
    looked = {
        name: client.get(address(name, elsewhere)).status_code for name in ("case", "loan", "obligation")
    }
    assert looked == dict.fromkeys(looked, 404)
    entries = Entry.objects.count()
    names = ("case_claim", "case_note", "case_record", "case_skip", "case_release", "evidence", "reveal")
    data = {"text": "x", "reason": "call"}
    written = {name: client.post(address(name, elsewhere), data).status_code for name in names}
    assert written == dict.fromkeys(names, 404)
    assert Entry.objects.count() == entries


def test_lists_show_the_own_branch_only(
    world: World, elsewhere: World, as_role: Callable[[str], Client]
) -> None:
    client = as_role("supervisor")
    for name in ("today", "work", "loans", "exceptions", "import"):
        shown = client.get(address(name, world)).content.decode()
        assert not [loan for loan in elsewhere.loans if loan.loan_no in shown], name
        assert not [loan for loan in elsewhere.loans if f">{loan.borrower.name}<" in shown], name


def test_head_office_sees_every_branch(
    world: World, elsewhere: World, as_role: Callable[[str], Client]
) -> None:
    supervisor = world.staff["supervisor"]
    supervisor.sees_all_branches = True
    supervisor.save()
    assert as_role("supervisor").get(address("loan", elsewhere)).status_code == 200


@pytest.mark.parametrize("each", [2, 13])
def test_pages_cost_a_fixed_number_of_queries(
    each: int,
    branch: Branch,
    shipped_policy: list[str],
    connected: None,
    now: None,
    django_assert_max_num_queries: Any,
) -> None:
    """With 8 loans and with 52 (50 rows a page) no page asks the database more than twelve times."""
    world = desk_world.make(branch, each=each)
    for name, roles in PAGES.items():
        client = Client()
        role = "supervisor" if "supervisor" in roles else "administrator"
        client.force_login(world.staff[role], backend=BACKEND)
        url = address(name, world, role)
        client.get(url)
        with django_assert_max_num_queries(QUERIES_MAX, info=name):
            assert client.get(url).status_code == 200
