"""Side-by-side measurements of the engine and its peers: ``python -m benchmarks.engine``."""
