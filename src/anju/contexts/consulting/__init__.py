"""Consulting 咨询: what is asked about a loan, as text, and what is answered, as plain data.

Command line, API, desk and portal all go through `inputs.py` (text to core objects) and `answers.py` (core objects
to JSON-ready dicts), so the same question gets the same fen on every face. Nothing here imports Django; no
personal data is needed for an answer and none is kept.
"""
