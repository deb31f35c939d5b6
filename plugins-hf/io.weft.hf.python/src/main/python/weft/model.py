"""What a site hands to a training script and takes back."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Dict, Optional


class ParamsType(str, Enum):
    """Whether params are a model or the difference to the model that was received."""

    FULL = "FULL"
    DIFF = "DIFF"


class FLMetaKey:
    """Keys of `FLModel.meta`."""

    NUM_STEPS_CURRENT_ROUND = "NUM_STEPS_CURRENT_ROUND"
    NUM_SAMPLES_CURRENT_ROUND = "NUM_SAMPLES_CURRENT_ROUND"
    NUM_TOKENS_CURRENT_ROUND = "NUM_TOKENS_CURRENT_ROUND"
    CURRENT_ROUND = "CURRENT_ROUND"
    TOTAL_ROUNDS = "TOTAL_ROUNDS"
    JOB_ID = "JOB_ID"
    SITE_NAME = "SITE_NAME"


@dataclass
class FLModel:
    """A model on its way between a site and a script.

    params: arrays by name; the ones of a received model are private: changing them changes nothing elsewhere.
    metrics: numbers that the script measured.
    meta: NUM_STEPS_CURRENT_ROUND is the update's weight in the mean (1 when it is not given).
    current_round: counts from start_round, which is 0; total_rounds of them make the job.
    """

    params_type: Optional[ParamsType] = None
    params: Optional[Dict[str, Any]] = None
    optimizer_params: Optional[Dict[str, Any]] = None
    metrics: Optional[Dict[str, float]] = None
    start_round: Optional[int] = 0
    current_round: Optional[int] = None
    total_rounds: Optional[int] = None
    meta: Dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        if self.params is not None:
            self.params_type = ParamsType(self.params_type or ParamsType.FULL)
        self.meta = dict(self.meta or {})

    def summary(self):
        """What is in it, in a few words a field."""
        return {
            "params": None if self.params is None else len(self.params),
            "params_type": self.params_type,
            "metrics": self.metrics,
            "current_round": self.current_round,
            "total_rounds": self.total_rounds,
            "meta": self.meta,
        }
