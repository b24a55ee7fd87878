"""A figure shows what it was given, the same way every time, and changes nothing for its caller."""

import dataclasses
import itertools
import re
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from allodynia.report import style
from allodynia.report.content import Panel, Published
from allodynia.report.figure import LABEL_GAP, draw, spread
from allodynia.report.rendering import rendered


def render(panel: Panel) -> tuple[bytes, bytes]:
    return rendered(lambda: draw(panel))


def test_the_same_panel_gives_the_same_bytes_and_leaves_matplotlib_as_it_was(panel: Panel) -> None:
    before = dict(matplotlib.rcParams)
    first, second = render(panel), render(panel)
    assert first == second
    assert dict(matplotlib.rcParams) == before


def test_png_and_svg_are_what_they_say_and_name_neither_time_nor_tool(panel: Panel) -> None:
    png, svg = render(panel)
    assert png.startswith(b"\x89PNG\r\n")
    assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert re.search(rb"dc:date|dc:creator|20\d\d-\d\d-\d\d", svg) is None


def test_mean_band_and_every_donor_are_drawn_as_given(panel: Panel) -> None:
    axes = draw(panel).axes[0]
    lines = [np.asarray(line.get_ydata()) for line in axes.lines]
    for curve in panel.curves:
        assert any(np.array_equal(line, curve.mean) for line in lines)
    for donor in panel.curves[0].donors:
        assert any(np.array_equal(line, donor) for line in lines)
    bands = [path.vertices for band in axes.collections for path in band.get_paths()]
    for curve in panel.curves:
        wanted = {*curve.lo, *curve.hi}
        assert any(wanted <= set(vertices[:, 1]) for vertices in bands)


def test_axes_carry_the_unit_and_doses_are_marked_on_their_days(panel: Panel) -> None:
    axes = draw(panel).axes[0]
    assert axes.get_ylabel() == "Paw pressure threshold (g)"
    assert axes.get_xlabel() == "days after the first dose"
    marks = [line for line in axes.lines if line.get_marker() == "v"]
    assert [list(line.get_xdata()) for line in marks] == [list(panel.doses)]
    undosed = draw(dataclasses.replace(panel, doses=())).axes[0]
    assert not [line for line in undosed.lines if line.get_marker() == "v"]


def test_a_published_interval_is_drawn_at_its_time_and_both_its_ends(panel: Panel) -> None:
    def vertical(drawn: Panel) -> list[tuple[list[float], list[float]]]:
        lines = [(list(line.get_xdata()), list(line.get_ydata())) for line in draw(drawn).axes[0].lines]
        return [line for line in lines if line[0] == [2.0, 2.0]]

    assert ([2.0, 2.0], [45.0, 85.0]) in vertical(panel)
    assert vertical(dataclasses.replace(panel, published=())) == []


def test_a_bound_that_is_open_at_one_side_is_drawn_at_the_other(panel: Panel) -> None:
    for lo, hi, end, side in ((-np.inf, 92.0, 92.0, -1), (40.0, np.inf, 40.0, 1)):
        asked = Published("fm_igg", 8.0, lo, hi, "assumed")
        axes = draw(dataclasses.replace(panel, published=(asked,))).axes[0]
        assert ([8.0], [end]) in [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines]
        (arrow,) = [text for text in axes.texts if getattr(text, "xy", None) == (8.0, end)]
        assert np.sign(arrow.xyann[1]) == side


def test_the_axis_shows_zero_all_donors_and_the_published_interval(panel: Panel) -> None:
    low, high = draw(panel).axes[0].get_ylim()
    assert low <= 0.0
    assert high > max(panel.curves[0].donors.max(), 85.0)


def test_a_title_is_text_even_when_it_looks_like_mathematics(panel: Panel) -> None:
    hostile = dataclasses.replace(panel, title=r"$\frac{1}{$ <script>alert(1)</script>")
    _, svg = render(hostile)
    assert b"<script" not in svg


def test_an_arm_that_failed_altogether_is_left_out_and_the_rest_is_drawn(panel: Panel) -> None:
    nothing = np.full_like(panel.curves[1].mean, np.nan)
    lost = dataclasses.replace(panel.curves[1], mean=nothing, lo=nothing, hi=nothing, donors=nothing[None])
    axes = draw(dataclasses.replace(panel, curves=(panel.curves[0], lost))).axes[0]
    assert "FM IgG" in [text.get_text() for text in axes.texts]
    assert "saline" not in [text.get_text() for text in axes.texts]


def test_a_long_name_of_an_arm_stays_within_the_figure(panel: Panel) -> None:
    name = "IgG immune complexes, 10 ug/mL, of people with severe fibromyalgia"
    named = dataclasses.replace(panel, curves=(dataclasses.replace(panel.curves[0], label=name),))
    with matplotlib.rc_context(style.PARAMETERS):
        figure = draw(named)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        (label,) = [text for text in figure.axes[0].texts if text.get_text().startswith("IgG immune")]
        assert label.get_window_extent(canvas.get_renderer()).x1 <= figure.bbox.x1


def test_arms_keep_apart_by_colour_or_dash_however_many() -> None:
    looks = [(style.arm_colour(index), str(style.arm_dash(index))) for index in range(20)]
    assert len(set(looks)) == 20


@given(st.lists(st.floats(0, 1), min_size=1, max_size=15))
def test_labels_are_moved_apart_within_the_axes_and_keep_their_order(wanted: list[float]) -> None:
    placed = spread(wanted, LABEL_GAP)
    order = np.argsort(wanted, kind="stable")
    stacked = [placed[index] for index in order]
    assert all(b - a >= LABEL_GAP - 1e-12 for a, b in itertools.pairwise(stacked))
    assert min(placed) >= 0
    assert max(placed) <= 1 + 1e-12


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread([0.9, 0.1, 0.5], 0.05) == pytest.approx([0.9, 0.1, 0.5])


def test_a_long_label_ends_in_an_ellipsis_and_one_that_fits_is_whole() -> None:
    assert style.shortened("IgG of donor", 12) == "IgG of donor"
    assert style.shortened("IgG of donors", 12) == "IgG of dono…"
