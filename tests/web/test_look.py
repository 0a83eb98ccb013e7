"""The look holds: icons exist, nothing inline slips through the parts, vendor files are what package.json says."""

import json
import re
from pathlib import Path

import pytest

from anju.web import vendor

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "src" / "anju" / "web"
MANIFEST = json.loads((ROOT / "package.json").read_text("utf-8"))


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    used = set()
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text("utf-8")
        used |= set(re.findall(r"\{% icon [\"']([a-z0-9-]+)[\"']", text))
        used |= set(re.findall(r"<c-[a-z-]+[^>]*?\sicon=\"([a-z0-9-]+)\"", text))
    for path in TEMPLATES.rglob("*.py"):
        used |= set(re.findall(r"icon=[\"']([a-z0-9-]+)[\"']", path.read_text("utf-8")))
    assert used
    assert used <= set(MANIFEST["anju"]["sprite"]["icons"])


def test_the_lock_names_no_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    assert all("resolved" not in package for package in lock["packages"].values())
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_copy_writes_nothing_when_a_file_is_missing(tmp_path: Path) -> None:
    target = tmp_path / "vendor"
    with pytest.raises(vendor.VendorFileMissing, match=r"tabler\.min\.css"):
        vendor.copy(manifest=ROOT / "package.json", node_modules=tmp_path, target=target)
    assert not target.exists()


def test_copy_builds_one_sprite(tmp_path: Path) -> None:
    modules = tmp_path / "modules"
    icon = modules / "icons" / "home.svg"
    icon.parent.mkdir(parents=True)
    icon.write_text('<svg width="24">\n  <path d="M5 12" />\n</svg>')
    (modules / "a.css").write_text("a{}")
    manifest = tmp_path / "package.json"
    wanted = {"vendor": {"a.css": "b.css"}, "sprite": {"from": "icons", "to": "icons.svg", "icons": ["home"]}}
    manifest.write_text(json.dumps({"anju": wanted}))
    written = vendor.copy(manifest=manifest, node_modules=modules, target=tmp_path / "out")
    assert [path.name for path in written] == ["b.css", "icons.svg"]
    sprite = (tmp_path / "out" / "icons.svg").read_text()
    assert '<symbol id="home"' in sprite
    assert '<path d="M5 12" />' in sprite
