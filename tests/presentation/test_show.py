"""Blocks of a notebook: every form holds, every number is traced, every mistake is refused."""

from __future__ import annotations

import json

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from pydantic import ValidationError

from analysis.presentation.blocks import (
    MIME_TYPE,
    Cell,
    Column,
    Download,
    Source,
    Table,
    parse_block,
)
from analysis.presentation.formats import make_number
from analysis.presentation.numbers import Origin
from analysis.presentation.show import Presenter, fill_template

ALT = "Säulendiagramm mit zwei Werten: 2023 sind es 400, 2024 sind es 500."


@pytest.fixture
def shown():
    return []


@pytest.fixture
def show(shown):
    return _presenter(shown, synthetic=False)


def _presenter(shown, *, synthetic):
    def find(identifiers):
        return tuple(Source(source_id=key, title=f"Titel {key}") for key in identifiers)

    return Presenter(
        find, synthetic=synthetic, display_block=lambda bundle, raw: shown.append((bundle, raw))
    )


def _number(value=400.0, source="Q001", key="a#2"):
    origin = Origin(key=key, quote="400 Anträge", source_id=source)
    return make_number(value, value, value, unit="Anträge", origins=[origin])


def _table(*numbers, origins=()):
    cells = tuple((Cell(text=number.text, number=number),) for number in numbers)
    columns = (Column(key="value", label="offen"),)
    return Table(caption="Offene Anträge", columns=columns, rows=cells, origins=origins)


def _figure():
    figure, axes = plt.subplots()
    axes.bar([2023, 2024], [400, 500])
    return figure


def _show_each(show):
    show.text("satz", "Offen sind {n}.", n=_number())
    show.points("liste", [("Eins: {n}.", {"n": _number()}), ("Zwei.", {})])
    show.figure("bild", _figure(), title="Titel", alt=ALT, table=_table(_number()), note="Achtung.")
    show.table("tabelle", _table(_number()), title="Titel")
    show.key_figures("zahlen", [("offen", _number(), "Ende 2023")], title="Titel")
    show.download("dateien", title="Titel", files=[Download("a.csv", "Tabelle", b"Jahr\n2024\n")])
    show.missing("luecke", title="Titel", what="Was", needed="Tabelle", from_whom="Amt")


REQUEST = {"title": "Titel", "needed": "Tabelle", "from_whom": "Amt"}
KINDS = ["text", "text", "figure", "table", "key_figures", "download", "missing"]


class TestBundles:
    def test_each_block_is_shown_once_in_three_forms(self, show, shown):
        _show_each(show)
        assert len(shown) == len(KINDS)
        for bundle, raw in shown:
            assert raw is True
            assert set(bundle) == {MIME_TYPE, "text/html", "text/plain"}
            assert bundle["text/html"].strip().startswith("<")

    def test_the_structured_form_is_a_valid_block_and_plain_json(self, show, shown):
        _show_each(show)
        blocks = [parse_block(json.loads(json.dumps(bundle[MIME_TYPE]))) for bundle, _ in shown]
        assert [block.kind for block in blocks] == KINDS
        assert [block.id for block in blocks] == [
            "satz",
            "liste",
            "bild",
            "tabelle",
            "zahlen",
            "dateien",
            "luecke",
        ]

    def test_the_text_form_names_kind_and_identifier(self, show, shown):
        show.text("satz", "Ein Satz.")
        assert shown[0][0]["text/plain"] == "[text: satz]"

    @pytest.mark.parametrize("synthetic", [True, False])
    def test_made_up_data_are_marked_in_each_block(self, shown, synthetic):
        _show_each(_presenter(shown, synthetic=synthetic))
        assert {parse_block(bundle[MIME_TYPE]).synthetic for bundle, _ in shown} == {synthetic}

    def test_content_survives(self, show, shown):
        _show_each(show)
        text, points, figure, table, numbers, download, missing = (
            parse_block(bundle[MIME_TYPE]) for bundle, _ in shown
        )
        assert [segment.words for segment in text.segments] == ["Offen sind ", "", "."]
        assert text.segments[1].number.text == "400"
        assert len(points.items) == 2
        assert (figure.title, figure.alt, figure.note) == ("Titel", ALT, "Achtung.")
        assert "<svg" in figure.svg
        assert table.table.rows[0][0].number.value == 400
        assert (numbers.figures[0].label, numbers.figures[0].context) == ("offen", "Ende 2023")
        assert [(file.name, file.size, file.decode()) for file in download.files] == [
            ("a.csv", 10, b"Jahr\n2024\n")
        ]
        assert (missing.what, missing.needed, missing.from_whom) == ("Was", "Tabelle", "Amt")

    @pytest.mark.parametrize("block_id", ["", "Mit Blank", "Ümlaut", "zwei--striche", "-vorn"])
    def test_identifiers_that_cannot_be_anchors_are_refused(self, show, shown, block_id):
        with pytest.raises(ValidationError):
            show.text(block_id, "Ein Satz.")
        assert shown == []

    def test_texts_are_escaped_in_html(self, show, shown):
        show.text("satz", "Kleiner als {x}.", x="<script>alert(1)</script>")
        assert "<script>" not in shown[0][0]["text/html"]


