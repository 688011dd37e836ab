import re
from typing import Any

import pytest

from resolvers.domain.viewer import Viewer
from tests.subgraphs.recommendations.conftest import title_id
