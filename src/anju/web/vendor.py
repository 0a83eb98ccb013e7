"""Third-party front-end files: which of them we serve stands in ``package.json`` under ``anju``.

npm installs the packages by the lock; ``copy`` puts the few files we use into ``static/vendor`` (never
committed) and builds one icon sprite, so a page fetches only the icons of this house.
"""

import json
import re
import shutil
from pathlib import Path

VENDOR_DIR = Path(__file__).resolve().parent / "static" / "vendor"
_SVG = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


class VendorFileMissing(Exception):
    """A package does not hold a file that ``package.json`` names; install the packages by the lock first."""


def copy(
    *, manifest: Path, node_modules: Path, target: Path = VENDOR_DIR, fonts: Path | None = None
) -> list[Path]:
    """Write every file named by the manifest's ``anju`` section; returns the paths written.

    ``fonts``: folder for the font files of documents, which are not served; None leaves them out.

    Raises ``VendorFileMissing``, before anything is written, when a source is not there.
    """
    wanted = json.loads(manifest.read_text(encoding="utf-8"))["anju"]
    files = {node_modules / source: target / name for source, name in wanted["vendor"].items()}
    if fonts is not None:
        files |= {node_modules / source: fonts / name for source, name in wanted.get("fonts", {}).items()}
    sprite = wanted["sprite"]
    icons = {name: node_modules / sprite["from"] / f"{name}.svg" for name in sprite["icons"]}
    for source in (*files, *icons.values()):
        if not source.is_file():
            raise VendorFileMissing(f"缺少前端文件 / front-end file missing: {source}")
    target.mkdir(parents=True, exist_ok=True)
    for source, path in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, path)
    sprite_path = target / sprite["to"]
    sprite_path.write_text(sprite_of(icons), encoding="utf-8")
    return [*files.values(), sprite_path]


def fonts_there(manifest: Path, fonts: Path) -> bool:
    """Whether every font file of the manifest lies in its folder."""
    wanted = json.loads(manifest.read_text(encoding="utf-8"))["anju"].get("fonts", {})
    return all((fonts / name).is_file() for name in wanted.values())


def sprite_of(icons: dict[str, Path]) -> str:
    """One SVG with a ``<symbol>`` per icon, drawn in the current colour of the place that uses it."""
    symbols = []
    for name, path in icons.items():
        found = _SVG.search(path.read_text(encoding="utf-8"))
        body = "" if found is None else " ".join(found.group(1).split())
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
            f'stroke-linecap="round" stroke-linejoin="round">{body}</symbol>'
        )
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'
