"""Projections of a tape to a file: batch by batch in, rows out, in the three kinds that ``anju portfolio`` writes."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from anju.contexts.servicing.projection import reading
from anju.contexts.servicing.projection.projecting import (
    BEGINNING,
    LOANS,
    Flows,
    Projector,
    Scenario,
    loan_rows,
    month_rows,
)
from anju.core.money import fen_to_text

FAULTS_TOLD = 5
PERIOD_FIELDS = ("principal_fen", "interest_fen", "balance_fen")


@dataclass(slots=True)
class Told:
    """Sums over what was projected."""

    left_out: int = 0
    faults: list[reading.Fault] = field(default_factory=list)

    def note(self, left_out: int, faults: list[reading.Fault]) -> None:
        """Count what a batch left out; keep the first faults."""
        self.left_out += left_out
        self.faults += faults[: max(FAULTS_TOLD - len(self.faults), 0)]


def project(tape: Path, out: Path, by: str, months: int | None, scenario: Scenario) -> dict[str, Any]:
    """Project a tape here. Raises TapeRefused, FaultyRows; a refused tape leaves no file."""
    told, projector = Told(), Projector(scenario)

    def parts() -> Iterator[pa.RecordBatch]:
        for batch in reading.batches(tape):
            made = projector.batch(batch)
            told.note(made.left_out, made.faults)
            yield loan_rows(made) if by == "loan" else month_rows(made)

    result = write(out, by, months, parts(), scenario)
    faults = [{"row": each.row, "column": each.column, "zh": each.zh, "en": each.en} for each in told.faults]
    return result | {"left_out": told.left_out, "faults": faults}


def write(
    out: Path, by: str, months: int | None, parts: Iterable[pa.RecordBatch], scenario: Scenario
) -> dict[str, Any]:
    """Write what batches of FLOWS or LOANS tell, whole or not at all; sums of it are the answer."""
    unfinished = out.with_name(f".{out.name}.unfinished")
    try:
        if by == "loan":
            answer = _write_loans(unfinished, out.suffix.lower(), parts)
        else:
            answer = _write_periods(unfinished, out.suffix.lower(), by, months, parts, scenario)
        os.replace(unfinished, out)
    finally:
        unfinished.unlink(missing_ok=True)
    return answer | {"left_out": 0, "faults": []}


def _write_periods(
    file: Path, ending: str, by: str, months: int | None, parts: Iterable[pa.RecordBatch], scenario: Scenario
) -> dict[str, Any]:
    flows = Flows.after(scenario.on)
    for part in parts:
        flows.add(part)
    rows = flows.by_year(months) if by == "year" else flows.by_month(months)
    names = (by, *PERIOD_FIELDS)
    table = [dict(zip(names, row, strict=True)) for row in rows]
    answer = _sums(flows.loans, flows.balance_fen, int(flows.interest_fen.sum()), len(table), flows.beginning)
    if ending == ".json":
        told = {"as_of": scenario.on.isoformat(), "shift_bp": scenario.shift_bp} | answer
        file.write_text(
            json.dumps(told | {"flows": [_with_yuan(row) for row in table]}, ensure_ascii=False) + "\n"
        )
    elif ending == ".csv":
        with _csv(file, [*names, *(name.removesuffix("_fen") for name in PERIOD_FIELDS)]) as writer:
            writer.rows(_with_yuan(row) for row in table)
    else:
        schema = pa.schema([(by, pa.string()), *((name, pa.int64()) for name in PERIOD_FIELDS)])
        pq.write_table(pa.Table.from_pylist(table, schema=schema), file)
    return answer


def _write_loans(file: Path, ending: str, parts: Iterable[pa.RecordBatch]) -> dict[str, Any]:
    loans = balance = interest = 0
    beginning = dict.fromkeys(BEGINNING, 0)
    with _sink(file, ending) as sink:
        for part in parts:
            loans += part.num_rows
            balance += sum(part.column("balance_fen").to_pylist())
            interest += sum(part.column("interest_fen").to_pylist())
            for name in BEGINNING:
                beginning[name] += sum(part.column(name).to_pylist())
            sink.batch(part)
    return _sums(loans, balance, interest, loans, beginning)


def _sums(
    loans: int, balance_fen: int, interest_fen: int, rows: int, beginning: dict[str, int]
) -> dict[str, Any]:
    sums = {"balance_fen": balance_fen, "interest_fen": interest_fen, **beginning}
    return {"loans": loans, "rows": rows} | _with_yuan(sums)


def _with_yuan(row: dict[str, Any]) -> dict[str, Any]:
    """A row with each amount in yuan beside the fen."""
    yuan = {
        name.removesuffix("_fen"): fen_to_text(value) for name, value in row.items() if name.endswith("_fen")
    }
    return row | yuan


class _csv:
    """A CSV file with a header, readable by spreadsheets."""

    def __init__(self, file: Path, names: list[str]) -> None:
        self._file = open(file, "w", encoding="utf-8-sig", newline="")  # noqa: SIM115 -- closed by __exit__
        self._writer = csv.DictWriter(self._file, names)
        self._writer.writeheader()

    def rows(self, rows: Iterable[dict[str, Any]]) -> None:
        self._writer.writerows(rows)

    def batch(self, part: pa.RecordBatch) -> None:
        self.rows(_loan(row) for row in part.to_pylist())

    def __enter__(self) -> _csv:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


class _lines:
    """One JSON array, an element a line, written as it comes."""

    def __init__(self, file: Path) -> None:
        self._file = open(file, "w", encoding="utf-8")  # noqa: SIM115 -- closed by __exit__
        self._before = "[\n"

    def batch(self, part: pa.RecordBatch) -> None:
        for row in part.to_pylist():
            self._file.write(self._before + json.dumps(_loan(row), ensure_ascii=False))
            self._before = ",\n"

    def __enter__(self) -> _lines:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.write("[]\n" if self._before == "[\n" else "\n]\n")
        self._file.close()


class _parquet:
    """A Parquet file, a row group a batch."""

    def __init__(self, file: Path) -> None:
        self._writer = pq.ParquetWriter(file, LOANS)

    def batch(self, part: pa.RecordBatch) -> None:
        self._writer.write_batch(part)

    def __enter__(self) -> _parquet:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()


def _sink(file: Path, ending: str) -> _csv | _lines | _parquet:
    if ending == ".parquet":
        return _parquet(file)
    if ending == ".json":
        return _lines(file)
    names = [*LOANS.names, "weighted_life_months"]
    yuan = [name.removesuffix("_fen") for name in LOANS.names if name.endswith("_fen")]
    return _csv(file, [*names, *yuan])


def _loan(row: dict[str, Any]) -> dict[str, Any]:
    """A row of LOANS with yuan and the weighted life beside it."""
    waits = row.pop("fen_months")
    life = waits / row["balance_fen"] if row["balance_fen"] else 0.0
    return _with_yuan(row) | {"fen_months": waits, "weighted_life_months": f"{life:.2f}"}
