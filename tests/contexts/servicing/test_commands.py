"""`anju import` and `anju sample`, as typed."""

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from anju.contexts.servicing.models import Loan
from anju.site import clock
from anju.site.cli import imports, sample

from .book import as_csv, row

pytestmark = pytest.mark.django_db


def run(command: object, *arguments: str) -> str:
    result = CliRunner().invoke(command, list(arguments), catch_exceptions=False)  # type: ignore[arg-type]
    assert result.exit_code == 0, result.output
    return result.output


def test_from_a_sample_to_a_book(tmp_path: Path) -> None:
    as_of = (clock.today() - timedelta(days=12)).isoformat()
    text = run(
        sample.tape, "--loans", "40", "--seed", "3", "--as-of", as_of, "--out", str(tmp_path), "--faults"
    )
    assert "Wrote" in text
    one = (tmp_path / "loans.csv").read_bytes()
    run(sample.tape, "--loans", "40", "--seed", "3", "--as-of", as_of, "--out", str(tmp_path), "--faults")
    assert (tmp_path / "loans.csv").read_bytes() == one
    text = run(imports.loans, str(tmp_path / "loans.csv"))
    assert "新增 new: 40" in text
    assert "quarantine" in text
    number = text.split("import ")[1].split()[0]
    assert "nothing was changed" in run(imports.loans, str(tmp_path / "loans.csv"))
    text = run(imports.payments, str(tmp_path / "payments.csv"))
    assert "隔离 quarantined: 4" in text
    run(imports.quarantine, number, "--out", str(tmp_path / "q.csv"))
    lines = (tmp_path / "q.csv").read_text("utf-8-sig").splitlines()
    assert lines[0] == "row_no,key,column,value,code,reason_zh,reason_en"
    assert len(lines) > 20


def test_a_tape_without_dates_takes_the_one_given(tmp_path: Path) -> None:
    tape = row(1)
    del tape["as_of_date"]
    (tmp_path / "t.csv").write_bytes(as_csv([tape]))
    as_of = clock.today() - timedelta(days=3)
    run(imports.loans, str(tmp_path / "t.csv"), "--as-of", as_of.isoformat())
    assert Loan.objects.get().position.opened_on == as_of
