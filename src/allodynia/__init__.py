"""Allodynia: the neuro-immune system of fibromyalgia as software that runs."""

__version__ = "0.1.0"
