"""What happens to policy data."""

from dataclasses import dataclass
from typing import Any, ClassVar

from anju.platform.journal.facts import Subject


@dataclass(frozen=True, slots=True)
class PolicyLoaded:
    """A version of a policy file came into force."""

    KIND: ClassVar[str] = "policies.version.loaded"
    version_id: int
    name: str
    version: str
    load_no: int

    @property
    def subject(self) -> Subject:
        return ("policy", self.version_id)

    def body(self) -> dict[str, Any]:
        return {"name": self.name, "version": self.version, "load_no": self.load_no}
