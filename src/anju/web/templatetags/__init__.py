"""Template filters and tags of both faces."""
