"""Since when people stand in their roles of a loan."""

from collections.abc import Collection, Iterator
from datetime import datetime

from anju.contexts.servicing.party_facts import PartyJoined
from anju.platform.journal import queries as journal

LOANS_PER_QUERY = 100


def joined_loans(loan_ids: Collection[int]) -> dict[tuple[int, str, int], datetime]:
    """`(loan, role, person)` -> since when, for those who joined after the loan was opened; who is not here stood in it from
    the beginning. One query per 100 loans."""
    found: dict[tuple[int, str, int], datetime] = {}
    for some in _some(sorted(loan_ids)):
        subjects = [("loan", number) for number in some]
        for entry in journal.timeline(subjects, kinds=[PartyJoined.KIND], limit=500):
            key = (entry.subject[1], str(entry.body["role"]), int(entry.body["person_id"]))
            found.setdefault(key, entry.at)  # the newest one, should somebody ever join twice
    return found


def _some(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), LOANS_PER_QUERY):
        yield numbers[start : start + LOANS_PER_QUERY]
