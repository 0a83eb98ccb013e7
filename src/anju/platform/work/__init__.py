"""Work items, queues, claiming, outcomes, jobs, heartbeats."""
