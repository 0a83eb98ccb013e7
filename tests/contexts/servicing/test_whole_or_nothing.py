"""Imports against a killed database connection and against each other."""

import threading

import pytest
from django.db import OperationalError, connection, connections

from anju.contexts.servicing.models import ImportFile, Loan, Position
from anju.contexts.servicing.operations import loading

from .book import as_csv, load, row

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_connection_that_dies_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As kill -9 of ourselves or of the server's process does: everything is written, the commit never comes."""
    real = loading.mirror.compare

    def die(cursor: object, *args: object) -> object:
        real(cursor, *args)  # type: ignore[arg-type]
        assert Loan.objects.count() == 2
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")  # type: ignore[attr-defined]
        raise AssertionError("the connection is gone before this line")

    monkeypatch.setattr(loading.mirror, "compare", die)
    with pytest.raises(OperationalError):
        load([row(1), row(2)])
    connection.close()
    monkeypatch.undo()
    assert not Loan.objects.exists()
    assert not ImportFile.objects.exists()
    assert load([row(1), row(2)]).rows_new == 2


def test_two_imports_at_once_go_one_after_the_other() -> None:
    """Of the same bytes one is loaded and the other finds it; of different bytes with the same loans one opens them."""
    same, other = as_csv([row(1), row(2)]), as_csv([row(2), row(1), row(3)])
    load([row(9)])  # products and branches are there before the race
    start = threading.Barrier(3)
    reports, problems = [], []

    def run(content: bytes) -> None:
        try:
            start.wait()
            reports.append(load(content))
        except BaseException as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(content,)) for content in (same, same, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert sum(report.repeated for report in reports) == 1
    assert sorted(Loan.objects.values_list("loan_no", flat=True)) == [
        "GD00001",
        "GD00002",
        "GD00003",
        "GD00009",
    ]
    assert Position.objects.count() == 4
    done = [report for report in reports if not report.repeated]
    assert sum(report.rows_new for report in done) == 3
    assert sum(report.rows_same for report in done) == 2
