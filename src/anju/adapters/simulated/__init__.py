"""A world of simulated providers: delay, loss, duplicates, reordering, false receipts."""
