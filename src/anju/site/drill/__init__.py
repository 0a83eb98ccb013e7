"""Drills ``anju drill``: what an operator can try on a scratch installation before trusting it.

The commands that are tried are the real ones, in processes of their own; the drill looks on from outside.
"""
