"""What the map of the code shows is what the code says."""

import re
from pathlib import Path

import pytest

import reviews
from reviews.proposals import states

ROOT = Path(reviews.__file__).parent
README = (ROOT / "README.md").read_text()


def test_the_picture_of_a_proposals_way_is_drawn_from_the_table():
    drawn = re.search(r"```mermaid\n(.*?)\n```", README, re.DOTALL)

    assert drawn
    assert drawn.group(1) == states.mermaid(states.PROPOSAL)


@pytest.mark.parametrize(
    "package", sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
)
def test_every_package_has_its_row_on_the_map(package):
    if package not in ("migrations", "templatetags"):
        assert f"| `{package}` |" in README


def test_every_file_that_the_readme_leads_to_is_there():
    project = ROOT.parent
    for page in (
        project / "README.md",
        ROOT / "README.md",
        *(project / "docs").glob("*.md"),
    ):
        links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
        missing = [link for link in links if not (page.parent / link).exists()]
        assert missing == [], page.name
