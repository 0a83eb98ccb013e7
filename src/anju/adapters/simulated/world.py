"""The people of the simulated world 模拟世界的人: when a borrower pays, reads, answers, promises and keeps.

Pure: every answer follows from the seed and from names that mean the same in every run (loan number, date), never from row
ids or from what was asked before. So a world that was stopped half-way goes on as if nothing had happened.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from anju.core.working_time import BANK_ZONE

MILLION = 1_000_000
AWAKE_FROM, AWAKE_UNTIL = time(7, 20), time(22, 50)
NEVER_DAYS = 400

CHARACTERS: Mapping[str, int] = {
    "punctual": 745_000,
    "forgetful": 160_000,
    "struggling": 60_000,
    "silent": 35_000,
}
"""Kinds of borrowers and their shares in ppm."""

READS: Mapping[str, int] = {"inbox": 560_000, "sms": 620_000, "email": 300_000}
"""Share of those who confirm a message on each channel, in ppm."""


class Dice:
    """Numbers that depend on the seed and on the words given, and on nothing else."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def below(self, end: int, *words: object) -> int:
        """0 <= n < end."""
        text = "\0".join([str(self.seed), *(str(word) for word in words)])
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") % end

    def meets(self, ppm: int, *words: object) -> bool:
        """True for `ppm` of a million draws."""
        return self.below(MILLION, *words) < ppm

    def among(self, shares: Mapping[str, int], *words: object) -> str:
        """One of the names, as often as its share says; shares need not add up to anything."""
        left = self.below(sum(shares.values()), *words)
        for name, share in shares.items():
            if left < share:
                return name
            left -= share
        raise AssertionError("unreachable")

    def one(self, choices: Sequence[str], *words: object) -> str:
        """One of the choices, each as likely as the others."""
        return choices[self.below(len(choices), *words)]


@dataclass(frozen=True, slots=True)
class Debt:
    """What a borrower owes on a morning, fen. `open_fen`: billed and unpaid; `coming_fen`: still needed for the next bill."""

    loan_no: str
    oldest_due_on: date | None
    open_fen: int
    next_due_on: date | None
    coming_fen: int
    promised_fen: int = 0
    promised_on: date | None = None


@dataclass(frozen=True, slots=True)
class People:
    """Everybody of one world. `born_on`: the day of the tape; arrears older than it are mostly paid off in its first weeks."""

    dice: Dice
    born_on: date

    def character(self, loan_no: str) -> str:
        """punctual | forgetful | struggling | silent."""
        return self.dice.among(CHARACTERS, "character", loan_no)

    def pays_fen(self, debt: Debt, on: date) -> int:
        """How much this borrower pays on a day; 0: nothing."""
        if debt.promised_on is not None and debt.promised_fen:
            return debt.promised_fen if on == self._keeps_on(debt.loan_no, debt.promised_on) else 0
        if debt.oldest_due_on is not None and debt.open_fen > 0:
            return self._cures_fen(debt, debt.oldest_due_on, on)
        if debt.next_due_on == on and debt.coming_fen > 0 and self._late_days(debt.loan_no, on) == 0:
            return debt.coming_fen
        return 0

    def _keeps_on(self, loan_no: str, promised_on: date) -> date | None:
        """The day on which a promise is kept: its own, or the one before; None: it is broken."""
        share = {"punctual": 900_000, "forgetful": 780_000, "struggling": 480_000, "silent": 150_000}
        if not self.dice.meets(share[self.character(loan_no)], "keeps", loan_no, promised_on):
            return None
        return promised_on - timedelta(days=self.dice.below(2, "early", loan_no, promised_on))

    def _cures_fen(self, debt: Debt, oldest_on: date, on: date) -> int:
        if oldest_on <= self.born_on:
            late = self.dice.below(13, "old arrears", debt.loan_no)
            pays = self.dice.meets(780_000, "old arrears paid", debt.loan_no)
            return debt.open_fen if pays and on >= self.born_on + timedelta(days=1 + late) else 0
        waited, late = (on - oldest_on).days, self._late_days(debt.loan_no, oldest_on)
        if waited >= late:
            return debt.open_fen
        if self.dice.meets(120_000, "in part", debt.loan_no, oldest_on) and waited == min(3, late - 1):
            return debt.open_fen * (3 + self.dice.below(5, "part", debt.loan_no, oldest_on)) // 10
        return 0

    def _late_days(self, loan_no: str, due_on: date) -> int:
        """How many days after the due day this instalment is paid without being asked; NEVER_DAYS: not at all."""
        draw = self.dice.below(MILLION, "late", loan_no, due_on)
        character = self.character(loan_no)
        if character == "punctual":
            return 0 if draw < 965_000 else 1 + draw % 5
        if character == "forgetful":
            return 0 if draw < 360_000 else 1 + draw % 5 if draw < 760_000 else 5 + draw % 14
        stops_on = self.born_on + timedelta(days=self.dice.below(85, "stops", loan_no))
        if due_on < stops_on:
            return draw % 3
        if character == "struggling":
            return 9 + draw % 24 if draw < 700_000 else NEVER_DAYS
        return NEVER_DAYS if draw < 850_000 else 33 + draw % 20

    def confirms_at(self, loan_no: str, message: str, channel: str, sent_at: datetime) -> datetime | None:
        """When this person confirms a message of a channel, awake; None: never."""
        ppm = READS.get(channel, 0) // (3 if self.character(loan_no) == "silent" else 1)
        if not self.dice.meets(ppm, "confirms", loan_no, message, channel):
            return None
        minutes = 3 + self.dice.below(90, "delay", loan_no, message, channel)
        if self.dice.meets(350_000, "slow", loan_no, message, channel):
            minutes += 60 * (1 + self.dice.below(14, "hours", loan_no, message, channel))
        return awake(sent_at + timedelta(minutes=minutes), minutes % 40)

    def answers(self, loan_no: str, on: date, tries: int) -> str:
        """Outcome code of a call."""
        character = self.character(loan_no)
        if self.dice.meets(12_000, "changed number", loan_no):
            return "wrong_person"
        shares = {
            "no_answer": 260, "busy": 70, "promised": 470, "paid_already": 50, "callback_requested": 60,
            "hardship_request": 40, "refuses": 8, "deceased_or_ill": 4,
        }  # fmt: skip
        if character == "struggling":
            shares |= {"hardship_request": 190, "promised": 380}
        if character == "silent":
            shares |= {"no_answer": 560, "promised": 190, "refuses": 90}
        return self.dice.among(shares, "answers", loan_no, on, tries)


def awake(at: datetime, minutes: int) -> datetime:
    """The instant itself, or some minutes after getting up when it lies in the night."""
    local = at.astimezone(BANK_ZONE)
    if AWAKE_FROM <= local.time() < AWAKE_UNTIL:
        return at
    day = local.date() + timedelta(days=1 if local.time() >= AWAKE_UNTIL else 0)
    return datetime.combine(day, AWAKE_FROM, BANK_ZONE) + timedelta(minutes=minutes)
