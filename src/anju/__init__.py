"""Anju 安居: every promise made during a mortgage, kept on time and provable afterwards."""

__version__ = "0.1.0"
