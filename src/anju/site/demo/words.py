"""What the simulated staff writes down. Chinese, as a desk in China would."""

REASONS = ("forgot", "account_short", "income_lost", "illness", "business_failed", "technical")
REASONS_OF = {
    "promised": ("forgot", "account_short", "account_short", "income_lost", "technical"),
    "paid_already": ("technical", "account_short"),
    "hardship_request": ("income_lost", "illness", "business_failed"),
    "refuses": ("dispute", "not_stated"),
}
REFUSALS = ("cannot_pay", "disputes_debt", "dispute_with_developer", "will_not_say")

CALL_NOTES = {
    "promised": (
        "核实身份后说明欠款金额，客户表示发薪后一次还清，已提示扣款卡余额。",
        "客户称换了工资卡，承诺当周转入还款账户，已告知到账即解除。",
        "先介绍了纾困办法，客户表示可以自行筹款，承诺按约定日期还款。",
    ),
    "paid_already": ("客户称昨日已转账，请其保留回单，两日后核对入账。", "客户称手机银行已还款，待核实。"),
    "hardship_request": (
        "客户所在企业停产，收入减半，愿意还款但需要时间，申请延期，已转客户经理评估。",
        "家人住院，近三个月支出增加，希望调整还款安排，已说明所需材料。",
    ),
    "refuses": ("客户对交房质量有争议，表示解决前不还款；已说明两者程序不同并记录诉求。",),
    "callback_requested": ("客户正在开车，约定改时间回电。", "客户在开会，请改日上午联系。"),
    "wrong_person": ("接听人表示不是本人，未透露任何贷款信息。",),
    "no_answer": ("响铃未接。", "无人接听，稍后再试。"),
    "busy": ("占线。", "关机。"),
    "deceased_or_ill": ("家属接听，称客户重病住院；已表示慰问，停止催收，转主管专人跟进。",),
}

EXCEPTION_NOTES = {
    "reached_by_phone": ("电话告知还款安排，客户确认知悉。", "已与客户通话，确认收到通知内容。"),
    "letter_sent": ("挂号信寄往合同约定地址。",),
    "not_reachable_owner_accepts": ("三日内多渠道未联系上，待下一节点继续。",),
    "told_in_person": ("客户来网点办理业务，当面告知。",),
    "no_answer": ("拨打两次未接通。",),
}

OPINIONS = (
    "对还款提醒满意，希望提前一天再提醒一次。",
    "收入稳定，无困难；建议手机银行可以自助改还款日。",
    "希望了解提前还款的办理时间和所需材料。",
    "近期利率调整已收到通知，没有疑问。",
    "工作变动，收入略降，目前可以承担。",
)

OUTCOMES = {
    "risk.review": ("continue", "continue", "offer_relief", "escalate"),
    "collections.legal": ("demand_letter_ready", "evidence_ready", "not_now"),
    "collections.hardship": ("handled", "handled", "more_time"),
    "collections.refusal_review": ("continue", "offer_relief"),
    "collections.special_care": ("handled", "more_time"),
    "followup.remedy": ("handled",),
    "holds.overdue": ("still_waiting",),
    "notices.callback": ("called_back", "called_back", "not_needed"),
    "servicing.plan_request": ("arranged", "arranged", "not_eligible"),
}
REVIEW_NOTES = (
    "已核对还款记录与通话记录，按流程继续。",
    "材料齐全，已告知客户下一步安排。",
    "结合收入与抵押物情况综合判断，已记录理由。",
)
