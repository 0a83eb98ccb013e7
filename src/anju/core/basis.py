"""The document a rule rests on, worded for a sentence: policy files name documents in a mixed short form.

"金规〔2026〕5号 Art.10 (50% itself is allowed)" -> "金规〔2026〕5号第10条"; "seed 004" is a rule of the lender, taken
from its own service standards.
"""

import re

_REMARK = re.compile(r"\s*\([^()]*[A-Za-z][^()]*\)|, applied from [0-9-]+|; (?=seed )[^;]*|; same as [^;]*")
_ZH: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"\bArt\.\s?([0-9]+(?:-[0-9]+)?)", r"第\1条"),
        (r"\bPBOC公告", "中国人民银行公告"),
        (r"\bPBOC/NFRA notice of ([0-9-]+)", r"中国人民银行、国家金融监督管理总局 \1 通知"),
        (r"\bPBOC/CBIRC notice of ([0-9-]+)", r"中国人民银行、中国银保监会 \1 通知"),
        (r"\bPBOC notice of ([0-9-]+)", r"中国人民银行 \1 通知"),
        (r"\bPBOC benchmark rate adjustment of ([0-9-]+)", r"中国人民银行 \1 基准利率调整"),
        (r"\bgeneral banking practice before ", "银行通行做法，早于"),
        (r"\bgeneral banking practice", "银行通行做法"),
        (r"\bstatutory age before the decision of ([0-9-]+)", r"\1 决定之前的法定退休年龄"),
        (r"\bseed 00[0-9]\b[^;]*", "本行服务标准"),
        (r"\bproject default", "本系统默认规则"),
        (r"\s+(?=第[0-9])", ""),
        (r";\s*", "；"),
        (r"\s*\(([^()]*)\)", r"（\1）"),
    )
)
_EN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"\bseed 00[0-9]\b[^;]*", "the lender's service standard"),
        (r"\bproject default", "default of this system"),
    )
)


def basis_zh(document: str) -> str:
    """The document for a Chinese sentence; what is not known stays as it is."""
    return _worded(document, _ZH)


def basis_en(document: str) -> str:
    """The document for an English sentence, without its remarks."""
    return _worded(document, _EN)


def _worded(document: str, words: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    text = _REMARK.sub("", document)
    for pattern, replacement in words:
        text = pattern.sub(replacement, text)
    return text.strip()
