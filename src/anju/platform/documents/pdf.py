"""PDF/A-2b from a template of this room and values: ``render_pdf("proposal", {...})``.

Values reach the template as data, never as markup, so no text of a person can become layout. The same values give
the same bytes: the document's date is one of its values, and the clock is not read. Only the fonts that
``anju assets`` brought are used, never those of the machine; without them, or with a letter that they lack, there
is no PDF but an error (typst by itself would print boxes and say nothing).
"""

import json
import struct
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

HERE = Path(__file__).resolve().parent
TEMPLATES_DIR = HERE / "templates"
FONTS_DIR = HERE / "fonts"
FONT_FILES = ("NotoSansSC-Regular.ttf", "NotoSansSC-SemiBold.ttf")
FAMILY = "Noto Sans SC"
STANDARD: Final = "a-2b"
VALUES_BYTES_MAX = 512 * 1024
_LAYOUT = frozenset("\n\r\t\u200b\u2060")
"""Characters that shape a line and need no letter."""


class PdfProblem(Exception):
    """No PDF can be made; nothing was written."""

    def __init__(self, zh: str, en: str) -> None:
        self.message_zh = zh
        self.message_en = en
        super().__init__(f"{zh} / {en}")


class FontMissing(PdfProblem):
    """A font file is not there, or is not the font that the templates name."""


class LetterMissing(PdfProblem):
    """A text holds a character that the font cannot write."""


class TemplateBroken(PdfProblem):
    """The template does not exist, does not compile with these values, or typst warns of something."""


def render_pdf(
    template: str, values: Mapping[str, Any], *, at: datetime, fonts_dir: Path = FONTS_DIR
) -> bytes:
    """The PDF of ``templates/<template>.typ`` with ``values`` (texts, whole numbers, lists, mappings of them).

    ``at``: the aware instant written into the file as its creation. Raises TemplateBroken (no such template,
    values too large), FontMissing, LetterMissing, TemplateBroken (typst refuses or warns).
    """
    source = TEMPLATES_DIR / f"{template}.typ"
    if not template.isidentifier() or not source.is_file():
        raise TemplateBroken(f"没有文书模板“{template}”。", f"There is no document template {template!r}.")
    data = json.dumps(values, ensure_ascii=False, sort_keys=True)
    if len(data.encode()) > VALUES_BYTES_MAX:
        raise TemplateBroken("文书内容过多。", f"More than {VALUES_BYTES_MAX} bytes of values.")
    require_letters(_texts(values), fonts_dir)
    return _compile(source, data, at, fonts_dir)


def _compile(source: Path, data: str, at: datetime, fonts_dir: Path) -> bytes:
    import typst

    try:
        made, warnings = typst.compile_with_warnings(
            source,
            root=TEMPLATES_DIR,
            font_paths=_fonts(fonts_dir),
            sys_inputs={"values": data},
            format="pdf",
            pdf_standards=[STANDARD],
            timestamp=at.astimezone(UTC).replace(microsecond=0),  # typst takes whole seconds only
        )
    except typst.TypstError as problem:
        raise TemplateBroken("文书没有生成：模板有误。", f"typst: {problem.message}") from problem
    if warnings or not isinstance(made, bytes):
        raise TemplateBroken(
            "文书没有生成：排版有警告。", f"typst warns: {[one.message for one in warnings]}"
        )
    return made


@cache
def _fonts(fonts_dir: Path) -> Any:
    """The fonts of that folder and no others, read once. Raises FontMissing."""
    import typst

    for name in FONT_FILES:
        if not (fonts_dir / name).is_file():
            raise FontMissing(
                f"缺少字体文件 {name}：请运行 anju assets。",
                f"The font file {name} is missing: run anju assets.",
            )
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(fonts_dir)])
    if FAMILY not in found.families():
        raise FontMissing(f"字体文件里没有 {FAMILY}。", f"The font files do not hold {FAMILY}.")
    return found


def require_letters(texts: Iterable[str], fonts_dir: Path = FONTS_DIR) -> None:
    """Every character has a letter in every font file. Raises FontMissing, LetterMissing naming the characters."""
    _fonts(fonts_dir)
    wanted = {letter for text in texts for letter in text} - _LAYOUT
    for name in FONT_FILES:
        lacking = sorted(wanted - _letters(fonts_dir / name))
        if lacking:
            shown = " ".join(f"{letter} (U+{ord(letter):04X})" for letter in lacking[:8])
            raise LetterMissing(f"字体里没有这些字：{shown}", f"The font has no letters for: {shown}")


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


@cache
def _letters(file: Path) -> frozenset[str]:
    """Characters of a font, from its character map (OpenType ``cmap``, formats 4 and 12)."""
    data = file.read_bytes()
    tables = struct.unpack_from(">H", data, 4)[0]
    for place in range(12, 12 + 16 * tables, 16):
        tag, _, start, _ = struct.unpack_from(">4sIII", data, place)
        if tag == b"cmap":
            return frozenset(_of_cmap(data, start))
    raise FontMissing(f"字体文件 {file.name} 已损坏。", f"The font file {file.name} is damaged.")


def _of_cmap(data: bytes, start: int) -> Iterable[str]:
    for place in range(start + 4, start + 4 + 8 * struct.unpack_from(">H", data, start + 2)[0], 8):
        platform, _, offset = struct.unpack_from(">HHI", data, place)
        table = start + offset
        form = struct.unpack_from(">H", data, table)[0]
        if platform not in (0, 3):
            continue
        if form == 12:
            groups = struct.unpack_from(">I", data, table + 12)[0]
            for first, last, _ in struct.iter_unpack(">III", data[table + 16 : table + 16 + 12 * groups]):
                yield from map(chr, range(first, last + 1))
        elif form == 4:
            double = struct.unpack_from(">H", data, table + 6)[0]
            lasts = struct.unpack_from(f">{double // 2}H", data, table + 14)
            firsts = struct.unpack_from(f">{double // 2}H", data, table + 16 + double)
            for first, last in zip(firsts, lasts, strict=True):
                if last != 0xFFFF:
                    yield from map(chr, range(first, last + 1))
