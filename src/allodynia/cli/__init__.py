"""The command line: `allodynia run`, `studies`, `claims`, `evidence`, `system`. It calls what Python callers call."""
