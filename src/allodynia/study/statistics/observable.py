"""Any of the statistics that a study may name, told apart by ``kind``. What each is stands in the file of its name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from allodynia.study.statistics.association import Auc, Correlation, Slope
from allodynia.study.statistics.combine import LeastOf, Minus, Ratio
from allodynia.study.statistics.contrast import Difference, RatioOfMeans
from allodynia.study.statistics.diagnosis import PredictiveValue, Sensitivity, ShareRaised
from allodynia.study.statistics.dropout_share import DropoutShare
from allodynia.study.statistics.effect import StandardisedEffect
from allodynia.study.statistics.fit import Fit, LogScore
from allodynia.study.statistics.loop import LoopGain
from allodynia.study.statistics.mean import Mean
from allodynia.study.statistics.panel import PanelAuc
from allodynia.study.statistics.positive import ShareOfDonorsPositive
from allodynia.study.statistics.ratio import EffectRatio, OutputRatio
from allodynia.study.statistics.recovery import FirstDayAt
from allodynia.study.statistics.responder_share import ResponderDifference, ResponderShare
from allodynia.study.statistics.share import OddsRatio, RiskRatio, ShareDifference, ShareOf
from allodynia.study.statistics.trial_effect import TrialEffect

Observable = Annotated[
    Mean
    | StandardisedEffect
    | Difference
    | RatioOfMeans
    | ShareOf
    | ShareDifference
    | RiskRatio
    | OddsRatio
    | ShareOfDonorsPositive
    | FirstDayAt
    | EffectRatio
    | OutputRatio
    | Correlation
    | Slope
    | Auc
    | PanelAuc
    | Sensitivity
    | PredictiveValue
    | ShareRaised
    | LoopGain
    | Ratio
    | Minus
    | LeastOf
    | Fit
    | LogScore
    | TrialEffect
    | ResponderShare
    | ResponderDifference
    | DropoutShare,
    Field(discriminator="kind"),
]
"""Any of the statistics."""
