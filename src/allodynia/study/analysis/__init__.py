"""The statistics of randomised trials, for all replicates at once: the replicate is always the first axis."""
