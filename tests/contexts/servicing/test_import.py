"""Loan tapes and payments into the book: whole or not at all, once, and everything else with its reason."""

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.translation import override

from anju.contexts.servicing import queries
from anju.contexts.servicing.models import (
    Bill,
    ImportFile,
    Loan,
    LoanEvent,
    LoanParty,
    MirrorDifference,
    Payment,
    Position,
    QuarantineRow,
)
from anju.contexts.servicing.operations import storing
from anju.contexts.servicing.tape.rows import TapeRefused
from anju.contexts.servicing.tape.sampling import FAULTS, LOAN_HEADER, sample_tape
from anju.core.basis_points import ppm_to_bp
from anju.platform.contacts import queries as contacts
from anju.platform.journal import queries as journal
from anju.web import format as fmt

from .book import TABLES, TODAY, as_csv, at_of, close, id_number, load, pay, payment, row

pytestmark = pytest.mark.django_db


def facts_of(loan_id: int) -> list[str]:
    return sorted(entry.kind for entry in journal.timeline([("loan", loan_id)]))


def codes(import_id: int) -> list[tuple[int, str, str]]:
    rows = QuarantineRow.objects.filter(import_file_id=import_id).order_by("pk")
    return [(each.row_no, each.column, each.code) for each in rows]


def test_good_rows_are_in_and_bad_ones_in_quarantine() -> None:
    report = load([row(1), row(2, phone="123"), row(3)])
    assert (report.rows_total, report.rows_new, report.rows_bad) == (3, 2, 1)
    assert list(Loan.objects.order_by("pk").values_list("loan_no", flat=True)) == ["GD00001", "GD00003"]
    assert codes(report.import_id) == [(3, "phone", "invalid_phone")]
    loan = Loan.objects.get(loan_no="GD00001")
    assert facts_of(loan.pk) == ["servicing.loan.opened"]
    assert contacts.address(loan.borrower_id, "phone").value == "13800000001"  # type: ignore[union-attr]
    assert LoanEvent.objects.get(loan=loan).kind == "opening"
    row_ = queries.import_row(report.import_id)
    assert (row_.state, row_.rows_new, row_.rows_bad) == ("loaded", 2, 1)
    assert queries.quarantine_page(report.import_id)[0].reason_zh
    text = queries.quarantine_csv(report.import_id)
    assert text.splitlines()[1].startswith("3,GD00002,phone,123,invalid_phone,")


def test_the_same_file_again_changes_nothing() -> None:
    first = load([row(1), row(2, phone="1")])
    entries = len(journal.timeline([("import", first.import_id)]))
    again = load([row(1), row(2, phone="1")])
    assert again.repeated
    assert again.import_id == first.import_id
    assert (ImportFile.objects.count(), Loan.objects.count(), QuarantineRow.objects.count()) == (1, 1, 1)
    assert len(journal.timeline([("import", first.import_id)])) == entries


def test_the_same_rows_in_another_file_are_the_same() -> None:
    load([row(1), row(2)])
    report = load([row(2), row(1)])
    assert (report.rows_same, report.rows_new, report.rows_changed) == (2, 0, 0)
    assert Loan.objects.count() == 2


def test_contact_data_may_change_and_terms_may_not() -> None:
    load([row(1), row(2)])
    report = load([row(1, phone="13900000009", email="Wang@Example.com"), row(2, principal="999999")])
    assert (report.rows_changed, report.rows_bad) == (1, 1)
    assert codes(report.import_id) == [(3, "principal", "terms_changed")]
    person = Loan.objects.get(loan_no="GD00001").borrower_id
    assert contacts.address(person, "phone").value == "13900000009"  # type: ignore[union-attr]
    assert contacts.address(person, "email").value == "wang@example.com"  # type: ignore[union-attr]
    assert Loan.objects.get(loan_no="GD00002").principal_fen == 100_000_000


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("months", "240"), ("rate", "3.6"), ("due_day", "21"), ("method", "等额本金"), ("start_date", "2024-03-21"),
        ("id_number", id_number(77)), ("branch", "0999"), ("product", "CM2"),
    ],
)  # fmt: skip
def test_each_term_is_guarded(column: str, value: str) -> None:
    load([row(1)])
    report = load([row(1, **{column: value})])
    assert [each[1:] for each in codes(report.import_id)] == [(column, "terms_changed")]


