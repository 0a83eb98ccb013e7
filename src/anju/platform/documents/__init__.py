"""Files with checksums."""
