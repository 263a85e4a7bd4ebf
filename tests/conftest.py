"""Fixtures that several test files share, and what the marks mean."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import hypothesis
import numpy as np
import pytest

from tryon.config import Settings, usable_cores
from tryon.frame import F32, F64, U8, Frame
from tryon.resources import portrait

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

    from tests.studio_site import Studio
    from tryon.geometry.camera import Camera
    from tryon.geometry.pose import Pose
    from tryon.geometry.steady import Head
    from tryon.looks import LookBook
    from tryon.overlays.light import LightEstimate
    from tryon.perception.face_model import FaceModel
    from tryon.perception.observation import FaceObservation
    from tryon.pipeline import Engine
    from tryon.qa.results import TakeResult
    from tryon.store.merchants import Merchant
    from tryon.store.store import Store

ROOT = Path(__file__).resolve().parent.parent
# An example may take long on a machine that is busy, and the first one compiles.
hypothesis.settings.register_profile("tryon", deadline=None)
hypothesis.settings.load_profile("tryon")


def shared_media() -> Path | None:
    """The folder of recordings that are too big, or not ours, to be in the repository; None without it."""
    place = Path(os.environ.get("TRYON_MEDIA", ROOT.parent / "shared" / "media"))
    return place if place.is_dir() else None


# The files that take longest, longest first: started last, they would leave a core idle at the end.
_LONGEST = (
    "test_bench.py",
    "test_qa_planted.py",
)
# Files with tests that look at how long something takes, or wait for no longer than a moment. ``make test`` runs them
# one by one and gives them the cores first, so that no other test is in their way.
_ALONE = frozenset(
    {
        # A journey of a minute by keyboard, each step of which has to come in time.
        "test_browser_studio.py",
        "test_jpeg.py",
        "test_web_acceptor.py",
        "test_web_app.py",
        "test_web_process.py",
        "test_web_serve.py",
        "test_web_stream.py",
        "test_web_supervisor.py",
        "test_web_worker.py",
        "test_workers.py",
    }
)


# Tests in a browser that start servers of their own.
_OWN_SERVERS = frozenset({"test_browser_embed.py", "test_browser_qa.py", "test_browser_report.py"})


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--share",
        choices=("alone", "together"),
        help="only the files whose tests need the machine for themselves, or only the others",
    )


def pytest_configure() -> None:
    # A shell has what it starts in the background ignore Ctrl-C.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    share = config.getoption("--share")
    if share is not None:
        others = [item for item in items if (item.path.name in _ALONE) != (share == "alone")]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if (item.path.name in _ALONE) == (share == "alone")]
    if shared_media() is None:
        skip = pytest.mark.skip(reason="no recordings here: set TRYON_MEDIA to their folder")
        for item in items:
            if item.get_closest_marker("media"):
                item.add_marker(skip)
    if hasattr(config, "workerinput"):
        # One of several processes of xdist: who shares the tests out takes them in this order.
        rank = {name: number for number, name in enumerate(_LONGEST)}
        items.sort(key=lambda item: (item.path.parent.name != "browser", rank.get(item.path.name, len(rank))))


@pytest.hookimpl(optionalhook=True)  # without xdist nobody asks
def pytest_xdist_auto_num_workers() -> int:
    """One process more than cores, because each waits now and then: for a browser, a server, a disk. More than five
    gain little, and each takes a gigabyte."""
    return min(usable_cores() + 1, 5)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """How ``make test`` shares the tests out to its processes: file by file, because fixtures are made once a file.

    Tests in a browser stay together with those that share its server, the mirror's, or with others that start servers.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # untyped
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            if "/browser/" not in file:
                return file
            return "own servers" if Path(file).name in _OWN_SERVERS else "the mirror's server"

    return ByFile(config, log)