def test_one_person_per_id_number_and_one_name() -> None:
    """S4-031"""
    report = load(
        [row(1), row(9, id_number=id_number(1)), row(3, id_number=id_number(1), borrower_name="王小二")]
    )
    assert Loan.objects.get(loan_no="GD00001").borrower_id == Loan.objects.get(loan_no="GD00009").borrower_id
    assert codes(report.import_id) == [(4, "borrower_name", "name_differs")]


def test_a_co_borrower_is_a_party() -> None:
    more = {"co_borrower_name": "李雷", "co_borrower_id": id_number(50), "co_borrower_phone": "13700000050"}
    load([row(1, **more)])
    loan = Loan.objects.get()
    assert [(party.role, party.name) for party in queries.parties_of(loan.pk)] == [
        ("borrower", "李娜"),
        ("co_borrower", "李雷"),
    ]
    assert LoanParty.objects.count() == 2
    assert [each.id for each in queries.search("13700000050", None)] == [loan.pk]
    report = load([row(1, **{**more, "co_borrower_id": id_number(51), "co_borrower_name": "韩梅"})])
    assert codes(report.import_id) == [(2, "co_borrower_id", "terms_changed")]


def test_a_missing_column_refuses_everything() -> None:
    cut = row(1)
    del cut["due_day"]
    with pytest.raises(TapeRefused, match="due_day"):
        load([cut])
    assert not Loan.objects.exists()
    kept = ImportFile.objects.get()
    assert kept.state == "rejected"
    assert "还款日（due_day）" in kept.error


def test_branches_are_made_only_when_told_or_when_there_is_none() -> None:
    first = load([row(1)], create_branches=None)
    assert first.rows_new == 1
    assert any("0101" in zh for zh, _ in first.notes)
    second = load([row(2, branch="0102")], create_branches=None)
    assert [each[1:] for each in codes(second.import_id)] == [("branch", "unknown_branch")]
    assert load([row(2, branch="0102"), row(3)], create_branches=True).rows_new == 2


def test_unknown_products_and_those_that_do_not_fit() -> None:
    report = load([row(1, product="ZZ"), row(2, product="PF1"), row(3, product="CM2")])
    assert [each[1:] for each in codes(report.import_id)] == [
        ("product", "unknown_product"),
        ("product", "product_rate_mismatch"),
    ]
    assert Loan.objects.get().product.code == "CM2"


def test_an_unknown_manager_is_told_and_left_empty(staff: object) -> None:
    member = staff("adviser", staff_no="AM01")  # type: ignore[operator]
    report = load([row(1, account_manager="AM01"), row(2, account_manager="AM99")])
    assert Loan.objects.get(loan_no="GD00001").account_manager_id == member.pk
    assert Loan.objects.get(loan_no="GD00002").account_manager_id is None
    assert any("AM99" in en for _, en in report.notes)


def test_an_lpr_loan_older_than_the_lpr_needs_its_conversion() -> None:
    """S4-006"""
    old = {
        "start_date": "2016-05-20",
        "rate_type": "LPR",
        "lpr_tenor": "5年",
        "spread_bp": "-63.5",
        "lpr_since": "",
    }
    report = load(
        [row(1, **{**old, "rate": ""}), row(2, **{**old, "rate": "4.165", "lpr_since": "2020-03-01"})]
    )
    assert codes(report.import_id) == [(2, "start_date", "rate_history_missing")]
    assert Loan.objects.get().loan_no == "GD00002"


def test_a_spread_of_half_basis_points_goes_the_whole_way() -> None:
    """LPR 3.60 - 22.5 bp = 3.375 % in 2025, 3.275 % from 1 January 2026; compared to the fen, shown as written (S4-006)."""
    lpr = {
        "rate_type": "LPR",
        "rate": "",
        "lpr_tenor": "5年",
        "spread_bp": "-22.5",
        "start_date": "2024-11-25",
        "as_of_date": "2025-12-31",
    }
    day = date(2026, 1, 1)
    load([row(1, **lpr)], on=day)
    loan = Loan.objects.get()
    assert (loan.spread_ppm, Position.objects.get().rate_ppm) == (-2_250, 33_750)
    close(day)
    now = Position.objects.get()
    assert now.rate_ppm == 32_750
    stated = {
        "balance": f"{now.balance_fen / 100:.2f}",
        "next_instalment": f"{(now.next_principal_fen + now.next_interest_fen) / 100:.2f}",
    }
    again = load([row(1, **{**lpr, "spread_bp": "-22.50BP", "as_of_date": "2026-01-01", **stated})], on=day)
    assert (again.rows_same, again.differences) == (
        1,
        {"compared": 1, "balance": 0, "next_instalment": 0, "days_past_due": 0},
    )
    other = load([row(1, **{**lpr, "spread_bp": "-22.4"})], on=day)
    assert codes(other.import_id) == [(2, "spread_bp", "terms_changed")]
    assert QuarantineRow.objects.get(import_file=other.import_id).value == "-22.4"
    with override("zh-hans"):
        assert fmt.points(ppm_to_bp(loan.spread_ppm)) == "-22.5 个基点"


