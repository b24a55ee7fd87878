"""What data say: the posterior of what a laboratory's own readings depend on, and which readings to take next.

>>> from allodynia.infer import read_readings, fit
"""

from allodynia.infer.data import Readings, parse_readings, read_readings, template
from allodynia.infer.result import Fit, Variant, fit

__all__ = ["Fit", "Readings", "Variant", "fit", "parse_readings", "read_readings", "template"]
