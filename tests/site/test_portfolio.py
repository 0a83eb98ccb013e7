"""`anju portfolio project`: a tape in, cash flows out, without a database and without personal data."""

import contextlib
import csv
import io
import itertools
import json
import subprocess
import sys
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from anju.contexts.servicing.projection.projecting import Flows, Scenario, flows
from anju.contexts.servicing.projection.reading import batches
from anju.core.errors import BadInput
from anju.core.rates import RateStep, RateTerms, rate_path
from anju.core.schedule import Terms, schedule
from anju.site import cli
from anju.site.cli import base
from anju.site.cli.portfolio import _tables

AS_OF = date(2026, 9, 1)
HEADER = "loan_no,principal,start_date,months,method,rate_type,rate,lpr_tenor,spread_bp,due_day,as_of_date"
LOANS = (
    "A1,1000000,2024-01-20,360,等额本息,固定,3.5,,,20,2026-09-01",
    "A2,500000.00,2023-05-31,240,等额本金,LPR,,5年,-30,31,2026-09-01",
    "A3,300000,2022-03-10,120,level_payment,公积金,,,,15,2026-09-01",
)


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return write(tmp_path, *LOANS)


def write(folder: Path, *lines: str, header: str = HEADER) -> Path:
    file = folder / "tape.csv"
    file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return file


def anju(*arguments: object) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON answer of the command, run in this process."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), pytest.raises(SystemExit) as end:
        base.run(cli.anju, ["portfolio", "project", *map(str, arguments), "--json"])
    return int(end.value.code or 0), json.loads(said.getvalue())


def scalars(shift_bp: int = 0) -> list[Terms]:
    """The three loans of the tape as scalar terms, floating rates moved after the as-of date."""
    tables, made = _tables(None), []
    terms = [
        (100_000_000, date(2024, 1, 20), 360, "level_payment", 20, RateTerms("fixed", fixed_ppm=35_000)),
        (
            50_000_000,
            date(2023, 5, 31),
            240,
            "level_principal",
            31,
            RateTerms("lpr", tenor="5y", spread_bp=-30),
        ),
        (30_000_000, date(2022, 3, 10), 120, "level_payment", 15, RateTerms("provident")),
    ]
    for principal, start, months, method, due_day, rate in terms:
        path = rate_path(rate, start, months, tables, date(2060, 1, 1), allow_missing=True)
        moved = tuple(
            type(step)(
                step.effective_on, step.rate_ppm + shift_bp * 100, step.why_zh, step.why_en, step.source
            )
            if step.effective_on > AS_OF and rate.kind != "fixed"
            else step
            for step in path
        )
        made.append(Terms(principal, months, method, start, due_day, "next_month", moved))  # type: ignore[arg-type]
    return made


def by_hand(shift_bp: int = 0) -> dict[str, list[int]]:
    """Principal and interest by month of the scalar schedules after the as-of date."""
    found: dict[str, list[int]] = {}
    for terms in scalars(shift_bp):
        for row in schedule(terms):
            if row.due_on > AS_OF:
                month = found.setdefault(row.due_on.isoformat()[:7], [0, 0])
                month[0] += row.principal_fen
                month[1] += row.interest_fen
    return dict(sorted(found.items()))


