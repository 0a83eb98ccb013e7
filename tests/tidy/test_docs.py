"""Generated pages are current."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_requirements_page_is_current() -> None:
    done = subprocess.run(
        [sys.executable, "docs/requirements/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
