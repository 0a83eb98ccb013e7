"""A loan's contract and the events of its plan, from rows to the core's values and back."""