@pytest.mark.parametrize("shift", [0, 50, -150])
def test_months_equal_the_scalar_schedules(tape: Path, tmp_path: Path, shift: int) -> None:  # S4-006
    out = tmp_path / "flows.csv"
    code, told = anju("--in", tape, "--out", out, "--shift-bp", shift, "--engine", "numpy")
    assert (code, told["loans"], told["as_of"], told["left_out"]) == (0, 3, "2026-09-01", 0)
    with open(out, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = by_hand(shift)
    assert {row["month"]: [int(row["principal_fen"]), int(row["interest_fen"])] for row in rows} == expected
    assert told["balance_fen"] == sum(principal for principal, _ in expected.values())
    assert rows[-1]["balance_fen"] == "0"
    assert rows[0]["principal"] == f"{int(rows[0]['principal_fen']) / 100:.2f}"


def test_years_parquet_json_and_months(tape: Path, tmp_path: Path) -> None:
    parquet, told_json = tmp_path / "years.parquet", tmp_path / "months.json"
    assert anju("--in", tape, "--out", parquet, "--by", "year", "--engine", "numpy")[0] == 0
    years = pq.read_table(parquet).to_pylist()
    expected = by_hand()
    total = sum(interest for month, (_, interest) in expected.items() if month.startswith("2027"))
    assert [row["interest_fen"] for row in years if row["year"] == "2027"] == [total]
    assert anju("--in", tape, "--out", told_json, "--months", "3")[0] == 0
    told = json.loads(told_json.read_text())
    assert [row["month"] for row in told["flows"]] == ["2026-09", "2026-10", "2026-11"]
    assert told["flows"][0]["interest_fen"] == expected["2026-09"][1]


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_loans_one_a_row(tape: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"loans.{ending}"
    assert anju("--in", tape, "--out", out, "--by", "loan")[0] == 0
    if ending == "parquet":
        rows = pq.read_table(out).to_pylist()
    elif ending == "json":
        rows = json.loads(out.read_text())
    else:
        with open(out, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    left = [[row for row in schedule(terms) if row.due_on > AS_OF] for terms in scalars()]
    assert [row["loan_no"] for row in rows] == ["A1", "A2", "A3"]
    assert [int(row["interest_fen"]) for row in rows] == [sum(r.interest_fen for r in part) for part in left]
    assert [int(row["last_instalment_fen"]) for row in rows] == [part[-1].amount_fen for part in left]


def test_parquet_tape_with_types_of_its_own(tape: Path, tmp_path: Path) -> None:
    """Dates as dates, amounts as numbers, words as a dictionary: the same as the text."""
    columns = {
        "loan_no": ["A1"], "principal": [1_000_000.0], "start_date": [date(2024, 1, 20)], "months": [360],
        "method": pa.array(["等额本息"]).dictionary_encode(), "rate_type": ["fixed"], "rate": [3.5], "due_day": [20],
        "as_of_date": [AS_OF], "borrower_name": ["不读"],
    }  # fmt: skip
    file = tmp_path / "tape.parquet"
    pq.write_table(pa.table(columns), file)
    code, told = anju("--in", file, "--out", tmp_path / "a.json", "--engine", "numpy")
    one = anju("--in", write(tmp_path, LOANS[0]), "--out", tmp_path / "b.json", "--engine", "numpy")[1]
    assert code == 0
    assert (told["balance_fen"], told["interest_fen"]) == (one["balance_fen"], one["interest_fen"])


FIXED = (RateStep(date(2024, 1, 1), 35_000, "", "", ""),)


def clamped_first(rule: str) -> date:
    """First due date of a loan of 20 January 2024 with due day 25."""
    return date(2024, 2 if rule == "next_month" else 1, 25)


BAD = {
    "months": ("X1,1000000,2024-01-20,481,等额本息,固定,3.5,,,20,2026-09-01", "months"),
    "rate": ("X1,1000000,2024-01-20,360,等额本息,固定,,,,20,2026-09-01", "rate"),
    "tenor": ("X1,1000000,2024-01-20,360,等额本息,LPR,,,10,20,2026-09-01", "lpr_tenor"),
    "history": ("X1,1000000,2018-01-20,360,等额本息,LPR,,5年,10,20,2026-09-01", "start_date"),
    "future": ("X1,1000000,2026-09-02,360,等额本息,固定,3.5,,,20,2026-09-01", "start_date"),
    "other day": ("X1,1000000,2024-01-20,360,等额本息,固定,3.5,,,20,2026-08-01", "as_of_date"),
    "empty": ("X1,,2024-01-20,360,等额本息,固定,3.5,,,20,2026-09-01", "principal"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_row_refuses_the_tape_or_is_left_out(tmp_path: Path, case: str) -> None:
    line, column = BAD[case]
    tape, out = write(tmp_path, *LOANS, line), tmp_path / "flows.csv"
    code, told = anju("--in", tape, "--out", out, "--engine", "numpy")
    assert code == 1
    assert column in told["en"]
    assert "row 5" in told["en"]
    assert "第 5 行" in told["zh"]
    assert sorted(tmp_path.iterdir()) == [tape]  # nothing is left half-written
    code, told = anju("--in", tape, "--out", out, "--skip-bad", "--engine", "numpy")
    assert (code, told["loans"], told["left_out"]) == (0, 3, 1)
    assert told["faults"][0]["column"] == column


DATED = HEADER.replace(",as_of_date", ",first_due,first_due_date,as_of_date")
RULED, BY_DATE = "A1,1000000,2024-01-20,360,等额本息,固定,3.5,,,25", "2026-09-01"
GIVEN = [
    # first_due, first_due_date, and the rule that gives it
    ("", "2024-02-25", "next_month"),
    ("", "2024-01-25", "first_due_day"),
    ("next_month", "2024-01-25", "first_due_day"),
    ("first_due_day", "2024-02-25", "next_month"),
    ("first_due_day", "", "first_due_day"),
]


@pytest.mark.parametrize(("rule", "first", "meant"), GIVEN)
def test_a_first_due_date_that_a_rule_gives_is_computed_by_it(
    tmp_path: Path, rule: str, first: str, meant: str
) -> None:  # S4-006
    sums = []
    for cells in ((rule, first), (meant, "")):
        tape = write(tmp_path, ",".join([RULED, *cells, BY_DATE]), header=DATED)
        code, told = anju("--in", tape, "--out", tmp_path / "a.csv", "--engine", "numpy")
        assert code == 0, told
        sums.append((told["balance_fen"], told["interest_fen"], (tmp_path / "a.csv").read_bytes()))
    assert sums[0] == sums[1]
    first_day = clamped_first(meant)
    terms = Terms(
        100_000_000, 360, "level_payment", date(2024, 1, 20), 25, "next_month", FIXED, first_due_on=first_day
    )
    left = [row for row in schedule(terms) if row.due_on > AS_OF]
    assert sums[0][:2] == (sum(r.principal_fen for r in left), sum(r.interest_fen for r in left))


@pytest.mark.parametrize("first", ["2024-03-25", "2024-02-24", "2024-01-20"])
def test_a_first_due_date_that_no_rule_gives_is_never_computed_by_one(tmp_path: Path, first: str) -> None:
    lines = [f"{RULED},,2024-02-25,{BY_DATE}", f"{RULED},,{first},{BY_DATE}"]
    tape, out = write(tmp_path, *lines, header=DATED), tmp_path / "a.csv"
    code, told = anju("--in", tape, "--out", out, "--engine", "numpy")
    assert (code, "row 3, first_due_date: no first-due rule" in told["en"]) == (1, True)
    code, told = anju("--in", tape, "--out", out, "--skip-bad", "--engine", "numpy")
    assert (code, told["loans"], told["left_out"]) == (0, 1, 1)


def test_a_product_that_is_not_due_monthly_is_a_fault_of_its_row(tmp_path: Path) -> None:  # S4-006
    header = HEADER.replace(",as_of_date", ",product,as_of_date")
    lines = [f"{RULED},CM1,{BY_DATE}", f"{RULED}, CM1F,{BY_DATE}", f"{RULED},,{BY_DATE}"]
    tape, out = write(tmp_path, *lines, header=header), tmp_path / "a.csv"
    code, told = anju("--in", tape, "--out", out, "--engine", "numpy")
    assert (code, "row 3, product: this product is not due monthly" in told["en"]) == (1, True)
    code, told = anju("--in", tape, "--out", out, "--skip-bad", "--engine", "numpy")
    assert (code, told["loans"], told["left_out"]) == (0, 2, 1)


def test_wrong_usage_is_told(tape: Path, tmp_path: Path) -> None:
    assert anju("--in", tape, "--out", tmp_path / "flows.txt")[0] == 2
    assert anju("--in", tape, "--out", tape)[0] == 2
    assert anju("--in", tape, "--out", tmp_path / "a.csv", "--shift-bp", 1_001)[0] == 2
    no_day = write(tmp_path, LOANS[0].rsplit(",", 1)[0], header=HEADER.rsplit(",", 1)[0])
    code, told = anju("--in", no_day, "--out", tmp_path / "a.csv")
    assert (code, "--as-of" in told["en"]) == (2, True)
    assert anju("--in", no_day, "--out", tmp_path / "a.csv", "--as-of", "2026-09-01")[0] == 0
    code, told = anju("--in", write(tmp_path, "1,2", header="loan_no,principal"), "--out", tmp_path / "b.csv")
    assert (code, "start_date" in told["en"]) == (1, True)


def test_batches_of_any_size_add_up(tape: Path) -> None:
    """What a cluster runs: the function over Arrow batches, split in every way, gives the same sums."""
    scenario = Scenario(AS_OF, _tables(None), kernel="numpy")
    (whole,) = batches(tape)
    for cuts in ([0, 3], [0, 1, 3], [0, 1, 2, 3], [0, 0, 3]):
        total = Flows.after(AS_OF)
        pieces = [whole.slice(low, high - low) for low, high in itertools.pairwise(cuts)]
        for rows in flows(scenario, pieces):
            total.add(rows)
        assert {month: [p, i] for month, p, i, _ in total.by_month()} == by_hand()
        assert total.loans == 3


def test_errors_travel_between_processes() -> None:
    import pickle

    from anju.contexts.servicing.projection.projecting import FaultyRows
    from anju.contexts.servicing.projection.reading import Fault

    found = pickle.loads(pickle.dumps(FaultyRows([Fault(5, "months", "不对", "wrong")])))
    assert found.message_en == "row 5, months: wrong (--skip-bad leaves such rows out)"
    assert isinstance(BadInput(field="a", value=1, allowed="", message_zh="", message_en=""), ValueError)


@pytest.mark.skipif(not find_spec("pyspark"), reason="the extra spark is not installed")
def test_spark_gives_the_same(tmp_path: Path) -> None:
    """A local cluster; needs a Java, which the extra does not bring. One loan was prepaid, one is in arrears."""
    lines = [f"{line},{told}" for line, told in zip(LOANS, ("900000,0", "438000.5,70", ","), strict=True)]
    tape = write(tmp_path, *lines, header=HEADER + ",balance,days_past_due")
    out = tmp_path / "spark.csv"
    code, told = anju("--in", tape, "--out", out, "--engine", "spark")
    assert code == 0, told
    assert anju("--in", tape, "--out", tmp_path / "here.csv", "--engine", "numpy")[0] == 0
    assert out.read_bytes() == (tmp_path / "here.csv").read_bytes()


@pytest.mark.skipif(bool(find_spec("pyspark")), reason="the extra spark is installed")
def test_spark_that_is_not_installed_is_told(tape: Path, tmp_path: Path) -> None:
    code, told = anju("--in", tape, "--out", tmp_path / "spark.csv", "--engine", "spark")
    assert (code, "anju[spark]" in told["en"]) == (1, True)


def test_plain_commands_import_neither_numba_nor_pandas() -> None:
    """The portfolio path alone may import them."""
    code = (
        "import sys\nimport anju.core, anju.core.schedule, anju.core.rates\n"
        "assert 'numpy' not in sys.modules\n"
        "from anju.site import cli\nimport click\n"
        "for name in ('bench', 'sample', 'import', 'dayend', 'portfolio'):\n"
        "    cli.anju.get_command(click.Context(cli.anju), name)\n"
        "from anju.core.engine import book, digest, stream\n"
        "print(sorted({'numba', 'pandas', 'pyspark', 'QuantLib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr
