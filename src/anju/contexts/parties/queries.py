"""Reads of persons. Frozen rows out; ID numbers masked unless asked for."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from anju.contexts.parties.models import Person
from anju.contexts.parties.operations import person_index
from anju.core.tape_rules import mask_id_number, mask_name
from anju.platform.bulk import IDS, numbers
from anju.platform.contacts.people import PersonFacts

LIMIT_MAX = 200


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as a screen may show it."""

    id: int
    name: str
    name_masked: str
    id_number_masked: str
    language: str
    zone: str


def _row(person: Person) -> PersonRow:
    return PersonRow(
        person.pk,
        person.name,
        mask_name(person.name),
        mask_id_number(person.id_number),
        person.language,
        person.zone,
    )


def persons(ids: Collection[int]) -> dict[int, PersonRow]:
    """Persons by id; unknown ids are left out."""
    return {person.pk: _row(person) for person in Person.objects.filter(pk__in=ids)}


def person_row(person_id: int) -> PersonRow:
    """One person. Raises KeyError."""
    return persons([person_id])[person_id]


def id_number(person_id: int) -> str:
    """The ID number in clear: the caller has logged the reveal (house rule 12). Raises KeyError."""
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise KeyError(person_id)
    return str(person.id_number)


def by_id_number(number: str) -> int | None:
    """Id of the person with this (whole) ID number, through the blind index."""
    return Person.objects.filter(id_number_index=person_index(number)).values_list("id", flat=True).first()


def by_name(text: str, *, limit: int = LIMIT_MAX) -> list[int]:
    """Ids of persons whose name begins with this text."""
    return list(
        Person.objects.filter(name__startswith=text)
        .order_by("id")
        .values_list("id", flat=True)[: min(limit, LIMIT_MAX)]
    )


def facts_of(ids: Collection[int]) -> dict[int, PersonFacts]:
    """Language and zone, for the platform (``contacts.people.register_lookup``)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, language, zone FROM parties_person WHERE id = ANY({IDS})", [numbers(ids)])  # noqa: S608
        return {pk: PersonFacts(language, zone) for pk, language, zone in cursor}
