"""Why a notice is on a person's desk 异常原因, and what that person does next (issue 4, point 6; S2-10, S2-16).

An obligation keeps a coarse reason; what its last failed or skipped try said makes it exact. `CAUSE` is that rule in SQL,
over `o` (obligation) and `last` (its last failed or skipped attempt), so that lists, counts and filters agree.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause: its words, what to do next, and the outcome that this usually ends in (`outcomes.EXCEPTION_OUTCOMES`)."""

    code: str
    label_zh: str
    label_en: str
    next_zh: str
    next_en: str
    outcome: str


_ROWS = (
    Reason(
        "no_address", "没有可用的联系方式", "No usable address",
        "从申请资料或客户经理处找到号码，登记后重新发送", "Find a number in the file or from the adviser, enter it, send again",
        "address_repaired",
    ),
    Reason(
        "bounced", "联系方式无法送达", "The address does not reach anybody",
        "改用另一种方式联系本人，更正后重新发送", "Reach the person another way, correct the address, send again",
        "address_repaired",
    ),
    Reason(
        "wrong_person", "号码不是本人", "The number is somebody else's",
        "不得再向该号码发送；向本人核实新号码后重新发送", "Send nothing there any more; get the right number, send again",
        "address_repaired",
    ),
    Reason(
        "template_not_approved", "模板未获渠道批准", "The channel has not approved the text",
        "请管理员办理模板报备；急件先电话告知本人", "Have the text approved; tell the person by phone when it is urgent",
        "reached_by_phone",
    ),
    Reason(
        "governor", "联系管控不允许发送", "The governor refuses contact",
        "查看管控意见：到允许时段再联系，或由主管说明理由申请例外",
        "Read the governor's words: contact in the lawful slot, or ask a supervisor for an override with a reason",
        "reached_by_phone",
    ),
    Reason(
        "content", "通知内容不完整，未发送", "The text is incomplete and was not sent",
        "补齐业务数据后重新发送", "Complete the figures of the case, send again", "address_repaired",
    ),
    Reason(
        "provider_down", "渠道服务中断", "The provider was down",
        "确认渠道恢复后批量重新发送；急件先电话告知", "Send again in bulk when the provider is back; phone when urgent",
        "address_repaired",
    ),
    Reason(
        "blocked", "被运营商或收件方拒收", "Blocked by the carrier or the recipient",
        "改用另一种方式联系本人，并核对客户是否拒收", "Reach the person another way; ask whether they opted out",
        "reached_by_phone",
    ),
    Reason(
        "no_channel", "没有接通的渠道", "No channel is connected",
        "请管理员接通渠道；先电话告知本人", "Have the channel connected; tell the person by phone", "reached_by_phone",
    ),
    Reason(
        "too_late", "超过发送时效，未再发送", "Out of date before it could be sent",
        "确认通知仍有意义，再重新发送或电话告知", "See whether it still matters; send again or phone", "reached_by_phone",
    ),
    Reason(
        "in_doubt", "发送结果不明", "Nobody knows whether it was sent",
        "向渠道查询结果；查不到则电话告知，避免重复发送", "Ask the provider; if it does not know, phone rather than send twice",
        "reached_by_phone",
    ),
    Reason(
        "failed", "各渠道均发送失败", "Every channel failed",
        "查看每次失败的原因，更正后重新发送", "Read why each try failed, mend it, send again", "address_repaired",
    ),
    Reason(
        "no_proof", "各渠道均未得到确认", "No channel brought the proof in time",
        "电话告知本人并请其确认", "Tell the person by phone and have it confirmed", "reached_by_phone",
    ),
    Reason(
        "deadline", "到期仍未得到确认", "Not proven by its deadline",
        "电话告知本人并请其确认；说明晚到的原因", "Tell the person by phone, and why it is late", "reached_by_phone",
    ),
    Reason(
        "policy_hold", "业务因政策搁置", "The case waits for a policy",
        "搁置解除后再处理；现在只须告知搁置的原因", "Handle it when the hold ends; for now tell the reason of the hold",
        "reached_by_phone",
    ),
)  # fmt: skip

REASONS = {row.code: row for row in _ROWS}
"""By code, in the order in which lists show them."""

LAST = """
LEFT JOIN LATERAL (
    SELECT t.error_class FROM notices_attempt t
     WHERE t.obligation_id = o.id AND t.state IN ('failed', 'skipped') ORDER BY t.id DESC LIMIT 1) last ON true
"""
"""Joins the last failed or skipped attempt to `o`."""

CAUSE = """
CASE WHEN last.error_class = 'template_not_approved' THEN 'template_not_approved'
     WHEN last.error_class = 'in_doubt_expired' THEN 'in_doubt'
     WHEN o.end_reason NOT IN ('no_address', 'failed', 'deadline', 'no_proof') THEN o.end_reason
     WHEN last.error_class IN ('address_bounced', 'bounced', 'no_such_address') THEN 'bounced'
     WHEN last.error_class = 'address_wrong_person' THEN 'wrong_person'
     WHEN last.error_class IN ('unavailable', 'throttled', 'provider_down', 'quota') THEN 'provider_down'
     WHEN last.error_class = 'blocked' THEN 'blocked'
     WHEN last.error_class IN ('no_port', 'no_channel', 'no_provider') THEN 'no_channel'
     WHEN last.error_class = 'too_late' THEN 'too_late'
     WHEN last.error_class IN ('content', 'invalid', 'too_long', 'missing_variable') THEN 'content'
     ELSE o.end_reason END
"""
"""Exact cause of an exception; codes of `REASONS` (an unknown one is shown as it is)."""
