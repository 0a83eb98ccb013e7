"""Arrears ladder, cases, calls, promises 催收."""
