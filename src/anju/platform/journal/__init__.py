"""Append-only facts: history, audit trail, outbox and evidence in one; hash-chained per subject."""
