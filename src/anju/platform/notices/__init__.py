"""Obligation -> journey -> attempt -> receipt -> proof -> exception."""
