"""What a person fills in on a case: the fields each outcome needs, shown and checked the same way for every kind of work."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from anju.core.errors import BadInput
from anju.core.money import yuan_to_fen
from anju.core.working_time import BANK_ZONE
from anju.web import format as fmt

NOTE_MAX = 2000


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. ``part``: shown when the chosen outcome needs it; empty: always."""

    attr: str
    label: str
    kind: str = "text"
    part: str = ""
    options: Sequence[tuple[str, str]] = ()
    hint: str = ""
    help: str = ""
    value: str = ""
    errors: tuple[str, ...] = ()
    min: str = ""
    max_value: str = ""
    max: int = 0
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One outcome: number key, code, words, and the parts it needs."""

    key: int
    code: str
    label: str
    needs: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, at the head of the form; ``items`` are (id of the field, text)."""

    title: str
    text: str = ""
    items: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Composer:
    """A form ready to be shown: where it goes, its outcomes and fields, what was typed, what is wrong."""

    title: str
    url: str
    draft: str
    key: str
    outcomes: tuple[Choice, ...] = ()
    outcome_label: str = ""
    fields: tuple[Field, ...] = ()
    lead: str = ""
    bound: bool = False
    outcome_error: str = ""
    problem: Problem | None = None
    blocked: bool = False

    def filled(
        self, data: Mapping[str, str], errors: Mapping[str, str] | None = None, problem: Problem | None = None
    ) -> "Composer":
        """The same form with what was typed and what is wrong with it."""
        wrong = errors or {}
        fields = tuple(
            replace(one, value=data.get(one.attr, ""), errors=(wrong[one.attr],) if one.attr in wrong else ())
            for one in self.fields
        )
        chosen = data.get("outcome", "")
        outcomes = tuple(replace(one, chosen=one.code == chosen) for one in self.outcomes)
        if problem is None and wrong:
            items = tuple((f"f-{name}", text) for name, text in wrong.items())
            problem = Problem(_("还没有保存，请更正下面 %(n)s 处。") % {"n": len(wrong)}, items=items)
        return replace(
            self, fields=fields, outcomes=outcomes, bound=True, key=data.get("idempotency_key", "") or self.key,
            outcome_error=wrong.get("outcome", ""), problem=problem,
        )  # fmt: skip


def fresh_key() -> str:
    """An idempotency key for one showing of a form."""
    return uuid.uuid4().hex


@dataclass
class Reading:
    """Values read from a posted form, and errors by field name, in words that name the field and what is allowed."""

    data: Mapping[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, label: str, *, need: bool = False, most: int = NOTE_MAX) -> str:
        """Plain text."""
        value = self.data.get(name, "").strip()
        if need and not value:
            self.errors[name] = _("请填写“%(label)s”。") % {"label": label}
        elif len(value) > most:
            self.errors[name] = _("“%(label)s”最多 %(most)s 个字，现有 %(n)s 个。") % {
                "label": label, "most": most, "n": len(value),
            }  # fmt: skip
        return value

    def choice(self, name: str, label: str, allowed: Iterable[str], *, need: bool = False) -> str:
        """One of the codes allowed."""
        value = self.data.get(name, "").strip()
        if need and not value:
            self.errors[name] = _("请选择“%(label)s”。") % {"label": label}
        elif value and value not in set(allowed):
            self.errors[name] = _("“%(label)s”没有这个选项，请重新选择。") % {"label": label}
        return value

    def fen(self, name: str, label: str, *, need: bool = False) -> int | None:
        """Yuan to fen."""
        value = self.text(name, label, need=need, most=30)
        if not value or name in self.errors:
            return None
        try:
            return yuan_to_fen(value, field=name)
        except BadInput as error:
            told = error.message_en if fmt.in_english() else error.message_zh
            self.errors[name] = _("“%(label)s”%(value)s：%(told)s。") % {
                "label": label,
                "value": value,
                "told": told,
            }
            return None

    def day(self, name: str, label: str, *, need: bool = False) -> date | None:
        """A date."""
        value = self.text(name, label, need=need, most=30)
        if not value or name in self.errors:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.errors[name] = _("“%(label)s”%(value)s 不是日期，请写成 2026-11-30 的样子。") % {
                "label": label, "value": value,
            }  # fmt: skip
            return None

    def instant(self, name: str, label: str, *, need: bool = False) -> datetime | None:
        """A local date and time at the bank."""
        value = self.text(name, label, need=need, most=30)
        if not value or name in self.errors:
            return None
        try:
            return datetime.fromisoformat(value).replace(tzinfo=BANK_ZONE)
        except ValueError:
            self.errors[name] = _("“%(label)s”%(value)s 不是时间，请写成 2026-11-30 10:00 的样子。") % {
                "label": label, "value": value,
            }  # fmt: skip
            return None


def said(error: Any) -> str:
    """The text of a refusal in the reader's language; every error of the house has both."""
    text = getattr(error, "message_en" if fmt.in_english() else "message_zh", "")
    return str(text or error)
