"""Documents worded for a sentence that is read aloud."""

import re

import pytest

from anju.core.basis import basis_en, basis_zh
from anju.core.cities import CityTable
from anju.core.eligibility import check

from ..data import cities, policy_table
from .cases import ON, application


@pytest.mark.parametrize(("document", "zh", "en"), [
    ("金规〔2026〕5号 Art.10 (50% itself is allowed)", "金规〔2026〕5号第10条", "金规〔2026〕5号 Art.10"),
    ("金规〔2026〕5号 Art.13; 银发〔2026〕171号 Art.20", "金规〔2026〕5号第13条；银发〔2026〕171号第20条",
     "金规〔2026〕5号 Art.13; 银发〔2026〕171号 Art.20"),
    ("PBOC/NFRA notice of 2024-05-17, applied from 2024-05-18", "中国人民银行、国家金融监督管理总局 2024-05-17 通知",
     "PBOC/NFRA notice of 2024-05-17"),
    ("PBOC公告〔2024〕11号 (typical contract practice)", "中国人民银行公告〔2024〕11号", "PBOC公告〔2024〕11号"),
    ("seed 004 (banks also use 65|70|75|80)", "本行服务标准", "the lender's service standard"),
    ("seed 004, case Zhang (two years)", "本行服务标准", "the lender's service standard"),
    ("project default; seed 004 gives no number", "本系统默认规则", "default of this system"),
    ("general banking practice before 金规〔2026〕5号 (首付贷 is refused)", "银行通行做法，早于金规〔2026〕5号",
     "general banking practice before 金规〔2026〕5号"),
    ("决定 (2024-09-13)", "决定（2024-09-13）", "决定 (2024-09-13)"),
    ("示例文件甲〔2024〕1号（虚构）", "示例文件甲〔2024〕1号（虚构）", "示例文件甲〔2024〕1号（虚构）"),
])  # fmt: skip
def test_documents(document: str, zh: str, en: str) -> None:
    assert (basis_zh(document), basis_en(document)) == (zh, en)


def test_no_finding_shows_the_short_form_of_a_policy_file() -> None:
    cases = (
        application(),
        application(
            {"income_fen": 0, "household": "foreign"}, {"titled": False}, {"months": 12, "down_fen": 0}
        ),
    )
    assert isinstance(cities(), CityTable)
    for case in cases:
        for finding in check(case, policy_table(), ON).findings:
            assert not re.search(r"seed|Art\.|practice|default|[();]", finding.reason.zh)
            assert "seed" not in finding.reason.en
