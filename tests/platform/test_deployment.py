"""What the deployment page says is what the code does."""

import re
from pathlib import Path

import pytest

from tests.platform.processes import run

PROJECT = Path(__file__).resolve().parent.parent.parent
ASKED = re.compile(r"env\.(?:text|flag|number|words|address)\(\s*\"([A-Z_]+)\"")


def test_every_variable_is_explained_and_every_explained_one_is_asked():
    asked = {
        name
        for file in (PROJECT / "dreamboard").rglob("*.py")
        for name in ASKED.findall(file.read_text())
    }
    page = (PROJECT / "docs" / "deployment.md").read_text()
    table = page.split("## Variables")[1].split("## ")[0]
    first_cells = [line.split("|")[1] for line in table.splitlines() if line[:1] == "|"]

    explained = set(re.findall(r"`([A-Z_]+)`", "".join(first_cells)))

    assert explained == asked


def test_the_image_gets_every_folder_that_runs():
    image = (PROJECT / "Dockerfile").read_text()
    allowed = (PROJECT / ".dockerignore").read_text()

    for folder in ("dreamboard", "reviews", "templates", "static"):
        assert f"COPY {folder} {folder}" in image
        assert f"!{folder}" in allowed


@pytest.mark.journey
def test_a_deployment_as_described_passes_djangos_own_checks(cluster, tmp_path):
    code, said = run(
        tmp_path / "home",
        *("check", "--deploy", "--fail-level", "WARNING", "--database", "default"),
        DATABASE_URL=f"host={cluster.sockets} user=dreamboard dbname=postgres",
        DREAMBOARD_URL="https://dreamboard.example",
        SECRET_KEY="long enough, and only for reading the settings in a test",
        EMAIL_HOST="mail.example",
    )

    assert code == 0, said
    assert "no issues" in said
    # With every secret in the environment nothing needs a data folder.
    assert not (tmp_path / "home").exists()
