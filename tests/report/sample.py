"""Sample notebooks, built in code: every kind of block, real charts, nasty text."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path

import nbformat
from matplotlib.figure import Figure
from nbformat import NotebookNode

from analysis.editions import Edition, Parameters
from analysis.presentation.blocks import (
    MIME_TYPE,
    Block,
    Cell,
    Column,
    Download,
    DownloadBlock,
    FigureBlock,
    KeyFigure,
    KeyFiguresBlock,
    MissingBlock,
    Segment,
    Source,
    Table,
    TableBlock,
    TextBlock,
    dump_block,
    encode_file,
)
from analysis.presentation.numbers import Number
from analysis.presentation.theme import chart_style

NASTY = "<script>alert('1')</script> & \"Zitat\" 'so' </style> onload=1"
LONG_WORD = "Sozialverwaltungsdigitalisierungsfortschrittsberichtsentwurfsfassung"

COUNCIL = Source(
    source_id="s1",
    title="Landeshauptstadt München: Beschluss des Sozialausschusses zur Wohngeldreform, 2024",
    url="https://risi.muenchen.de/risi/sitzungsvorlage/detail/7654321?reiter=dokumente&a=<b>",
    kind="Ratsdokument",
)
PRESS = Source(
    source_id="s2",
    title="Rathaus Umschau 127/2023: Umsetzung der Wohngeldreform 2023",
    url="https://ru.muenchen.de/2023/127/Umsetzung-der-Wohngeldreform-2023-107989",
    kind="Pressemitteilung",
)
NOTE = Source(source_id="s3", title=f"Interne Notiz {NASTY}", url="javascript:alert(1)")
STATISTICS = Source(
    source_id="s4",
    title="Statistisches Bundesamt: Wohngeld in Deutschland",
    url="https://www.destatis.de/",
    kind="Amtliche Statistik",
)


def make_number(value: float, text: str, unit: str = "", **details: object) -> Number:
    """Return an exact number unless ``details`` say otherwise."""
    bounds = {"lower": value, "upper": value}
    return Number.model_validate({"value": value, "text": text, "unit": unit, **bounds, **details})


def make_edition(origin: str = "documented") -> Edition:
    """Return an edition with fixed parameters."""
    return Edition(
        name="probe",
        title="Lagebild Sozialreferat München",
        subtitle="Arbeitsbelastung, Personal und Digitalisierung aus veröffentlichten Angaben",
        city="München",
        city_label="München",
        administration="Sozialreferat",
        origin=origin,  # type: ignore[arg-type]
        raw="muenchen",
        chapters=("00_kurzfassung", "01_fallzahlen"),
        parameters=Parameters(
            stichtag=dt.date(2026, 1, 31), vergleichsstaedte=("Hamburg",), fenster_monate=2
        ),
    )


def draw_chart(kind: str) -> str:
    """Return the SVG of a chart as matplotlib writes it: with ids, style sheet and metadata."""
    with chart_style():
        figure = Figure(figsize=(7.2, 3.6), layout="constrained")
        axes = figure.subplots()
        years = list(range(2016, 2026))
        values = [9100, 8800, 9000, 8800, 16000, 14200, 14700, 23900, 19100, 18400]
        if kind == "line":
            axes.plot(years, values, color="#00497d", marker="o", linewidth=2)
            axes.fill_between(years, [v * 0.9 for v in values], [v * 1.1 for v in values],
                              color="#00497d", alpha=0.15)  # fmt: skip
            axes.annotate("Reform »Wohngeld Plus«", (2023, 23900), (2017.5, 23000),
                          arrowprops={"arrowstyle": "-"})  # fmt: skip
        elif kind == "bar":
            axes.barh(["Hamburg", "Berlin", "Nürnberg", "Augsburg", "München"],
                      [4.1, 6.3, 3.2, 2.6, 7.9], color=["#9fb3c2"] * 4 + ["#00497d"])  # fmt: skip
            axes.set_xlabel("Monate")
            axes.text(8, 4, "≥ 7,9", va="center")
        else:
            axes.bar(years, values, color="#9fb3c2", hatch="//", edgecolor="#00497d")
            axes.set_ylabel("Anträge")
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def make_table(rows: int = 10, caption: str = "Anträge auf Wohngeld je Jahr") -> Table:
    """Return a table with numeric columns and a column of states."""
    states = ("ja", "teilweise", "nein", "geplant", "unbekannt", "nicht zutreffend", "rätselhaft")
    return Table(
        caption=caption,
        columns=(
            Column(key="year", label="Jahr"),
            Column(key="n", label="Eingegangene Anträge", unit="Anzahl", align="right"),
            Column(key="share", label="davon online", unit="%", align="right"),
            Column(key="state", label="Digitaler Antrag"),
            Column(key="note", label="Art der Angabe"),
        ),
        rows=tuple(
            (
                Cell(text=f"{2016 + index}"),
                Cell(text=f"{9 + index}.{100 + index}"),
                Cell(text="–" if index % 4 == 0 else f"{index},5"),
                Cell(text=states[index % 7] if index % 2 else "", state=states[index % 7]),
                Cell(text="gezählt" if index % 3 else f"gerundet, {LONG_WORD}"),
            )
            for index in range(rows)
        ),
    )


def make_figure(block_id: str, kind: str, title: str, **details: object) -> FigureBlock:
    """Return a figure with chart, alt text, note, table and sources."""
    fields: dict[str, object] = {
        "id": block_id,
        "title": title,
        "subtitle": "Eingegangene Anträge auf Wohngeld je Jahr, München, 2016 bis 2025",
        "svg": draw_chart(kind),
        "alt": "Die Anträge bleiben bis 2019 bei rund 9.000 im Jahr, springen 2020 auf 16.000 und "
        "erreichen 2023 nach der Reform mit 23.900 den höchsten Wert.",
        "note": "2023 zählt die Stadt auch Anträge, die vor der Reform gestellt wurden.",
        "table": make_table(),
        "sources": (COUNCIL, PRESS),
    }
    return FigureBlock.model_validate(fields | details)


def make_notebook(
    path: Path, chapter: str, cells: Sequence[str | Block], **metadata: object
) -> Path:
    """Write an executed notebook: a string is a Markdown cell, a block a code cell."""
    notebook = nbformat.v4.new_notebook(cells=[_make_cell(cell) for cell in cells])
    blocks = [cell.id for cell in cells if not isinstance(cell, str)]
    notebook.metadata["lagebild"] = {
        "chapter": chapter, "title": chapter.title(), "blocks": blocks, **metadata,
    }  # fmt: skip
    nbformat.write(notebook, path)
    return path


def _make_cell(content: str | Block) -> NotebookNode:
    if isinstance(content, str):
        return nbformat.v4.new_markdown_cell(content)
    outputs = [
        nbformat.v4.new_output("stream", name="stdout", text="geheime Ausgabe stdout"),
        nbformat.v4.new_output("stream", name="stderr", text="FutureWarning: geheime stderr"),
        nbformat.v4.new_output(
            "display_data", {MIME_TYPE: dump_block(content), "text/html": "<b>geheimes HTML</b>"}
        ),
        nbformat.v4.new_output("display_data", {"text/plain": "geheimer Text", "text/html": "<i>"}),
    ]
    return nbformat.v4.new_code_cell("geheimer_code = 1", outputs=outputs, execution_count=7)


def make_download(block_id: str, *names: str, **details: object) -> DownloadBlock:
    """Return a block with small files of text."""
    files = [
        Download(name, f"Datei {name}", f"Jahr;Text\n2024;{name}\n".encode()) for name in names
    ]
    fields: dict[str, object] = {
        "id": block_id, "title": "Zum Nachrechnen", "files": tuple(map(encode_file, files)),
    }  # fmt: skip
    return DownloadBlock.model_validate(fields | details)


def write_sample(folder: Path) -> list[Path]:
    """Write four chapters with every kind of block and return their paths in report order."""
    return [
        make_notebook(folder / "00_kurzfassung.ipynb", "kurzfassung", _summary()),
        make_notebook(folder / "01_fallzahlen.ipynb", "fallzahlen", _cases()),
        make_notebook(folder / "02_personal.ipynb", "personal", _staff()),
        make_notebook(folder / "03_digitalisierung.ipynb", "digitalisierung", _digital()),
    ]


def _summary() -> list[str | Block]:
    applications = make_number(19100, "über 19.100", "Anträge", upper=None, wording="at_least")
    waiting = make_number(6, "6 bis 9", "Monate", lower=6, upper=9, wording="range")
    vacancy = make_number(0.124, "12,4", "%")
    staff = make_number(3900, "rund 3.900", "VZÄ", lower=3850, upper=3950, wording="about")
    return [
        "# Kurzfassung",
        TextBlock(
            id="kern",
            segments=(
                Segment(words="Im Jahr 2024 gingen "),
                Segment(number=applications),
                Segment(words=" auf Wohngeld ein, gut doppelt so viele wie vor 2020. Wer einen "
                        "Antrag stellt, wartet "),
                Segment(number=waiting),
                Segment(words=" auf den Bescheid."),
            ),
            sources=(COUNCIL, PRESS),
        ),
        KeyFiguresBlock(
            id="kennzahlen",
            title="Das Wichtigste auf einen Blick",
            figures=(
                KeyFigure(label="Anträge auf Wohngeld", number=applications, context="Jahr 2024"),
                KeyFigure(label="Dauer bis zum Bescheid", number=waiting,
                          context="Spanne aus zwei Quellen, Stand Januar 2026"),
                KeyFigure(label="Unbesetzte Stellen", number=vacancy, context="31.12.2025"),
                KeyFigure(label="Beschäftigte im Sozialreferat", number=staff),
            ),
            sources=(COUNCIL,),
        ),
        TextBlock(
            id="punkte",
            items=tuple(
                (Segment(words=words), Segment(number=number), Segment(words="."))
                for words, number in (
                    ("Rückstand: offen sind Anträge im Umfang von ", waiting),
                    ("Personal: unbesetzt sind ", vacancy),
                    ("Digitalisierung: vollständig online sind ", make_number(14, "14 von 61")),
                )
            ),
            sources=(PRESS, STATISTICS),
        ),
    ]  # fmt: skip


def _cases() -> list[str | Block]:
    return [
        "# Fallzahlen\n\nDieses Kapitel zeigt, wie viele Anträge eingehen und wie viele die "
        "Mitarbeiter\\*innen entscheiden. Grundlage sind [veröffentlichte "
        "Angaben](https://stadt.muenchen.de/). Mehr zum Personal steht im Kapitel "
        "[Personal](02_personal.ipynb).\n\n<!-- nur für Autor*innen -->\n\n## Eingang",
        make_figure("eingang", "line", "Seit der Reform gehen doppelt so viele Anträge ein"),
        TextBlock(
            id="eingang-text",
            segments=(
                Segment(words="Die Zahl der Anträge stieg 2023 auf "),
                Segment(number=make_number(23900, "23.900", "Anträge")),
                Segment(words=". Danach sank sie, blieb aber weit über dem Stand vor der Reform. "
                        "Ein Teil des Anstiegs geht auf Haushalte zurück, die zuvor keinen "
                        "Anspruch hatten."),
            ),
            sources=(PRESS, STATISTICS, COUNCIL),
        ),
        make_figure("bearbeitet", "column", "Entschieden wird weniger, als eingeht",
                    sources=(STATISTICS,)),
        "## Vergleich mit anderen Städten\n\n### Wartezeit\n\nDie Städte zählen verschieden.",
        make_figure("vergleich", "bar", "In München dauert es am längsten", note=""),
        "## Nasse Füße & »Überschriften« mit `Code`\n\n1. erster Punkt\n2. zweiter Punkt",
        TextBlock(id="boese", segments=(Segment(words=NASTY + " " + LONG_WORD * 2),)),
        make_figure("boese-abbildung", "bar", NASTY, subtitle=NASTY, note=NASTY,
                    alt=f"Böser Alternativtext {NASTY}", sources=(NOTE,)),
    ]  # fmt: skip


def _staff() -> list[str | Block]:
    return [
        "# Personal\n\nStellen, Besetzung und Belastung.\n\n## Stellen und Besetzung",
        make_figure("besetzung", "line", "Jede achte Stelle ist nicht besetzt"),
        make_download("rechnen", "stellen.csv", "besetzung-2025.csv", note="Werte sind Beispiele."),
        TableBlock(
            id="stellen", title="Stellen nach Bereich", table=make_table(24, "Stand 31.12.2025"),
            note="Vollzeitäquivalente, gerundet.", sources=(COUNCIL, STATISTICS),
        ),
        "## Eingang\n\nEin Abschnitt, der so heißt wie in einem anderen Kapitel.",
        MissingBlock(
            id="krankenstand", title="Krankenstand je Bereich",
            what="Krankheitstage je Bereich und Monat seit 2019.",
            needed="Auswertung aus dem Personalverfahren als CSV-Datei: Bereich, Monat, Tage, VZÄ.",
            from_whom="Personal- und Organisationsreferat, Geschäftsleitung des Sozialreferats",
        ),
    ]  # fmt: skip


def _digital() -> list[str | Block]:
    return [
        "# Digitalisierung\n\n## Stand der Online-Dienste",
        make_figure("online", "column", "Ein Viertel der Leistungen ist vollständig online"),
        TableBlock(id="dienste", title="Online-Dienste", table=make_table(14, "Online-Dienste")),
    ]
