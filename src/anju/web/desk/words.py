"""Words of the desk: what codes are called on a screen. Chinese is the source; gettext gives the English."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anju.platform.identity.roles import ROLE_LABELS
from anju.platform.notices.queries import ReceiptRow
from anju.web import format as fmt

Words = Mapping[str, str | Promise]

QUEUES: Words = {
    "account_manager": _("客户经理联系"),
    "collections": _("催收"),
    "risk_review": _("风险复核"),
    "legal_preparation": _("法务准备"),
    "exceptions": _("通知异常"),
    "follow_up": _("回访"),
}

KINDS: Words = {
    "collections.call": _("逾期电话联系"),
    "collections.legal": _("法务材料准备"),
    "collections.hardship": _("困难帮扶申请"),
    "collections.refusal_review": _("拒绝还款复核"),
    "collections.find_address": _("核实联系方式"),
    "collections.special_care": _("特殊关怀（身故或重病）"),
    "risk.review": _("风险复核"),
    "followup.visit": _("贷后回访"),
    "followup.remedy": _("拒访后的补救"),
    "notices.exception": _("通知未能证明送达"),
    "notices.callback": _("客户要求回电"),
    "contacts.repair": _("修复联系方式"),
    "holds.overdue": _("搁置已过预计恢复日"),
    "servicing.plan_request": _("变更还款计划的申请"),
}

NOTICES: Words = {
    "reminder_5": _("还款提醒（提前 5 天）"),
    "reminder_3": _("还款提醒（提前 3 天）"),
    "overdue_1": _("逾期提示（一级）"),
    "overdue_2": _("逾期通知（二级）"),
    "overdue_3": _("逾期通知（三级）"),
    "overdue_4": _("逾期通知（四级）"),
    "visit_pre_notice": _("回访预告"),
    "promise_confirmed": _("还款承诺确认"),
    "payment_received_cure": _("逾期还清确认"),
    "rate_corrected": _("暂定利率更正"),
    "overdue_guarantor": _("逾期告知（保证人）"),
    "case_on_hold": _("业务暂缓告知"),
    "case_resumed": _("业务恢复告知"),
}

CHANNELS: Words = {
    "inbox": _("站内消息"),
    "sms": _("短信"),
    "email": _("电子邮件"),
    "wecom": _("企业微信"),
    "wechat": _("微信公众号"),
    "push": _("网页推送"),
    "call": _("电话"),
    "voice": _("自动语音"),
    "visit": _("上门"),
    "letter": _("信函"),
    "person": _("人工"),
}

PURPOSES: Words = {
    "service": _("服务"),
    "reminder": _("还款提醒"),
    "collection": _("催收"),
    "follow_up": _("回访"),
    "survey": _("调查"),
    "marketing": _("营销"),
}

PROOFS: Words = {
    "": _("尚无证明"),
    "accepted": _("渠道已受理"),
    "sent": _("已发出"),
    "carrier_delivered": _("运营商已送达"),
    "device_delivered": _("设备已送达"),
    "opened": _("已打开"),
    "acknowledged": _("本人已确认"),
}

RECEIPTS: Words = {**PROOFS, "failed": _("未送达")}
RECEIPT_EFFECTS: Words = {
    "raised": _("已采信"),
    "same": _("没有新内容"),
    "failed": _("记为失败"),
    "late": _("来迟，只留存"),
    "contradicts": _("与已有证明矛盾，只留存"),
    "duplicate": _("重复"),
    "unknown_ref": _("查无此消息"),
    "unknown_status": _("状态不明，只留存"),
}

PARTIES: Words = {
    "borrower": _("借款人"),
    "co_borrower": _("共同借款人"),
    "guarantor": _("保证人"),
    "agent": _("受托人"),
    "developer": _("开发商"),
}

METHODS: Words = {"level_payment": _("等额本息"), "level_principal": _("等额本金")}
RATE_KINDS: Words = {"fixed": _("固定利率"), "lpr": _("LPR 浮动利率"), "provident": _("公积金利率")}
HOMES: Words = {"first": _("首套住房"), "second": _("二套住房")}

HEALTH: Words = {
    "unverified": _("未验证"),
    "verified": _("已验证"),
    "stale": _("可能已停用"),
    "bounced": _("无法送达"),
    "wrong_person": _("号码不是本人"),
}

STOP_FLAGS: Words = {
    "complaint": _("投诉处理中"),
    "dispute": _("对欠款有异议"),
    "death": _("身故"),
    "serious_illness": _("重病"),
    "bankruptcy": _("破产程序"),
    "opt_out": _("拒收此类信息"),
    "objection": _("对个人信息处理有异议"),
    "vulnerable": _("需要特别关照"),
}

CLOCKS: Words = {
    "collections.rung_1": _("一级：提示送达"),
    "collections.rung_2": _("二级：电话联系"),
    "collections.rung_3": _("三级：风险复核"),
    "collections.rung_4": _("四级：法务准备"),
    "notices.exception": _("通知异常办结"),
    "notice_exception": _("通知异常办结"),
    "notice_deadline": _("通知送达"),
    "promise_due": _("还款承诺到期"),
    "visit_due": _("回访到期"),
    "work_item_due": _("工作到期"),
}

PAY_CHANNELS: Words = {
    "auto_debit": _("自动扣款"),
    "mobile_bank": _("手机银行"),
    "counter": _("柜面"),
    "transfer": _("转账"),
}

IMPORT_KINDS: Words = {"loans": _("贷款数据"), "payments": _("还款数据")}

MIRROR_FIELDS: Words = {
    "balance": _("贷款余额"),
    "balance_fen": _("贷款余额"),
    "next_instalment": _("下期应还"),
    "next_instalment_fen": _("下期应还"),
    "days_past_due": _("逾期天数"),
}

JOBS: Words = {
    "journal.pump": _("日志分发"),
    "clocks.sweep": _("时限巡检"),
    "notices.normal": _("普通通知随到随发"),
    "notices.plan": _("通知编排"),
    "notices.send": _("通知发送"),
    "notices.urgent": _("紧急通知随到随发"),
    "notices.sweep": _("通知巡检"),
    "attempts.poll": _("送达回执查询"),
    "work.sweep": _("工作巡检"),
    "notices.audit": _("通知稽核"),
    "notices.wake": _("搁置异常到期"),
    "dayend": _("日终"),
    "letters.batch": _("信函装批"),
    "letters.purge": _("信函到期删除"),
    "imports.sweep": _("导入巡检"),
    "holds.sweep": _("政策搁置办理"),
    "drills.seal": _("演练报告登记"),
    "contacts.addresses": _("联系方式巡检"),
    "contacts.sweep": _("联系占用巡检"),
    "contacts.settle": _("联系记录补结"),
    "contacts.recordings": _("到期录音删除"),
}

REVEALS: Words = {
    "call": _("拨打电话"),
    "verify": _("核对身份"),
    "asked": _("客户本人要求"),
    "repair": _("更正联系方式"),
}

PLAYS: Words = {
    "complaint": _("处理投诉"),
    "quality": _("质量检查"),
    "dispute": _("核实争议或举证"),
    "asked": _("客户本人要求"),
}

LETTER_REVEALS: Words = {
    "mail_room": _("交收发室打印投递"),
    "reprint": _("重新打印"),
    "check": _("核对邮寄清单"),
}

REASONS: Words = {
    "no_proof": _("各渠道均未得到确认"),
    "deadline": _("到期仍未得到确认"),
    "no_address": _("没有可用的联系方式"),
    "governor": _("联系管控不允许发送"),
    "failed": _("各渠道均发送失败"),
    "content": _("通知内容不完整，未发送"),
    "cured": _("逾期已还清"),
    "settled": _("贷款已结清"),
    "rung_left": _("已离开该预警级别"),
    "promised": _("已有还款承诺"),
    "paid": _("已还款"),
    "due_date_passed_before_catch_up": _("补做日终时还款日已过"),
    "covered_by_money_received": _("款项已备足"),
    "loan_settled": _("贷款已结清"),
    "promise_open": _("已有还款承诺"),
    "promise_kept": _("承诺已兑现"),
    "visit_done": _("回访已完成"),
    "visit_refused": _("客户谢绝回访"),
    "visit_missed": _("回访未完成"),
    "visit_cancelled": _("回访已取消"),
    "not_sent": _("没有发出"),
    "hold_released": _("政策搁置已解除"),
    "hold_extended": _("搁置延期，已另行告知"),
    "address_sound": _("联系方式已无疑问"),
    "command_line": _("在命令行操作"),
    "one_time_code": _("登录或核对号码的验证码"),
}

ERRORS: Words = {
    "governor": _("管控不允许联系"),
    "governor_wait": _("管控要求等到允许的时段"),
    "no_address": _("没有这种联系方式"),
    "address_bounced": _("该联系方式无法送达"),
    "address_wrong_person": _("号码不是本人"),
    "no_such_address": _("号码或地址不存在"),
    "bounced": _("被退回"),
    "blocked": _("被拒收"),
    "throttled": _("渠道限流"),
    "unavailable": _("渠道中断"),
    "invalid": _("渠道认为内容无效"),
    "content": _("内容不完整，没有发出"),
    "too_long": _("内容过长"),
    "too_late": _("超过发送时效"),
    "template_not_approved": _("模板未获批准"),
    "in_doubt_expired": _("结果始终不明"),
    "busy": _("电话占线"),
    "no_answer": _("无人接听"),
    "rejected": _("对方拒接"),
    "interrupted": _("通话中途系统中断，不再重拨"),
    "no_port": _("渠道没有接通"),
    "cancelled": _("已取消"),
    "condition": _("这一步的条件不成立"),
    "not_before": _("最早可发送的时间已过截止时间"),
}
"""Why a try failed or was left out."""

RUNGS = {
    0: _("未分级"),
    1: _("一级（逾期 1–3 天）"),
    2: _("二级（逾期 4–7 天）"),
    3: _("三级（逾期 8–30 天）"),
    4: _("四级（逾期 31 天起）"),
}


def word(words: Words, code: str) -> str:
    """What the code is called; an unknown code is shown as it is, never hidden."""
    return str(words.get(code, code))


def role(code: str) -> str:
    """The role in the reader's language."""
    labels = ROLE_LABELS.get(code)
    return labels[1 if fmt.in_english() else 0] if labels else code


