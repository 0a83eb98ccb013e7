"""The one loan arithmetic over int64 columns, equal fen for fen to `anju.core.schedule`.

Import `anju.core.engine.columns` where it is used: it needs numpy, which the rest of the core does not.
"""
