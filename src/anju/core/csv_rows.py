"""CSV text to rows. Pure: the caller reads the file."""

import csv
import io


def csv_rows(text: str) -> tuple[dict[str, str], ...]:
    """Rows of a CSV text with one header line, as dicts of stripped strings. A BOM is ignored."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    return tuple({key: (value or "").strip() for key, value in row.items() if key} for row in reader)
