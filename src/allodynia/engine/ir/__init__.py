"""Equations printed as LLVM intermediate representation, one vector lane a subject."""
