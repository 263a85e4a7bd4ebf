"""The consent in the shopper's language: one file of words for each language, all with the same keys.

What else the mirror says is English.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias, get_args

from tryon.store.languages import MirrorLanguage, wishes

Words: TypeAlias = Mapping[str, str]
LANGUAGES: Final[tuple[MirrorLanguage, ...]] = get_args(MirrorLanguage)
OTHERWISE: Final[MirrorLanguage] = "en"


def load(folder: Path) -> Mapping[str, Words]:
    """By language, of ``templates/words``."""
    return {language: json.loads((folder / f"{language}.json").read_text("utf-8")) for language in LANGUAGES}


def pick(asked: str, fixed: str, accepted: str) -> MirrorLanguage:
    """``asked`` is the address's ``lang``, ``fixed`` the merchant's choice, ``accepted`` the browser's
    Accept-Language."""
    for wish in (asked.lower(), fixed, *wishes(accepted)):
        for language in LANGUAGES:
            if wish.split("-")[0] == language:
                return language
    return OTHERWISE
