"""The concrete lifecycle tables.

Rescuers are names of sweeps. Owners are staff roles, `system`, `borrower`, or `claimant` (whoever claimed the
item). `owes` are notice types, `clock` the kind of clock that runs.
"""

from anju.core.lifecycle import PROOF_RUNGS, Lifecycle, State, higher_proof, proof_at_least

__all__ = [
    "ALL",
    "ATTEMPT",
    "BILL",
    "CLOCK",
    "COLLECTIONS_CASE",
    "CONTACT",
    "DAY_RUN",
    "HOLD",
    "HOLD_CASE",
    "IMPORT",
    "LOAN",
    "OBLIGATION",
    "OVERRIDE",
    "POLICY_PROPOSAL",
    "PROMISE",
    "PROOF_RUNGS",
    "TEMPLATE_APPROVAL",
    "VISIT",
    "WORK_ITEM",
    "higher_proof",
    "proof_at_least",
]


def _to(**steps: str) -> dict[str, frozenset[str]]:
    return {from_: frozenset(targets.split()) for from_, targets in steps.items()}


def _rest(
    code: str,
    label: tuple[str, str],
    borrower: tuple[str, str],
    *,
    rescuer: str,
    owner: str = "system",
    owes: tuple[str, ...] = (),
    clock: str | None = None,
) -> State:
    return State(code, *label, *borrower, False, rescuer, owner, owes, clock)


def _final(
    code: str, label: tuple[str, str], borrower: tuple[str, str], *, owes: tuple[str, ...] = ()
) -> State:
    return State(code, *label, *borrower, True, None, None, owes)


LOAN = Lifecycle(
    "loan",
    (
        _rest(
            "active", ("正常存续", "Active"), ("还款中", "Being repaid"), rescuer="dayend", owes=("rate_corrected",)
        ),
        _final("settled", ("已结清", "Settled"), ("已结清", "Paid off")),
    ),
    _to(active="settled"),
    "active",
)  # fmt: skip

BILL = Lifecycle(
    "bill",
    (
        _rest(
            "open", ("未结清", "Open"), ("待还款", "To be paid"),
            rescuer="dayend", owner="borrower", owes=("reminder_5", "reminder_3"),
        ),
        _final("paid", ("已结清", "Paid"), ("已还清", "Paid")),
    ),
    _to(open="paid"),
    "open",
)  # fmt: skip

OBLIGATION = Lifecycle(
    "obligation",
    (
        _rest(
            "owed", ("待通知", "Owed"), ("即将通知您", "We will tell you soon"),
            rescuer="notices.sweep", clock="notice_deadline",
        ),
        _rest(
            "in_progress", ("通知中", "In progress"), ("已发出，待您确认", "Sent, waiting for you"),
            rescuer="notices.sweep", clock="notice_deadline",
        ),
        _rest(
            "exception", ("异常待处理", "Exception"), ("正在设法联系您", "We are trying to reach you"),
            rescuer="work.sweep", owner="adviser", clock="notice_exception",
        ),
        _final("proven", ("已证明送达", "Proven"), ("已送达", "Delivered")),
        _final("moot", ("已无须通知", "Moot"), ("已无须通知", "No longer needed")),
        _final("closed_by_person", ("人工办结", "Closed by staff"), ("已由工作人员办结", "Closed by staff")),
    ),
    _to(
        owed="in_progress proven exception moot",
        in_progress="proven exception moot",
        exception="in_progress proven moot closed_by_person",
    ),
    "owed",
)  # fmt: skip

ATTEMPT = Lifecycle(
    "attempt",
    (
        _rest("queued", ("待发送", "Queued"), ("待发送", "Waiting to be sent"), rescuer="notices.sweep"),
        _rest("in_flight", ("发送中", "In flight"), ("发送中", "Being sent"), rescuer="notices.sweep"),
        _rest("in_doubt", ("结果不明", "In doubt"), ("发送中", "Being sent"), rescuer="attempts.poll"),
        _rest("accepted", ("渠道已受理", "Accepted"), ("已发出", "Sent"), rescuer="attempts.poll"),
        _rest(
            "delivered",
            ("已送达", "Delivered"),
            ("已送达", "Delivered"),
            rescuer="notices.sweep",
            owner="borrower",
        ),
        _final("acknowledged", ("已确认收到", "Acknowledged"), ("您已确认", "You confirmed")),
        _final("failed", ("发送失败", "Failed"), ("未能送达", "Not delivered")),
        _final("skipped", ("未发送", "Skipped"), ("未发送", "Not sent")),
        _final("cancelled", ("已取消", "Cancelled"), ("已取消", "Cancelled")),
    ),
    _to(
        queued="in_flight skipped cancelled acknowledged failed",
        in_flight="queued in_doubt accepted delivered acknowledged failed",
        in_doubt="queued accepted delivered acknowledged failed",
        accepted="delivered acknowledged failed",
        delivered="acknowledged",
    ),
    "queued",
)

