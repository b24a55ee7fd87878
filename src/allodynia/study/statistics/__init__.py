"""The statistics that claims refer to: small functions of readings, one number a world."""
