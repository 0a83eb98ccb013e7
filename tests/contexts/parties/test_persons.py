"""One person per ID number; the number is never stored in clear."""

from datetime import datetime

import pytest
from django.db import connection

from anju.contexts.parties import operations, queries
from anju.contexts.parties.operations import NewPerson
from anju.platform.contacts.people import PersonFacts

pytestmark = pytest.mark.django_db

NUMBER = "110105198503150019"


def test_the_same_number_is_the_same_person(at: datetime) -> None:
    first = operations.persons_ensure(rows=[NewPerson("李娜", NUMBER)], at=at)
    again = operations.persons_ensure(rows=[NewPerson("李小娜", NUMBER)], at=at)
    assert again == first
    assert operations.persons_on_file(id_numbers=[NUMBER, "unknown"]) == {NUMBER: (first[NUMBER][0], "李娜")}
    assert operations.persons_ensure(rows=[], at=at) == {}


def test_numbers_are_encrypted_and_masked(at: datetime) -> None:
    person = operations.persons_ensure(rows=[NewPerson("欧阳雪", NUMBER)], at=at)[NUMBER][0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number, id_number_index FROM parties_person")
        stored, index = (bytes(value) for value in cursor.fetchone())
    assert NUMBER.encode() not in stored
    assert NUMBER.encode() not in index
    row = queries.person_row(person)
    assert (row.name_masked, row.id_number_masked) == ("欧阳*", "110***********0019")
    assert queries.id_number(person) == NUMBER
    assert queries.by_id_number(NUMBER) == person
    assert queries.by_id_number("110105198503150018") is None
    assert queries.by_name("欧阳") == [person]
    assert queries.facts_of([person]) == {person: PersonFacts()}
    with pytest.raises(KeyError):
        queries.person_row(person + 1)
