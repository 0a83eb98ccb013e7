"""What providers.toml says about a provider 服务商参数: limits, breaker, approval; one clear error for the first bad value."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

from anju.core.checks import bad
from anju.platform.policies import queries as policies
from anju.platform.policies.parsing import register_check

PROVIDERS_FILE = "providers.toml"
DEFAULT = "default"
COUNT_MAX = 100_000_000
SECONDS_MAX = 24 * 60 * 60

_FIELDS = frozenset(
    {
        "per_second", "per_day", "per_address_per_day", "reserve_percent", "breaker", "slow_seconds",
        "throttled_seconds", "needs_approval", "by_code", "fields",
    }
)  # fmt: skip
FIELDS_MAX = 30
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
_VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,59}")
_BREAKER = ("failures", "failures_percent", "window_seconds", "open_seconds")


@dataclass(frozen=True, slots=True)
class Breaker:
    """When too much fails, and for how long nothing is sent then. `failures_percent` of the calls in the window."""

    failures: int
    failures_percent: int
    window: timedelta
    open: timedelta


@dataclass(frozen=True, slots=True)
class ProviderRules:
    """Limits of one provider; None: no limit. Counts are of submissions.

    `by_code`: it is given the code of its own template and values instead of a text (then only approved texts with a code
    go by it); `fields`: template -> its field -> our variable, for templates whose variables it calls otherwise.
    """

    name: str
    per_second: int | None
    per_day: int | None
    per_address_per_day: int | None
    reserve_percent: int
    breaker: Breaker
    slow: timedelta
    throttled: timedelta
    needs_approval: bool
    by_code: bool = False
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def metered(self) -> bool:
        """Whether anything has to be counted before a message may go."""
        return self.per_second is not None or self.per_day is not None


def rules(provider: str) -> ProviderRules:
    """Rules of a provider of the version in force. Raises BadInput for a file that is wrong."""
    return _rules(policies.version(PROVIDERS_FILE), provider)


@lru_cache(maxsize=128)
def _rules(version: str, provider: str) -> ProviderRules:
    return parse(policies.toml(PROVIDERS_FILE, version=version), provider)


def parse_file(data: Mapping[str, Any]) -> dict[str, ProviderRules]:
    """Every provider of a parsed providers.toml. Raises BadInput for the first value that is not allowed."""
    return {name: parse(data, name) for name in data}


def parse(data: Mapping[str, Any], provider: str) -> ProviderRules:
    """Rules of one provider, what it does not say taken from `default`. Raises BadInput."""
    own = data.get(provider, {})
    if not isinstance(own, Mapping) or not isinstance(data.get(DEFAULT), Mapping):
        raise bad(provider, own, "a table, and a table [default]", allowed_zh="一节参数，并有 [default] 一节")
    unknown = sorted(set(own) - _FIELDS)
    if unknown:
        raise bad(f"{provider}.{unknown[0]}", own[unknown[0]], " | ".join(sorted(_FIELDS)))
    row: dict[str, Any] = {**data[DEFAULT], **own}
    by_code = _flag(row, "by_code", provider)
    needs_approval = _flag(row, "needs_approval", provider) or by_code
    return ProviderRules(
        name=provider,
        per_second=_count(row, "per_second", provider),
        per_day=_count(row, "per_day", provider),
        per_address_per_day=_count(row, "per_address_per_day", provider),
        reserve_percent=_whole(row, "reserve_percent", provider, 0, 90),
        breaker=_breaker(row.get("breaker"), provider),
        slow=timedelta(seconds=_whole(row, "slow_seconds", provider, 1, SECONDS_MAX)),
        throttled=timedelta(seconds=_whole(row, "throttled_seconds", provider, 1, SECONDS_MAX)),
        needs_approval=needs_approval,
        by_code=by_code,
        fields=_fields_of(row.get("fields", {}), provider),
    )


def register() -> None:
    """Once, when Django is ready: a file that is wrong does not come into force."""
    register_check(PROVIDERS_FILE, _check)


def _check(data: Any) -> None:
    parse_file(data)


def _breaker(row: Any, provider: str) -> Breaker:
    where = f"{provider}.breaker"
    if not isinstance(row, Mapping) or sorted(row) != sorted(_BREAKER):
        raise bad(where, row, "{ " + ", ".join(f"{name} = …" for name in _BREAKER) + " }")
    return Breaker(
        failures=_whole(row, "failures", where, 1, COUNT_MAX),
        failures_percent=_whole(row, "failures_percent", where, 0, 100),
        window=timedelta(seconds=_whole(row, "window_seconds", where, 1, SECONDS_MAX)),
        open=timedelta(seconds=_whole(row, "open_seconds", where, 1, SECONDS_MAX)),
    )


def _flag(row: Mapping[str, Any], name: str, provider: str) -> bool:
    value = row.get(name, False)
    if type(value) is not bool:
        raise bad(f"{provider}.{name}", value, "true | false")
    return value


def _fields_of(given: Any, provider: str) -> dict[str, dict[str, str]]:
    """The provider's names of the variables, by template. Raises BadInput."""
    where = f"{provider}.fields"
    if not isinstance(given, Mapping):
        raise bad(where, given, 'template = { field = "variable" }', allowed_zh='模板 = { 字段 = "变量" }')
    for template, names in given.items():
        if not isinstance(names, Mapping) or not 1 <= len(names) <= FIELDS_MAX:
            raise bad(f"{where}.{template}", names, f'1 .. {FIELDS_MAX} of field = "variable"')
        for name, variable in names.items():
            if not _NAME.fullmatch(name):
                raise bad(f"{where}.{template}", name, "letters, digits, _, at most 60")
            if not isinstance(variable, str) or not _VARIABLE.fullmatch(variable):
                raise bad(f"{where}.{template}.{name}", variable, "the name of a variable of the template")
    return {template: dict(names) for template, names in given.items()}


def _count(row: Mapping[str, Any], field: str, provider: str) -> int | None:
    return None if row.get(field) is None else _whole(row, field, provider, 1, COUNT_MAX)


def _whole(row: Mapping[str, Any], field: str, where: str, low: int, high: int) -> int:
    value = row.get(field)
    if type(value) is not int or not low <= value <= high:
        raise bad(f"{where}.{field}", value, f"{low} .. {high}")
    return value
