"""Letters in the post 信函: taken in, set in batches for the mail room, and what the post did with each."""