WORK_ITEM = Lifecycle(
    "work_item",
    (
        _rest(
            "open", ("待认领", "Open"), ("待处理", "Waiting"),
            rescuer="work.sweep", owner="supervisor", clock="work_item_due",
        ),
        _rest(
            "claimed", ("处理中", "Claimed"), ("处理中", "Being handled"),
            rescuer="work.sweep", owner="claimant", clock="work_item_due",
        ),
        _final("done", ("已完成", "Done"), ("已处理", "Handled")),
        _final("cancelled", ("已撤销", "Cancelled"), ("已撤销", "Cancelled")),
    ),
    _to(open="claimed done cancelled", claimed="open done cancelled"),
    "open",
)  # fmt: skip

COLLECTIONS_CASE = Lifecycle(
    "collections_case",
    (
        _rest(
            "open", ("处理中", "Open"), ("逾期，请尽快与我们联系", "Overdue, please talk to us"),
            rescuer="dayend", owner="collector", clock="collections.rung",
            owes=("overdue_1", "overdue_2", "overdue_3", "overdue_4"),
        ),
        _final(
            "closed", ("已结案", "Closed"), ("逾期已解除", "No longer overdue"),
            owes=("payment_received_cure",),
        ),
    ),
    _to(open="closed"),
    "open",
)  # fmt: skip

PROMISE = Lifecycle(
    "promise",
    (
        _rest(
            "open", ("待兑现", "Open"), ("您已承诺还款", "You promised to pay"),
            rescuer="dayend", owner="borrower", owes=("promise_confirmed",), clock="promise_due",
        ),
        _final("kept", ("已兑现", "Kept"), ("已按承诺还款", "Paid as promised")),
        _final("broken", ("未兑现", "Broken"), ("未按承诺还款", "Not paid as promised")),
        _final("withdrawn", ("已撤回", "Withdrawn"), ("已撤回", "Withdrawn")),
    ),
    _to(open="kept broken withdrawn"),
    "open",
)  # fmt: skip

VISIT = Lifecycle(
    "visit",
    (
        _rest(
            "planned", ("已计划", "Planned"), ("回访待预约", "Follow-up planned"),
            rescuer="dayend", owner="follow_up_agent", owes=("visit_pre_notice",), clock="visit_due",
        ),
        _rest(
            "noticed", ("已提前告知", "Noticed"), ("已告知时间和内容", "Time and content told"),
            rescuer="work.sweep", owner="follow_up_agent", clock="visit_due",
        ),
        _final("done", ("已完成", "Done"), ("已完成", "Done")),
        _final("refused", ("被拒", "Refused"), ("您已谢绝", "You declined")),
        _final("missed", ("未访成", "Missed"), ("未能完成", "Did not take place")),
        _final("cancelled", ("已取消", "Cancelled"), ("已取消", "Cancelled")),
    ),
    _to(planned="noticed refused missed cancelled", noticed="done refused missed cancelled"),
    "planned",
)  # fmt: skip

IMPORT = Lifecycle(
    "import",
    (
        _rest(
            "received", ("已接收", "Received"), ("资料处理中", "Data being processed"),
            rescuer="imports.sweep", owner="administrator",
        ),
        _rest(
            "checked", ("已校验", "Checked"), ("资料处理中", "Data being processed"),
            rescuer="imports.sweep", owner="administrator",
        ),
        _final("loaded", ("已入库", "Loaded"), ("资料已更新", "Data updated")),
        _final("rejected", ("已拒收", "Rejected"), ("资料未更新", "Data not updated")),
    ),
    _to(received="checked rejected", checked="loaded rejected"),
    "received",
)  # fmt: skip

DAY_RUN = Lifecycle(
    "day_run",
    (
        _rest(
            "running", ("日终进行中", "Running"), ("账务处理中", "Accounts being closed"),
            rescuer="dayend", clock="day_run_due",
        ),
        _rest(
            "failed", ("日终中断", "Failed"), ("账务处理中", "Accounts being closed"),
            rescuer="dayend", owner="administrator", clock="day_run_due",
        ),
        _final("closed", ("日终已完成", "Closed"), ("账务已更新", "Accounts up to date")),
    ),
    _to(running="failed closed", failed="running"),
    "running",
)  # fmt: skip

CLOCK = Lifecycle(
    "clock",
    (
        _rest("running", ("计时中", "Running"), ("办理中", "In progress"), rescuer="clocks.sweep"),
        _rest(
            "paused", ("已暂停", "Paused"), ("等待补充", "Waiting"),
            rescuer="clocks.sweep", owner="adviser",
        ),
        _final("met", ("按时完成", "Met"), ("已按时完成", "Done in time")),
        _final("breached", ("已超时", "Breached"), ("已超过承诺时限", "Later than promised")),
        _final("cancelled", ("已取消", "Cancelled"), ("已取消", "Cancelled")),
    ),
    _to(running="paused met breached cancelled", paused="running met cancelled"),
    "running",
)  # fmt: skip

