"""What happens to the people of a trial by chance, from allocation on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allodynia.cohort import ParameterTable
from allodynia.cohort.luck import waits
from allodynia.study.trial.bound import BoundTrial
from allodynia.study.trial.enrol import Enrolled


def befall(
    trial: BoundTrial, table: ParameterTable, seed: int, replicates: NDArray[np.int64], entered: Enrolled
) -> Enrolled:
    """Those who ``entered`` with the luck of each and its causes switched on, as the study's ``chance`` has it.

    Luck goes with the replicate and the place among those asked, and so is the same in every arm that a person is
    followed in.
    """
    switches = sorted({switch for arm in trial.plan.arms for switch in arm.begin.switches})
    if not switches:
        return entered
    parameters = entered.parameters.copy()
    family = trial.cohort.family or trial.cohort.name
    for cause, columns in table.luck.items():
        parameters[..., columns] = waits(seed, cause, family, replicates[:, None], entered.place, columns.size)
    parameters[..., [table.column(switch) for switch in switches]] = 1.0
    return replace(entered, parameters=parameters)
