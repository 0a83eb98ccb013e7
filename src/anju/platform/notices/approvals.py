"""Whether a provider may send a text: asked of the registered templates, which keep what each provider approved."""

from anju.platform.notices import templates


def approved(provider: str, template: str, channel: str, language: str) -> bool:
    """Whether this provider approved the text in force of a template, for a person of this language (`zh-hans`, `en`)."""
    word = "en" if language.startswith("en") else "zh"
    return templates.approval(provider, template, channel, word) is not None
