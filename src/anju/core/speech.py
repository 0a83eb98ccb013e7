"""Words that no text to a borrower may hold 禁用词 (S3-14): categories with their source, and phrases that are harmless."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anju.core.checks import bad


@dataclass(frozen=True, slots=True)
class Category:
    """One family of forbidden words. `allow` are harmless phrases that hold one of them; they are taken out first."""

    code: str
    label_zh: str
    label_en: str
    source: str
    words: tuple[str, ...]
    allow: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A forbidden word that a text holds."""

    category: Category
    word: str


@dataclass(frozen=True, slots=True)
class SpeechRules:
    """All categories of one version."""

    categories: tuple[Category, ...]

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "SpeechRules":
        """From the tables of `forbidden_words.toml`. Raises BadInput."""
        return cls(tuple(_category(code, row) for code, row in data.items()))

    def find(self, text: str) -> list[Spoken]:
        """Every forbidden word in the text, in the order of the rules; capitals do not matter."""
        plain = text.casefold()
        found = []
        for category in self.categories:
            rest = plain
            for phrase in category.allow:
                rest = rest.replace(phrase, "\0")
            found += [Spoken(category, word) for word in category.words if word in rest]
        return found


def _category(code: str, row: Any) -> Category:
    if not isinstance(row, Mapping):
        raise bad(code, row, "a table with label_zh, label_en, source, words, allow")
    for field in ("label_zh", "label_en", "source"):
        if not isinstance(row.get(field), str) or not row[field].strip():
            raise bad(f"{code}.{field}", row.get(field), "not empty", allowed_zh="不能为空")
    lists = []
    for field in ("words", "allow"):
        values = row.get(field, [])
        if not isinstance(values, list) or any(
            not isinstance(one, str) or len(one.strip()) < 2 for one in values
        ):
            raise bad(
                f"{code}.{field}", values, "texts of at least 2 characters", allowed_zh="每个至少两个字"
            )
        lists.append(tuple(one.casefold() for one in values))
    return Category(code, row["label_zh"], row["label_en"], row["source"], *lists)
