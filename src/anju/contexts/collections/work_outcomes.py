"""What a person can record when closing work that collections opened. Calls have their own table
(`outcomes.py`).
"""

import tomllib
from importlib import resources

from anju.contexts.collections import outcomes
from anju.platform.work.outcomes import Outcome, register

_REVIEW = (
    Outcome("continue", "继续催收流程", "Carry on"),
    Outcome("offer_relief", "建议提供纾困方案", "Offer relief", fields=("note",)),
    Outcome("escalate", "升级处理", "Escalate", fields=("note",)),
)
_LEGAL = (
    Outcome("demand_letter_ready", "催告函已备妥", "Demand letter ready"),
    Outcome("evidence_ready", "证据包已备妥", "Evidence pack ready"),
    Outcome("not_now", "暂不进入法律程序", "No legal step now", fields=("note",)),
)
_CARE = (
    Outcome("handled", "已处理", "Handled", fields=("note",)),
    Outcome("more_time", "需要更多时间", "More time needed", closes=False, fields=("note",)),
)
_ADDRESS = (
    Outcome("found", "已找到新联系方式", "New contact details found"),
    Outcome("not_found", "未找到", "Not found", fields=("note",)),
)


def connect() -> None:
    """Register outcomes of every kind of work that collections opens. Calling it again changes nothing."""
    table = outcomes.parse(_shipped(), "shipped")
    calls = [
        Outcome(one.code, one.label_zh, one.label_en, closes=one.closes_work)
        for one in table.outcomes.values()
    ]
    generic = [
        Outcome("recorded", "已记录", "Recorded"),
        Outcome("again", "稍后再联系", "Again later", closes=False),
    ]
    register("collections.call", [*calls, *generic])
    register("risk.review", _REVIEW)
    register("collections.legal", _LEGAL)
    register("collections.hardship", _CARE)
    register("collections.refusal_review", _REVIEW)
    register("collections.special_care", _CARE)
    register("collections.find_address", _ADDRESS)


def _shipped() -> dict[str, object]:
    """The shipped table: read at start, when no database may be asked. A bank's own codes are kept on the
    call itself.
    """
    return tomllib.loads((resources.files("anju.policy") / outcomes.FILE).read_text(encoding="utf-8"))
