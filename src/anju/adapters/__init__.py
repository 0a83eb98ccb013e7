"""One module per outside system, implementing a platform port."""
