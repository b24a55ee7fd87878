"""The numbers that govern the step size, shared by the compiled kernel and the reference integrator."""

from __future__ import annotations

SAFETY = 0.9
"""The next step aims at this share of the step that would just meet the tolerance."""

PROPORTIONAL, INTEGRAL = 1.0, 0.2
"""Exponents of the error of this step and of the one before, divided by the order of the method (PI control).

Source: Hairer and Wanner, Solving ODE II, 1996, IV.2. Attempts at equal achieved error, mean of five models, against
0.85 and 0.2: 0.95 times at 1e-3, 1.00 at 1e-5 and 1e-7; (1.2, 0.4), (1, 0.1) and (1, 0.3) are no better.
"""

SHRINK, GROW = 0.2, 20.0
"""A step changes at most by these factors. (The first steps of stiff systems grow the fastest. More than 20-fold growth
would hang on errors so small that they are rounding.)"""

NOT_FINITE_SHRINK = 0.1
"""After a stage that is not finite."""

LARGEST = 2.0**1000
"""States of this size are not followed: what lies between them and the largest double is room for the sums of dense
output, whose terms may be larger than the states at both ends of a step."""

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
"""The slope is looked at a second time where an explicit Euler step has changed this share of the state."""

START_ERROR = 0.1
"""The error, in units of the tolerance, that the first step aims at by that."""

START_FURTHEST = 1e4
"""The first step goes at most this many times as far as the second look;"""

START_NEAR = 50.0
"""and this many times where there are events, jumps or algebraic rows: after one event the next may be near (a ball
that comes to rest), and a step that is far too long has its whole length searched for crossings."""

LEAST_LEAD, MOST_LEAD = 0.1, 4.0
"""After an action or an event the first step is guessed anew. What the first step of a subject after the last one
showed to be right, as a multiple of what was guessed there, is its lead: doses are alike. It is held between these two.
(A person's year with a dose a week takes 0.71, 0.74 and 0.90 times the attempts at tolerances of 1e-2, 1e-4, 1e-7.)"""

FALLBACK_START = 1e-6
"""First step, as a share of the span, where the slope says nothing."""

FLAT = 1e-5
"""State or slope norms below this say nothing (in units of the tolerance)."""

NEWTON_STEPS = 50
"""Newton steps allowed for a consistent start."""

NEWTON_ENDS = 1e-6
"""Newton's method has converged when its step is below this, in units of the tolerance,"""

NEWTON_ROUNDING = 4.0 * 2.0**-52
"""or below this share of every state,"""

NEWTON_TOLERATED = 1e-2
"""or below this when rounding stops it earlier."""

NEWTON_SMALLEST_PART = 2.0**-12
"""Damping below this has failed."""

LOOKS = 4
"""Where switches are let go, a step is looked at in at least this many places, evenly spaced, its end included."""

LOOK_LIMIT = 512
"""Stretches of one step that may be tried; a step in which conditions could turn more often than that is shortened."""

SHORTENED = 0.5
"""It is then taken anew with this share of what could be tried."""

SMALLEST_STRETCH = 2.0**-24
"""A stretch of this share of the step is not halved further: what holds for less than that is not seen."""

AT_ROUNDING = 2.0**-44
"""A difference that moves by less than this share of its sides is rounding, which turns nothing."""

NEAR_END = 0.01
"""A crossing this near to either end of a step (as a share of it) is where dense output is as exact as the step, so
the step is cut there. Otherwise it is taken anew so as to end just beyond the crossing."""

BEYOND = 2.0**-10
"""How far beyond, as a share of the step."""

FORECAST_BEYOND = 2.0**-50
"""A step towards a foretold crossing goes beyond it by this share of time and of the way, for rounding's sake."""

FINEST = 2.0**-54
"""A crossing is located to neighbouring doubles, or to this share of the step."""

SAME_TIME = 2.0**-45
"""Samples before an event, and pending events after one, within this share of time are taken to be at its time."""

CROWDED = 2.0**-36
"""Crossings of switches that follow each other by less than this share of time, or of ``TIME_SCALE`` of the span,"""

CROWD = 16
"""this often and once more for every switch, are sliding: switches are then no longer held but left to error
control."""

STORM = 1000
"""Events carried out at one moment, in one subject."""

PENDING = 128
"""Events that may be waiting for their delay, in one subject, besides two for every event."""

GOLDEN = 0x9E3779B97F4A7C15
MIXING = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
"""Constants of SplitMix64, which draws between events of equal priority."""
