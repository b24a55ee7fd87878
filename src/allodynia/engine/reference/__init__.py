"""One subject, plain NumPy, no compiled code: what the kernel must agree with.

The same tableau, the same controller, the same order of samples, actions, events and boundaries, written to be read.
Dense linear algebra with pivoting stands in for the sparse one.
"""

from __future__ import annotations

from allodynia.engine.reference.equations import Equations, Step, fixed_steps, rosenbrock_step
from allodynia.engine.reference.integration import Trajectory, integrate

__all__ = ["Equations", "Step", "Trajectory", "fixed_steps", "integrate", "rosenbrock_step"]
