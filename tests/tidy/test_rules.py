"""Rules of the house that a reader of the source can check."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "anju"
CLOCK_READERS = ("web", "dayend", "site")
CLOCK_CALLS = re.compile(r"\b(datetime\.now|date\.today|timezone\.now|time\.time|utcnow)\(")


def _files(*suffixes: str) -> list[Path]:
    return [
        path
        for path in SOURCE.rglob("*")
        if path.suffix in suffixes and "vendor" not in path.parts and "migrations" not in path.parts
    ]


def test_only_the_outermost_floors_read_the_clock() -> None:
    guilty = [
        str(path.relative_to(SOURCE))
        for path in _files(".py")
        if path.relative_to(SOURCE).parts[0] not in CLOCK_READERS
        and CLOCK_CALLS.search(path.read_text("utf-8"))
    ]
    assert not guilty


def test_no_notes_to_self() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b")
    assert not [
        str(p) for p in _files(".py", ".html", ".css", ".js", ".toml") if marks.search(p.read_text("utf-8"))
    ]


def test_no_inline_script_or_style() -> None:
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")|<style\b|\sstyle=\"|\son[a-z]+=\""
    )
    assert not [str(p.relative_to(SOURCE)) for p in _files(".html") if inline.search(p.read_text("utf-8"))]


def test_models_begin_with_their_two_names() -> None:
    both = re.compile(r"^[A-Z][\w' -]+ [一-鿿]+")
    guilty = []
    for path in SOURCE.rglob("models.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            is_model = isinstance(node, ast.ClassDef) and any("Model" in ast.unparse(b) for b in node.bases)
            if is_model and not both.match(ast.get_docstring(node) or ""):
                guilty.append(f"{path.relative_to(SOURCE)}:{node.name}")
    assert not guilty


def test_only_its_own_context_touches_its_models() -> None:
    imports = re.compile(
        r"from anju\.(contexts|platform)\.(\w+)\.models import|import anju\.(contexts|platform)\.(\w+)\.models"
    )
    guilty = []
    for path in _files(".py"):
        parts = path.relative_to(SOURCE).parts
        home = "/".join(parts[:2])
        for match in imports.finditer(path.read_text("utf-8")):
            room = f"{match[1] or match[3]}/{match[2] or match[4]}"
            if room != home:
                guilty.append(f"{'/'.join(parts)} -> {room}.models")
    assert not guilty


def test_locks_and_sources_name_no_registry() -> None:
    hosts = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian")
    locks = [
        *ROOT.glob("requirements/*"),
        ROOT / "package-lock.json",
        ROOT / "package.json",
        ROOT / "Makefile",
    ]
    assert not [str(p.name) for p in locks if p.exists() and hosts.search(p.read_text("utf-8"))]
