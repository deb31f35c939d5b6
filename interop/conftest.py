import os

import pytest
import torch
import transformers

from weft_interop.command import Weft

SEED = int(os.environ.get("WEFT_INTEROP_SEED", "20260101"))
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()


def pytest_report_header():
    return f"WEFT_INTEROP_SEED={SEED}  WEFT={os.environ.get('WEFT')}"


@pytest.fixture(autouse=True)
def seeded(request):
    """Every test draws from the run's seed and its own name, so that it can be repeated alone."""
    torch.manual_seed(SEED + sum(map(ord, request.node.name)))


@pytest.fixture
def generator(request):
    return torch.Generator().manual_seed(SEED + len(request.node.name))


@pytest.fixture(scope="session")
def weft(tmp_path_factory):
    return Weft(os.environ["WEFT"], tmp_path_factory.mktemp("home"))
