"""Persons 当事人: borrowers, co-borrowers, guarantors."""
