"""Reads of notices that join whole pages: everything a person was, or was not, told."""
