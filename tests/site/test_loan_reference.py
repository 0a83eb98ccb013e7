"""docs/reference/loan.md: its examples are run and say what it says; its tables are those of the code."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from anju.contexts.consulting import lines
from anju.contexts.consulting.fields import COMMANDS
from anju.site.cli.loan import loan

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "loan.md").read_text("utf-8")


def examples() -> list[tuple[str, list[tuple[str, str]]]]:
    """Each command with what stands below it: (path, value)."""
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("anju loan "):
                found.append((line, []))
            else:
                path, _, value = line.removeprefix("# ").partition(" = ")
                found[-1][1].append((path, value))
    return found


def at(answer: Any, path: str) -> str:
    for step in path.split("."):
        answer = answer[int(step) if isinstance(answer, list) else step]
    return str(answer)


@pytest.mark.parametrize(("command", "claims"), examples(), ids=[command for command, _ in examples()])
def test_every_example_says_what_the_page_says(command: str, claims: list[tuple[str, str]]) -> None:
    # S4-057, S4-058, S4-093, S4-130
    done = CliRunner().invoke(loan, [*shlex.split(command)[2:], "--format", "json"], catch_exceptions=False)
    answer = json.loads(done.output)
    assert claims
    assert [(path, at(answer, path)) for path, _ in claims] == claims


def test_every_question_has_an_example() -> None:
    assert {command.split()[2] for command, _ in examples()} == set(COMMANDS)


def test_the_tables_are_those_of_the_code() -> None:
    done = subprocess.run(
        [sys.executable, "docs/reference/generate_loan.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_event_and_answer_field_is_described() -> None:
    for form in lines.FORMS.values():
        assert form.replace("|", "\\|") in PAGE