def own(labels: Mapping[str, Any] | Any, stem: str = "label") -> str:
    """``label_zh`` or ``label_en`` of a policy row (mapping) or frozen value, by the reader's language."""
    name = f"{stem}_en" if fmt.in_english() else f"{stem}_zh"
    return str(labels[name] if isinstance(labels, Mapping) else getattr(labels, name))


def options(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """``(code, label)`` of the rows of a policy table."""
    return [(str(row["code"]), own(row)) for row in rows]


def actor(code: str, names: Mapping[int, str]) -> str:
    """Who did it: a person's name, the borrower, or the system."""
    kind, _sep, ref = code.partition(":")
    if kind == "staff" and ref.isdigit():
        return names.get(int(ref), gettext("员工 %(id)s") % {"id": ref})
    if kind == "person":
        return gettext("客户本人")
    return gettext("系统")


def queue(code: str) -> str:
    """Name of a queue."""
    return word(QUEUES, code)


def rung(number: int) -> str:
    """Rung of the overdue ladder, with its days."""
    return str(RUNGS.get(number, number))


def notice(code: str) -> str:
    """Name of a notice type."""
    return word(NOTICES, code)


def receipt(row: ReceiptRow) -> tuple[str, str, str]:
    """A provider's receipt: what it says, when, and what was made of it."""
    return word(RECEIPTS, row.status), fmt.moment(row.at), word(RECEIPT_EFFECTS, row.effect)


def clock(name: str) -> str:
    """Name of a clock; numbered ones (``notice_exception:7``) by their stem."""
    return word(CLOCKS, name if name in CLOCKS else name.partition(":")[0])


def reason(code: str) -> str:
    """Why something ended or failed: a known code in words, else the text as it was given."""
    return word(REASONS, code)


def reveal(code: str) -> str:
    """Why a masked value was looked at."""
    return word(REVEALS, code)
