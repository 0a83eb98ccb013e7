"""A chart is one question with its figures: drawn by script, readable as a table without it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from anju.web import format as fmt

FEN_PER_YUAN = 100
PPM_PER_PERCENT = 10_000


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one colour of bars: values in fen, or in ppm if of rates. ``step`` draws stairs."""

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
    of_rates: bool = False
    mark: str | None = None
    mark_label: str = ""
    table_every: int = field(default=1)

    @property
    def data_script(self) -> SafeString:
        """The figures as a JSON data block, which no policy takes for a script."""
        per_unit = PPM_PER_PERCENT if self.of_rates else FEN_PER_YUAN
        spec = {
            "kind": self.kind,
            "unit": "%" if self.of_rates else " " + _("元"),
            "x": list(self.x),
            "mark": self.mark,
            "markLabel": self.mark_label,
            "series": [
                {"name": one.name, "step": one.step, "values": [value / per_unit for value in one.values]}
                for one in self.series
            ],
        }
        return json_script(spec, f"{self.id}-data")

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The same figures as text, exact, for the table behind the chart."""
        shown = fmt.percent if self.of_rates else fmt.money
        return [
            (label, [shown(one.values[index]) for one in self.series])
            for index, label in enumerate(self.x)
            if index % self.table_every == 0 or index == len(self.x) - 1
        ]
