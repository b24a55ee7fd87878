"""How the process ends, in one place."""

OK = 0
FAILED = 1
"""The run was made and no subject could be solved, a claim or an audit failed, or the disk did not take what was to be
written.
"""
BAD_INPUT = 2
"""What was asked for cannot be done as asked; nothing was written."""
INTERRUPTED = 130
"""Stopped by Ctrl-C, as shells expect it; what was finished is on disk."""
