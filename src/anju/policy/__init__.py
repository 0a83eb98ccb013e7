"""Shipped dated policy data: rates, caps, windows, calendar. Data, not code.

The CSV files are read by the outer floors and handed to `anju.core` as parsed rows. A new rule is a new row
with its effective date and document; old rows are never edited, so an old case is recomputed under its own
date's rules.
"""

from pathlib import Path

FOLDER = Path(__file__).parent


def path(name: str) -> Path:
    """Path of one shipped policy file, by its file name (`lpr.csv`). Raises FileNotFoundError otherwise."""
    found = FOLDER / name
    if Path(name).name != name or not found.is_file():
        known = ", ".join(sorted(each.name for each in FOLDER.iterdir() if each.suffix in (".csv", ".toml")))
        raise FileNotFoundError(f"no shipped policy file {name!r}; there are: {known}")
    return found
