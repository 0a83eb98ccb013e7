"""Desk 工作台: the screens of the bank's people."""
