"""Trials: who is asked and who enters, what they are given and say, who leaves, and what the analysis finds.

A replicate of a trial is a world of the study (see :mod:`allodynia.cohort.layout`): people of its own, from streams
keyed by the seed, the world and the person.
"""
