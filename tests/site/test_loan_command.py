"""`anju loan`: no database, no Django, quick; formats, both languages, exit codes. Issue 3 points 7 and 8."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import openpyxl
import pytest
from click.testing import CliRunner

from anju.core.money import fen_to_text
from anju.policy import path as shipped
from anju.site.cli import base
from anju.site.cli.loan import HELP, loan

LOAN = ["--principal", "1000000", "--rate", "3.5", "--months", "360", "--start", "2026-03-10"]


def run(*arguments: str) -> str:
    done = CliRunner().invoke(loan, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def program(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "anju.site.cli", "loan", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_schedule_starts_neither_django_nor_a_database_nor_numbers() -> None:
    code = (
        "import sys\nfrom anju.site.cli import main\n"
        "try:\n    main(['loan', 'schedule', '--principal', '1000000', '--rate', '3.5', '--months', '360'])\n"
        "except SystemExit as end:\n    assert end.code == 0\n"
        "heavy = {'django', 'psycopg', 'numpy', 'numba', 'pandas', 'pyarrow', 'openpyxl'}\n"
        "assert not heavy & {name.split('.')[0] for name in sys.modules}\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "616,560.07" in done.stdout


def test_the_table_is_for_people() -> None:
    text = run("schedule", *LOAN)
    assert "等额本息" in text
    assert "4,490.45" in text
    rows = [line for line in text.splitlines() if line.lstrip()[:1].isdigit()]
    assert len(rows) == 360
    assert len({line.index("-") for line in rows}) == 1  # dates stand below each other


def test_csv_has_the_rows_of_the_json() -> None:
    answer = json.loads(run("schedule", *LOAN, "--format", "json"))
    rows = list(csv.DictReader(io.StringIO(run("schedule", *LOAN, "--format", "csv"))))
    assert [row["amount"] for row in rows] == [row["amount"] for row in answer["rows"]]
    assert rows[0]["on"] == "2026-04-10"


def test_xlsx_has_numbers_and_dates(tmp_path: Path) -> None:
    out = tmp_path / "plan.xlsx"
    run("schedule", *LOAN, "--format", "xlsx", "--out", str(out))
    sheet = openpyxl.load_workbook(out)["schedule"]
    names, first, *_ = sheet.iter_rows(values_only=True)
    row = dict(zip(names, first, strict=True))
    assert (row["amount"], row["on"].date().isoformat(), row["seq"]) == (4490.45, "2026-04-10", 1)
    assert sheet.max_row == 361
    cents = sum(round(cell.value * 100) for (cell,) in sheet.iter_rows(min_row=2, min_col=5, max_col=5))
    assert fen_to_text(cents) == "616560.07"


def test_out_writes_a_file_that_spreadsheets_read(tmp_path: Path) -> None:
    out = tmp_path / "plan.csv"
    assert str(out) in run("schedule", *LOAN, "--format", "csv", "--out", str(out))
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    assert program("schedule", *LOAN, "--format", "xlsx").returncode == base.BAD_INPUT


@pytest.mark.parametrize("how", [["--json"], ["--format", "json"], ["--format=json"]])
def test_a_refusal_names_field_value_and_range(how: list[str]) -> None:
    done = program("schedule", "--principal", "0", "--rate", "3.5", "--months", "360", *how)
    assert done.returncode == base.BAD_INPUT
    told = json.loads(done.stdout)
    assert (told["field"], told["details"]["value"]) == ("principal", "0")
    assert "0.01 .. 1000000000.00" in told["allowed"]
    assert "贷款金额" in told["zh"]
    assert "principal" in told["en"]


def test_a_refusal_for_people_is_in_both_languages_and_no_trace() -> None:
    done = program("schedule", *LOAN, "--event", "prepay:2027-01-01:9999999")
    assert done.returncode == base.BAD_INPUT
    assert "错误：" in done.stderr
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert program("schedule", "--nonsense").returncode == base.BAD_INPUT


def test_a_missing_rate_is_refused_not_guessed() -> None:  # S4-004
    done = program("rate", "--start", "2005-01-10", "--months", "360", "--benchmark-factor", "0.85")
    assert done.returncode == base.REFUSED
    assert "benchmark_rates.csv" in done.stderr


def test_own_tables_stand_in_for_the_shipped_ones(tmp_path: Path) -> None:
    text = shipped("provident_rates.csv").read_text("utf-8").replace("2.60", "2.55")
    (tmp_path / "provident_rates.csv").write_text(text, "utf-8")
    asked = ["--principal", "1000000", "--months", "360", "--start", "2026-03-10", "--provident", "first"]
    answer = json.loads(run("schedule", *asked, "--tables", str(tmp_path), "--format", "json"))
    assert answer["terms"]["rate_path"][0]["rate"] == "2.55"


@pytest.mark.parametrize("name", HELP)
def test_every_option_says_what_it_is_in_both_languages(name: str) -> None:
    command: Any = loan.get_command(click.Context(loan), name)
    for text in (command.help, *(each.help for each in command.params if each.name not in ("help", "json"))):
        assert any("一" <= letter <= "鿿" for letter in text)
        assert any("a" <= letter <= "z" for letter in text)


@pytest.mark.parametrize("name", HELP)
def test_the_example_of_every_help_works_in_every_format(name: str, tmp_path: Path) -> None:
    for line in HELP[name][2].splitlines():
        arguments = line.split()[2:]
        assert run(*arguments)
        assert json.loads(run(*arguments, "--format", "json"))["kind"] == name
        assert run(*arguments, "--format", "csv").count("\n") > 1
        out = tmp_path / f"{name}.xlsx"
        run(*arguments, "--format", "xlsx", "--out", str(out))
        assert openpyxl.load_workbook(out).active.max_row > 1
