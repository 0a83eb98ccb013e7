"""One wording for values that are refused: field, value, allowed range, in both languages."""

from datetime import date

from anju.core.errors import BadInput


def bad(field: str, value: object, allowed: str, zh: str = "", en: str = "") -> BadInput:
    """The error for a value that is not allowed; `zh` and `en` replace the usual sentence.

    The usual sentence shows the value: rates, amounts and dates of a loan are no secret to whoever typed them.
    """
    return BadInput(
        field=field,
        value=value,
        allowed=allowed,
        message_zh=zh or f"{field} 无效：{value}，应为 {allowed}",
        message_en=en or f"{field} is not valid: {value}, expected {allowed}",
    )


def within(field: str, value: int, low: int, high: int) -> int:
    """The whole number itself if low <= value <= high. Raises BadInput; a bool or a float is refused too."""
    if type(value) is not int or not low <= value <= high:
        raise bad(field, value, f"{low} .. {high}")
    return value


def one_of(field: str, value: str, allowed: tuple[str, ...]) -> str:
    """The word itself if it is allowed. Raises BadInput."""
    if value not in allowed:
        raise bad(field, value, " | ".join(allowed))
    return value


def iso_date(text: str, *, field: str = "date") -> date:
    """A date written YYYY-MM-DD, as policy files have it. Raises BadInput."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise bad(field, text, "YYYY-MM-DD") from error
