"""Errors that several core modules raise. Each carries a Chinese and an English text for people."""

from collections.abc import Iterable


class BadInput(ValueError):
    """A value from outside does not have an allowed form.

    `field` is the column or argument, `value` the text as received, `allowed` what would have been accepted.
    `str()` shows both languages and never the value itself: it may be an ID number, and error texts end up in
    logs.
    """

    def __init__(self, *, field: str, value: object, allowed: str, message_zh: str, message_en: str) -> None:
        self.field = field
        self.value = value
        self.allowed = allowed
        self.message_zh = message_zh
        self.message_en = message_en
        super().__init__(field, allowed, message_zh, message_en)

    def __str__(self) -> str:
        return f"{self.message_zh} / {self.message_en}"

    def __reduce__(self) -> tuple[object, ...]:
        parts = (self.field, self.value, self.allowed, self.message_zh, self.message_en)
        return (_bad_input, parts)


def _bad_input(field: str, value: object, allowed: str, message_zh: str, message_en: str) -> BadInput:
    return BadInput(field=field, value=value, allowed=allowed, message_zh=message_zh, message_en=message_en)


class UnlawfulTransition(Exception):
    """A lifecycle does not allow this step. Nothing was changed (house rule 11)."""

    def __init__(self, lifecycle: str, from_: str, to: str, allowed: Iterable[str]) -> None:
        self.lifecycle = lifecycle
        self.from_ = from_
        self.to = to
        self.allowed = tuple(sorted(allowed))
        names = ", ".join(self.allowed) or "-"
        self.message_zh = f"{lifecycle}：不允许从 {from_} 变为 {to}；允许的下一状态：{names}"
        self.message_en = f"{lifecycle}: no step from {from_} to {to}; allowed: {names}"
        super().__init__(lifecycle, from_, to, self.allowed)

    def __str__(self) -> str:
        return f"{self.message_zh} / {self.message_en}"


class PolicyMissing(KeyError):
    """No policy row is in force for this parameter, scope and date."""

    def __init__(self, param: str, scope: str, on: object) -> None:
        self.param = param
        self.scope = scope
        self.on = on
        self.message_zh = f"没有 {on} 生效的政策参数 {param}({scope})"
        self.message_en = f"no policy row for {param} ({scope}) in force on {on}"
        super().__init__(param, scope, on)

    def __str__(self) -> str:
        return f"{self.message_zh} / {self.message_en}"


class RateMissing(LookupError):
    """A published rate that is needed is not loaded. It is reported, never guessed."""

    def __init__(self, series: str, wanted: object, message_zh: str, message_en: str) -> None:
        self.series = series
        self.wanted = wanted
        self.message_zh = message_zh
        self.message_en = message_en
        super().__init__(series, wanted, message_zh, message_en)

    def __str__(self) -> str:
        return f"{self.message_zh} / {self.message_en}"


class LprMissing(RateMissing):
    """The LPR that a repricing date needs is not loaded, or there was no LPR yet."""


class ProvidentRateMissing(RateMissing):
    """No provident fund rate is loaded for this home and date."""
