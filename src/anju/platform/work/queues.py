"""Queues 工作队列 and the roles that work them."""

QUEUES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "account_manager": ("客户经理", "Account managers", ("adviser",)),
    "collections": ("催收", "Collections", ("collector",)),
    "risk_review": ("风险复核", "Risk review", ("risk_officer",)),
    "legal_preparation": ("诉讼准备", "Legal preparation", ("collector",)),
    "exceptions": ("异常处理", "Exceptions", ("supervisor",)),
    "follow_up": ("贷后回访", "Follow-up", ("follow_up_agent",)),
}


def queues_of(role: str) -> tuple[str, ...]:
    """Queues that a role works, in the order above; none for an unknown role."""
    return tuple(name for name, (_, _, roles) in QUEUES.items() if role in roles)


def queue_label(queue: str, language: str = "zh") -> str:
    """Name of a queue for people, Chinese or English. Raises KeyError."""
    zh, en, _ = QUEUES[queue]
    return en if language.startswith("en") else zh
