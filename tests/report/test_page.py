"""The page stands alone, says everything it was given, and runs nothing that a study's author wrote into it."""

import base64
import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from allodynia.errors import InvalidInput
from allodynia.report.content import Content
from allodynia.report.page import page
from allodynia.report.write import write_report

HOSTILE = "</title><script>alert(1)</script><img src=x onerror=alert(1)>"
VOID = {"meta", "img", "link", "br", "hr", "input"}


class Elements(HTMLParser):
    """Every tag with its attributes, and whether each was closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_nothing_is_asked_of_the_network(tmp_path: Path, content: Content) -> None:
    text = write_report(tmp_path, content).read_text(encoding="utf-8")
    assert re.search(r"https?:|//[a-z]|@import|url\(", text) is None
    tags = Elements(text).tags
    assert not [tag for tag, _ in tags if tag in {"script", "link", "iframe", "object", "form"}]
    sources = [attrs["src"] for tag, attrs in tags if "src" in attrs]
    assert len(sources) == len(content.panels)
    assert all(source is not None and source.startswith("data:image/svg+xml;base64,") for source in sources)


def test_the_figure_in_the_page_is_the_file_beside_it(tmp_path: Path, content: Content) -> None:
    text = write_report(tmp_path, content).read_text(encoding="utf-8")
    inside = re.findall(r"base64,([A-Za-z0-9+/=]+)", text)
    assert base64.b64decode(inside[0]) == (tmp_path / "figures" / "pressure.svg").read_bytes()
    assert (tmp_path / "figures" / "pressure.png").read_bytes().startswith(b"\x89PNG")


def test_the_page_is_well_formed(content: Content) -> None:
    assert Elements(page(content, {"pressure": b"<svg/>"})).open == []


def test_every_part_is_said(content: Content) -> None:
    text = page(content, {"pressure": b"<svg/>"})
    said = re.sub(r"<[^>]+>", " ", text)
    for words in (
        content.question, "192 mice in 4 arms", "71.2 (66.5 to 76.0)", "not supported", "calibrated",
        "2 subjects not solved", "below 92 % of baseline", "What this cannot tell you",
        "whether the same holds in people", "ada_on", "ada_off", "14.0 (11.0 to 17.0) d ✓",
        "26.5 (20.0 to 28.0) d ✗", "12 to 24 (published)", "the papers measured", "goebel2021-igg-dosing",
        "2 of 192 subjects could not be solved", "not a means of diagnosis or treatment", "Manifest",
        "title: the study itself",
    ):  # fmt: skip
        assert words in said, words


def test_hostile_text_is_text(content: Content) -> None:
    row = dataclasses.replace(
        content.rows[0], arm_label=HOSTILE, endpoint_label=HOSTILE, published=HOSTILE, claim=HOSTILE, verdict=HOSTILE
    )
    panel = dataclasses.replace(content.panels[0], title=HOSTILE + '"', output=HOSTILE)
    hostile = dataclasses.replace(
        content, title=HOSTILE, question=HOSTILE, rows=(row,), panels=(panel,), cannot_tell=(HOSTILE,),
        warnings=(HOSTILE,), simulated=(HOSTILE,), manifest={HOSTILE: HOSTILE}, study_text=HOSTILE,
    )  # fmt: skip
    tags = Elements(page(hostile, {"pressure": b"<svg/>"})).tags
    assert not [tag for tag, _ in tags if tag == "script"]
    assert not [attrs for _, attrs in tags if "onerror" in attrs]
    assert len([tag for tag, _ in tags if tag == "img"]) == 1


def test_a_stem_that_leaves_the_folder_is_refused(tmp_path: Path, content: Content) -> None:
    escaping = dataclasses.replace(content, panels=(dataclasses.replace(content.panels[0], stem="../../x"),))
    run = tmp_path / "run"
    run.mkdir()
    with pytest.raises(InvalidInput, match="cannot name a file"):
        write_report(run, escaping)
    assert not (tmp_path / "x.png").exists()
