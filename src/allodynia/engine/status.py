"""How the integration of one subject ended."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """How the integration of one subject ended; ``sentence`` says what happened and what to do. Values are stable."""

    SOLVED = 0
    NOT_RUN = 1
    STEP_TOO_SMALL = 2
    NOT_FINITE = 3
    STEP_LIMIT = 4
    UNDERSHOOT = 5
    BAD_START = 6
    NO_STEADY_STATE = 7
    NO_CONSISTENT_START = 8
    EVENT_STORM = 9
    BAD_DELAY = 10
    NOT_DRAWN = 11
    UNRESOLVED = 12

    @property
    def sentence(self) -> str:
        """A full sentence for a person."""
        return _SENTENCES[self]


_SENTENCES = {
    Status.SOLVED: "The subject was solved to the last sample within the tolerances.",
    Status.NOT_RUN: "The subject was not simulated because the run was stopped before its turn; run again to have it.",
    Status.STEP_TOO_SMALL: (
        "The step fell to the smallest a double can hold and the error was still too large; the solution may run off "
        "to infinity at this time or jump where no action is scheduled, so check the model there, or loosen the "
        "tolerances."
    ),
    Status.NOT_FINITE: (
        "The equations gave infinity or NaN however small the step; look for a division by zero, a logarithm or a "
        "power of a negative number, or a solution that runs off to infinity at this time."
    ),
    Status.STEP_LIMIT: (
        "The number of steps allowed was used up; the solution may oscillate faster than it is sampled, a condition in "
        "the equations may switch to and fro without end, or max_steps may be too small for so long a time."
    ),
    Status.UNDERSHOOT: (
        "A state that cannot be negative fell below zero by more than 100 times its absolute tolerance however small "
        "the step; some rate takes from it when nothing is left, so mend that rate, or lift the non-negative mark."
    ),
    Status.BAD_START: (
        "An initial value is infinite or NaN; look at the parameters of this subject and the initial assignments."
    ),
    Status.NO_STEADY_STATE: (
        "No steady state was reached from the stated start, however long the time; the solution may oscillate, grow or "
        "drift for ever, so look at it over time before asking for its end."
    ),
    Status.NO_CONSISTENT_START: (
        "The algebraic equations could not be solved for their states at this time, the others being given; they may "
        "have no solution, or the first guess may be too far from it, so look at the initial values of those states."
    ),
    Status.EVENT_STORM: (
        "Events set each other off without end at one moment, or more were waiting for their delays than can be kept; "
        "look for events whose effects make their own triggers false and true again."
    ),
    Status.BAD_DELAY: (
        "The delay of an event came out negative or NaN when it was triggered; look at the expression of its delay and "
        "the parameters of this subject."
    ),
    Status.NOT_DRAWN: (
        "No subject that meets the conditions on its start was found in this place; too few of those drawn do, so look "
        "at the distributions and the conditions against each other."
    ),
    Status.UNRESOLVED: (
        "Whether a condition or a trigger turns could not be made certain at this time, however short the step; look "
        "there for one that turns without end, or for a logarithm, root or quotient in it at the edge of where it is "
        "defined."
    ),
}
