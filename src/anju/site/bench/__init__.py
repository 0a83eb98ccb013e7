"""Measurements ``anju bench``: each on a scratch installation, with a peer measured in the same run.

A figure alone says more about the machine than about Anju; the ratio to the peer is what is compared over time.
Each module has ``LOANS`` (the size it is meant for) and ``run(loans, say) -> Result``.
"""

NAMES = ("import", "dayend", "notices", "journal", "engine", "plans", "lives")
MORE = ("notices-load", "notices-steady")
"""Not among ``all``: they take long."""
