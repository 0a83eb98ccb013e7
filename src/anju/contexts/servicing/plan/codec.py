"""Plan events as rows: the kind and the JSON body of an event of ``core.schedule``, and the event again."""

from dataclasses import asdict, fields
from datetime import date
from typing import Any

from anju.core.schedule import Event, Stage
from anju.core.schedule.events import NAMES

TYPES: dict[str, type[Any]] = {name.code: kind for kind, name in NAMES.items()}
"""Kind of a row -> type of the event."""


def kind_of(event: Event) -> str:
    """What a row of this event is called: ``prepay``, ``extend``, ..."""
    return NAMES[type(event)].code


def body_of(event: Event) -> dict[str, Any]:
    """Everything but the day, which has its own column. Whole numbers, words, None, and lists of objects."""
    body = {each.name: getattr(event, each.name) for each in fields(event) if each.name != "on"}
    if "stages" in body:
        body["stages"] = [asdict(stage) for stage in body["stages"]]
    return body


def event_of(kind: str, on: date, body: dict[str, Any]) -> Event:
    """The event of a row. Raises KeyError (no such kind), TypeError (a field it does not have), BadInput."""
    values = dict(body)
    if "stages" in values:
        values["stages"] = tuple(Stage(**stage) for stage in values["stages"])
    event: Event = TYPES[kind](on=on, **values)
    return event
