"""Python's cycle collector, set for processes that handle rows by the hundred."""

import gc

YOUNG = 20_000
"""A batch of 500 rows makes and frees fewer objects than this, so it is never looked through in vain."""


def settle() -> None:
    """What is loaded by now stays, and is not looked through again; the collector comes for true garbage only.

    An eighth of a notice's own processor time went into collections that found nothing (docs/measurements.md).
    """
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
