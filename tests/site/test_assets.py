"""Front-end files: npm only when the lock changed, copies only when something changed, never a half set."""

import subprocess
from pathlib import Path

import pytest

from anju.site import assets

MANIFEST = """{"anju": {"vendor": {"lib/dist/lib.js": "lib.js"},
 "sprite": {"from": "icons", "to": "icons.svg", "icons": ["home"]}}}"""


class FakeNpm:
    """Writes what npm would install and counts how often it was asked."""

    def __init__(self, script: str = "one") -> None:
        self.calls = 0
        self.script = script
        self.returncode = 0

    def __call__(self, arguments: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
        self.calls += 1
        if self.returncode == 0:
            (folder / "node_modules/lib/dist").mkdir(parents=True, exist_ok=True)
            (folder / "node_modules/lib/dist/lib.js").write_text(self.script)
            (folder / "node_modules/icons").mkdir(exist_ok=True)
            (folder / "node_modules/icons/home.svg").write_text("<svg><path d='M0'/></svg>")
        return subprocess.CompletedProcess(arguments, self.returncode, "", "npm says: no network")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "package.json").write_text(MANIFEST)
    (tmp_path / "package-lock.json").write_text("{}")
    return tmp_path


@pytest.fixture
def npm(monkeypatch: pytest.MonkeyPatch) -> FakeNpm:
    fake = FakeNpm()
    monkeypatch.setattr(assets, "_npm", fake)
    return fake


def provide(checkout: Path, **kwargs: bool) -> assets.Result:
    return assets.provide(checkout=checkout, target=checkout / "vendor", fonts=checkout / "fonts", **kwargs)


def test_a_second_run_does_nothing(checkout: Path, npm: FakeNpm) -> None:
    assert provide(checkout) == assets.Result(installed=True, files=2)
    assert provide(checkout) == assets.Result(installed=False, files=0)
    assert npm.calls == 1
    assert (checkout / "vendor/lib.js").read_text() == "one"
    assert 'id="home"' in (checkout / "vendor/icons.svg").read_text()


def test_another_manifest_is_copied_without_npm(checkout: Path, npm: FakeNpm) -> None:
    provide(checkout)
    (checkout / "package.json").write_text(MANIFEST.replace('"lib.js"', '"other.js"'))
    assert provide(checkout) == assets.Result(installed=False, files=2)
    assert npm.calls == 1
    assert (checkout / "vendor/other.js").exists()


def test_another_lock_is_installed(checkout: Path, npm: FakeNpm) -> None:
    provide(checkout)
    (checkout / "package-lock.json").write_text('{"changed": true}')
    npm.script = "two"
    assert provide(checkout).installed
    assert (checkout / "vendor/lib.js").read_text() == "two"


def test_force_does_it_all_again(checkout: Path, npm: FakeNpm) -> None:
    provide(checkout)
    assert provide(checkout, force=True) == assets.Result(installed=True, files=2)


def test_npms_failure_is_told_and_tried_again(checkout: Path, npm: FakeNpm) -> None:
    npm.returncode = 1
    with pytest.raises(assets.AssetsProblem, match="no network"):
        provide(checkout)
    assert not (checkout / "vendor").exists()
    npm.returncode = 0
    assert provide(checkout).files == 2


def test_a_file_the_packages_lack_is_told_and_not_stamped(checkout: Path, npm: FakeNpm) -> None:
    (checkout / "package.json").write_text(MANIFEST.replace("lib/dist/lib.js", "lib/dist/gone.js"))
    for _ in range(2):
        with pytest.raises(assets.AssetsProblem, match=r"gone\.js"):
            provide(checkout)


def test_without_a_manifest_the_wheels_own_copies_will_do(tmp_path: Path, npm: FakeNpm) -> None:
    with pytest.raises(assets.AssetsProblem, match=r"package\.json"):
        provide(tmp_path)
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor/.stamp").write_text("x")
    assert provide(tmp_path) == assets.Result(installed=False, files=0)
    assert npm.calls == 0
