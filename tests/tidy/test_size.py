"""Rooms and functions stay small; the numbers only go down."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "anju"
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70


def _python_files() -> list[Path]:
    return [path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts]


def test_files_are_short() -> None:
    long = {
        str(path.relative_to(SOURCE)): count
        for path in _python_files()
        if (count := len(path.read_text("utf-8").splitlines())) > FILE_LINES_MAX
    }
    assert not long


def test_functions_are_short() -> None:
    long = {}
    for path in _python_files():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long[f"{path.relative_to(SOURCE)}:{node.name}"] = lines
    assert not long
