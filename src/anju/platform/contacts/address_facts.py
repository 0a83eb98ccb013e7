"""What a person found out about an address."""

from dataclasses import dataclass
from typing import ClassVar

from anju.platform.journal.facts import Fields, Subject


@dataclass(frozen=True, slots=True)
class AddressRepaired(Fields):
    """Somebody dealt with a doubtful address: corrected, confirmed, not_reachable or belongs_to_other (S2-07)."""

    KIND: ClassVar[str] = "contacts.address.repaired"
    subject: Subject
    kind: str
    outcome: str
    note: str