class TestDownload:
    def test_links_hold_the_file_itself(self, show, shown):
        files = [Download("blatt.xlsx", "Blatt <1>", b"PK" * 6001), Download("a.csv", "A", b"a")]
        show.download("dateien", title="Zum Nachrechnen", files=files, note="Achtung.")
        html = shown[0][0]["text/html"]
        excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        assert f'href="data:{excel};base64,UEtQS1BL' in html
        assert 'href="data:text/csv;base64,YQ=="' in html
        assert "Blatt &lt;1&gt;</a>" in html
        # 12 002 bytes are more than 12 kB.
        assert "(Excel, 13\u202fkB)" in html
        assert "(CSV, 1\u202fkB)" in html

    def test_large_files_are_measured_in_megabytes(self, show, shown):
        show.download("dateien", title="T", files=[Download("a.csv", "A", b"a" * 1_250_000)])
        assert "(CSV, 1,3\u202fMB)" in shown[0][0]["text/html"]

    @pytest.mark.parametrize(
        "file",
        [
            Download("../a.csv", "A", b""),
            Download("Blatt.xlsx", "A", b""),
            Download("a.xlsm", "A", b""),
            Download("a.csv", "", b""),
            Download("a.csv", "A", b"", media_type="text/html"),
        ],
    )
    def test_other_names_and_kinds_are_refused(self, show, shown, file):
        with pytest.raises(ValidationError):
            show.download("dateien", title="T", files=[file])
        assert shown == []

    def test_a_block_without_files_is_refused(self, show):
        with pytest.raises(ValidationError):
            show.download("dateien", title="T", files=[])


class TestSources:
    def _sources(self, shown):
        return [source.source_id for source in parse_block(shown[-1][0][MIME_TYPE]).sources]

    def test_each_source_once_in_order(self, show, shown):
        numbers = {"a": _number(source="Q2"), "b": _number(source="Q1"), "c": _number(source="Q2")}
        show.text("satz", "{a} {b} {c}", **numbers)
        assert self._sources(shown) == ["Q2", "Q1"]

    def test_of_lists_tables_and_key_figures(self, show, shown):
        show.points("liste", [("{n}", {"n": _number(source="Q1")}), ("{n}", {"n": _number()})])
        assert self._sources(shown) == ["Q1", "Q001"]
        show.table("tabelle", _table(_number(source="Q3"), _number(source="Q4")), title="T")
        assert self._sources(shown) == ["Q3", "Q4"]
        show.key_figures("zahlen", [("x", _number(source="Q5"), "")], title="T")
        assert self._sources(shown) == ["Q5"]

    def test_of_rows_that_have_words_only(self, show, shown):
        origins = (Origin(key="a#9", source_id="Q9"),)
        show.table("tabelle", _table(_number(), origins=origins), title="T")
        assert self._sources(shown) == ["Q001", "Q9"]
        show.figure("bild", _figure(), title="T", alt=ALT, table=_table(origins=origins))
        assert self._sources(shown) == ["Q9"]

    def test_origins_without_source_name_none(self, show, shown):
        show.text("satz", "{n}", n=_number(source=""))
        assert self._sources(shown) == []


