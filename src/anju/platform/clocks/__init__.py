"""Deadlines over Chinese working time: start, pause, resume, meet, sweep; a breach is a fact."""
