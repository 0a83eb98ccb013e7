"""Whether a provider may send a text: asked of the registered templates, which keep what each provider approved."""

from anju.platform.notices import templates


def approved(provider: str, template: str, channel: str, language: str) -> bool:
    """Whether this provider approved the text in force of a template, for a person of this language (`zh-hans`, `en`)."""
    return templates.approval(provider, template, channel, _word(language)) is not None


def code(provider: str, template: str, channel: str, language: str) -> str:
    """The provider's own code of the text in force that it approved; empty when it approved none, or told no code."""
    found = templates.approval(provider, template, channel, _word(language))
    return found.provider_code if found is not None else ""


def _word(language: str) -> str:
    return "en" if language.startswith("en") else "zh"
