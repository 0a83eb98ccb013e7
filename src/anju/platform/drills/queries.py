"""Every read about drills."""

from anju.platform.drills.facts import INSTALLATION, DrillReportSealed
from anju.platform.journal import queries as journal


def seals() -> dict[str, str]:
    """Checksum of each sealed report by its name, the newest 500; one query."""
    rows = journal.timeline([INSTALLATION], kinds=[DrillReportSealed.KIND], limit=500)
    return {str(row.body["name"]): str(row.body["sha256"]) for row in rows}
