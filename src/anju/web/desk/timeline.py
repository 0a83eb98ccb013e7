"""What happened, in words: one small renderer a kind of fact. A kind that has none is named plainly, never hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from anju.platform.journal.queries import EntryRow
from anju.web import format as fmt
from anju.web.desk import sentences, sentences_contacts, sentences_holds, sentences_notices, words
from anju.web.desk.telling import RENDERERS, Known, Said

__all__ = [
    "RENDERERS",
    "Known",
    "Line",
    "line",
    "lines",
    "sentences",
    "sentences_contacts",
    "sentences_holds",
    "sentences_notices",
]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline. ``sort``: ``internal`` stays in the house, ``out`` went to the borrower, ``fact`` happened."""

    title: str
    when: str
    iso: str
    who: str
    icon: str
    tone: str
    detail: str = ""
    sort: str = "fact"
    mark: str = ""
    url: str = ""
    text: str = ""


def lines(entries: Sequence[EntryRow], known: Known) -> list[Line]:
    """Entries, newest first, as lines."""
    return [line(entry, known) for entry in entries]


def contents(entries: Sequence[EntryRow]) -> set[str]:
    """Hashes of the texts that these entries say were sent."""
    return {str(entry.body["content"]) for entry in entries if entry.kind == "notices.sent"}


def line(entry: EntryRow, known: Known) -> Line:
    """One entry in words."""
    renderer = RENDERERS.get(entry.kind)
    said = renderer(entry.body, known) if renderer else Said(_("其他记录：%(kind)s") % {"kind": entry.kind})
    marks = {"internal": _("内部"), "out": _("发给客户"), "fact": ""}
    return Line(
        title=said.title, when=fmt.moment(entry.at), iso=_iso(entry.at), who=words.actor(entry.actor, known.staff),
        icon=said.icon, tone=said.tone, detail=said.detail, sort=said.sort, mark=marks[said.sort], url=said.url,
        text=said.text,
    )  # fmt: skip


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
