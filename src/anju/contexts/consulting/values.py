"""Reads one question: texts by field name, each checked by its form. Every error is one BadInput for people."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from anju.contexts.consulting.fields import EVENTS_MAX, TEXT_MAX, Field
from anju.contexts.consulting.words import word, wrong
from anju.core.basis_points import BasisPoints, bp_from_text, bp_to_ppm
from anju.core.errors import BadInput
from anju.core.money import FEN_MAX, fen_to_text, normalised, percent_to_ppm, yuan_to_fen

Values = Mapping[str, str | list[str]]
"""A question as typed or sent: texts by field name; a field that may be given again has a list, or one text with
its items separated by semicolons or new lines."""

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ITEMS = re.compile(r"[;；\n]")
YEAR_MIN, YEAR_MAX = 1900, 2150


def yuan(name: str, text: str, *, least_fen: int = 0, most_fen: int = FEN_MAX, zh: str = "") -> int:
    """Yuan to fen within a range. Raises BadInput."""
    low, high = fen_to_text(least_fen), fen_to_text(most_fen)
    try:
        fen = yuan_to_fen(text, field=name)
    except BadInput as error:
        raise _amount(name, text, low, high, zh) from error
    if not least_fen <= fen <= most_fen:
        raise _amount(name, text, low, high, zh)
    return fen


def _amount(name: str, text: str, low: str, high: str, zh: str) -> BadInput:
    return wrong(
        name, text, f"{low} .. {high} yuan, 2 decimals at most", f"{low} 至 {high} 元，最多两位小数", zh
    )


def percent(name: str, text: str, zh: str = "") -> int:
    """Percent to ppm. Raises BadInput."""
    try:
        return percent_to_ppm(text, field=name)
    except BadInput as error:
        raise wrong(
            name, text, "0 .. 36 (%), 4 decimals at most", "0 至 36（%），最多四位小数", zh
        ) from error


def whole(name: str, text: str, low: int, high: int, zh: str = "") -> int:
    """A whole number within a range. Raises BadInput."""
    digits = normalised(text)
    number = int(digits) if re.fullmatch(r"[0-9]{1,9}", digits, re.ASCII) else low - 1
    if not low <= number <= high:
        raise wrong(name, text, f"{low} .. {high}", f"{low} 至 {high} 的整数", zh)
    return number


def day(name: str, text: str, zh: str = "") -> date:
    """An ISO date of a year in which borrowers and loans live. Raises BadInput."""
    shown = normalised(text)
    try:
        found = date.fromisoformat(shown) if _DATE.fullmatch(shown) else None
    except ValueError:
        found = None
    if found is None or not YEAR_MIN <= found.year <= YEAR_MAX:
        raise wrong(name, text, f"YYYY-MM-DD, {YEAR_MIN} .. {YEAR_MAX}", f"日期 YYYY-MM-DD（{YEAR_MIN} 至 {YEAR_MAX} 年）", zh)  # fmt: skip
    return found


def _check(field: Field, text: str) -> None:
    """A value has the form of its field, whether this question uses it or not."""
    if field.choices:
        word(field.name, text, field.choices, field.zh)
    elif field.form == "yuan":
        yuan(field.name, text, least_fen=field.low, zh=field.zh)
    elif field.form == "percent":
        percent(field.name, text, field.zh)
    elif field.form == "whole":
        whole(field.name, text, field.low, field.high, field.zh)
    elif field.form == "date":
        day(field.name, text, field.zh)
    elif field.form == "bp":
        bp_from_text(text, field=field.name)


class Reader:
    """The values of one question against its fields. Raises BadInput for a field that is not one of them."""

    def __init__(self, values: Values, fields: Sequence[Field]) -> None:
        self.fields = {field.name: field for field in fields}
        self.found: dict[str, list[str]] = {}
        for name, value in values.items():
            field = self.fields.get(name)
            if field is None:
                raise _unknown(name, list(self.fields))
            texts = self._items(field, value)
            if texts:
                self.found[name] = texts

    def _items(self, field: Field, value: str | list[str]) -> list[str]:
        given = [value] if isinstance(value, str) else list(value)
        if field.many:
            given = [item for text in given for item in _ITEMS.split(text)]
        texts = [text.strip() for text in given if text.strip()]
        if len(texts) > (EVENTS_MAX if field.many else 1):
            most = EVENTS_MAX if field.many else 1
            raise wrong(field.name, f"{len(texts)} values", f"{most} at most", f"最多 {most} 个", field.zh)
        for text in texts:
            if len(text) > TEXT_MAX:
                raise wrong(
                    field.name, text, f"{TEXT_MAX} letters at most", f"最多 {TEXT_MAX} 个字", field.zh
                )
            _check(field, text)
        return texts

    def only_with(self, names: Iterable[str], *needed: str) -> None:
        """Raises BadInput for one of these fields when none of the needed ones is given: nothing is ignored."""
        if any(self.given(each) for each in needed):
            return
        for name in names:
            if self.given(name):
                wanted = " | ".join(needed)
                zh = f"与 {wanted} 一起填写"
                raise wrong(
                    name, self.found[name][0], f"only together with {wanted}", zh, self.fields[name].zh
                )

    def given(self, name: str) -> bool:
        """Whether the field has a value."""
        return name in self.found

    def texts(self, name: str) -> list[str]:
        """All its values."""
        return self.found.get(name, [])

    def text(self, name: str) -> str | None:
        """Its value, None when it is not given. Raises BadInput when it is needed."""
        texts = self.texts(name)
        if texts:
            return texts[0]
        field = self.fields[name]
        if field.required:
            raise wrong(name, "", f"required, e.g. {field.example}", f"必填，例如 {field.example}", field.zh)
        return None

    def yuan(self, name: str, *, least_fen: int = 0) -> int | None:
        """Fen of a field in yuan, at least the field's `low`."""
        text, field = self.text(name), self.fields[name]
        least = max(least_fen, field.low)
        return None if text is None else yuan(name, text, least_fen=least, zh=field.zh)

    def percent(self, name: str) -> int | None:
        """ppm of a field in percent."""
        text = self.text(name)
        return None if text is None else percent(name, text, self.fields[name].zh)

    def whole(self, name: str) -> int | None:
        """A whole number within the field's range."""
        found = self.wholes(name)
        return found[0] if found else None

    def wholes(self, name: str) -> list[int]:
        """All its whole numbers."""
        field = self.fields[name]
        self.text(name)
        return [whole(name, text, field.low, field.high, field.zh) for text in self.texts(name)]

    def day(self, name: str) -> date | None:
        """A date."""
        text = self.text(name)
        return None if text is None else day(name, text, self.fields[name].zh)

    def word(self, name: str, default: str = "") -> str:
        """The core's word for the choice; `default` when it is not given."""
        found = self.words(name)
        return found[0] if found else default

    def words(self, name: str) -> list[str]:
        """All its choices."""
        field = self.fields[name]
        self.text(name)
        return [word(name, text, field.choices, field.zh) for text in self.texts(name)]

    def flag(self, name: str, default: bool) -> bool:
        """yes or no."""
        return self.word(name, "true" if default else "false") == "true"

    def points(self, name: str) -> list[BasisPoints]:
        """All its basis points."""
        return [bp_from_text(text, field=name) for text in self.texts(name)]

    def bp_ppm(self, name: str) -> int | None:
        """ppm of a field in basis points."""
        text = self.text(name)
        return None if text is None else bp_to_ppm(bp_from_text(text, field=name), field=name)


def _unknown(name: str, known: list[str]) -> BadInput:
    near = difflib.get_close_matches(name, known, 3) or known
    return wrong(
        name, "", f"a known field: {' | '.join(near)}", f"已有的字段：{' | '.join(near)}", "未知字段"
    )
