"""How a run is shown: figures and a report that stands alone. It computes no result."""
