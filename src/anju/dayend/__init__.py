"""The business-day batch 日终: ordered, named, resumable, set-based steps."""
