"""The workspace: what a notebook sees as of the Stichtag, and where each number comes from."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from analysis import open_edition
from analysis.disclosure.release import release_observations
from analysis.disclosure_policy import DisclosureError, DisclosurePolicy
from analysis.editions import load_edition
from analysis.errors import UsageError
from analysis.fields import OBSERVATION_TABLES
from analysis.indicators.assumptions import find_points
from analysis.indicators.statements import Figure, KeyFigure, Statement
from analysis.presentation.tables import Spec
from analysis.workspace import Workspace, check_changes, check_cities


@pytest.fixture(scope="module")
def as_of(root, prepared_muenchen):
    """The workspace of München as of another Stichtag."""

    def open_as_of(day: str) -> Workspace:
        edition = load_edition("muenchen", root).with_parameters({"stichtag": day})
        return Workspace(edition, prepared_muenchen.tables)

    return open_as_of


def test_it_says_what_it_is(muenchen):
    assert repr(muenchen) == "Edition »muenchen« · Lagebild Sozialreferat München · " + (
        f"Stichtag {muenchen.parameters.stichtag:%d.%m.%Y}"
    )


class TestStichtag:
    def test_nothing_starts_after_it(self, as_of):
        workspace = as_of("2023-02-28")
        for name in OBSERVATION_TABLES:
            rows = getattr(workspace, name)
            starts = rows["period_start"].fillna(rows["period_end"]).dropna()
            assert (starts <= pd.Timestamp("2023-02-28")).all()
        assert set(workspace.case_counts["fact_id"]) >= {"F044", "F035", "F036"}
        assert "F049" not in set(workspace.case_counts["fact_id"])

    def test_the_day_itself_counts(self, as_of):
        assert "F044" in set(as_of("2023-02-28").case_counts["fact_id"])
        assert "F044" not in set(as_of("2023-02-27").case_counts["fact_id"])

    def test_undated_figures_stay(self, as_of):
        assert "undated" in set(as_of("2000-01-01").observations["certainty"])

    def test_documents_dated_later_are_left_out(self, as_of):
        before, after = as_of("2025-07-22"), as_of("2025-07-23")
        assert set(before.services["document"]).isdisjoint({"V 16954"})
        assert "V 16954" in set(after.services["document"])
        assert len(as_of("2021-01-01").equipment) < len(after.equipment)
        assert len(as_of("2021-01-01").motions) < len(after.motions)
        assert set(as_of("2023-04-02").milestones["fact_id"]).isdisjoint({"F374"})
        assert "F374" in set(as_of("2023-04-03").milestones["fact_id"])

    def test_contradictions_need_both_sides(self, as_of, muenchen):
        assert as_of("2019-12-31").contradictions.empty
        known = as_of("2022-12-31").contradictions
        assert set(known["check"]) == {"Veränderung gegen Ausgangswert"}
        assert len(as_of("2023-02-28").contradictions) > len(known)
        assert len(muenchen.contradictions) >= len(as_of("2023-02-28").contradictions)

    def test_all_observations_know_their_table(self, muenchen):
        rows = muenchen.observations
        assert len(rows) == sum(len(getattr(muenchen, name)) for name in OBSERVATION_TABLES)
        assert set(rows["table"]) == set(OBSERVATION_TABLES)

    def test_sources_and_findings_are_not_cut(self, as_of, prepared_muenchen):
        workspace = as_of("2000-01-01")
        assert len(workspace.sources) == len(prepared_muenchen.tables["sources"])
        assert len(workspace.findings) == len(prepared_muenchen.tables["findings"])


class TestTracing:
    def test_a_number_leads_to_file_line_and_words_of_the_source(self, muenchen, root):
        row = muenchen.case_counts.set_index("fact_id").loc["F044"]
        number = muenchen.number(row, label="offene Anträge")
        (origin,) = number.origins
        assert number.text == "11.722"
        assert origin.key == row["origin"]
        assert "11.722" in origin.quote or "11722" in origin.quote
        file, line = origin.key.split("#")
        lines = (root / "data/raw/muenchen" / file).read_text("utf-8").splitlines()
        assert lines[int(line) - 1].startswith("F044\t")
        assert origin.source_id in set(muenchen.sources["source_id"])

    def test_registers_are_traced_too(self, muenchen):
        key = muenchen.services.loc[0, "origin"]
        (origin,) = muenchen.resolve([key])
        assert origin.source_id == muenchen.services.loc[0, "source_id"]

    def test_keys_are_resolved_once_each_in_order(self, muenchen):
        keys = muenchen.case_counts["origin"].iloc[[3, 1, 3]].tolist()
        assert [origin.key for origin in muenchen.resolve(keys)] == keys[:2]

    def test_nothing_can_be_resolved_that_is_not_there(self, muenchen):
        assert muenchen.resolve(["published_figures.tsv#99999"]) == ()

    def test_every_origin_of_the_data_can_be_resolved(self, muenchen):
        keys = muenchen.observations["origin"]
        assert [origin.key for origin in muenchen.resolve(keys)] == keys.tolist()

    def test_a_table_carries_the_numbers_with_their_origins(self, muenchen):
        rows = muenchen.case_counts.set_index("fact_id", drop=False).loc[["F044", "F049"]]
        table = muenchen.table(
            rows,
            [Spec("period", "Zeit", "period"), Spec("value", "offen", "interval", unit="Anträge")],
            caption="Offene Anträge",
        )
        cells = [row[1] for row in table.rows]
        assert [cell.text for cell in cells] == ["11.722", "rund 16.200"]
        assert [cell.number.origins[0].key for cell in cells] == rows["origin"].tolist()

    def test_sources_of_a_block_are_found(self, muenchen):
        bundles = []
        muenchen.show._display = lambda bundle, raw: bundles.append(bundle)
        row = muenchen.case_counts.set_index("fact_id").loc["F044"]
        muenchen.show.text("probe", "Offen sind {n}.", n=muenchen.number(row))
        block = bundles[0]["application/vnd.lagebild.block+json"]
        assert [source["source_id"] for source in block["sources"]] == [row["source_id"]]
        assert block["sources"][0]["title"].startswith("SZ")


class TestWords:
    """Figures as words for titles, labels and statements."""

    @pytest.fixture
    def rows(self, muenchen):
        facts = muenchen.case_counts.set_index("fact_id", drop=False)
        return facts.loc[["F044", "F049", "F051"]]

    def test_a_figure_with_its_unit(self, muenchen, rows):
        assert muenchen.say(rows.loc["F044"]) == "11.722\u202fAnträge"
        assert muenchen.say(rows.loc["F049"], unit="") == "rund 16.200"
        assert muenchen.say(rows.loc["F051"], unit="") == "mehr als 18.000"

    def test_labels_of_a_chart(self, muenchen, rows):
        assert [sign.replace("\u202f", " ") for sign in muenchen.signs(rows)] == [
            "11.722",
            "≈ 16.200",
            "≥ 18.000",
        ]

    def test_counts_as_an_enumeration(self, muenchen):
        counted = pd.DataFrame(
            {"count": [3, 2], "status": ["geplant", "produktiv"], "origins": [(), ()]}
        )
        assert muenchen.say_counts(counted, "status") == "3 geplant und 2 produktiv"

    def test_statements_and_key_figures_become_traced_numbers(self, muenchen, rows):
        row = rows.loc["F049"]
        ((template, values),) = muenchen.points(
            [Statement("Offen: {n} ({wort}).", {"n": Figure(row, "Anträge")}, {"wort": "rund"})]
        )
        assert template == "Offen: {n} ({wort})."
        assert (values["n"].text, values["n"].unit, values["wort"]) == (
            "rund 16.200",
            "Anträge",
            "rund",
        )
        ((label, number, context),) = muenchen.key_figures(
            [KeyFigure("offen", Figure(row, "Anträge", exact=True), "Ende Oktober")]
        )
        assert (label, number.text, number.label, context) == (
            "offen",
            "16.200",
            "offen",
            "Ende Oktober",
        )
        assert number.origins[0].key == row["origin"]


class TestOpenEdition:
    @pytest.fixture
    def ready_made(self, inside_tiny_project, prepared_muenchen, monkeypatch):
        """The edition »probe«, with data that need no preparing."""
        monkeypatch.setattr(
            "analysis.workspace.prepare_data", lambda edition, root: prepared_muenchen
        )

    def test_data_are_prepared_on_the_way(self, inside_tiny_project):
        workspace = open_edition("probe")
        assert len(workspace.case_counts) == 3
        assert (inside_tiny_project.processed / "stand.json").is_file()

    @pytest.mark.usefixtures("ready_made")
    def test_parameters_replace_those_of_the_edition(self):
        workspace = open_edition("probe", stichtag="2023-01-30", fenster_monate=None)
        assert workspace.parameters.stichtag == dt.date(2023, 1, 30)
        assert workspace.parameters.fenster_monate == 2
        assert workspace.stichtag == pd.Timestamp("2023-01-30")
        assert "F044" not in set(workspace.case_counts["fact_id"])

    @pytest.mark.parametrize(
        ("name", "parameters", "words"),
        [
            ("porbe", {}, "Meinten Sie »probe«?"),
            ("probe", {"stichtg": "2023-01-01"}, "Meinten Sie »stichtag«?"),
            ("probe", {"stichtag": "gestern"}, "JJJJ-MM-TT"),
            ("probe", {"fenster_monate": 99}, "von 1 bis 24"),
            ("probe", {"vergleichsstaedte": "Münchn"}, "Meinten Sie »München«?"),
            ("probe", {"vergleichsstaedte": ("Atlantis",)}, "Für »Atlantis« liegen keine Angaben"),
        ],
    )
    @pytest.mark.usefixtures("ready_made")
    def test_what_is_mistyped_is_refused(self, name, parameters, words):
        with pytest.raises(UsageError) as caught:
            open_edition(name, **parameters)
        assert words in caught.value.message

    def test_cities_are_compared_as_they_are_spelled(self):
        check_cities(["Hamburg"], ["Hamburg", "Berlin"])
        with pytest.raises(UsageError, match=r"Meinten Sie »Hamburg«\? Vorhanden sind: Berlin"):
            check_cities(["hamburg"], ["Hamburg", "Berlin"])


class TestAssumptions:
    def test_they_lead_to_the_edition_and_to_published_figures(self, muenchen):
        row = muenchen.assumed.set_index("assumption_id").loc["wohngeld/received"]
        first, *others = muenchen.resolve(row["origins"])
        assert first.key == "muenchen.toml#wohngeld/received"
        assert first.quote == row["published"]
        assert {origin.key.partition("#")[0] for origin in others} == {"published_figures.tsv"}
        assert first.source_id == "edition:muenchen"

    def test_the_edition_is_a_source_of_what_rests_on_it(self, muenchen):
        bundles = []
        muenchen.show._display = lambda bundle, raw: bundles.append(bundle)
        row = find_points(muenchen.assumed, "wohngeld", "target_months")
        muenchen.show.text("probe", "Ziel: {n}.", n=muenchen.number(row))
        [source] = bundles[0]["application/vnd.lagebild.block+json"]["sources"]
        assert source["title"].endswith("(report/editions/muenchen.toml)")

    def test_a_build_changes_those_of_the_edition_and_of_measures(
        self, muenchen, prepared_muenchen
    ):
        given = {"annahmen": "fahrplan/budget=5; ki_wohngeld_vorpruefung/take_up=1:2:3"}
        edition = muenchen.edition.with_parameters(given)
        changed = Workspace(edition, prepared_muenchen.released)
        for table, key, points in (
            (changed.assumed, "fahrplan/budget", [5, 5, 5]),
            (changed.assumptions, "ki_wohngeld_vorpruefung/take_up", [1, 2, 3]),
        ):
            marked = table.loc[table["changed"]]
            assert marked["assumption_id"].tolist() == [key]
            assert marked[["minimum", "mode", "maximum"]].to_numpy().tolist() == [points]
        assert not muenchen.assumed["changed"].any()

    def test_an_unknown_one_is_refused(self, muenchen, prepared_muenchen):
        edition = muenchen.edition.with_parameters({"annahmen": "fahrplan/budgt=5"})
        with pytest.raises(UsageError, match="Meinten Sie »fahrplan/budget«"):
            check_changes(edition, prepared_muenchen.tables["assumptions"])


def test_a_synthetic_edition_marks_its_blocks(muenchen, prepared_muenchen):
    edition = muenchen.edition.model_copy(update={"origin": "synthetic"})
    bundles = []
    show = Workspace(edition, prepared_muenchen.tables).show
    show._display = lambda bundle, raw: bundles.append(bundle)
    show.text("probe", "Ein Satz.")
    assert bundles[0]["application/vnd.lagebild.block+json"]["synthetic"] is True


@pytest.fixture(scope="module")
def protected(muenchen, prepared_muenchen):
    # The published figures are large; with a minimum of 30 some of them are small.
    policy = DisclosurePolicy(method="sperrung", minimum=30)
    edition = muenchen.edition.model_copy(update={"disclosure": policy})
    return Workspace(edition, release_observations(prepared_muenchen.tables, policy).tables)


class TestDisclosure:
    """An edition with a rule: München's figures stand in for an export."""

    def test_only_released_tables_are_taken(self, protected, prepared_muenchen):
        with pytest.raises(DisclosureError, match="nur freigegebene Tabellen"):
            Workspace(protected.edition, prepared_muenchen.tables)

    def test_no_small_count_reaches_a_notebook(self, protected, muenchen):
        counts = ["posts_approved", "staff_additional", "hired", "received", "open"]
        raw, shown = (
            each.observations.loc[lambda rows: rows["measure"].isin(counts), "value"].abs()
            for each in (muenchen, protected)
        )
        assert raw.between(0, 30, inclusive="neither").any()
        assert not shown.between(0, 30, inclusive="neither").any()

    def test_an_unlabelled_number_is_refused(self, protected):
        row = pd.Series({"value": 12.0, "lower": 12.0, "upper": 12.0, "origins": ()})
        with pytest.raises(DisclosureError, match="ohne Angabe der Messgröße"):
            protected.number(row)
        with pytest.raises(DisclosureError, match="ohne Angabe der Messgröße"):
            protected.say(row)
        with pytest.raises(DisclosureError, match="ohne Angabe der Messgröße"):
            protected.signs(pd.DataFrame([row]))
        assert protected.number(row, measure="derived").text == "12"

    def test_a_small_number_is_refused(self, protected, muenchen):
        row = pd.Series({"value": 3.0, "lower": 3.0, "upper": 3.0, "measure": "received"})
        with pytest.raises(DisclosureError, match="unter der Mindestzahl"):
            protected.say(row)
        assert muenchen.say(row) == "3"

    def test_a_hidden_number_is_said_so(self, protected):
        row = pd.Series(
            {"value": float("nan"), "lower": float("nan"), "upper": float("nan"), "sign": "."}
        )
        assert protected.is_hidden(row)
        assert protected.value(row) == protected.say(row) == "geheim gehalten"
        assert protected.signs(pd.DataFrame([row])) == ["."]
        with pytest.raises(DisclosureError, match="Die Zahl ist geheim gehalten"):
            protected.number(row)
        table = protected.table(
            pd.DataFrame([row]), [Spec("value", "offen", "number")], caption="offen"
        )
        assert table.rows[0][0].sign == "."

    def test_a_hidden_key_figure_is_left_out_and_a_statement_says_so(self, protected):
        row = pd.Series({"value": float("nan"), "lower": float("nan"), "upper": float("nan")})
        figure = Figure(row, "Anträge")
        assert protected.key_figures([KeyFigure("offen", figure, "")]) == []
        (point,) = protected.points([Statement("Offen: {n}.", {"n": figure}, {})])
        assert point == ("Offen: {n}.", {"n": "geheim gehalten"})

    def test_every_block_passes_the_gate(self, protected, muenchen):
        bundles = []
        show = protected.show
        show._display = lambda bundle, raw: bundles.append(bundle)
        row = pd.Series({"value": 12.0, "lower": 12.0, "upper": 12.0})
        with pytest.raises(DisclosureError, match="Block »satz«"):
            show.text("satz", "Es sind {n}.", n=muenchen.number(row))
        assert bundles == []
