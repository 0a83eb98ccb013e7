"""Answers of `anju loan` for people and files: tables, CSV, XLSX, JSON."""
