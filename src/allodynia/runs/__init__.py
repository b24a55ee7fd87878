"""Run folders: what was simulated, with what, by which program, kept so that it can be read anywhere and made again.

A run folder holds ``manifest.json`` (provenance), ``trajectories.zarr`` (Zarr version 3), ``endpoints.parquet``,
``table.json`` and ``table.csv``, and what the report adds. This package is a sink: it is handed down to whoever
produces results, and imports nothing of the road from model to verdict.
"""
