"""Screens: desk for staff, portal for borrowers, hooks for providers."""