def test_the_migration_to_ppm_and_back_keeps_every_spread() -> None:
    load([row(1, rate_type="LPR", rate="", lpr_tenor="5年", spread_bp="-30", start_date="2024-11-25")])
    sql = import_module("anju.contexts.servicing.migrations.0004_spread_ppm")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(sql._TO_BP)
        assert Loan.objects.get().spread_ppm == -30
        cursor.execute(sql._TO_PPM)
    assert Loan.objects.get().spread_ppm == -3_000
    Loan.objects.update(spread_ppm=-2_250)
    with (
        pytest.raises(DatabaseError, match="parts of a basis point"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql._TO_BP)


def test_faults_of_a_sample_are_all_found() -> None:
    made = sample_tape(
        loans=120, seed=5, as_of=TODAY, until=TODAY + timedelta(days=20), tables=TABLES, faults=True
    )
    rows = [dict(zip(LOAN_HEADER, cells, strict=True)) for cells in made.loans]
    report = load(rows)
    assert report.rows_new == 120
    assert report.rows_bad == len(FAULTS)
    assert report.differences == {"compared": 120, "balance": 0, "next_instalment": 0, "days_past_due": 0}
    found = {(each.column, str(each.value)) for each in QuarantineRow.objects.all()}
    wanted = {fault for fault in FAULTS if fault[1]}
    assert wanted <= found


def test_half_an_import_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> int:
        raise RuntimeError("cut off")

    monkeypatch.setattr(storing, "set_addresses_many", fail)
    with pytest.raises(RuntimeError, match="cut off"):
        load([row(1)])
    assert not any(
        model.objects.exists() for model in (Loan, ImportFile, Position, LoanParty, LoanEvent, QuarantineRow)
    )
    monkeypatch.undo()
    assert load([row(1)]).rows_new == 1


class TestOpening:
    """What counts as paid when a loan comes in (tape.md, "Opening"). Due on the 20th, as of 2026-09-01: 29 periods due."""

    def one(self, **changes: str) -> Position:
        load([row(1, **changes)])
        return Position.objects.get()

    def test_all_paid_when_nothing_is_said(self) -> None:
        position = self.one()
        assert (position.seq_next, position.days_past_due, Bill.objects.count()) == (30, 0, 0)
        assert position.next_due_on == date(2026, 9, 20)
        assert position.as_of_on == position.opened_on == TODAY

    def test_periods_after_the_paid_ones_are_open(self) -> None:
        position = self.one(paid_periods="27")
        assert [(bill.seq, bill.due_on) for bill in Bill.objects.order_by("seq")] == [
            (28, date(2026, 7, 20)),
            (29, date(2026, 8, 20)),
        ]
        assert position.days_past_due == (TODAY - date(2026, 7, 20)).days
        assert position.overdue_fen == sum(b.principal_fen + b.interest_fen for b in Bill.objects.all())
        assert facts_of(position.pk) == ["servicing.arrears.started", "servicing.loan.opened"]

    @pytest.mark.parametrize(
        ("days", "open_"), [(0, 0), (11, 0), (12, 1), (42, 1), (43, 2), (44, 2), (20_000, 29)]
    )
    def test_days_past_due_open_what_fell_due_since(self, days: int, open_: int) -> None:
        self.one(days_past_due=str(days))
        assert Bill.objects.count() == open_

    def test_paid_periods_go_before_days(self) -> None:
        self.one(paid_periods="29", days_past_due="12")
        assert not Bill.objects.exists()
        assert MirrorDifference.objects.get().field == "days_past_due"

    def test_more_paid_than_due_is_refused(self) -> None:
        report = load([row(1, paid_periods="30"), row(2)])
        assert codes(report.import_id) == [(2, "paid_periods", "paid_periods_ahead")]

    def test_a_bill_due_on_the_day_is_not_overdue_yet(self) -> None:
        position = self.one(as_of_date="2026-08-20", paid_periods="28")
        assert (position.days_past_due, position.overdue_fen) == (0, 0)
        assert position.oldest_unpaid_due_on == date(2026, 8, 20)

    def test_a_loan_at_its_end_is_settled(self) -> None:
        position = self.one(months="12", start_date="2025-03-20")
        assert position.next_due_on is None
        assert Loan.objects.get().state == "settled"


class TestPayments:
    def test_money_clears_arrears_at_once(self) -> None:
        load([row(1, paid_periods="28")])
        bill = Bill.objects.get()
        close(date(2026, 9, 2))
        amount = bill.principal_fen + bill.interest_fen
        report = pay(payment("GD00001", f"{amount / 100:.2f}", "2026-09-03"), on=date(2026, 9, 3))
        assert (report.posted["payments"], report.posted["arrears_cleared"]) == (1, 1)
        bill.refresh_from_db()
        assert (bill.state, bill.paid_on) == ("paid", date(2026, 9, 3))
        position = Position.objects.get()
        assert (position.days_past_due, position.overdue_fen, position.oldest_unpaid_due_on) == (0, 0, None)
        assert "servicing.arrears.cleared" in facts_of(position.pk)

    def test_later_money_waits_for_its_day(self) -> None:
        load([row(1, paid_periods="28")])
        report = pay(payment("GD00001", "5000", "2026-09-05"), on=date(2026, 9, 6))
        assert (report.posted["payments"], report.posted["waiting"]) == (0, 1)
        for day in range(2, 5):
            close(date(2026, 9, day))
            assert Position.objects.get().days_past_due == (date(2026, 9, day) - date(2026, 8, 20)).days
        close(date(2026, 9, 5))
        assert Position.objects.get().days_past_due == 0

    def test_money_of_before_the_opening_is_in_it_already(self) -> None:
        load([row(1, paid_periods="28")])
        report = pay(payment("GD00001", "5000", TODAY))
        assert report.posted["before_opening"] == 1
        assert Payment.objects.get().state == "before_opening"
        assert Bill.objects.get().state == "open"

    def test_too_much_waits_for_the_next_bill(self) -> None:
        load([row(1)])
        pay(payment("GD00001", "10000.00", "2026-09-02"), on=date(2026, 9, 2))
        assert Position.objects.get().unapplied_fen == 1_000_000
        for day in range(2, 21):
            close(date(2026, 9, day))
        bill = Bill.objects.get()
        assert (bill.state, bill.paid_on) == ("paid", date(2026, 9, 20))
        assert Position.objects.get().unapplied_fen == 1_000_000 - bill.principal_fen - bill.interest_fen
        assert Payment.objects.get().unapplied_fen == Position.objects.get().unapplied_fen

    def test_a_reference_is_taken_once(self) -> None:
        load([row(1)])
        one = payment("GD00001", "10", "2026-09-02", ref="A")
        two = payment("GD00001", "20", "2026-09-02", ref="B")
        pay(one, on=date(2026, 9, 2))
        report = pay(one, two, {**two, "payment_ref": "A"}, on=date(2026, 9, 2))
        assert (report.rows_new, report.rows_same, report.rows_bad) == (1, 1, 1)
        again = pay({**one, "amount": "11"}, two, on=date(2026, 9, 2))
        assert [each[2] for each in codes(again.import_id)] == ["reference_reused"]
        assert sorted(Payment.objects.values_list("amount_fen", flat=True)) == [1000, 2000]

    def test_money_for_nobody_and_for_a_settled_loan(self) -> None:
        load([row(1, months="12", start_date="2025-03-20")])
        report = pay(
            payment("GD00001", "10", "2026-09-02"), payment("NOBODY", "10", "2026-09-02"), on=date(2026, 9, 2)
        )
        assert [each[2] for each in codes(report.import_id)] == ["unknown_loan"]
        assert report.posted["for_settled_loans"] == 1
        assert Payment.objects.get().unapplied_fen == 1000

    def test_a_file_without_one_good_row_may_come_again(self) -> None:
        early = payment("GD00001", "10", "2026-09-02")
        assert pay(early, on=date(2026, 9, 2)).rows_bad == 1
        load([row(1)])
        assert pay(early, on=date(2026, 9, 2)).rows_new == 1


class TestMirror:
    def test_to_the_fen_and_the_day(self) -> None:
        """1,000,000 at 3.50 % over 360 months: facts section 3; after 24 payments 960,934.79 are left (S4-006)."""
        stated = {"start_date": "2024-09-20", "as_of_date": "2026-09-20", "next_instalment": "4490.45"}
        report = load(
            [
                row(1, **stated, balance="960934.79", days_past_due="0", paid_periods="24"),
                row(2, **stated, balance="960934.78", days_past_due="1", paid_periods="24"),
            ],
            on=date(2026, 9, 20),
        )
        assert report.differences == {"compared": 2, "balance": 1, "next_instalment": 0, "days_past_due": 1}
        found = queries.differences_page(report.import_id, None)
        assert [(each.loan_no, each.field, each.stated, each.computed) for each in found] == [
            ("GD00002", "balance", 96_093_478, 96_093_479), ("GD00002", "days_past_due", 1, 0),
        ]  # fmt: skip
        assert queries.differences_page(report.import_id, []) == []
        kinds = [entry.kind for entry in journal.timeline([("import", report.import_id)])]
        assert sorted(kinds) == ["servicing.import.loaded", "servicing.mirror.differs"]

    @pytest.mark.parametrize("ahead", [-3, 0, 3])
    def test_later_tapes_are_compared_with_the_ledger(self, ahead: int) -> None:
        """On the closed day, before it, and after it, with part of a bill paid."""
        load([row(1, paid_periods="27"), row(2)])
        pay(payment("GD00001", "5000", "2026-09-10"), on=date(2026, 9, 10))
        day = TODAY
        while day < date(2026, 9, 21):
            day += timedelta(days=1)
            close(day)
        as_of = day + timedelta(days=ahead)
        bills = list(Bill.objects.filter(loan__loan_no="GD00001").order_by("seq"))
        unpaid = sum(b.principal_fen - b.paid_principal_fen for b in bills)
        position = Position.objects.get(loan__loan_no="GD00001")
        outstanding = position.balance_fen + unpaid
        dpd = (as_of - date(2026, 8, 20)).days
        coming = position.next_principal_fen + position.next_interest_fen
        if ahead < 0:
            coming = bills[-1].principal_fen + bills[-1].interest_fen
        right = {
            "balance": f"{outstanding / 100:.2f}",
            "next_instalment": f"{coming / 100:.2f}",
            "days_past_due": str(dpd),
        }
        report = load(
            [
                row(1, as_of_date=as_of.isoformat(), paid_periods="28", **right),
                row(2, as_of_date=as_of.isoformat(), balance="1"),
            ],
            on=as_of,
        )
        assert report.rows_same == 2
        assert report.differences == {"compared": 2, "balance": 1, "next_instalment": 0, "days_past_due": 0}

    def test_a_date_before_our_history_is_told(self) -> None:
        load([row(1)])
        report = load([row(1, as_of_date="2026-08-01", balance="1")])
        assert report.differences["compared"] == 0
        assert any("建账日" in zh for zh, _ in report.notes)


def test_the_quarantine_runs_no_formula() -> None:
    report = load([row(1, loan_no="=cmd()"), row(2)])
    assert ",'=cmd()," in queries.quarantine_csv(report.import_id)


def test_as_csv_is_what_the_reader_reads() -> None:
    assert load(as_csv([row(1)])).rows_new == 1
    assert at_of(TODAY).tzinfo is not None


def test_a_file_that_rests_is_rejected() -> None:
    from anju.contexts.servicing.jobs import sweep_imports

    at = at_of(TODAY)
    for number, state in enumerate(("received", "checked", "loaded")):
        ImportFile.objects.create(
            kind="loans",
            name="t",
            sha256=str(number),
            received_at=at - timedelta(hours=2),
            by="x",
            state=state,
        )
    assert sweep_imports(at) == 2
    assert sorted(ImportFile.objects.values_list("state", flat=True)) == ["loaded", "rejected", "rejected"]


def test_a_payment_may_bear_the_open_day_of_a_ledger_ahead_of_the_clock() -> None:
    load([row(1)])
    for ahead in range(1, 6):
        close(TODAY + timedelta(days=ahead))
    open_day = TODAY + timedelta(days=6)
    report = pay(
        payment(row(1)["loan_no"], "100.00", open_day),
        payment(row(1)["loan_no"], "200.00", open_day + timedelta(days=1)),
    )
    assert codes(report.import_id) == [(3, "paid_date", "date_in_future")]
    assert report.rows_new == 1
