"""Any of the assays, told apart by ``kind``. What each does stands in the file of its name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from allodynia.study.assay.criteria import Acr2016
from allodynia.study.assay.elisa import Elisa
from allodynia.study.assay.flow_cytometry import FlowCytometry
from allodynia.study.assay.latency import CutOff
from allodynia.study.assay.limits import MethodOfLimits
from allodynia.study.assay.mitogen_dish import MitogenDish
from allodynia.study.assay.nerve_conduction import NerveConduction
from allodynia.study.assay.pet import Pet
from allodynia.study.assay.plain import Plain
from allodynia.study.assay.questionnaire import Questionnaire
from allodynia.study.assay.skin_biopsy import SkinBiopsy
from allodynia.study.assay.spectroscopy import Spectroscopy
from allodynia.study.assay.two_readings import TwoReadings
from allodynia.study.assay.up_down import UpDown

AssaySpec = Annotated[
    Plain
    | Elisa
    | FlowCytometry
    | SkinBiopsy
    | NerveConduction
    | Pet
    | Spectroscopy
    | MethodOfLimits
    | TwoReadings
    | UpDown
    | MitogenDish
    | Questionnaire
    | Acr2016
    | CutOff,
    Field(discriminator="kind"),
]
"""Any of the assays."""
