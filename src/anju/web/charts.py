"""A chart is one question with its figures: drawn by script, readable as a table without it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from anju.web import format as fmt

Unit = Literal["fen", "ppm", "count"]
_PER_SHOWN: dict[Unit, int] = {"fen": 100, "ppm": 10_000, "count": 1}


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one colour of bars: whole numbers in the chart's unit. ``step`` draws stairs."""

    name: str
    values: Sequence[int]
    step: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """``title`` is the question it answers; ``kind`` is line, area, bar or stack; ``mark`` names one x."""

    id: str
    title: str
    kind: str
    x_label: str
    x: Sequence[str]
    series: Sequence[Series]
    unit: Unit = "fen"
    mark: str | None = None
    mark_label: str = ""
    table_every: int = field(default=1)

    @property
    def data_script(self) -> SafeString:
        """The figures as a JSON data block, which no policy takes for a script."""
        per_shown = _PER_SHOWN[self.unit]
        spec = {
            "kind": self.kind,
            "unit": {"fen": " " + _("元"), "ppm": "%", "count": ""}[self.unit],
            "decimals": 0 if self.unit == "count" else 2,
            "x": list(self.x),
            "mark": self.mark,
            "markLabel": self.mark_label,
            "series": [
                {"name": one.name, "step": one.step, "values": [value / per_shown for value in one.values]}
                for one in self.series
            ],
        }
        return json_script(spec, f"{self.id}-data")

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The same figures as text, exact, for the table behind the chart."""
        shown = {"fen": fmt.money, "ppm": fmt.percent, "count": "{:,}".format}[self.unit]
        return [
            (label, [shown(one.values[index]) for one in self.series])
            for index, label in enumerate(self.x)
            if index % self.table_every == 0 or index == len(self.x) - 1
        ]
