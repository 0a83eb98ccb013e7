"""Parts of a TOML policy file, replaced by name; everything else in it, comments too, stays as it is."""

import json
import re
from collections.abc import Iterator

_HEADER = re.compile(r"^\[([A-Za-z0-9_.]+)\]\s*$")


def replace(text: str, name: str, section: str) -> str:
    """The file with the table `name` and its sub-tables replaced by `section` (which brings its header); put at the end
    when there is none. Comments right above the next table belong to that one.
    """
    out: list[str] = []
    done = False
    for header, lines in _parts(text):
        if header is not None and (header == name or header.startswith(f"{name}.")):
            if not done:
                out += [section.strip("\n"), ""]
                done = True
            out += _loose_end(lines)
        else:
            out += lines
    if not done:
        out += ["", section.strip("\n")]
    return "\n".join(out).rstrip("\n") + "\n"


def _parts(text: str) -> Iterator[tuple[str | None, list[str]]]:
    """(name of the table, its lines with the header); the first part may have no name."""
    name: str | None = None
    lines: list[str] = []
    quoted = ""
    for line in text.split("\n"):
        found = None if quoted else _HEADER.match(line)
        if found:
            if name is not None or lines:
                yield name, lines
            name, lines = found[1], []
        lines.append(line)
        quoted = _open_quote(line, quoted)
    yield name, lines


def _open_quote(line: str, quoted: str) -> str:
    """The multi-line quote that is open at the end of this line."""
    for mark in ('"""', "'''"):
        if quoted in ("", mark) and line.count(mark) % 2:
            return "" if quoted else mark
    return quoted


def _loose_end(lines: list[str]) -> list[str]:
    """Comments at the end of a part: they speak of the next table."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    tail = lines[end:]
    return tail[next((place for place, line in enumerate(tail) if line.startswith("#")), len(tail)) :]


def quoted(value: str) -> str:
    """A text as TOML writes it; one of several lines over several lines (it then ends with a line end)."""
    if "\n" not in value:
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    plain = value.replace("\r", "").strip("\n").replace("\\", "\\\\").replace('"', '\\"')
    return f'"""\n{plain}\n"""'
