"""Arrow batches of a tape to columns of checked values; each distinct text is checked once.

Which columns there are, under which names, and what may stand in them is known by `tape.columns` and `tape.values` alone.
Names of people, telephones and other columns that the arithmetic does not need are not read.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from anju.contexts.servicing.tape.columns import LOAN_COLUMNS, Column, match_header
from anju.contexts.servicing.tape.reading import FILE_BYTES_MAX, cell_text, read_table
from anju.contexts.servicing.tape.rows import TapeRefused
from anju.contexts.servicing.tape.values import loan_checks
from anju.core.errors import BadInput
from anju.core.money import normalised

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BATCH = 65_536
NEEDED = (
    "loan_no", "principal", "start_date", "months", "method", "rate_type", "due_day", "rate", "lpr_tenor", "spread_bp",
    "repricing", "cycle_months", "lpr_since", "home", "first_due", "first_due_date", "as_of_date",
)  # fmt: skip
STATED = ("balance", "next_instalment", "days_past_due", "paid_periods")
"""What the tape says of the day; not read when the contract alone is asked."""
COLUMNS = tuple(column for column in LOAN_COLUMNS if column.name in NEEDED + STATED)
_PRODUCT = tuple(column for column in LOAN_COLUMNS if column.name == "product")
_CODES: dict[str, tuple[str, ...]] = {
    "method": ("level_payment", "level_principal"),
    "rate_type": ("fixed", "lpr", "provident"),
    "lpr_tenor": ("1y", "5y"),
    "repricing": ("january_1", "anniversary"),
    "home": ("first", "second"),
    "first_due": ("next_month", "first_due_day"),
}
_AMOUNTS = ("principal", "balance", "next_instalment")
_PLAIN = r"^(0|[1-9][0-9]{0,8})(\.[0-9]{1,2})?$"
ABSENT = np.iinfo(np.int64).min
"""What a number column holds where the file has nothing."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A value that cannot be taken: row (the header is row 1), column, and why. Never the value: it may be personal."""

    row: int
    column: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Checked:
    """Columns of a batch as int64 (money fen, rates and spreads ppm, days `toordinal`, words by place in their list; ABSENT where
    nothing stands), loan numbers as text, rows that are good, and the first faults with how many there are."""

    values: dict[str, Ints]
    loan_no: pa.Array
    good: Bools
    faults: list[Fault]


def batches(file: Path) -> Iterator[pa.RecordBatch]:
    """The rows of a .parquet file as they are, of a .csv or .xlsx file as texts; never more than BATCH at a time.

    Raises TapeRefused (see `tape.reading.read_table`). Rows that are broken as lines of text are refused too.
    """
    with open(file, "rb") as opened:
        head = opened.read(4)
    if head == b"PAR1":
        yield from _parquet(file)
        return
    if file.stat().st_size > FILE_BYTES_MAX:
        raise TapeRefused(
            "too_large",
            "文件超过 256 MiB，请改用 Parquet",
            "the file is larger than 256 MiB; write it as Parquet",
        )
    table = read_table(file.read_bytes(), file.name)
    if table.broken:
        first = table.broken[0]
        raise TapeRefused(first.code, f"第 {first.row_no} 行：{first.zh}", f"row {first.row_no}: {first.en}")
    for begin in range(0, len(table.rows), BATCH):
        rows = table.rows[begin : begin + BATCH]
        columns = [pa.array([row[at] for row in rows], pa.string()) for at in range(len(table.header))]
        yield pa.RecordBatch.from_arrays(columns, names=table.header)


def _parquet(file: Path) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(file) as opened:
            header = match_header(opened.schema_arrow.names, COLUMNS + _PRODUCT)
            wanted = [opened.schema_arrow.names[at] for at in header.at.values()]
            yield from opened.iter_batches(BATCH, columns=wanted)
    except (pa.ArrowException, OSError) as problem:
        raise TapeRefused(
            "unreadable", "Parquet 文件已损坏或不完整", "the Parquet file is damaged or cut off"
        ) from problem


