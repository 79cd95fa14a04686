"""Indexes that are kept by hand hold everything that they should."""

import re
from pathlib import Path

import reviews
from dreamboard.celery import app
from reviews import tasks  # noqa: F401 - what a worker loads

ROOT = Path(reviews.__file__).parent


def test_every_task_is_gathered_so_that_celery_finds_it():
    written = {
        name
        for file in ROOT.glob("*/tasks.py")
        for name in re.findall(r'name="(reviews\.[\w.-]+)"', file.read_text())
    }

    assert written
    assert written <= set(app.tasks)


def test_what_the_scheduler_sends_is_a_task():
    sent = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert sent <= set(app.tasks)


def test_every_package_folder_is_a_package():
    folders = {file.parent for file in ROOT.rglob("*.py")}

    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []
