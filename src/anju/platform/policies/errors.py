"""Why a change of policy data is refused; each with a Chinese and an English text."""


class ProposalRefused(ValueError):
    """A proposal cannot do this. Nothing was changed."""

    def __init__(self, message_zh: str, message_en: str) -> None:
        self.message_zh = message_zh
        self.message_en = message_en
        super().__init__(f"{message_zh} / {message_en}")


class UnknownProposal(LookupError):
    """No proposal with this id."""


class NothingChanged(ProposalRefused):
    """The content proposed is the one it starts from."""

    def __init__(self) -> None:
        super().__init__(
            "内容与现行版本相同，没有可申请的修改",
            "the content is that of the version in force: nothing to propose",
        )


class PolicyConflict(ProposalRefused):
    """The version that the change starts from is not the one in force (any more)."""

    def __init__(self, name: str, base: str, in_force: str | None) -> None:
        self.name = name
        self.base = base
        self.in_force = in_force
        now = in_force or "-"
        super().__init__(
            f"{name}：修改以版本 {base} 为基础，现行版本已是 {now}；请在现行版本上重新起草",
            f"{name}: the change starts from version {base}, in force is {now}; draft it again on that version",
        )


class NotTheMaker(ProposalRefused):
    """Only the person who drafted a proposal changes, submits or withdraws it."""

    def __init__(self) -> None:
        super().__init__(
            "只有起草人可以修改、提交或撤回",
            "only the person who drafted it may change, submit or withdraw it",
        )


class SamePerson(ProposalRefused):
    """Maker and checker must be two persons."""

    def __init__(self) -> None:
        super().__init__(
            "起草人不能复核自己的申请，须由另一人复核",
            "whoever drafted it may not check it: another person must",
        )


class ReasonMissing(ProposalRefused):
    """A proposal, and a rejection, say why."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__(
            f"请写明理由，{least} 至 {most} 个字", f"give the reason in {least} .. {most} characters"
        )


class ActivationDateNotAllowed(ProposalRefused):
    """A change comes into force today or on a later day within a year."""

    def __init__(self, first: str, last: str, value: str) -> None:
        super().__init__(
            f"生效日期 {value} 不可用，应在 {first} 至 {last} 之间",
            f"activation date {value}: expected {first} .. {last}",
        )