POLICY_PROPOSAL = Lifecycle(
    "policy_proposal",
    (
        _rest(
            "draft", ("草稿", "Draft"), ("规则没有变化", "No rule has changed"),
            rescuer="policies.waiting", owner="administrator",
        ),
        _rest(
            "proposed", ("待复核", "Waiting for a second person"), ("规则没有变化", "No rule has changed"),
            rescuer="policies.waiting", owner="administrator",
        ),
        _rest(
            "approved", ("已批准，待生效", "Approved, not yet in force"), ("规则即将调整", "A rule will change"),
            rescuer="policies.activate",
        ),
        _final("active", ("已生效", "Brought into force"), ("规则已调整", "A rule has changed")),
        _final("rejected", ("未通过", "Rejected"), ("规则没有变化", "No rule has changed")),
        _final("withdrawn", ("已撤回", "Withdrawn"), ("规则没有变化", "No rule has changed")),
    ),
    _to(
        draft="proposed withdrawn",
        proposed="approved rejected withdrawn",
        approved="active rejected withdrawn",
    ),
    "draft",
)  # fmt: skip

HOLD = Lifecycle(
    "hold",
    (
        _rest(
            "applying", ("搁置办理中", "Being applied"), ("业务暂缓中", "Your case waits"),
            rescuer="holds.sweep",
        ),
        _rest(
            "active", ("搁置中", "On hold"), ("业务暂缓中", "Your case waits"),
            rescuer="holds.sweep", owner="supervisor",
        ),
        _rest(
            "releasing", ("解除办理中", "Being released"), ("即将恢复办理", "About to go on"),
            rescuer="holds.sweep",
        ),
        _final("released", ("已解除", "Released"), ("已恢复办理", "Going on again")),
    ),
    _to(applying="active releasing", active="releasing applying", releasing="released"),
    "applying",
)  # fmt: skip

HOLD_CASE = Lifecycle(
    "hold_case",
    (
        _rest("waiting", ("待搁置", "To be held"), ("办理中", "In progress"), rescuer="holds.sweep"),
        _rest(
            "held", ("搁置中", "On hold"), ("业务暂缓中", "Your case waits"),
            rescuer="holds.sweep", owner="supervisor", owes=("case_on_hold",),
        ),
        _final("released", ("已恢复", "Going on"), ("已恢复办理", "Going on again"), owes=("case_resumed",)),
        _final("dropped", ("未搁置", "Never held"), ("办理中", "In progress")),
    ),
    _to(waiting="held dropped", held="released"),
    "waiting",
)  # fmt: skip

CONTACT = Lifecycle(
    "contact",
    (
        _rest("reserved", ("已占用", "Reserved"), ("联系中", "Under way"), rescuer="contacts.sweep"),
        _rest(
            "expired",
            ("未记录结果", "No result recorded"),
            ("已联系", "Contacted"),
            rescuer="contacts.settle",
        ),
        _final("done", ("已完成", "Done"), ("已联系", "Contacted")),
        _final("void", ("未发生", "Void"), ("未联系", "Not contacted")),
    ),
    _to(reserved="done void expired", expired="done void"),
    "reserved",
)

OVERRIDE = Lifecycle(
    "override",
    (
        _rest(
            "asked", ("待审批", "Asked"), ("待审批", "Waiting"), rescuer="contacts.sweep", owner="supervisor"
        ),
        _rest("granted", ("已批准", "Granted"), ("已批准", "Granted"), rescuer="contacts.sweep"),
        _final("refused", ("未批准", "Refused"), ("未批准", "Refused")),
        _final("used", ("已使用", "Used"), ("已使用", "Used")),
        _final("expired", ("已过期", "Expired"), ("已过期", "Expired")),
    ),
    _to(asked="granted refused expired", granted="used expired"),
    "asked",
)

TEMPLATE_APPROVAL = Lifecycle(
    "template_approval",
    (
        _rest(
            "draft", ("待报备", "To be submitted"), ("文字准备中", "Text being prepared"),
            rescuer="templates.approvals", owner="administrator",
        ),
        _rest(
            "submitted", ("报备中", "Submitted"), ("文字准备中", "Text being prepared"),
            rescuer="templates.approvals", owner="administrator",
        ),
        _rest(
            "approved", ("已通过", "Approved"), ("文字已核准", "Text approved"),
            rescuer="templates.approvals",
        ),
        _final("rejected", ("未通过", "Rejected"), ("文字未核准", "Text not approved")),
        _final("withdrawn", ("已撤销", "Withdrawn"), ("文字已停用", "Text no longer used")),
    ),
    _to(
        draft="submitted withdrawn",
        submitted="approved rejected withdrawn",
        approved="rejected withdrawn",
    ),
    "draft",
)  # fmt: skip

ALL = (
    LOAN,
    BILL,
    OBLIGATION,
    ATTEMPT,
    WORK_ITEM,
    COLLECTIONS_CASE,
    PROMISE,
    VISIT,
    IMPORT,
    DAY_RUN,
    CLOCK,
    CONTACT,
    OVERRIDE,
    POLICY_PROPOSAL,
    TEMPLATE_APPROVAL,
    HOLD,
    HOLD_CASE,
)
"""Every table above, for tests and generated documentation."""