class TestFillTemplate:
    def test_words_and_numbers_in_turn(self):
        number = _number()
        segments = fill_template("Ende {monat} waren {n} offen.", {"monat": "März", "n": number})
        assert [segment.number or segment.words for segment in segments] == [
            "Ende ",
            "März",
            " waren ",
            number,
            " offen.",
        ]

    def test_a_value_may_be_named_twice_and_braces_may_be_doubled(self):
        segments = fill_template("{x}, {x} {{y}}", {"x": "a"})
        assert "".join(segment.words for segment in segments) == "a, a {y}"

    def test_a_text_without_values(self):
        assert [segment.words for segment in fill_template("Ein Satz.", {})] == ["Ein Satz."]

    @pytest.mark.parametrize("template", ["{fehlt}", "{}", "{0}", "{x.text}", "{x[0]}"])
    def test_a_name_that_is_not_given(self, template):
        with pytest.raises(KeyError):
            fill_template(template, {"x": "a"} if "x" not in template else {"y": "a"})

    def test_a_value_that_is_not_named(self):
        with pytest.raises(ValueError, match="not named in the text: b, c"):
            fill_template("{a}", {"a": "x", "c": "y", "b": "z"})

    @pytest.mark.parametrize("template", ["{x", "x}", "{x!}"])
    def test_braces_that_do_not_match(self, template):
        with pytest.raises(ValueError):  # noqa: PT011 - the words are Python's own
            fill_template(template, {"x": "a"})

    @pytest.mark.parametrize("value", ["", "–"])
    def test_a_word_that_says_nothing(self, value):
        with pytest.raises(ValueError, match=r"no words for \{x\}"):
            fill_template("Es sind {x}.", {"x": value})

    @pytest.mark.parametrize("value", [400, 400.5, None])
    def test_an_untraced_figure_is_refused(self, value):
        with pytest.raises(ValidationError):
            fill_template("Es sind {x}.", {"x": value})


class TestExpect:
    def test_with_rows_the_notebook_goes_on(self, show, shown):
        assert show.expect(pd.DataFrame({"value": [1]}), "bild", **REQUEST) is True
        assert shown == []

    def test_without_rows_the_request_takes_the_block_s_place(self, show, shown):
        assert show.expect(pd.DataFrame(), "bild", **REQUEST) is False
        block = parse_block(shown[0][0][MIME_TYPE])
        assert (block.kind, block.id, block.from_whom) == ("missing", "bild", "Amt")


class TestOmitted:
    """Blocks that an edition leaves out, or that another notice stands for."""

    @pytest.fixture
    def leaving_out(self, shown):
        return Presenter(
            lambda identifiers: (),
            synthetic=False,
            omit={"liste": "Dazu gibt es nichts."},
            display_block=lambda bundle, raw: shown.append((bundle, raw)),
        )

    @staticmethod
    def _kinds(shown):
        blocks = [parse_block(bundle[MIME_TYPE]) for bundle, _ in shown]
        return [(block.id, block.kind) for block in blocks]

    def test_block_of_the_list_is_shown_as_omitted(self, leaving_out, shown):
        leaving_out.points("liste", [("Eins.", {})])
        leaving_out.text("satz", "Zwei.")

        assert self._kinds(shown) == [("liste", "omitted"), ("satz", "text")]
        assert parse_block(shown[0][0][MIME_TYPE]).reason == "Dazu gibt es nichts."

    def test_expectation_is_not_met_even_where_there_are_rows(self, leaving_out, shown):
        there = leaving_out.expect([1], "liste", title="T", needed="n", from_whom="w")

        assert not there
        assert self._kinds(shown) == [("liste", "omitted")]

    def test_one_notice_stands_for_further_blocks(self, leaving_out, shown):
        options = {"title": "T", "needed": "n", "from_whom": "w"}
        assert leaving_out.expect([1], "erster", covers=("zweiter",), **options)
        assert shown == []
        assert not leaving_out.expect([], "erster", covers=("zweiter",), **options)
        assert self._kinds(shown) == [("zweiter", "omitted"), ("erster", "missing")]
