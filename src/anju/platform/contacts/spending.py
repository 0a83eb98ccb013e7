"""An override is used once: it is claimed under its row's lock and spent with the contact that rests on it."""

from collections.abc import Iterable
from datetime import datetime

from anju.core.lifecycles import OVERRIDE
from anju.platform.contacts.facts import OverrideUsed
from anju.platform.contacts.models import Override
from anju.platform.journal import operations as journal

_PREFIX = "override:"


def claim_override(basis: str, spent: set[int]) -> bool:
    """Whether the override is still to be had; then nobody else gets it before this transaction ends."""
    number = int(basis.removeprefix(_PREFIX))
    found = Override.objects.select_for_update().filter(id=number, state="granted").exists()
    spent.add(number)
    return found


def spend_overrides(made: Iterable[tuple[int, int, str]], *, at: datetime, actor: str) -> None:
    """The overrides that these contacts rest on are used; each contact as `(id, person_id, basis)`."""
    for contact_id, person_id, basis in made:
        if not basis.startswith(_PREFIX):
            continue
        OVERRIDE.require("granted", "used")
        number = int(basis.removeprefix(_PREFIX))
        Override.objects.filter(id=number, state="granted").update(state="used", contact_id=contact_id)
        journal.record(OverrideUsed(("person", person_id), number, contact_id), at=at, actor=actor)
