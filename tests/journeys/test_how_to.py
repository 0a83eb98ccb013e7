"""What the documentation names is there: pages, files, commands and their options."""

import re
from pathlib import Path

import click
import pytest

from anju.site.cli import anju

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [page for page in PAGES if "plans" not in page.parts]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
FENCE = re.compile(r"```sh\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"(?:^|[;(] ?|bin/|[A-Z_]+=\S+ )anju((?: +[^\s|;>#&)]+)+)")


def ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_links_lead_somewhere(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]
    assert missing == []


def commands(page: Path) -> list[list[str]]:
    """Words after `anju` of every command in the page's shell fences."""
    found = []
    for fence in FENCE.findall(page.read_text("utf-8")):
        for line in fence.splitlines():
            if "$BIN/" not in line:  # a program of PostgreSQL, to which anju is a name
                found += [words.split() for words in COMMAND.findall(line.partition(" #")[0])]
    return found


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_commands_exist(page: Path) -> None:
    context = click.Context(anju)
    for words in commands(page):
        command: click.Command | None = anju
        for word in words:
            if word.startswith("-"):
                options = {text for parameter in command.params for text in parameter.opts}
                assert word in options, f"{' '.join(words)}: no {word}"
            elif isinstance(command, click.Group):
                command = command.get_command(context, word)
                assert command is not None, " ".join(words)


def test_there_are_commands_to_look_at() -> None:
    assert sum(len(commands(page)) for page in PAGES) > 30
