"""Writes the tables of fields in loan.md from `anju.contexts.consulting.fields`; `--check` says whether they are current."""

import re
import sys
from pathlib import Path

from anju.contexts.consulting.fields import (
    AFFORD,
    ALSO,
    COMPARE,
    EXPLAIN,
    LOAN,
    PREPAY,
    RATE_ON,
    SPLIT,
    Field,
)

PAGE = Path(__file__).with_name("loan.md")
SHARED = {field.name for field in LOAN}
TABLES = {
    "loan": (*LOAN, ALSO),
    "prepay": tuple(field for field in PREPAY if field.name not in SHARED),
    "compare": COMPARE,
    "split": SPLIT,
    "afford": AFFORD,
    "explain": tuple(field for field in EXPLAIN if field.name not in SHARED),
    "rate": tuple(field for field in RATE_ON if field.name in ("start", "on")),
}


def _line(field: Field) -> str:
    shown: dict[str, str] = {}
    for word, meaning in field.choices.items():
        shown.setdefault(meaning, word)
    form = " \\| ".join(shown.values()) if field.choices else field.form
    if field.form == "whole":
        form = f"{field.low} .. {field.high}"
    more = "".join((" *" if field.required else "", " …" if field.many else ""))
    meaning = f"{field.zh} {field.en}".replace("|", "\\|")
    return f"| `{field.name}`{more} | {meaning} | {form} | {field.default or '-'} | `{field.example}` |"


def table(name: str) -> str:
    """The table of one question's fields."""
    head = "| 字段 field | 含义 meaning | 取值 values | 默认 default | 例 example |\n|---|---|---|---|---|\n"
    return head + "\n".join(_line(field) for field in TABLES[name]) + "\n"


def written(text: str) -> str:
    """The page with current tables."""
    for name in TABLES:
        text = re.sub(
            rf"(<!-- fields {name} -->\n).*?(<!-- end -->)",
            lambda found, name=name: found[1] + table(name) + found[2],
            text,
            flags=re.DOTALL,
        )
    return text


if __name__ == "__main__":
    old = PAGE.read_text("utf-8")
    new = written(old)
    if "--check" in sys.argv:
        sys.exit(
            0 if new == old else "docs/reference/loan.md is not current: run docs/reference/generate_loan.py"
        )
    PAGE.write_text(new, "utf-8")
