"""The tool that gathers words, and that every one of them has its English."""

from pathlib import Path

import pytest

from anju.site import messages


def test_every_word_has_its_english() -> None:  # issue 2 point 7: English by i18n
    assert messages.check() == []


def test_words_of_a_template_are_found_with_slots_and_plurals() -> None:
    source = (
        "{% load i18n %}<c-x title=\"{% translate '标题' %}\" />"
        "{% blocktranslate with n=a.b %}共 {{ n }} 条{% endblocktranslate %}"
        "{% blocktranslate trimmed count n=c %}\n 一条 \n{% plural %}\n {{ n }} 条 \n{% endblocktranslate %}"
        '{# {% translate "注释" %} #}'
    )
    found = {(word.msgid, word.plural) for word in messages.words_of_template(source, "x.html")}
    assert found == {("标题", ""), ("共 %(n)s 条", ""), ("一条", "%(n)s 条")}


def test_words_of_python_are_found_also_when_joined() -> None:
    source = 'a = _("甲" "乙")\nb = pgettext("处", "丙")\nc = ngettext("丁", "戊", 2)\nd = other("己")\n'
    found = {(word.context, word.msgid, word.plural) for word in messages.words_of_python(source, "x.py")}
    assert found == {("", "甲乙", ""), ("处", "丙", ""), ("", "丁", "戊")}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house of one file, with its own English."""
    (tmp_path / "page.py").write_text('_("甲 %(n)s")\n', encoding="utf-8")
    monkeypatch.setattr(messages, "PACKAGE_DIR", tmp_path)
    monkeypatch.setattr(messages, "LOCALE_DIR", tmp_path / "locale")
    monkeypatch.setattr(messages, "ENGLISH", tmp_path / "locale" / "en" / "LC_MESSAGES" / "django.po")
    return tmp_path


def test_extract_keeps_translations_and_check_names_what_is_wrong(small: Path) -> None:
    assert messages.extract() == 1
    assert [line for line in messages.check() if "没有英文" in line] == [
        "page.py:1: 没有英文 / no English: 甲 %(n)s"
    ]
    text = messages.ENGLISH.read_text("utf-8")
    for english, complaint in (("A %(m)s", "占位符不符"), ("甲 %(n)s!", "英文里有中文"), ("A %(n)s", "")):
        messages.ENGLISH.write_text(
            text.replace('msgstr ""\n', f'msgstr "{english}"\n').replace(
                f'msgstr "{english}"\n"Language', 'msgstr ""\n"Language'
            ),
            "utf-8",
        )
        found = messages.check()
        assert (complaint in found[0]) if complaint else found == []
    messages.extract()
    assert messages.check() == []
    assert [path.name for path in messages.compile_all(stale_only=True)] == ["django.mo"]
    assert messages.compile_all(stale_only=True) == []


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert messages.main(["nonsense"]) == 2
    assert "extract" in capsys.readouterr().err
