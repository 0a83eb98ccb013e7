"""What a renderer of a timeline is given, and what it says. Renderers register by kind of fact."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    """What a renderer says about one fact. A long ``text`` is folded under ``detail``."""

    title: str
    detail: str = ""
    icon: str = "minus"
    tone: str = "calm"
    sort: str = "fact"
    url: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What renderers need: staff by id, call notes by call id, labels of outcome and choice codes, texts (subject, body) by hash."""

    staff: Mapping[int, str] = field(default_factory=dict)
    notes: Mapping[int, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def label(self, code: object) -> str:
        return self.labels.get(str(code), str(code))


Body = Mapping[str, Any]
Renderer = Callable[[Body, Known], Said]
RENDERERS: dict[str, Renderer] = {}


def tells(kind: str) -> Callable[[Renderer], Renderer]:
    def keep(renderer: Renderer) -> Renderer:
        RENDERERS[kind] = renderer
        return renderer

    return keep
