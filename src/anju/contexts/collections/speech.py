"""Words that must not stand in a call note (S3-14; facts section 13). The list is data in `outcomes.toml`.

Chinese has no spaces, so a plain search would hit harmless text (加强催收 contains 强催). A hit counts only when it
does not lie
inside an allowed wording; blanks and punctuation between characters hide nothing.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Hit:
    """A forbidden wording that was found."""

    category: str
    phrase: str
    label_zh: str
    label_en: str


def forbidden(text: str, rules: Mapping[str, Any]) -> list[Hit]:
    """Forbidden wordings in a text, in the order of the list; empty when there is none. `rules` is the table
    `[speech]`.
    """
    plain = _plain(text)
    spared = [span for wording in rules.get("allowed", ()) for span in _spans(plain, _plain(wording))]
    found = []
    for group in rules.get("forbidden", ()):
        for phrase in group["phrases"]:
            spans = _spans(plain, _plain(phrase))
            if any(not any(a <= start and end <= b for a, b in spared) for start, end in spans):
                found.append(Hit(group["code"], phrase, group["label_zh"], group["label_en"]))
    return found


def _plain(text: str) -> str:
    """Wide and compatibility forms made one, lower case, only letters and digits."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum())


def _spans(text: str, phrase: str) -> list[tuple[int, int]]:
    spans, start = [], text.find(phrase) if phrase else -1
    while start >= 0:
        spans.append((start, start + len(phrase)))
        start = text.find(phrase, start + 1)
    return spans
