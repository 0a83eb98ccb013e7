"""What happens to policy data."""

from dataclasses import dataclass
from typing import ClassVar

from anju.platform.journal.facts import AboutFields


@dataclass(frozen=True, slots=True)
class PolicyLoaded(AboutFields):
    """A version of a policy file came into force."""

    KIND: ClassVar[str] = "policies.version.loaded"
    ABOUT: ClassVar[tuple[str, str]] = ("policy", "version_id")
    version_id: int
    name: str
    version: str
    load_no: int
