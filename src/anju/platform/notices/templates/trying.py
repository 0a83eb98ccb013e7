"""Dry-run of a change of texts: which texts change, how often they were sent in the last 30 days, what they would cost."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from anju.core.sms import segments
from anju.platform.notices.rows import MissingVariable
from anju.platform.notices.templates.approving import Approval, approvals
from anju.platform.notices.templates.samples import preview
from anju.platform.notices.templates.texts import Text, names, texts_of

DAYS = 30
ROWS_BACK_MAX = 3_000_000
_SENT = """
SELECT c.template, a.channel, count(*) FROM notices_attempt a JOIN notices_content c ON c.hash = a.content_id
WHERE a.id > (SELECT coalesce(max(id), 0) - %(back)s FROM notices_attempt) AND a.submitted_at >= %(since)s
GROUP BY c.template, a.channel
"""

_Key = tuple[str, str, str]


def dry_run(before: str, after: str, at: datetime) -> dict[str, Any]:
    """Figures of a change of templates.toml, as JSON: the texts that change with their segments (by sample values), how
    often each was sent, segments in all, and the approvals of providers that would be lost.
    """
    old_data, new_data = tomllib.loads(before), tomllib.loads(after)
    old, new = _texts(old_data), _texts(new_data)
    changed = sorted(key for key in set(old) | set(new) if _hash(old.get(key)) != _hash(new.get(key)))
    sent = _sent(at)
    rows: list[dict[str, Any]] = []
    for template, language, channel in changed:
        key = (template, language, channel)
        count = sent.get((template, channel), 0) if language == "zh" else 0
        was, would = _parts(old.get(key), old_data), _parts(new.get(key), new_data)
        rows.append(
            {
                "template": template, "language": language, "channel": channel, "sent": count, "was": was, "would": would,
                "change": "changed" if key in old and key in new else "added" if key in new else "removed",
            }
        )  # fmt: skip
    lost = [row for row in approvals(states=("submitted", "approved")) if _loses(row, new)]
    return {
        "kind": "templates", "days": DAYS, "texts": rows,
        "segments": {
            "was": sum(row["sent"] * row["was"] for row in rows), "would": sum(row["sent"] * row["would"] for row in rows)
        },
        "approvals_lost": [
            {"provider": row.provider, "template": row.template, "channel": row.channel, "language": row.language}
            for row in lost
        ],
    }  # fmt: skip


def _texts(data: Mapping[str, Any]) -> dict[_Key, Text]:
    return {(text.template, text.language, text.channel): text for text in _sound(data)}


def _sound(data: Mapping[str, Any]) -> Iterator[Text]:
    for template in names(data):
        try:
            yield from texts_of(data, template)
        except (MissingVariable, KeyError, TypeError, AttributeError):
            continue  # a version of long ago may hold what is refused today


def _hash(text: Text | None) -> str:
    return text.hash if text else ""


def _parts(text: Text | None, data: Mapping[str, Any]) -> int:
    if text is None or text.channel != "sms":
        return 0
    try:
        return segments(preview(text, data).body)
    except MissingVariable:
        return 0


def _sent(at: datetime) -> dict[tuple[str, str], int]:
    with connection.cursor() as cursor:
        cursor.execute(_SENT, {"back": ROWS_BACK_MAX, "since": at - timedelta(days=DAYS)})
        return {(template, channel): count for template, channel, count in cursor.fetchall()}


def _loses(row: Approval, new: Mapping[_Key, Text]) -> bool:
    text = new.get((row.template, row.language, row.channel))
    return text is None or text.hash != row.text_hash
