"""An independent reference of the loan arithmetic on rational numbers, written from the facts alone.

Nothing here imports `anju`: when the two differ, the facts (section 3) decide. Slow on purpose.
"""
