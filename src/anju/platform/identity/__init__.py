"""Staff, roles, branches, borrowers' accounts, field encryption, reveal log."""
