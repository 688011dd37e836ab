"""Titles like another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from resolvers.context import Context
from resolvers.domain.explanation import Explanation, Ground, Tally, explain_by
from resolvers.domain.pagination import Page, decode_cursor, list_key, page_size
from resolvers.domain.titles import TitleKind
from resolvers.recommendations.grounds import grounds_of_likeness
from resolvers.recommendations.likeness import MOST_SIMILAR, Alike
from resolvers.recommendations.loaders import RecommendationLoaders
from resolvers.recommendations.paging import page_of, place_of

_SPARE = 10
"""Looked at beyond the page, in place of titles that are gone since the model was made."""
