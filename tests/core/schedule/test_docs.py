"""The examples of docs/rules are what the code does."""

import doctest
from pathlib import Path

import pytest

RULES = Path(__file__).parents[3] / "docs" / "rules"
PAGES = sorted(RULES.glob("*.md"))


def test_there_are_pages() -> None:
    assert {page.stem for page in PAGES} >= {
        "methods", "broken-periods", "rounding", "prepayment", "events", "overdue",
    }  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_hold(page: Path) -> None:
    text = page.read_text("utf-8").replace("```\n", "\n")  # the closing fence is not part of what is printed
    test = doctest.DocTestParser().get_doctest(text, {}, page.stem, str(page), 0)
    assert test.examples or page.stem == "README"
    found: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=found.append)
    assert not found, "".join(found)
