"""Tables [retry] and [limits] of journeys.toml 重试与时限, to values; one clear error for the first one that is not allowed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from anju.core.checks import bad

DEFAULT = "default"
DAY_SECONDS = 24 * 60 * 60
_CLASS = re.compile(r"[a-z][a-z0-9_]{0,39}")
_RETRY = {
    "tries": (1, 20), "first_seconds": (1, DAY_SECONDS), "factor": (1, 10), "most_seconds": (1, 7 * DAY_SECONDS),
    "jitter_percent": (0, 100),
}  # fmt: skip
_OPTIONAL = {"jitter_percent": 25}
_LIMITS = {
    "claim_seconds": (10, 60 * 60), "in_doubt_poll_seconds": (1, DAY_SECONDS), "in_doubt_hours": (1, 30 * 24),
    "accepted_poll_seconds": (10, 7 * DAY_SECONDS),
}  # fmt: skip
"""Least and greatest value of each field. A claim shorter than a provider's time-out would be in doubt while it works."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how soon an attempt that failed by some error class is tried again."""

    tries: int
    first: timedelta
    factor: int
    most: timedelta
    jitter_percent: int = 25
    when_told: bool = False

    def pause(self, tried: int, seed: int = 0) -> timedelta:
        """Pause after the `tried`-th try (1, 2, ...), longer by up to `jitter_percent` so that a wave does not come back
        as one; the same `seed` (an attempt's number) gives the same pause."""
        grown: timedelta = min(self.first * self.factor ** max(0, tried - 1), self.most)
        return grown + grown * (seed * 7919 % 1000 * self.jitter_percent) / 100_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Times of the attempt machine."""

    claim: timedelta
    in_doubt_poll: timedelta
    in_doubt: timedelta
    accepted_poll: timedelta


def retries(data: Mapping[str, Any]) -> dict[str, Retry]:
    """Retry rule of each error class that a parsed journeys.toml names, `default` among them. Raises BadInput."""
    rows = data.get("retry")
    if not isinstance(rows, Mapping):
        raise bad("retry", rows, "a table of error classes", allowed_zh="按错误类别的 [retry] 一节")
    if DEFAULT not in rows:
        raise bad("retry.default", None, "a table of " + ", ".join(_RETRY))
    return {name: _retry(name, row) for name, row in rows.items()}


def limits(data: Mapping[str, Any]) -> Limits:
    """Times that a parsed journeys.toml gives the attempt machine. Raises BadInput."""
    row = _table(data.get("limits"), "limits", frozenset(_LIMITS))
    got = {field: _whole(row, field, "limits", bounds) for field, bounds in _LIMITS.items()}
    if got["in_doubt_poll_seconds"] > got["in_doubt_hours"] * 3600:
        most = got["in_doubt_hours"] * 3600
        raise bad(
            "limits.in_doubt_poll_seconds", got["in_doubt_poll_seconds"], f"1 .. {most} (in_doubt_hours)"
        )
    return Limits(
        claim=timedelta(seconds=got["claim_seconds"]),
        in_doubt_poll=timedelta(seconds=got["in_doubt_poll_seconds"]),
        in_doubt=timedelta(hours=got["in_doubt_hours"]),
        accepted_poll=timedelta(seconds=got["accepted_poll_seconds"]),
    )


def _retry(name: str, given: Any) -> Retry:
    where = f"retry.{name}"
    if not _CLASS.fullmatch(name):
        allowed = "an error class: small letters, digits, _, at most 40"
        raise bad(where, name, allowed, allowed_zh="错误类别：小写字母、数字、下划线，至多 40 个")
    row = {**_OPTIONAL, **_table(given, where, frozenset({*_RETRY, "when_told"}))}
    got = {field: _whole(row, field, where, bounds) for field, bounds in _RETRY.items()}
    if got["most_seconds"] < got["first_seconds"]:
        low, high = got["first_seconds"], _RETRY["most_seconds"][1]
        raise bad(f"{where}.most_seconds", got["most_seconds"], f"{low} (first_seconds) .. {high}")
    when_told = row.get("when_told", False)
    if type(when_told) is not bool or (when_told and name == DEFAULT):
        allowed = "false" if name == DEFAULT else "true | false"
        raise bad(f"{where}.when_told", when_told, allowed)
    return Retry(
        tries=got["tries"],
        first=timedelta(seconds=got["first_seconds"]),
        factor=got["factor"],
        most=timedelta(seconds=got["most_seconds"]),
        jitter_percent=got["jitter_percent"],
        when_told=when_told,
    )


def _table(given: Any, where: str, fields: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise bad(where, given, "a table of " + ", ".join(sorted(fields)))
    unknown = sorted(set(given) - fields)
    if unknown:
        raise bad(f"{where}.{unknown[0]}", given[unknown[0]], " | ".join(sorted(fields)))
    return given


def _whole(row: Mapping[str, Any], field: str, where: str, bounds: tuple[int, int]) -> int:
    value, (low, high) = row.get(field), bounds
    if type(value) is not int or not low <= value <= high:
        raise bad(f"{where}.{field}", value, f"{low} .. {high}")
    return value
