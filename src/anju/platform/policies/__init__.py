"""Versions of the dated policy data that decisions refer to."""
