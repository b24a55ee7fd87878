"""What a simulation shows: claims evaluated on the expectation, verdicts, grades.

A claim is a statement of the articles with what primary papers measured (``system/claims.yaml``). It is judged on the
expectation of its study, never on one small sample, and the verdict says in one word what follows.
"""

from __future__ import annotations

from allodynia.judge.claims import Claim, Criterion, load_claims
from allodynia.judge.verdict import Outcome, Verdict, Word
from allodynia.judge.verdicts import judge, verdicts

__all__ = ["Claim", "Criterion", "Outcome", "Verdict", "Word", "judge", "load_claims", "verdicts"]
