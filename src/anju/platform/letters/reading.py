"""The mail room's file 邮寄回执 as rows: CSV in UTF-8 or GB18030, headings in Chinese or English. Nothing is written here."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from anju.platform.letters.marks import letter_id
from anju.platform.letters.rows import ReturnsRefused

BYTES_MAX = 2 * 1024 * 1024
ROWS_MAX = 5000
CELL_MAX = 200
COLUMNS = {
    "reference": ("编号", "信函编号", "reference"),
    "registered_no": ("挂号号码", "挂号编号", "registered_no"),
    "posted_on": ("投递日期", "交寄日期", "posted_on"),
    "delivered_on": ("妥投日期", "签收日期", "delivered_on"),
    "returned_on": ("退回日期", "returned_on"),
    "reason": ("退回原因", "reason"),
}
_REGISTERED = re.compile(r"[A-Z0-9]{8,20}\Z")
_DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?\Z")


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that is not taken: the row, its column as the file names it, and why."""

    row_no: int
    column: str
    value: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Said:
    """What one row says of one letter. `cells`: its values by our column names, as they stood there."""

    row_no: int
    letter_id: int
    registered_no: str
    posted_on: date | None
    delivered_on: date | None
    returned_on: date | None
    reason: str
    cells: Mapping[str, str] = field(default_factory=dict)


class Bad(ValueError):
    """One value of a row; `column` by our name."""

    def __init__(self, column: str, zh: str, en: str) -> None:
        self.column = column
        self.zh = zh
        self.en = en
        super().__init__(en)


def read(content: bytes, *, today: date) -> tuple[list[Said], list[Problem], Mapping[str, str]]:
    """Rows understood, rows not understood, and the file's own name of each column. Raises ReturnsRefused."""
    if len(content) > BYTES_MAX:
        raise ReturnsRefused(
            f"文件过大：{len(content)} 字节，最多 {BYTES_MAX} 字节。",
            f"{len(content)} bytes; at most {BYTES_MAX}.",
        )
    rows = _rows(_text(content))
    said: list[Said] = []
    problems: list[Problem] = []
    try:
        head = _head(next(rows, []))
        for number, cells in enumerate(rows, start=2):
            if number > ROWS_MAX + 1:
                raise ReturnsRefused(
                    f"行数超过 {ROWS_MAX}，请分开上传。", f"More than {ROWS_MAX} rows: split the file."
                )
            if not any(cell.strip() for cell in cells):
                continue
            given = {
                name: cells[place].strip() if place < len(cells) else "" for name, (place, _) in head.items()
            }
            try:
                said.append(_said(number, given, today))
            except Bad as bad:
                problems.append(
                    problem(number, bad, given, {name: title for name, (_, title) in head.items()})
                )
    except csv.Error as error:
        raise ReturnsRefused(f"不是有效的 CSV：{error}", f"Not a CSV file: {error}") from error
    return said, problems, {name: title for name, (_, title) in head.items()}


def problem(row_no: int, bad: Bad, cells: Mapping[str, str], titles: Mapping[str, str]) -> Problem:
    """What the quarantine says of a bad value."""
    return Problem(
        row_no,
        titles.get(bad.column, bad.column)[:40],
        cells.get(bad.column, "")[:80],
        bad.zh[:200],
        bad.en[:200],
    )


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ReturnsRefused(
        "文件编码无法识别，请存为 UTF-8 或 GBK 的 CSV。", "Unknown encoding: save it as CSV in UTF-8 or GBK."
    )


def _rows(text: str) -> "csv._reader":  # type: ignore[name-defined]
    if "\0" in text:
        raise ReturnsRefused("不是文本文件。", "Not a text file.")
    return csv.reader(io.StringIO(text), strict=True)


def _head(titles: list[str]) -> dict[str, tuple[int, str]]:
    """Place and title of each column that is there. Raises ReturnsRefused."""
    head: dict[str, tuple[int, str]] = {}
    for place, title in enumerate(titles):
        for name, known in COLUMNS.items():
            if title.strip().lower() in known and name not in head:
                head[name] = (place, title.strip())
    missing = [COLUMNS[name][0] for name in ("reference", "posted_on") if name not in head]
    if missing:
        shown = "、".join(missing)
        raise ReturnsRefused(f"第 1 行缺少列：{shown}。", f"Columns missing in row 1: {', '.join(missing)}.")
    return head


def _said(number: int, given: Mapping[str, str], today: date) -> Said:
    for name, value in given.items():
        if len(value) > CELL_MAX:
            raise Bad(name, f"超过 {CELL_MAX} 个字符", f"more than {CELL_MAX} characters")
    found = letter_id(given["reference"])
    if found is None:
        raise Bad(
            "reference",
            "不是信函编号（形如 L00000018，末位为校验码）",
            "no reference of a letter (like L00000018; the last digit checks it)",
        )
    registered = given.get("registered_no", "").upper().replace(" ", "")
    if registered and not _REGISTERED.match(registered):
        raise Bad("registered_no", "应为 8 至 20 位字母数字", "8 to 20 letters and digits")
    dates = {
        name: _date(name, given.get(name, ""), today) for name in ("posted_on", "delivered_on", "returned_on")
    }
    said = Said(
        number, found, registered, dates["posted_on"], dates["delivered_on"], dates["returned_on"],
        given.get("reason", ""), given,
    )  # fmt: skip
    _require_sense(said)
    return said


def _require_sense(said: Said) -> None:
    if said.delivered_on and said.returned_on:
        raise Bad("returned_on", "同一封信不能既妥投又退回", "a letter is not both delivered and returned")
    if said.returned_on and not said.reason:
        raise Bad("reason", "退回必须写明原因", "a return needs its reason")
    if not (said.posted_on or said.delivered_on or said.returned_on):
        raise Bad("posted_on", "这一行没有任何日期", "this row has no date at all")
    for name, on in (("delivered_on", said.delivered_on), ("returned_on", said.returned_on)):
        if on is not None and said.posted_on is not None and on < said.posted_on:
            raise Bad(name, f"早于投递日期 {said.posted_on}", f"before it was posted on {said.posted_on}")


def _date(name: str, text: str, today: date) -> date | None:
    if not text:
        return None
    found = _DATE.match(text)
    try:
        on = date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        on = None
    if on is None or (text.isdigit() and len(text) != 8):
        raise Bad(name, "不是日期（如 2026-11-23）", "not a date (like 2026-11-23)")
    if on > today:
        raise Bad(name, f"晚于今天 {today}", f"later than today, {today}")
    return on
