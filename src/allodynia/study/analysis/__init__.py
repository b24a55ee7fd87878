"""The statistics of randomised trials, worked out for all replicates at once: the replicate is always the first axis."""
