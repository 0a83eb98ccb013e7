"""Words of the screens, without GNU gettext: ``python -m anju.site.messages extract|check|compile``.

Source strings are Chinese and stand in templates and Python. ``extract`` brings ``locale/en`` up to date and keeps
every translation it finds; ``check`` names what has no English (exit code 1); ``compile`` writes the ``.mo`` files.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
from django.utils.translation.template import templatize

PACKAGE_DIR = Path(__file__).resolve().parent.parent
LOCALE_DIR = PACKAGE_DIR / "locale"
ENGLISH = LOCALE_DIR / "en" / "LC_MESSAGES" / "django.po"

_PLAIN = {"_", "gettext", "gettext_lazy", "gettext_noop"}
_PLURAL = {"ngettext", "ngettext_lazy"}
_CONTEXT = {"pgettext", "pgettext_lazy"}
_TEMPLATE_CALL = re.compile(r"\b(?:_|gettext|ngettext|pgettext|npgettext)\(")
_SLOTS = re.compile(r"%\((\w+)\)[sd]")
_CHINESE = re.compile(r"[一-鿿]")


@dataclass(frozen=True, slots=True)
class Word:
    """One translatable string and where it stands (path from the package, line)."""

    msgid: str
    place: tuple[str, str]
    plural: str = ""
    context: str = ""


def _texts(call: ast.Call) -> list[str]:
    return [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]


def _word(name: str, texts: list[str], place: tuple[str, str]) -> Word | None:
    if name in _PLAIN and texts:
        return Word(texts[0], place)
    if name in _PLURAL and len(texts) > 1:
        return Word(texts[0], place, plural=texts[1])
    if name in _CONTEXT and len(texts) > 1:
        return Word(texts[1], place, context=texts[0])
    return None


def _calls(tree: ast.AST, path: str, line: int | None = None) -> Iterator[Word]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            found = _word(name, _texts(node), (path, str(line or node.lineno)))
            if found:
                yield found


def words_of_python(source: str, path: str) -> list[Word]:
    """Strings handed to gettext and its relatives."""
    return list(_calls(ast.parse(source), path))


def words_of_template(source: str, path: str) -> list[Word]:
    """Strings of ``{% translate %}`` and ``{% blocktranslate %}``, found as Django itself finds them."""
    code = templatize(source, origin=path)
    found: list[Word] = []
    for match in _TEMPLATE_CALL.finditer(code):
        call = _balanced(code, match.start())
        line = code.count("\n", 0, match.start()) + 1
        found.extend(_calls(ast.parse(call, mode="eval"), path, line))
    return found


def _balanced(code: str, start: int) -> str:
    """The call that begins at ``start``, as one line of Python that parses."""
    for end in range(code.index("(", start) + 1, len(code) + 1):
        if code[end - 1] != ")":
            continue
        call = " ".join(code[start:end].splitlines()) if "'''" not in code[start:end] else code[start:end]
        try:
            ast.parse(call, mode="eval")
        except SyntaxError:
            continue
        return call
    raise ValueError(f"a call without end: {code[start : start + 60]!r}")


def words() -> list[Word]:
    """Every translatable string of the house, in the order of files and lines."""
    found: list[Word] = []
    for path in sorted(PACKAGE_DIR.rglob("*")):
        place = str(path.relative_to(PACKAGE_DIR))
        if "vendor" in path.parts or "migrations" in path.parts:
            continue
        if path.suffix == ".py":
            found += words_of_python(path.read_text("utf-8"), place)
        elif path.suffix in (".html", ".txt") and "templates" in path.parts:
            found += words_of_template(path.read_text("utf-8"), place)
    return found


def extract() -> int:
    """Write the strings in use to the English file; translations stay, those no longer used go. Returns how many."""
    old = {(entry.msgctxt or "", entry.msgid): entry for entry in _load()}
    fresh = polib.POFile(wrapwidth=110)
    fresh.metadata = {
        "Language": "en",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    entries: dict[tuple[str, str], polib.POEntry] = {}
    for word in words():
        key = (word.context, word.msgid)
        if key not in entries:
            entries[key] = _entry(word, old.get(key))
        where = (word.place[0], "")
        if where not in entries[key].occurrences:
            entries[key].occurrences.append(where)
    fresh.extend(entries[key] for key in sorted(entries))
    ENGLISH.parent.mkdir(parents=True, exist_ok=True)
    fresh.save(str(ENGLISH))
    return len(entries)


def _entry(word: Word, old: polib.POEntry | None) -> polib.POEntry:
    entry = polib.POEntry(
        msgid=word.msgid, msgctxt=word.context or None, flags=list(old.flags) if old else []
    )
    if word.plural:
        entry.msgid_plural = word.plural
        entry.msgstr_plural = dict(old.msgstr_plural) if old and old.msgstr_plural else {0: "", 1: ""}
    else:
        entry.msgstr = old.msgstr if old else ""
    if "%(" in word.msgid and "python-format" not in entry.flags:
        entry.flags.append("python-format")
    return entry


def _load() -> polib.POFile:
    return polib.pofile(str(ENGLISH)) if ENGLISH.exists() else polib.POFile()


def check() -> list[str]:
    """What is wrong with the English file, one line each; empty when every string has its English."""
    known = {(entry.msgctxt or "", entry.msgid): entry for entry in _load()}
    wrong = []
    for word in words():
        entry = known.get((word.context, word.msgid))
        where = f"{word.place[0]}:{word.place[1]}"
        texts = [] if entry is None else (list(entry.msgstr_plural.values()) or [entry.msgstr])
        if not texts or not all(texts) or (entry is not None and entry.fuzzy):
            wrong.append(f"{where}: 没有英文 / no English: {word.msgid}")
        elif any(set(_SLOTS.findall(text)) - set(_SLOTS.findall(word.msgid)) for text in texts):
            wrong.append(f"{where}: 占位符不符 / unknown slot: {word.msgid}")
        elif any(_CHINESE.search(text) for text in texts):
            wrong.append(f"{where}: 英文里有中文 / Chinese in the English: {word.msgid}")
    return wrong


def compile_all(*, stale_only: bool = False) -> list[Path]:
    """Write a ``.mo`` beside every ``.po``, or beside those that are newer than it; returns the paths written."""
    written = []
    for source in sorted(LOCALE_DIR.rglob("*.po")):
        target = source.with_suffix(".mo")
        if stale_only and target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        polib.pofile(str(source)).save_as_mofile(str(target))
        written.append(target)
    return written


def main(argv: list[str]) -> int:
    """Run one command; returns the exit code (2 for an unknown command)."""

    def report_check() -> int:
        wrong = check()
        sys.stdout.write("".join(f"{line}\n" for line in wrong))
        return 1 if wrong else 0

    def report_extract() -> int:
        sys.stdout.write(f"{extract()}\n")
        return 0

    def report_compile() -> int:
        sys.stdout.write("".join(f"{path}\n" for path in compile_all()))
        return 0

    commands: dict[str, Callable[[], int]] = {
        "extract": report_extract,
        "check": report_check,
        "compile": report_compile,
    }
    if len(argv) != 1 or argv[0] not in commands:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    return commands[argv[0]]()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
