"""Provider call-backs."""
