"""Why an operation on work was refused. Nothing was changed."""


class WorkRefused(Exception):
    """Base of all; ``message_zh`` and ``message_en`` can be shown."""

    message_zh = "无法办理此工作项"
    message_en = "This work item cannot be handled"

    def __init__(self, *details: object) -> None:
        super().__init__(*details)

    def __str__(self) -> str:
        return f"{self.message_zh} / {self.message_en} {self.args}"


class WorkNotFound(WorkRefused):
    message_zh = "工作项不存在"
    message_en = "There is no such work item"


class WorkNotLive(WorkRefused):
    message_zh = "该工作项已结束"
    message_en = "This work item has ended"


class WorkHeldByOther(WorkRefused):
    message_zh = "该工作项正由其他同事处理"
    message_en = "A colleague is working on this item"


class WorkNotHeld(WorkRefused):
    message_zh = "您并未持有该工作项"
    message_en = "You do not hold this item"


class OutcomeUnknown(WorkRefused):
    message_zh = "该类工作项没有这个结果代码"
    message_en = "Items of this kind have no such outcome"


class OutcomeIncomplete(WorkRefused):
    message_zh = "该结果还需填写必要内容"
    message_en = "This outcome needs more to be filled in"


class ReasonMissing(WorkRefused):
    message_zh = "请填写原因"
    message_en = "A reason is needed"
