"""Values that pass between reading, checking and loading a tape."""

from dataclasses import dataclass
from datetime import date


class TapeRefused(Exception):
    """The whole file is refused; nothing of it was written. ``code`` is stable, the texts are for people."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        self.code = code
        self.message_zh = zh
        self.message_en = en
        super().__init__(code, zh, en)

    def __str__(self) -> str:
        return f"{self.message_zh} / {self.message_en}"


@dataclass(frozen=True, slots=True)
class Issue:
    """A value that cannot be taken: row number as a person sees it in the file, column, value, and why."""

    row_no: int
    key: str
    column: str
    value: str
    code: str
    zh: str
    en: str


@dataclass(slots=True)
class Table:
    """A file as texts: header cells, rows of equal length with their row numbers, and rows that are broken."""

    header: list[str]
    row_nos: list[int]
    rows: list[list[str]]
    broken: list[Issue]
    notes: list[tuple[str, str]]


@dataclass(slots=True)
class LoanRow:
    """One good row of a loan tape. Money fen, rates ppm. ``None`` or empty text: not given."""

    row_no: int
    loan_no: str
    borrower_name: str
    id_number: str
    phone: str
    principal_fen: int
    start_on: date
    months: int
    method: str
    rate_kind: str
    due_day: int
    branch: str
    fixed_ppm: int | None
    tenor: str
    spread_ppm: int
    repricing: str
    cycle_months: int
    lpr_since: date | None
    home: str
    first_due: str
    first_due_on: date | None
    product: str
    email: str
    account_manager: str
    as_of_on: date
    balance_fen: int | None
    next_instalment_fen: int | None
    days_past_due: int | None
    paid_periods: int | None
    co_borrower_name: str
    co_borrower_id: str
    co_borrower_phone: str


@dataclass(slots=True)
class PaymentRow:
    """One good row of a payments file."""

    row_no: int
    payment_ref: str
    loan_no: str
    amount_fen: int
    paid_on: date
    channel: str
