import pytest

from reviews.errors import Invalid
from reviews.memory import paths


@pytest.mark.parametrize(
    "path",
    [
        "/a.md",
        "/billing/refunds.md",
        "/.hidden/100%/a b?#+_*.md",
        "/é/退款/Ä",
        "/...",
        "/" + "/".join(["s"] * 20),
        "/" + "x" * 1023,
    ],
)
def test_whatever_a_tree_can_hold_is_a_path(path):
    paths.check(path)


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("", "start with a slash"),
        ("a.md", "start with a slash"),
        ("/", "empty segment"),
        ("/a/", "empty segment"),
        ("/a//b", "empty segment"),
        ("/a/./b", "only dots"),
        ("/../b", "only dots"),
        ("/" + "/".join(["s"] * 21), "20 segments"),
        ("/a\nb", "control character (U+000A)"),
        ("/a\x7f", "control character (U+007F)"),
        ("/a\ud800", "control character (U+D800)"),
        ("/a\u200bb", "invisible character (U+200B)"),
        ("/a\u202eb", "invisible character (U+202E)"),
        ("/\ufeffa", "invisible character (U+FEFF)"),
        ("/a\u2028b", "line separator (U+2028)"),
        ("/e\u0301", "composed form"),
        ("/" + "é" * 512, "longer than 1024 bytes"),
    ],
)
def test_a_path_that_could_be_mistaken_is_refused_with_the_reason(path, fault):
    with pytest.raises(Invalid) as refusal:
        paths.check(path)

    assert fault in refusal.value.message


@pytest.mark.parametrize("other", ["/a/b", "/a", "/a/b/c/d"])
def test_no_memory_is_another_ones_folder(other):
    with pytest.raises(paths.PathTaken):
        paths.check_free("/a/b", [other])


def test_paths_that_arrive_together_stand_in_each_others_way_too():
    paths.check_apart(["/a/b", "/a/c"], [])
    with pytest.raises(paths.PathTaken):
        paths.check_apart(["/a/b", "/a"], [])
    with pytest.raises(paths.PathTaken):
        paths.check_apart(["/a", "/a"], [])


@pytest.mark.parametrize("other", ["/a/bc", "/a/b.md", "/b", "/a/B"])
def test_neighbours_do_not_stand_in_each_others_way(other):
    paths.check_free("/a/b", [other])
