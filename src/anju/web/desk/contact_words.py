"""Words of the contact page."""

from django.utils.translation import gettext_lazy as _

from anju.web.desk.words import Words

SOURCES: Words = {
    "portal": _("客户门户"), "desk": _("柜面"), "link": _("链接"), "paper": _("书面"), "call": _("电话"),
}  # fmt: skip
ROLES: Words = {"reference": _("本人指定的联系人"), "estate": _("遗产联系人")}
MAY_BE_TOLD: Words = {
    "reference": _("只可请其转告“请回电我行”：不说欠款、金额、贷款，也不请其代还。"),
    "estate": _("只可谈遗产中的服务事项：结清证明、账户资料、办理继承所需手续；不催收。"),
}  # fmt: skip
AGENCY_SCOPES: Words = {"all": _("全部贷款"), "loans": _("只限委托给它的贷款")}
ASSIGNMENT_STATES: Words = {"standing": _("委托中"), "future": _("尚未开始"), "ended": _("已收回或到期")}
AGENCY_STATES: Words = {"standing": _("委托中"), "future": _("尚未开始"), "ended": _("已结束")}
WEEKDAYS: dict[int, object] = {
    1: _("周一"), 2: _("周二"), 3: _("周三"), 4: _("周四"), 5: _("周五"), 6: _("周六"), 7: _("周日"),
}  # fmt: skip
STATES: Words = {
    "reserved": _("进行中"), "expired": _("未记录结果"), "done": _("已完成"), "void": _("未发生"),
}  # fmt: skip
BASES: Words = {
    "request": _("客户刚刚请求"), "appointment": _("按预约"), "override": _("经特批"), "outside": _("超出联系规则"),
}  # fmt: skip
OUTCOMES: Words = {
    "sent": _("已发出"), "done": _("已完成"), "refused": _("谢绝"), "not_recorded": _("未记录结果"), "not_sent": _("没有发出"),
    "do_not_contact": _("要求不再联系"), "passed_on": _("已转告"), "one_time_code": _("验证码"),
    "confirmed": _("按键确认收到"), "callback": _("客户要求回电"), "callback_wanted": _("客户要求回电"),
    "played": _("听完通知，未按键确认"), "identified": _("本人接听，未听完"), "answered": _("已接听，未确认是本人"),
    "busy": _("电话占线"), "no_answer": _("无人接听"), "rejected": _("对方拒接"),
    "interrupted": _("通话中途系统中断，不再重拨"), "line_failed": _("线路故障"), "no_prompt": _("没有可播放的语音"),
    "too_late": _("超过发送时效"), "no_such_address": _("号码或地址不存在"),
}  # fmt: skip
