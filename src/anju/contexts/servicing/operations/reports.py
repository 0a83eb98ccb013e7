"""What an import did, for people and programs."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from anju.contexts.servicing.models import ImportFile


@dataclass(slots=True)
class ImportReport:
    """Counts of one import; ``repeated``: these bytes were loaded before and nothing was done.

    ``notes`` are pairs (Chinese, English): unknown columns, managers nobody knows, branches made, provisional rates.
    ``differences`` counts mirror differences by figure. ``seconds`` is the caller's measure, 0 when it measured nothing.
    """

    import_id: int
    kind: str
    name: str
    repeated: bool = False
    rows_total: int = 0
    rows_new: int = 0
    rows_changed: int = 0
    rows_same: int = 0
    rows_bad: int = 0
    issues: int = 0
    differences: dict[str, int] = field(default_factory=dict)
    posted: dict[str, int] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def stored(self) -> dict[str, Any]:
        """What is kept with the import: all but the counts that have columns."""
        return {
            "differences": self.differences,
            "posted": self.posted,
            "notes": [list(note) for note in self.notes],
        }


def report_of(row: ImportFile, *, repeated: bool) -> ImportReport:
    """The report of a loaded import, again."""
    kept = row.report or {}
    notes: Sequence[Sequence[str]] = kept.get("notes", [])
    return ImportReport(
        import_id=row.pk,
        kind=row.kind,
        name=row.name,
        repeated=repeated,
        rows_total=row.rows_total,
        rows_new=row.rows_new,
        rows_changed=row.rows_changed,
        rows_same=row.rows_same,
        rows_bad=row.rows_bad,
        differences=dict(kept.get("differences", {})),
        posted=dict(kept.get("posted", {})),
        notes=[(note[0], note[1]) for note in notes],
    )
