"""Lazy faces of packages: every name is there, from where the type checker believes, and importing costs nothing."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ["anju.core.schedule", "anju.core.rates"]


@pytest.mark.parametrize("name", PACKAGES)
def test_names_and_homes_agree(name: str) -> None:
    package = importlib.import_module(name)
    tree = ast.parse(Path(str(package.__file__)).read_text("utf-8"))
    imports = {
        each.name: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    }
    assert set(imports) == set(package.__all__)
    for each, home in imports.items():
        assert getattr(package, each) is getattr(importlib.import_module(str(home)), each)
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        package.nothing_of_the_kind  # noqa: B018 -- asked for


def test_importing_the_packages_loads_no_arithmetic() -> None:
    code = (
        "import sys, anju.core, anju.core.schedule, anju.core.rates\n"
        "bad = [name for name in sys.modules if name in ('dataclasses', 'decimal', 'zoneinfo', 'anju.core.schedule.fold')]\n"
        "assert not bad, bad\n"
        "from anju.core.schedule import Terms, schedule\n"
        "bad = [name for name in sys.modules if name in ('decimal', 'zoneinfo', 'calendar', 'csv', 'anju.core.cities')]\n"
        "assert not bad, bad\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
