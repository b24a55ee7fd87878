"""The engines that are measured, one a file."""

from __future__ import annotations

import importlib

from benchmarks.peers.peer import Peer, Unusable, versions

MODULES = {
    "allodynia": "ours",
    "libroadrunner": "roadrunner_cvode",
    "bngsim": "bngsim_cvode",
    "copasi": "copasi_lsoda",
    "scipy": "scipy_integrate",
    "diffrax": "diffrax_kvaerno",
    "pydiffsol": "diffsol",
    "casadi": "casadi_cvodes",
}
"""File by name, in the order of tables."""


def peer(name: str) -> Peer:
    """The engine called ``name``. Raises `Unusable` where it is not installed."""
    try:
        module = importlib.import_module(f"benchmarks.peers.{MODULES[name]}")
    except ImportError as error:
        raise Unusable(f"not installed ({error})") from None
    found: Peer = module.PEER
    return found


def installed(name: str) -> Peer:
    """The same, with all that it needs. Raises `Unusable` where a part is not installed."""
    found = peer(name)
    versions(found.packages)
    return found
