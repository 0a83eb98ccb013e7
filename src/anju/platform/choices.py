"""State columns take their choices from the lifecycle tables."""

from anju.core.lifecycle import Lifecycle


def choices(lifecycle: Lifecycle) -> list[tuple[str, str]]:
    """``[(code, Chinese label), ...]`` in the table's order."""
    return [(state.code, state.label_zh) for state in lifecycle.states]
