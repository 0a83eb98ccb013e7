"""Programs' way in: /api/v1/. Pure calculation: no log-in, no session, nothing stored, no personal data needed."""
