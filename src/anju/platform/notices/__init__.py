"""Obligation -> journey -> attempt -> receipt -> proof -> exception: a notice is owed until it is proven."""