@pytest.fixture(scope="session", autouse=True)
def no_store_of_ours() -> Iterator[None]:
    """A server that a test starts finds no store of whoever runs the tests."""
    with tempfile.TemporaryDirectory(prefix="tryon-store-") as place, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRYON_STORE_DIR", f"{place}/store")
        yield


@pytest.fixture(scope="session", autouse=True)
def migrated_once() -> Iterator[None]:
    """The first store of each engine is made by the migrations; to the next ones what these told its database is told
    again, in a fifth of the time. ``inspect.unwrap`` gives the real ``schema.migrate`` back."""
    from sqlalchemy import Connection, event, inspect

    from tryon.store import schema

    real = schema.migrate
    told: dict[str, list[tuple[str, Any]]] = {}

    @functools.wraps(real)
    def migrate(connection: Connection) -> None:
        engine = connection.dialect.name
        if inspect(connection).has_table("alembic_version"):
            real(connection)
        elif engine in told:
            for statement, parameters in told[engine]:
                connection.exec_driver_sql(statement, parameters or None)
        else:
            said: list[tuple[str, Any]] = []

            def hear(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
                if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA")):
                    said.append((statement, parameters))

            event.listen(connection, "before_cursor_execute", hear)
            try:
                real(connection)
            finally:
                event.remove(connection, "before_cursor_execute", hear)
            told[engine] = said

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "migrate", migrate)
        yield


@pytest.fixture(scope="session")
def carved_once() -> Iterator[None]:
    """A portrait is carved once, which takes seconds, however many tests make the same head of it.

    ``inspect.unwrap`` gives the real ``skin.dress`` back to tests that want it done again.
    """
    from tryon.replay import skin

    carve = skin.dress
    made: dict[Any, Any] = {}

    @functools.wraps(carve)
    def dress(*given: Any) -> Any:
        bgr, landmarks_px, landmarks_mm, pose, camera = given
        arrays = (bgr, landmarks_px, landmarks_mm, pose.rotation, pose.translation_mm)
        key = (camera, *((array.shape, array.tobytes()) for array in arrays))
        if key not in made:
            body, places = made[key] = carve(*given)
            # Several tests have them.
            for array in (places, *(getattr(body, field.name) for field in dataclasses.fields(body))):
                if isinstance(array, np.ndarray):
                    array.setflags(write=False)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(skin, "dress", dress)
        yield


@pytest.fixture(scope="session")
def media_dir() -> Path:
    place = shared_media()
    if place is None:
        pytest.skip("no recordings here: set TRYON_MEDIA to their folder")
    return place


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def kernels() -> Path:
    """Where this session's compiled kernels are: a cache that links to it is empty but for what took long to make."""
    place = Settings().cache_dir / "kernels"
    for folder in (place, place.parent / "kept"):
        folder.mkdir(parents=True, exist_ok=True)
    return place


@pytest.fixture
def fresh_cache(tmp_path: Path, kernels: Path) -> Path:
    """A cache of the test's own that has the compiled kernels, the reduced meshes and nothing else."""
    cache = tmp_path / "cache"
    cache.mkdir()
    for name in ("kernels", "kept"):
        (cache / name).symlink_to(kernels.parent / name)
    return cache


