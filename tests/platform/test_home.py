"""The data folder keeps secrets, and to itself."""

import stat
import tempfile
import threading

import pytest

from dreamboard.env import Misconfigured
from dreamboard.home import Home


@pytest.fixture(autouse=True)
def sockets_elsewhere(monkeypatch):
    """Where a path is too long for sockets, they go here and then away."""
    with tempfile.TemporaryDirectory(prefix="dbt-") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_secret_is_made_up_once_and_readable_by_its_owner_only(tmp_path):
    home = Home(tmp_path / "home")

    first = home.secret("secret-key")

    assert len(first) > 40
    assert home.secret("secret-key") == first
    assert mode(home.path) == 0o700
    assert mode(home.path / "secret-key") == 0o600


def test_processes_that_start_together_agree_on_the_secret(tmp_path):
    home = Home(tmp_path / "home")
    found = []
    together = threading.Barrier(8)

    def start() -> None:
        together.wait()
        found.append(home.secret("secret-key"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1
    assert [path.name for path in home.path.glob("secret*")] == ["secret-key"]


def test_a_folder_that_cannot_be_made_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(Misconfigured, match=r"cannot be written.*DREAMBOARD_HOME"):
        Home(tmp_path / "file" / "home").prepare()


def test_sockets_stay_short_and_private_however_long_the_path(tmp_path):
    deep = Home(tmp_path / ("deep" * 40))
    other = Home(tmp_path / ("deep" * 41))

    deep.prepare()

    assert len(str(deep.broker_socket)) < 100
    assert mode(deep.sockets) == 0o700
    assert deep.sockets != other.sockets


def test_sockets_in_a_folder_that_others_can_read_are_closed_to_them(tmp_path):
    home = Home(tmp_path)
    home.sockets.mkdir(mode=0o755)

    home.prepare()

    assert mode(home.sockets) == 0o700


def test_a_link_in_place_of_the_socket_folder_is_not_followed(tmp_path):
    home = Home(tmp_path / "home")
    home.path.mkdir()
    home.sockets.symlink_to(tmp_path)

    with pytest.raises(Misconfigured, match="somebody else"):
        home.prepare()
