"""Takes as plans: what is written where, and looks as text."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from tryon.errors import BadClip, BadLook
from tryon.looks import LookItem
from tryon.replay.sources import Source
from tryon.replay.takes import TakeTask, Tally, check_outputs, look_text, parse_look, plan_folder


def source(path: Path, name: str = "") -> Source:
    return Source((path,), name or path.name)


def test_every_clip_is_worn_with_every_look_under_names_of_their_own(tmp_path: Path) -> None:
    clips = [
        source(tmp_path / "walk.mp4"),
        source(tmp_path / "walk.mov"),
        source(tmp_path / "b" / "x.mkv", "b/x.mkv"),
    ]
    tasks = plan_folder(clips, ["gold", "gold,lips:rose@0.6"], tmp_path / "run", before=True)
    assert [task.key for task in tasks[:2]] == ["walk.mp4 × gold", "walk.mp4 × gold,lips:rose@0.6"]
    assert [task.records.name for task in tasks if task.records is not None] == [
        "walk--gold.jsonl",
        "walk--gold+lips-rose-0.6.jsonl",
        "walk--gold-2.jsonl",
        "walk--gold+lips-rose-0.6-2.jsonl",
        "b-x--gold.jsonl",
        "b-x--gold+lips-rose-0.6.jsonl",
    ]
    first = tasks[0]
    assert first.outputs == tuple(
        tmp_path / "run" / name for name in ("walk--gold.mp4", "walk--gold.before.mp4", "walk--gold.jsonl")
    )
    assert first.times == (tmp_path / "run" / "walk--gold.times.jsonl",)
    assert pickle.loads(pickle.dumps(tasks)) == tasks  # noqa: S301 - our own bytes


def test_names_differ_where_only_the_case_does(tmp_path: Path) -> None:
    tasks = plan_folder(
        [source(tmp_path / "A.mp4"), source(tmp_path / "a.mp4")], ["x"], tmp_path / "run", video=False
    )
    names = [path.name.lower() for task in tasks for path in task.outputs]
    assert len(set(names)) == len(names) == 2


def test_odd_names_become_plain_and_short(tmp_path: Path) -> None:
    (task,) = plan_folder([source(tmp_path / ("ü: %s " * 90 + ".mp4"))], ["x"], tmp_path / "run")
    assert task.records is not None
    assert len(task.records.name) < 140
    assert task.records.name.isascii()


def test_the_clip_itself_is_never_written(tmp_path: Path) -> None:
    clip = tmp_path / "in.mp4"
    clip.write_bytes(b"a clip")
    (tmp_path / "alias.mp4").symlink_to(clip)
    (tmp_path / "link.mp4").hardlink_to(clip)
    for out in ("in.mp4", "alias.mp4", "link.mp4"):
        with pytest.raises(BadClip, match="is the clip itself"):
            check_outputs([TakeTask(source(clip), "x", video=tmp_path / out)])
    other = TakeTask(source(tmp_path / "other.mp4"), "x", video=clip)
    with pytest.raises(BadClip, match="is the clip itself"):
        check_outputs([TakeTask(source(clip), "x"), other])


def test_two_takes_never_write_one_file(tmp_path: Path) -> None:
    one, two = (
        TakeTask(source(tmp_path / name), "x", video=tmp_path / "out.mp4") for name in ("a.mp4", "b.mp4")
    )
    with pytest.raises(BadClip, match=r"out\.mp4 would be written by a\.mp4 × x and by b\.mp4 × x"):
        check_outputs([one, two])


def test_a_tally_tells_percentiles() -> None:
    tally = Tally()
    for ms in range(101):
        tally.add_times({"decode": float(ms)})
        tally.add(None)
    tally.add_dropped()
    assert (tally.frames, tally.failed, tally.dropped) == (102, 101, 1)
    times = tally.times()["decode"]
    assert (times.p50, times.p95, times.worst) == (50, 95, 100)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("aviator", [LookItem("aviator")]),
        ("velvet:rose", [LookItem("velvet", "rose")]),
        ("velvet:rose@0.6", [LookItem("velvet", "rose", 0.6)]),
        ("velvet@0", [LookItem("velvet", None, 0.0)]),
        ("aviator, velvet:rose", [LookItem("aviator"), LookItem("velvet", "rose")]),
    ],
)
def test_a_look_is_read_from_text(text: str, items: list[LookItem]) -> None:
    assert list(parse_look(text)) == items


@pytest.mark.parametrize("text", ["", ",", "a,", ":rose", "a:", "a@", "a@strong", "a:@0.5"])
def test_a_look_that_is_no_look_is_refused(text: str) -> None:
    with pytest.raises(BadLook, match=r"SKU:SHADE@STRENGTH"):
        parse_look(text)


@pytest.mark.parametrize("text", ["aviator", "velvet:rose@0.6", "aviator,velvet:rose", "velvet@0"])
def test_a_look_is_written_as_it_was_read(text: str) -> None:
    assert look_text(parse_look(text)) == text
    assert look_text(parse_look(text.replace(",", " , "))) == text
