"""Files to measure with: made-up borrowers, the same in every run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from anju.contexts.servicing.tape.sampling import LOAN_HEADER, PAYMENT_HEADER, sample_tape
from anju.core.working_time import BANK_ZONE

SEED = 1
AS_OF = date(2026, 11, 16)
"""A Monday. The 18th, two days on, is an ordinary day: one loan in thirteen is due, as many are three days before it."""


@dataclass(frozen=True, slots=True)
class Tape:
    """Both files as bytes."""

    loans: bytes
    payments: bytes


def at(on: date, hour: int, minute: int = 0) -> datetime:
    """An instant at the bank."""
    return datetime.combine(on, time(hour, minute), BANK_ZONE)


def make(loans: int, *, seed: int = SEED, as_of: date = AS_OF, until: date = AS_OF) -> Tape:
    """``loans`` rows at the close of ``as_of`` and the payments from then to ``until``."""
    from anju.site.cli.sample import shipped_tables

    made = sample_tape(loans=loans, seed=seed, as_of=as_of, until=until, tables=shipped_tables())
    return Tape(_csv(LOAN_HEADER, made.loans), _csv(PAYMENT_HEADER, made.payments))


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def policy() -> None:
    """The shipped policy and products, in force."""
    from anju.contexts.catalogue.operations import load_products
    from anju.platform.policies import operations

    operations.load_shipped(at=at(AS_OF, 8), by="system:bench")
    load_products()


def book(tape: Tape) -> None:
    """The loans of a tape into the database, and everybody told."""
    from anju.contexts.servicing import operations
    from anju.platform.journal import handlers

    operations.loans_load(content=tape.loans, name="bench.csv", by="system:bench", at=at(AS_OF, 21))
    handlers.drain()
