"""What runs by itself: new reports of drills are sealed."""

from datetime import datetime
from pathlib import Path

from django.conf import settings

from anju.platform.drills import files, operations
from anju.platform.work.jobs import periodic


@periodic("drills.seal", 600)
def seal(at: datetime) -> None:
    """Checksums of new reports go into the journal (S2-17)."""
    operations.reports_seal(folder=files.folder_of(Path(settings.DATA_DIR)), at=at)
