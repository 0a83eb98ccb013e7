"""What happened to the people of a loan, in the past tense."""

from dataclasses import dataclass
from typing import ClassVar

from anju.contexts.servicing.facts import LoanFact


@dataclass(frozen=True, slots=True)
class PartyJoined(LoanFact):
    """Somebody stands in a role of a loan from now on, who did not when it was opened."""

    KIND: ClassVar[str] = "servicing.party.joined"
    person_id: int
    role: str
    reason: str
