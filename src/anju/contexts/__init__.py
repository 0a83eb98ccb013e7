"""One Django app per bounded context; a context imports, of a lower one, only queries and facts."""
