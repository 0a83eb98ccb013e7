"""Loans, positions, bills, payments, the tape 贷后账务."""