@pytest.fixture(scope="session")
def astronaut() -> U8:
    """The portrait in scikit-image's wheel: 512×512 BGR, read-only, one frontal face 100 px wide."""
    bgr = cv2.imdecode(np.fromfile(portrait(), np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None
    assert bgr.dtype == np.uint8
    bgr.flags.writeable = False
    return bgr  # type: ignore[return-value]


# The networks and kernels take seconds to start: one engine serves every test that does not close it.


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    from tryon.pipeline import Engine

    made = Engine(Settings(threads=1))
    yield made
    made.close()


@pytest.fixture(scope="session")
def face_model(engine: Engine) -> FaceModel:
    return engine.model


@pytest.fixture(scope="session")
def book() -> LookBook:
    """The catalogue that comes with Tryon."""
    from tryon.looks import LookBook

    return LookBook()


@pytest.fixture(scope="session")
def astronaut_face(astronaut: U8, face_model: FaceModel) -> FaceObservation:
    """The portrait's face, once the tracker has settled on it."""
    from tryon.perception.face import FaceTracker

    tracker = FaceTracker()
    for number in range(4):
        observation = tracker.observe(Frame(astronaut, number * 33.0), face_model)
    return observation.faces[0]


@pytest.fixture(scope="session")
def sitter(astronaut: U8, engine: Engine) -> tuple[U8, Head, LightEstimate]:
    """The portrait's face, twice its size (200 px wide) in 560×560 pixels, with its head and light; read-only."""
    from tryon.looks import BARE
    from tryon.overlays.light import LightMeter
    from tryon.pipeline import Pipeline

    double = cv2.resize(astronaut[20:300, 90:370], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    bgr: U8 = np.asarray(double, np.uint8)
    bgr.flags.writeable = False
    pipeline = Pipeline(Settings())
    for number in range(3):
        heads = pipeline.process(Frame(bgr, number * 33.0), BARE, engine).heads
    return bgr, heads[0], LightMeter().read(bgr, heads[0], 0.0)


@pytest.fixture(scope="session")
def pose_at() -> Callable[..., Pose]:
    """``pose_at(yaw_deg, pitch_deg, roll_deg, (x, y, z))``: camera_from_head, turned in this order: roll first."""
    from tryon.geometry.pose import FLIP, Pose

    def make(
        yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0, at_mm: tuple[float, ...] = (0.0, 0.0, 600.0)
    ) -> Pose:
        (cy, sy), (cp, sp), (cr, sr) = (
            (np.cos(a), np.sin(a)) for a in np.radians((yaw, pitch, roll)).tolist()
        )
        turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        nod = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
        tilt = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        return Pose(FLIP @ turn @ nod @ tilt, np.array(at_mm, np.float64))

    return make


@pytest.fixture(scope="session")
def landmarks_at() -> Callable[..., F32]:
    """``landmarks_at(pose, camera, shape_mm)``: a head's 478 points as the tracker would report them, without noise.

    ``shape_mm`` defaults to the mean head.
    """
    from tryon.geometry.head import template

    def project(pose: Pose, camera: Camera, shape_mm: F64 | None = None) -> F32:
        in_camera = pose.to_camera(template().points_mm if shape_mm is None else shape_mm)
        distance = float(pose.translation_mm[2])
        depth = (in_camera[:, 2] - distance) * camera.focal_px / distance
        return np.column_stack([camera.project(in_camera), depth]).astype(np.float32)

    return project


@pytest.fixture(scope="session")
def told_at(landmarks_at: Callable[..., F32]) -> Callable[..., F32]:
    """``told_at(pose, camera, shape_mm)``: the points that the network tells of a head in that pose, with the errors
    that ``geometry.response`` knows of."""
    from tryon.geometry.head import as_seen
    from tryon.geometry.pose import Pose, fit_pose
    from tryon.geometry.response import answered
    from tryon.geometry.steady import to_head
    from tryon.perception import landmarks as at

    def tell(pose: Pose, camera: Camera, shape_mm: F64 | None = None) -> F32:
        seen = pose
        for _ in range(30):
            points = landmarks_at(seen, camera, shape_mm)
            fit = fit_pose(points, camera, as_seen())
            missed = answered(fit, to_head(points, fit, camera)).rotation.T @ seen.rotation
            seen = Pose(pose.rotation @ missed, pose.translation_mm)
        points = landmarks_at(seen, camera, shape_mm)
        middle = points[at.RIGID, :2].mean(axis=0)
        ray = (middle - (camera.cx_px, camera.cy_px)) / camera.focal_px
        points[:, 2] += (points[:, :2] - middle) @ ray
        return points

    return tell


@pytest.fixture(scope="session")
def head_at(told_at: Callable[..., F32]) -> Callable[..., Head]:
    """``head_at(pose, camera, shape_mm)``: the steady head of a first frame of a head in that pose."""
    from tryon.geometry.steady import HeadFilter
    from tryon.perception.observation import FaceObservation

    def make(pose: Pose, camera: Camera, shape_mm: F64 | None = None) -> Head:
        face = FaceObservation(told_at(pose, camera, shape_mm), 1.0, 1, 1)
        return HeadFilter().update(face, camera, 0.0)

    return make


@pytest.fixture(autouse=True)
def _default_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test sees the defaults, whatever the developer's shell sets."""
    for name in os.environ:
        if name.startswith("TRYON_") and name != "TRYON_MEDIA":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def coded_take() -> Callable[..., TakeResult]:
    """``coded_take(folder, clip)``: the files of a take whose pictures carry their frame's number.

    Each picture is eight bars, white for a bit of the number that is set, the highest on the left. In the middle the
    face is away for ``lost`` frames. All that a report reads of it is as a replay writes it.
    """
    from tryon.qa.results import TakeResult, WorstFrame
    from tryon.replay import records as r
    from tryon.replay.clip import ClipWriter

    def face(index: int) -> r.FaceRecord:
        pose = r.PoseRecord(
            20 * np.sin(index / 9), -5.0, 2 * np.cos(index / 5), (0.0, 0.0, 600.0 + index), 0.8
        )
        anchor = r.AnchorRecord((80.0 + index % 2, 60.0), (80.0 - index % 2, 60.0), (0.0, 0.0, 600.0))
        return r.FaceRecord(1, 0.99, index + 1, pose, pose, 1.0, 0.04, 0.8, 50.0, {"nasion": anchor})

    def colours(index: int) -> dict[str, float]:
        off = dict.fromkeys(("colour.lighter", "colour.redder", "colour.yellower"), index / 100)
        return {"leak.px": 0.0, "colour.shade_de00": 1 + index % 7 / 10, **off}

    def picture(index: int, tint: int) -> U8:
        bits = [255 if index >> bit & 1 else tint for bit in range(7, -1, -1)]
        return np.repeat(np.repeat(np.array(bits, np.uint8), 20)[None, :, None], 120, 0).repeat(3, 2)

    def make(
        folder: Path,
        clip: str = "walk.mp4",
        look: str = "aviator-gold",
        *,
        frames: int = 60,
        lost: int = 8,
        roles: tuple[str, ...] = ("before", "video", "baseline"),
        name: str = "take",
    ) -> TakeResult:
        about = r.ClipRecord(clip, "0" * 64, 160, 120, 160, 120, 30.0, frames, frames * 1000 / 30)
        away = range(frames // 2, frames // 2 + lost)
        skin, lips = r.RegionRecord((70, 12, 16), (70, 12, 16)), r.RegionRecord((55, 22, 12), (45, 45, 25))
        rows = tuple(
            r.FrameRecord(
                index,
                round(index * 1000 / 30, 3),
                160,
                120,
                faces=() if index in away else (face(index),),
                hints=("no_face",) if index in away else ("too_dark",) if index < 5 else (),
                regions={} if index in away else {"forehead": skin, "lips": lips},
                pixels={} if index in away else colours(index),
            )
            for index in range(frames)
        )
        times = tuple(
            r.TimesRecord(index, {"perceive": 3 + index % 5, "encode": 1.5}) for index in range(frames)
        )
        head = r.TakeRecord("0.1.0", about, look, {"max_faces": 2})
        r.write_takes(folder / f"{name}.jsonl", [r.Take(head, rows, r.EndRecord(frames), times)])
        for number, role in enumerate(roles):
            with ClipWriter(folder / f"{name}.{role}.mp4", 160, 120, 30.0) as writer:
                for row in rows:
                    writer.write(picture(row.index, 10 + 20 * number), row.t_ms)
        return TakeResult(
            key=head.key,
            clip=clip,
            look=look,
            frames=frames,
            tags=("dark_skin", "dim"),
            figures={"detect.rate": 86.7, "jitter.corner_px": 0.21, "latency.total.p95_ms": 8.5},
            worst=tuple(
                WorstFrame(at, at * 1000 / 30, "slip.px", 4.0 - at / 20) for at in (frames - 3, frames // 3)
            ),
            files={"records": f"{name}.jsonl", "times": f"{name}.times.jsonl"}
            | {role: f"{name}.{role}.mp4" for role in roles},
        )

    return make


# A PostgreSQL of our own, where its programs are installed: made once, thrown away at the end.


def _postgres_programs() -> Path | None:
    places = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places += sorted(Path("/opt/homebrew/opt").glob("postgresql@*/bin"), reverse=True)
    return next((place for place in places if (place / "initdb").exists()), None)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """``postgres()`` is the address of a new, empty database."""
    import psycopg

    programs = _postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL here: install its server to test with it")
    # The server refuses to run as root; sockets' paths have 107 bytes at most.
    user = next((name for name in ("postgres", "nobody") if os.geteuid() == 0 and _is_user(name)), None)
    if user is None and os.geteuid() == 0:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres or nobody")
    folder = Path(tempfile.mkdtemp(prefix="tryon-pg-"))
    if user is not None:
        shutil.chown(folder, user)
    subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-U", "tryon", "-A", "trust", "-N"],
        user=user,
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    # It is thrown away anyway; what a crash of ours leaves does not depend on its disk.
    flags = "listen_addresses=", "fsync=off", "full_page_writes=off", "max_connections=60"
    place = ["-D", str(folder / "data"), "-k", str(folder)]
    server = subprocess.Popen(
        [str(programs / "postgres"), *place, *(word for flag in flags for word in ("-c", flag))],
        user=user,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until_s = time.monotonic() + 30
        while True:
            try:
                admin = psycopg.connect(host=str(folder), user="tryon", dbname="postgres", autocommit=True)
                break
            except psycopg.OperationalError:
                assert server.poll() is None, "PostgreSQL did not start"
                assert time.monotonic() < until_s, "PostgreSQL did not answer"
                time.sleep(0.05)
        names = itertools.count()

        def make() -> str:
            name = f"tryon_{next(names)}"
            admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
            return f"postgresql://tryon@/{name}?host={folder}"

        with admin:
            yield make
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind in turn, as ``TRYON_DATABASE_URL`` has it; SQLite's own is the empty text."""
    if request.param == "sqlite":
        return ""
    make: Callable[[], str] = request.getfixturevalue("postgres")
    return make()


@pytest.fixture
def store_settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a store in a folder of its own."""
    return Settings(
        threads=1,
        store_dir=tmp_path / "store",
        cache_dir=tmp_path / "cache",
        database_url=database_url,
        catalogue_dir=_few_products(tmp_path),
    )


def _few_products(tmp_path: Path) -> Path:
    """A catalogue folder with one frame and one lipstick: quicker to import than all that come with Tryon."""
    folder = tmp_path / "folder"
    for sku in ("meridian-gunmetal", "velvet-lipstick"):
        shutil.copytree(ROOT / "assets" / "catalogue" / sku, folder / sku)
    return folder


@pytest.fixture
def store(store_settings: Settings) -> Iterator[Store]:
    """An empty store of each kind in turn: tables, but no merchant."""
    from tryon.store.store import Store

    opened = Store.open(store_settings)
    yield opened
    opened.close()


@pytest.fixture
def acme(store: Store) -> Merchant:
    """A merchant of it."""
    from tryon.store.merchants import add_merchant

    return add_merchant(store, "acme")


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    """A server with a studio and no products."""
    from tests.studio_site import studio_at

    async with studio_at(tmp_path) as made:
        yield made
