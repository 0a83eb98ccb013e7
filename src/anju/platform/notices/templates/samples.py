"""Fixed sample values, by which texts are previewed, measured and kept as golden files. They are nobody's."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from anju.platform.contacts.people import PersonFacts
from anju.platform.notices.render import Rendered, render_text, service_line_of
from anju.platform.notices.templates.texts import Text

ACK_URL = "https://anju.example/a/AbCdEfGhIjKlMnOp"
_DAY = date(2026, 11, 27)
_BY_KIND: Mapping[str, Any] = {
    "money": 1_234_567,
    "date": _DAY.isoformat(),
    "datetime": f"{_DAY}T14:30:00+08:00",
    "integer": 12,
    "tail4": "HL20260017",
}
_TEXTS = {"zh": "了解还款安排和近况", "en": "how the repayment is going"}
_BY_NAME: Mapping[str, Mapping[str, str]] = {
    "purpose": {"zh": "了解您的还款安排", "en": "to hear how your payments are going"},
    "outline": {"zh": "还款账户、近期安排、您的意见", "en": "your account, your plans, your opinion"},
    "rate": {"zh": "3.375%", "en": "3.375%"},
    "why": {"zh": "登记机构系统升级", "en": "the registry's system is being upgraded"},
}


def values_for(kinds: Mapping[str, str], language: str) -> dict[str, Any]:
    """A value of the right kind for each variable."""
    return {
        name: _BY_NAME.get(name, _TEXTS)[language] if kind == "text" else _BY_KIND[kind]
        for name, kind in kinds.items()
    }


def preview(text: Text, data: Mapping[str, Any], version: str = "preview") -> Rendered:
    """A text with sample values, also of a draft; `data` is the parsed templates.toml it stands in. Raises
    MissingVariable."""
    person = PersonFacts("en" if text.language == "en" else "zh-hans")
    return render_text(
        text, version=version, person=person, variables=values_for(text.kinds, text.language), ack_url=ACK_URL,
        service_line=service_line_of(data),
    )  # fmt: skip
