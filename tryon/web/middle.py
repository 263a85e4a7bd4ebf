"""Where the web meets the middle: engines, pipelines and products, imported only when they are made.

Importing the landmark model takes seconds. The listener answers before that, so nothing here imports it
at the top; each function is called in a worker's or the loader's thread.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

from tryon.catalogue.makeup import Makeup, Tone
from tryon.config import Settings
from tryon.frame import U8
from tryon.session import LookLike, PipelineLike
from tryon.store.place import is_preview
from tryon.wire.control import LookItem
from tryon.workers import EngineLike

if TYPE_CHECKING:
    from tryon.catalogue.shade_match import ShadeRange

# How much of a person's picture is shown.
Framing: TypeAlias = Literal["face", "whole"]
_LOCK: Final = "sample.lock"


class ShadeLike(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def swatch(self) -> str: ...
    @property
    def tones(self) -> Sequence[Tone]: ...


class LensLike(Protocol):
    """A lens that eyewear may have; it is listed among the shades too."""

    @property
    def id(self) -> str: ...
    @property
    def type(self) -> str: ...


class ProductLike(Protocol):
    """What the catalogue's listing tells of a product."""

    @property
    def sku(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def slot(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def shades(self) -> Sequence[ShadeLike]: ...
    @property
    def lenses(self) -> Sequence[LensLike]: ...
    @property
    def prescription(self) -> bool: ...
    @property
    def makeup(self) -> Makeup | None: ...
    @property
    def is_matched(self) -> bool: ...
    @property
    def thumbnail(self) -> Path | None: ...


class BookLike(Protocol):
    """The products, and looks made of them. Used from the loader's thread only."""

    def products(self) -> Sequence[ProductLike]: ...
    def looks(self) -> Sequence[Mapping[str, object]]: ...
    def resolve(
        self, items: Sequence[LookItem], beside: Sequence[Sequence[LookItem]] = (), /
    ) -> LookLike: ...
    def read_swatch(self, data: bytes, /) -> Mapping[str, object]: ...


class SittingLike(Protocol):
    """Somebody's still picture before the mirror. What takes an engine is called in a worker's thread."""

    def frames(self, look: Any, /) -> int: ...
    def frame(self, look: Any, engine: Any, /) -> None: ...
    def picture(self, look: Any, /) -> bytes: ...


class FitterLike(Protocol):
    """Puts products on people's pictures."""

    def look(self, folder: Path, sku: str, shade: str | None, /) -> LookLike: ...
    def framing(self, look: Any, /) -> Framing: ...
    def find_portrait(self, engine: Any, /) -> None: ...
    def sample(self, name: str, framing: Framing, /) -> SittingLike: ...
    def model(self, bgr: U8, framing: Framing, engine: Any, /) -> SittingLike: ...


@dataclass(frozen=True, slots=True)
class Factories:
    """How to make what the server runs on."""

    make_engine: Callable[[], EngineLike]
    make_pipeline: Callable[[], PipelineLike]
    make_book: Callable[[], BookLike]
    make_hint_texts: Callable[[], Mapping[str, str]]
    make_sample: Callable[[], Path]
    # Brings the products up to date; called in a thread, again and again.
    refresh: Callable[[BookLike], None] | None = None
    # Called in a thread.
    make_fitter: Callable[[], FitterLike] | None = None
    # Whether a frame may be waiting for the compiler.
    compiling: Callable[[], bool] = lambda: False


def real_factories(settings: Settings) -> Factories:
    """The real landmark model, renderer and catalogue."""
    shades = _Shades()
    return Factories(
        make_engine=partial(_engine, settings),
        make_pipeline=partial(_pipeline, settings, shades),
        make_book=partial(_book, settings, shades),
        make_hint_texts=_hint_texts,
        make_sample=partial(_sample, settings),
        refresh=_refresh,
        make_fitter=partial(_fitter, settings),
        compiling=_compiling,
    )


def _engine(settings: Settings) -> EngineLike:
    from tryon.pipeline import Engine

    return Engine(settings, hurried=True)


def _compiling() -> bool:
    from tryon import compiled

    return compiled.is_compiling()


class _Shades:
    """The catalogue's colours, from when it is loaded on."""

    range: ShadeRange | None = None


def _pipeline(settings: Settings, shades: _Shades) -> PipelineLike:
    from tryon.pipeline import Pipeline

    return Pipeline(settings, shades.range)


class _Book:
    def __init__(self, settings: Settings, shades: _Shades) -> None:
        from tryon.looks import LookBook
        from tryon.store.live import LiveCatalogue

        self._book = LookBook(settings.catalogue_dir)
        # Before there is a store, the folder is the catalogue.
        self._live = LiveCatalogue(settings)
        self._told = shades
        self._read_shades()
        self.refresh()

    def refresh(self) -> None:
        """Take in what the merchant has published. Raises TryOnError where the store fails from the first."""
        news = self._live.news()
        if news is not None:
            self._book.replace(news)
            self._read_shades()

    def _read_shades(self) -> None:
        from tryon.catalogue.shade_match import ShadeRange

        # No shopper is advised to take what is not on offer.
        offered = [product for product in self._book.products() if not is_preview(product.sku)]
        self._told.range = self._shades = ShadeRange(offered)

    def products(self) -> Sequence[ProductLike]:
        return self._book.products()

    def looks(self) -> Sequence[Mapping[str, object]]:
        return [look.model_dump(exclude_none=True) for look in self._book.looks()]

    def resolve(self, items: Sequence[LookItem], beside: Sequence[Sequence[LookItem]] = (), /) -> LookLike:
        from tryon import looks

        first, *others = ([looks.LookItem(**asdict(item)) for item in look] for look in (items, *beside))
        return self._book.resolve(first, others)

    def read_swatch(self, data: bytes) -> Mapping[str, object]:
        from tryon.catalogue.swatch import read_swatch

        return read_swatch(data, self._shades)


def _book(settings: Settings, shades: _Shades | None = None) -> BookLike:
    return _Book(settings, shades or _Shades())


def _refresh(book: BookLike) -> None:
    if isinstance(book, _Book):
        book.refresh()


def _fitter(settings: Settings) -> FitterLike:
    from tryon.replay.fitting import Fitter

    return Fitter(settings)


def _hint_texts() -> Mapping[str, str]:
    from tryon import sizing, toning
    from tryon.pipeline import HINTS

    return {**HINTS, **sizing.TEXTS, **toning.TEXTS}


def _sample(settings: Settings) -> Path:
    from tryon.replay.sample import sample_clip

    with _alone_in(settings.cache_dir):
        return sample_clip(settings)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One process of the server at a time; a second one then finds what the first has made.

    The system frees the lock of a process that dies. A folder that cannot be written is told by whoever writes.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("a")
    except OSError:
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
