"""Refusals of the core in the units of whoever asked: fen become yuan, ppm percent, field names those typed."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from anju.contexts.consulting.words import wrong
from anju.core.errors import BadInput
from anju.core.money import fen_to_text, ppm_to_percent_text

_P = ParamSpec("_P")
_R = TypeVar("_R")
_NUMBER = re.compile(r"(?<![\w.])(-?\d+)( fen)?(?![\w.])")
_NAMES = {"loan": "principal", "start_on": "start", "rate_path": "rate_step", "rate_path.rate": "rate_step"}


def _in(text: Callable[[int], str], allowed: str) -> str:
    """Numbers of the core in the unit of the field; those that say "fen" in yuan."""
    return _NUMBER.sub(
        lambda found: f"{fen_to_text(int(found[1]))} yuan" if found[2] else text(int(found[1])), allowed
    )


def translated(error: BadInput) -> BadInput:
    """The same refusal in yuan and percent; as it is when it has neither."""
    for ending, text in (("_fen", fen_to_text), ("_ppm", ppm_to_percent_text)):
        if error.field.endswith(ending) and type(error.value) is int:
            name = error.field[: -len(ending)]
            allowed = _in(text, error.allowed)
            unit, unit_zh = ("yuan", "元") if ending == "_fen" else ("%", "%")
            named = _NAMES.get(name, name)
            return wrong(named, text(error.value), f"{allowed} ({unit})", f"{allowed}（{unit_zh}）")
    return error


def outward(body: Callable[_P, _R]) -> Callable[_P, _R]:
    """Translates what the body refuses."""

    @functools.wraps(body)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return body(*args, **kwargs)
        except BadInput as error:
            raise translated(error) from error

    return wrapped
