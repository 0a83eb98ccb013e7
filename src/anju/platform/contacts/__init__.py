"""Ledger of every contact, the governor, consent, preference, address health."""