def checked(batch: pa.RecordBatch, on: date, first_row: int = 2, *, stated: bool = False) -> Checked:
    """Check the needed columns of a batch, and with `stated` those of the day. Raises TapeRefused ``missing_column``."""
    header = match_header(batch.schema.names, COLUMNS)
    missing = [column for column in header.missing if column.name in NEEDED]
    if missing:
        zh = "、".join(f"{column.zh}（{column.name}）" for column in missing)
        en = ", ".join(column.name for column in missing)
        raise TapeRefused("missing_column", f"缺少必需的列：{zh}", f"required columns are missing: {en}")
    checks = loan_checks(on)
    good = np.ones(batch.num_rows, dtype=np.bool_)
    faults: list[Fault] = []
    values: dict[str, Ints] = {}
    for column in COLUMNS:
        if column.name == "loan_no":
            continue
        if column.name not in header.at or (column.name in STATED and not stated):
            values[column.name] = np.full(batch.num_rows, ABSENT)
            continue
        cells = batch.column(header.at[column.name])
        values[column.name] = _column(column, cells, checks[column.name], good, faults, first_row)
    loan_no = pc.cast(batch.column(header.at["loan_no"]), pa.string(), safe=False)
    return Checked(values, loan_no, good, faults)


def of_products(batch: pa.RecordBatch, codes: Container[str]) -> Bools:
    """Rows whose product is one of these codes."""
    at = match_header(batch.schema.names, _PRODUCT).at.get("product")
    if at is None:
        return np.zeros(batch.num_rows, dtype=np.bool_)
    cells = batch.column(at)
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    encoded = cells.dictionary_encode(null_encoding="encode")
    named = [normalised(cell_text(cell)) in codes for cell in encoded.dictionary.to_pylist()]
    found: Bools = np.array(named, dtype=np.bool_)[encoded.indices.to_numpy(zero_copy_only=False)]
    return found


def _column(
    column: Column, cells: pa.Array, check: Any, good: Bools, faults: list[Fault], first_row: int
) -> Ints:
    """One column: distinct cells checked, values put back by place."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    encoded = cells.dictionary_encode(null_encoding="encode")
    meant = _plain_amounts(column.name, encoded.dictionary)
    reasons: dict[int, BadInput] = {}
    rest = np.flatnonzero(meant == ABSENT)
    for place, cell in zip(rest.tolist(), encoded.dictionary.take(pa.array(rest)).to_pylist(), strict=True):
        text = cell_text(cell)
        if not text and not column.required:
            continue
        try:
            meant[place] = _number(column.name, check(text) if text else _empty(column))
        except BadInput as problem:
            reasons[place] = problem
    at = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    if reasons:
        wrong = np.isin(at, list(reasons))
        for row in np.flatnonzero(wrong)[:5].tolist():
            why = reasons[int(at[row])]
            faults.append(Fault(first_row + row, column.name, why.message_zh, why.message_en))
        good &= ~wrong
    values: Ints = meant[at]
    return values


def _plain_amounts(name: str, distinct: pa.Array) -> Ints:
    """Fen of amounts above 0 that are written in digits with at most two decimals, all at once; ABSENT for any other text, which
    is checked one by one. Below 1e9 yuan a float holds them to a hundredth of a fen, so that rounding gives them exactly."""
    meant = np.full(len(distinct), ABSENT)
    if name in _AMOUNTS and (pa.types.is_string(distinct.type) or pa.types.is_large_string(distinct.type)):
        plain = pc.fill_null(pc.match_substring_regex(distinct, _PLAIN), False)
        yuan = pc.cast(distinct.filter(plain), pa.float64()).to_numpy(zero_copy_only=False)
        fen = np.rint(yuan * 100).astype(np.int64)
        meant[plain.to_numpy(zero_copy_only=False)] = np.where(fen > 0, fen, ABSENT)
    return meant


def _empty(column: Column) -> Any:
    raise BadInput(
        field=column.name,
        value="",
        allowed="",
        message_zh=f"{column.zh}不能为空",
        message_en=f"{column.name} is empty",
    )


def _number(name: str, value: Any) -> int:
    if name in _CODES:
        return _CODES[name].index(value)
    return value.toordinal() if isinstance(value, date) else int(value)


def word(name: str, code: int, default: str) -> str:
    """The word behind a code of a column."""
    return default if code == ABSENT else _CODES[name][code]


def flag(faults: list[Fault], good: Bools, wrong: Bools, told: tuple[str, str, str], first_row: int) -> None:
    """Mark rows that break a rule between columns: (column, zh, en). Rows that are bad already are not told again."""
    column, zh, en = told
    fresh = wrong & good
    faults += [Fault(first_row + row, column, zh, en) for row in np.flatnonzero(fresh)[:5].tolist()]
    good &= ~wrong


__all__: Sequence[str] = ["ABSENT", "BATCH", "Checked", "Fault", "batches", "checked", "flag", "word"]
