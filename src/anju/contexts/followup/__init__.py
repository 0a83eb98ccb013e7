"""Follow-up visits 回访."""
