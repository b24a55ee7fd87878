"""Tests for a disease: how well readings of people tell one disease from health and from other diseases."""
