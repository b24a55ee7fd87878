"""The numbers that govern the step size, shared by the compiled kernel and the reference integrator."""

from __future__ import annotations

SAFETY = 0.9
"""The next step aims at this share of the step that would just meet the tolerance."""

PROPORTIONAL, INTEGRAL = 0.85, 0.2
"""Exponents of the error of this step and of the one before, divided by the order of the method (PI control).

Source: Hairer and Wanner, Solving ODE II, 1996, IV.2. Other pairs move error and steps along the same work-precision
line.
"""

SHRINK, GROW = 0.2, 8.0
"""A step changes at most by these factors."""

NOT_FINITE_SHRINK = 0.1
"""After a stage that is not finite."""

UNDERSHOOT_SHRINK = 0.25
"""After a step that took a non-negative state too far below zero."""

UNDERSHOOT_IN_ATOL = 100.0
"""How far below zero, in absolute tolerances, is too far."""

SMALLEST_ERROR = 1e-10
"""Errors below this count as this."""

SMALLEST_STEP = 16.0 * 2.0**-52
"""The smallest step, relative to the time or to ``TIME_SCALE`` of the span, whichever is larger."""

TIME_SCALE = 1e-8

REACH = 0.99
"""A step that would cover this share of what is left to the next boundary is stretched to end there."""

START_FRACTION = 0.01
"""Aim of the first step: this share of the state, and this error of an explicit Euler step."""

FALLBACK_START = 1e-6
"""First step, as a share of the span, where the slope says nothing."""

FLAT = 1e-5
"""State or slope norms below this say nothing (in units of the tolerance)."""
