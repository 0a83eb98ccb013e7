"""What the platform may know about a person: language and zone. The context that keeps persons registers the look-up."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """`language` as in settings.LANGUAGES; `zone` an IANA name."""

    language: str = "zh-hans"
    zone: str = "Asia/Shanghai"

    @property
    def tz(self) -> ZoneInfo:
        """The zone itself."""
        return ZoneInfo(self.zone)


Lookup = Callable[[Collection[int]], Mapping[int, PersonFacts]]
UNKNOWN = PersonFacts()
_lookups: list[Lookup] = []


def register_lookup(lookup: Lookup) -> None:
    """The last one registered answers (wired in `site.wiring`)."""
    _lookups.append(lookup)


def unregister_lookup(lookup: Lookup) -> None:
    """For tests."""
    _lookups.remove(lookup)


def facts_of(person_ids: Collection[int]) -> dict[int, PersonFacts]:
    """Facts of every id asked for; a person nobody knows gets the bank's own language and zone."""
    found = _lookups[-1](person_ids) if _lookups and person_ids else {}
    return {person_id: found.get(person_id, UNKNOWN) for person_id in person_ids}
