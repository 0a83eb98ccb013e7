"""Reasons in words that can be read aloud; codes are stable, texts are not."""

from collections.abc import Mapping
from datetime import datetime, time

from anju.core.contact_policy.rules import DEBTOR, EVERYTHING, THIRD_PARTY, VULNERABLE, Cap
from anju.core.verdict import Reason

_FLAGS: Mapping[str, tuple[str, str]] = {
    "complaint": ("有投诉正在处理", "a complaint is being handled"),
    "dispute": ("对欠款有异议正在核实", "the debt is disputed and being checked"),
    "death": ("借款人已故", "the borrower has died"),
    "serious_illness": ("借款人重病", "the borrower is seriously ill"),
    "bankruptcy": ("借款人进入破产程序", "the borrower is in bankruptcy proceedings"),
    "opt_out": ("对方已拒收此类信息", "the person opted out of such messages"),
    "objection": ("对方对个人信息处理提出了异议", "the person objected to the use of their data"),
    "vulnerable": ("对方需要特别关照，不作此类联系", "the person needs special care: no such contact"),
}
_PURPOSES: Mapping[str, tuple[str, str]] = {
    "service": ("服务", "service"), "reminder": ("还款提醒", "reminder"), "collection": ("催收", "collection"),
    "follow_up": ("回访", "follow-up"), "survey": ("调查", "survey"), "marketing": ("营销", "marketing"),
}  # fmt: skip
_PERIODS: Mapping[str, tuple[str, str]] = {
    "day": ("当天", "on that day"), "week": ("七天内", "in seven days"), "month": ("三十天内", "in thirty days"),
    "total": ("累计", "in all"),
}  # fmt: skip
_SUFFIX = {"day": "", "week": "_week", "month": "_month", "total": "_total"}

CALL_BACK_ONLY = Reason(
    "third_party_call_only",
    "对方不是债务人，只可电话请其转告回电，不得透露欠款。",
    "This person is not a debtor: only a call asking for a call back, never about the debt.",
)
CALL_BACK_SCRIPT = Reason(
    "third_party_script",
    "只可请其转告回电，不得透露欠款。",
    "Only ask to pass on a request to call back; never speak of the debt.",
)
NOT_NAMED = Reason(
    "third_party_not_named",
    "债务人没有指定此人并取得其同意，不可联系。",
    "The debtor did not name this person with consent: no contact.",
)
ESTATE_SERVICE = Reason(
    "estate_service_only",
    "对方是遗产联系人，只可就服务事项联系。",
    "This person speaks for the estate: only service matters.",
)
ESTATE_ONLY = Reason(
    "estate_contact_only",
    "借款人已故：服务事项只可书面送达，或联系遗产联系人。",
    "The borrower has died: service matters only in writing, or to the contact of the estate.",
)
AGENCY_UNKNOWN = Reason(
    "agency_not_engaged",
    "该机构没有有效的委托合同，不可联系客户。",
    "This agency has no contract in force: no contact.",
)
AGENCY_UNASSIGNED = Reason(
    "agency_not_assigned",
    "该机构只受托处理指定的贷款，这一笔没有委托给它，不可联系客户。",
    "This agency acts only for the loans assigned to it; this one is not: no contact.",
)
AGENCY_PURPOSE = Reason(
    "agency_purpose",
    "受托机构只可为委托合同所定的用途联系客户。",
    "An agency may contact customers only for the purpose of its contract.",
)
NO_MACHINE = Reason(
    "automated_voice",
    "对方需要特别关照，不可使用自动语音。",
    "The person needs special care: no automated voice.",
)
TRAINED_ONLY = Reason(
    "trained_staff_only",
    "对方需要特别关照，只可由受过培训的人员联系。",
    "The person needs special care: only trained staff may call or visit.",
)
INVITED = Reason("invited", "可以发送：对方刚刚请求。", "Allowed: the person asked for it just now.")
QUIET = Reason("quiet_channel", "可以发送：此渠道不打扰对方。", "Allowed: this channel disturbs nobody.")


def purpose(code: str) -> tuple[str, str]:
    """What a purpose is called."""
    return _PURPOSES.get(code, (code, code))


def flag(code: str) -> Reason:
    """A stop flag."""
    zh, en = _FLAGS.get(code, (f"有停止联系标记 {code}", f"stop flag {code} is set"))
    return Reason(f"flag_{code}", f"不可联系：{zh}。", f"No contact: {en}.")


def outside(now: time, start: time, end: time) -> Reason:
    """Outside the window."""
    return Reason(
        "outside_window",
        f"现在是对方当地时间 {now:%H:%M}，只可在 {start:%H:%M} 至 {end:%H:%M} 之间联系。",
        f"It is {now:%H:%M} where the person is; contact is allowed from {start:%H:%M} to {end:%H:%M}.",
    )


def not_preferred(now: datetime) -> Reason:
    """Inside the window, but not when the person wants it."""
    return Reason(
        "preferred_times",
        f"对方当地时间 {now:%H:%M} 不在其希望的联系时段内。",
        f"{now:%H:%M} local time is not among the times the person prefers.",
    )


def no_consent(code: str) -> Reason:
    """The purpose needs consent and there is none."""
    zh, en = purpose(code)
    return Reason(
        "consent_missing",
        f"对方没有同意接收{zh}信息。",
        f"The person has not agreed to {en} contact.",
    )


def refused(code: str, channel: str) -> Reason:
    """The person refused the purpose, or this channel for it."""
    zh, en = purpose(code)
    if channel:
        return Reason(
            "channel_refused",
            f"对方不接受以此渠道进行{zh}联系。",
            f"The person does not accept {en} contact by this channel.",
        )
    return Reason("opted_out", f"对方已拒绝{zh}联系。", f"The person refused {en} contact.")


def cap_code(cap: Cap) -> str:
    """Stable code of a cap that is reached."""
    if cap.scope == THIRD_PARTY and cap.period == "total":
        return "third_party_total_cap"
    stems = {
        DEBTOR: "answered" if cap.answered else "attempts", THIRD_PARTY: "attempts", EVERYTHING: "overall",
        VULNERABLE: "vulnerable",
    }  # fmt: skip
    return f"{stems.get(cap.scope, 'purpose')}{_SUFFIX[cap.period]}_cap"


def capped(cap: Cap, count: int) -> Reason:
    """A cap is reached."""
    zh, en = _PERIODS[cap.period]
    code = cap_code(cap)
    if cap.period == "total":
        return Reason(
            code,
            f"对方不是债务人，累计已联系 {count} 次，最多 {cap.most} 次。",
            f"This person is not a debtor: contacted {count} times, at most {cap.most} in all.",
        )
    if cap.answered:
        return Reason(
            code,
            f"{zh}已接通 {count} 次，最多 {cap.most} 次。",
            f"Reached {count} time(s) {en}; at most {cap.most}.",
        )
    of = {EVERYTHING: ("各类联系共", "contacts of all kinds"), VULNERABLE: ("特别关照客户已联系", "contacts")}
    if cap.scope.startswith("purpose_"):
        what = purpose(cap.scope.removeprefix("purpose_"))
        head_zh, head_en = f"{what[0]}联系已有", f"{what[1]} contacts"
    else:
        head_zh, head_en = of.get(cap.scope, ("已外呼或发送", "attempts"))
    most_en = {"day": "a day", "week": "in seven days", "month": "in thirty days"}[cap.period]
    return Reason(
        code,
        f"{zh}{head_zh} {count} 次，最多 {cap.most} 次。",
        f"{count} {head_en} {en} already; at most {cap.most} {most_en}.",
    )


def resting(after: str, until: datetime) -> Reason:
    """A cool-down runs. ``until`` in the person's zone."""
    texts = {
        "no_answer": (
            "刚才无人接听，间隔时间未到",
            "nobody answered; the gap before the next try still runs",
        ),
        "talk": ("不久前刚通过话", "there was a talk not long ago"),
        "refusal": (
            "对方此前拒绝了此类联系，冷静期未过",
            "the person refused such contact; the rest period runs",
        ),
    }
    zh, en = texts[after]
    at = f"{until:%m-%d %H:%M}"
    return Reason(f"cooldown_{after}", f"{zh}，{at} 以后再联系。", f"Not before {at}: {en}.")


def appointed(start: datetime, end: datetime) -> Reason:
    """An appointment opens this time. Both in the person's zone."""
    span = f"{start:%H:%M}–{end:%H:%M}"
    return Reason(
        "appointment", f"可以联系：与对方约定了 {span}。", f"Allowed: an appointment with the person, {span}."
    )


def overridden(number: int) -> Reason:
    """A supervisor's permission covers what stands against it."""
    return Reason(
        "override",
        f"经主管特批（第 {number} 号）可以联系一次，原限制如下：",
        f"Allowed once by a supervisor's override (no. {number}); otherwise:",
    )


def allowed_uncounted(local: datetime) -> Reason:
    """Nothing stands against a contact that no other one bears on."""
    return Reason("allowed", f"可以联系：对方当地时间 {local:%H:%M}。", f"Allowed: {local:%H:%M} local time.")


def allowed(local: datetime, tries: int, reached: int) -> Reason:
    """Nothing stands against it."""
    return Reason(
        "allowed",
        f"可以联系：对方当地时间 {local:%H:%M}，当天已联系 {tries} 次，接通 {reached} 次。",
        f"Allowed: {local:%H:%M} local time, {tries} attempt(s) and {reached} answered on that day.",
    )
