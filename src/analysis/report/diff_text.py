"""What differs between two reports, in German: blocks for the annex, lines for the terminal."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from markupsafe import Markup

from analysis.presentation.blocks import (
    Cell,
    Column,
    Segment,
    Table,
    TableBlock,
    TextBlock,
)
from analysis.presentation.formats import MISSING, format_date, format_number, make_number
from analysis.presentation.numbers import Number
from analysis.presentation.phrases import capitalise, join_words
from analysis.report.anchors import make_slug
from analysis.report.collect import Chapter, Part, PlacedBlock
from analysis.report.diff import BlockChange, BlockFate, Changes, NumberChange, Place, WordingChange
from analysis.report.diff_causes import CauseKind, Fate, InputChange, Reason
from analysis.report.progress import Movement, Progress, Subject
from analysis.report.prose import Heading, Prose

Align: TypeAlias = Literal["left", "right", "center"]

MOST_LINES = 20
"""So many changes of each kind are listed in the terminal."""

MOST_NUMBERS = 200
"""So many changed numbers are listed one by one in the annex."""

_MOST_NAMES = 3

UNKNOWN_REASON = "aus den Aufzeichnungen nicht erkennbar"

_LISTED = (
    "Ohne die Zahlen in Bausteinen, die als Ganzes neu oder entfallen sind, und ohne Unterschiede "
    "hinter den gezeigten Stellen."
)

_CAUSES: dict[CauseKind, str] = {
    "data": "neue Daten",
    "assumption": "geänderte Annahme",
    "setting": "andere Einstellung",
    "method": "geänderte Methode",
}
_FATES: dict[Fate, str] = {"changed": "geändert", "added": "neu", "gone": "entfallen"}
_BLOCK_FATES: dict[BlockFate, str] = {"added": "neu", "gone": "entfallen", "replaced": "ersetzt"}
_MOVEMENTS: dict[Movement, str] = {
    "same": "unverändert",
    "forward": "weiter als zuvor",
    "back": "weniger weit als zuvor",
    "other": "geändert",
    "new": "neu aufgenommen",
    "gone": "nicht mehr aufgeführt",
    "unrecorded": "nicht vergleichbar",
}
_KINDS = {
    "text": "Text",
    "figure": "Abbildung",
    "table": "Tabelle",
    "key_figures": "Kennzahlen",
    "download": "Dateien",
    "missing": "fehlende Daten",
    "chapter": "Kapitel",
}
_SUBJECTS: dict[Subject, tuple[str, str, str]] = {
    "measure": ("fortschritt-massnahmen", "Maßnahme", "Maßnahmen"),
    "demand": ("fortschritt-forderungen", "Forderung", "Forderungen"),
}

_PROGRESS_IDS = frozenset(block_id for block_id, _, _ in _SUBJECTS.values())
_ANNEX, _ANNEX_TITLE = "aenderungen", "Änderungen"


def list_annex_blocks(
    changes: Changes, *, synthetic: bool = False, most: int = MOST_NUMBERS
) -> tuple[TextBlock | TableBlock, ...]:
    """Return the blocks of the annex »Änderungen«, in the order in which readers need them.

    Args:
        changes: what differs.
        synthetic: the reports show Musterdaten.
        most: so many numbers are listed one by one; the overview counts all.

    Returns:
        ``aenderungen-ueberblick`` (text), and where there is something to say: tables
        ``fortschritt-massnahmen``, ``fortschritt-forderungen``, ``aenderungen-ursachen``,
        ``aenderungen-stellen`` (numbers counted per block), ``aenderungen-zahlen``,
        ``aenderungen-titel``, ``aenderungen-bausteine``. Counts are of the measure ``public``;
        numbers keep their own measure, and those of the older report have no origins, since its
        rows may be gone.
    """
    tables = (
        *(_tabulate_progress(changes, subject) for subject in _SUBJECTS),
        _tabulate_inputs(changes),
        _tabulate_places(changes),
        _tabulate_numbers(changes, most),
        _tabulate_titles(changes),
        _tabulate_blocks(changes),
    )
    mark = {"synthetic": synthetic}
    return (
        _write_overview(changes).model_copy(update=mark),
        *(table.model_copy(update=mark) for table in tables if table is not None),
    )


def make_changes_chapter(changes: Changes, *, synthetic: bool = False) -> Chapter:
    """Return the annex »Änderungen« as a chapter that every renderer can show.

    Its anchors begin with ``aenderungen``; a report has no notebook of that name.
    """
    blocks = list_annex_blocks(changes, synthetic=synthetic)
    progress = [block for block in blocks if block.id in _PROGRESS_IDS]
    others = [block for block in blocks[1:] if block.id not in _PROGRESS_IDS]
    parts: list[Part] = [_make_heading(2, _ANNEX_TITLE, _ANNEX), _place(blocks[0], _ANNEX_TITLE)]
    for title, found in (
        ("Fortschritt der Maßnahmen und Forderungen", progress),
        ("Was sich in Zahlen und Aussagen geändert hat", others),
    ):
        if found:
            parts.append(_make_heading(3, title, make_slug(f"{_ANNEX} {title}")))
            parts += [_place(block, title) for block in found]
    return Chapter(_ANNEX, _ANNEX_TITLE, _ANNEX, tuple(parts))


def _make_heading(level: int, title: str, anchor: str) -> Prose:
    html = Markup('<h{level} id="{anchor}">{title}</h{level}>').format(
        level=level, anchor=anchor, title=title
    )
    return Prose(html, (Heading(level, title, anchor),))


def _place(block: TextBlock | TableBlock, section: str) -> PlacedBlock:
    return PlacedBlock(block, f"{_ANNEX}--{block.id}", section)


def describe_changes(changes: Changes, *, most: int | None = None) -> str:
    """Return all differences as lines for the terminal.

    Args:
        changes: what differs.
        most: so many entries of each part are listed; ``None`` lists all.
    """
    lines = [f"Verglichen: {_say_report(changes.old)} mit {_say_report(changes.new)}"]
    if changes.is_empty:
        lines.append("Inhaltlich unverändert.")
    else:
        counts = join_words([f"{changes.count(f)} {_FATES[f]}" for f in _FATES], "und")
        lines.append(f"Zahlen: {counts}")
    parts = {
        "Geändert, neu oder entfallen": [_line_of_number(each) for each in changes.numbers],
        "Titel und Wortlaut": [_line_of_wording(each) for each in changes.wording],
        "Bausteine": [_line_of_block(each) for each in changes.blocks],
        "Maßnahmen und Forderungen": [
            f"{each.key}: {_say_state(each.then)} → {_say_state(each.now)} "
            f"({_MOVEMENTS[each.movement]})"
            for each in changes.progress
            if each.movement not in {"same", "unrecorded"}
        ],
        "Was die Aufzeichnungen unterscheidet": [_line_of_input(each) for each in changes.inputs],
    }
    for title, entries in parts.items():
        lines += _list_part(title, entries, most)
    return "\n".join(lines)


def changes_to_json(changes: Changes) -> dict[str, Any]:
    """Return all differences in a form for programs."""
    return {
        "unveraendert": changes.is_empty,
        "alt": _identify(changes.old),
        "neu": _identify(changes.new),
        "zahlen": [
            {
                **_locate(each.place),
                "art": _FATES[each.fate],
                "alt": each.old.model_dump(mode="json", exclude={"origins"}) if each.old else None,
                "neu": each.new.model_dump(mode="json", exclude={"origins"}) if each.new else None,
                "text_alt": each.old_text,
                "text_neu": each.new_text,
                "gruende": [
                    {
                        "art": _CAUSES[reason.cause.kind],
                        "was": reason.cause.name,
                        "sicher": reason.is_certain,
                    }
                    for reason in each.reasons
                ],
            }
            for each in changes.numbers
        ],
        "bausteine": [
            {
                **_locate(b.place),
                "art": _BLOCK_FATES[b.fate],
                "alt": _KINDS.get(b.old_kind),
                "neu": _KINDS.get(b.new_kind),
            }
            for b in changes.blocks
        ],
        "wortlaut": [
            {**_locate(w.place), "teil": w.part, "alt": w.old, "neu": w.new}
            for w in changes.wording
        ],
        "fortschritt": [
            {
                "gegenstand": _SUBJECTS[p.subject][1],
                "kennung": p.key,
                "name": p.name,
                "damals": p.then,
                "jetzt": p.now,
                "entwicklung": _MOVEMENTS[p.movement],
            }
            for p in changes.progress
        ],
        "ursachen": [
            {
                "art": _CAUSES[i.kind],
                "was": i.name,
                "wie": _FATES[i.fate],
                "einzelheiten": i.details,
            }
            for i in changes.inputs
        ],
    }


def say_reasons(reasons: Sequence[Reason]) -> str:
    """Return why a number may differ, in German; what is not certain is marked as possible."""
    certain = _group(reason.cause for reason in reasons if reason.is_certain)
    possible = _group(reason.cause for reason in reasons if not reason.is_certain)
    texts = [certain] if certain else []
    if possible:
        texts.append(f"{'auch möglich' if certain else 'möglich'}: {possible}")
    return "; ".join(texts) or UNKNOWN_REASON


def _group(causes: Iterable[InputChange]) -> str:
    named: dict[str, dict[str, None]] = {}
    for cause in causes:
        named.setdefault(_CAUSES[cause.kind], {})[_say_cause(cause)] = None
    return ", ".join(f"{kind} ({_shorten(list(names))})" for kind, names in named.items())


def _shorten(names: Sequence[str]) -> str:
    left = len(names) - _MOST_NAMES
    shown = names if left <= 1 else [*names[:_MOST_NAMES], f"{format_number(left)} weitere"]
    return join_words(shown)


def _say_cause(cause: InputChange) -> str:
    if cause.name.startswith("notebooks/"):
        return f"Notebook {cause.file.removesuffix('.ipynb')}"
    if cause.kind == "method":
        # Which of the libraries it was, nobody can tell from the record.
        return "Programm oder Bibliotheken" if "/" not in cause.name else cause.file
    return cause.file


# Annex


def _write_overview(changes: Changes) -> TextBlock:
    intro = Segment(words=f"Verglichen wird mit dem Bericht {_say_report(changes.old)}. ")
    if changes.is_empty:
        words = "Alle Zahlen, Titel und Texte sind dieselben."
        return TextBlock(id="aenderungen-ueberblick", segments=(intro, Segment(words=words)))
    numbers = [Segment(words="Zahlen in Text, Tabellen und Abbildungen: ")]
    for position, (fate, words) in enumerate(_FATES.items()):
        lead = ("", ", ", " und ")[position]
        numbers += [
            Segment(words=lead),
            Segment(number=_count(changes.count(fate))),
            Segment(words=f" {words}"),
        ]
    hidden = sum(not n.is_visible for n in changes.numbers if n.fate == "changed")
    if hidden:
        numbers += [
            Segment(words="; bei "),
            Segment(number=_count(hidden)),
            Segment(words=" der geänderten liegt der Unterschied hinter den gezeigten Stellen"),
        ]
    closing = Segment(
        words=". Verglichen ist jede Zahl ohne Toleranz. Der Grund ergibt sich aus den "
        "Aufzeichnungen beider Berichte: aus den Prüfsummen der Daten, der Notebooks und des "
        "Programms, aus den Einstellungen und aus den Zeilen, auf denen eine Zahl beruht."
    )
    segments = tuple(s for s in (intro, *numbers, closing) if s.words or s.number)
    return TextBlock(id="aenderungen-ueberblick", segments=segments)


def _tabulate_progress(changes: Changes, subject: Subject) -> TableBlock | None:
    rows = [each for each in changes.progress if each.subject == subject]
    if not rows:
        return None
    block_id, one, several = _SUBJECTS[subject]
    then, now = (_say_day(record) for record in (changes.old, changes.new))
    return _make_table(
        block_id,
        title=_head_progress(rows, several),
        caption=f"{several} und ihr Stand, früherer und jetziger Bericht",
        heads=("Kennung", one, f"Stand {then}", f"Stand {now}", "Entwicklung"),
        rows=[
            [row.key, row.name, _say_state(row.then), _say_state(row.now), _MOVEMENTS[row.movement]]
            for row in rows
        ],
        note=""
        if all(row.movement != "unrecorded" for row in rows)
        else "Einer der beiden Berichte hat den Stand nicht aufgezeichnet.",
    )


def _head_progress(rows: Sequence[Progress], several: str) -> str:
    counts = Counter(row.movement for row in rows)
    if counts["unrecorded"]:
        return f"{several}: Ein Vergleich mit dem früheren Bericht ist nicht möglich"
    if counts["same"] == len(rows):
        return f"{several}: Der Stand ist bei allen unverändert"
    parts = [
        f"{format_number(counts[movement])} {words}"
        for movement, words in _MOVEMENTS.items()
        if counts[movement]
    ]
    return f"{several}: {join_words(parts)}"


def _tabulate_inputs(changes: Changes) -> TableBlock | None:
    if not changes.inputs:
        return None
    kinds = dict.fromkeys(_CAUSES[each.kind] for each in changes.inputs)
    return _make_table(
        "aenderungen-ursachen",
        title=f"Die Berichte unterscheiden sich in: {join_words(list(kinds))}",
        caption="Was sich zwischen den beiden Berichten geändert hat",
        heads=("Art", "Was", "Änderung", "Einzelheiten"),
        rows=[
            [_CAUSES[i.kind], i.name, _FATES[i.fate], i.details or MISSING] for i in changes.inputs
        ],
    )


def _tabulate_places(changes: Changes) -> TableBlock | None:
    if not changes.numbers:
        return None
    by_block: dict[tuple[str, str], list[NumberChange]] = {}
    for change in changes.numbers:
        by_block.setdefault((change.place.chapter, _name_block(change.place)), []).append(change)
    most = max(by_block, key=lambda name: len(by_block[name]))
    rows: list[list[str | Cell]] = []
    for (chapter, block), found in by_block.items():
        counts = Counter(change.fate for change in found)
        reasons = dict.fromkeys(r.cause for change in found for r in change.reasons)
        rows.append(
            [
                block,
                chapter,
                *(_count_cell(counts[fate]) for fate in _FATES),
                _group(reasons) or UNKNOWN_REASON,
            ]
        )
    return _make_table(
        "aenderungen-stellen",
        title=f"Die meisten Änderungen stehen bei »{most[1]}« im Kapitel »{most[0]}«",
        caption="Geänderte Zahlen je Stelle des Berichts",
        heads=("Stelle", "Kapitel", *map(capitalise, _FATES.values()), "Mögliche Gründe"),
        rows=rows,
        right=(2, 3, 4),
    )


def _tabulate_numbers(changes: Changes, most: int) -> TableBlock | None:
    whole = {b.place.anchor for b in changes.blocks}
    listed = [n for n in changes.numbers if n.place.anchor not in whole and n.is_visible]
    if not listed:
        return None
    return _make_table(
        "aenderungen-zahlen",
        title="Jede Zahl, die neu, entfallen oder eine andere ist",
        caption="Zahlen im früheren und im jetzigen Bericht",
        heads=("Stelle", "Zeile und Spalte", "bisher", "jetzt", "Einheit", "Grund"),
        rows=[
            [
                _name_block(change.place),
                change.place.where,
                _number_cell(change.old, change.old_text, traced=False),
                _number_cell(change.new, change.new_text, traced=True),
                _say_units(change.units),
                say_reasons(change.reasons),
            ]
            for change in listed[:most]
        ],
        right=(2, 3),
        note=f"{_LISTED}{_say_left(len(listed) - most)}",
    )


def _say_left(left: int) -> str:
    if left <= 0:
        return ""
    subject = "Eine weitere Änderung" if left == 1 else f"Weitere {format_number(left)} Änderungen"
    return f" {subject} zählt die Übersicht; einzeln zeigt alle der Befehl »lagebild diff«."


def _tabulate_titles(changes: Changes) -> TableBlock | None:
    titles = [each for each in changes.wording if each.is_title]
    if not titles:
        return None
    return _make_table(
        "aenderungen-titel",
        title="Titel, die etwas anderes sagen als zuvor",
        caption="Titel von Kapiteln, Abbildungen und Tabellen",
        heads=("Baustein", "Kapitel", "bisher", "jetzt"),
        rows=[
            [t.place.block or "Kapitel", t.place.chapter, t.old or MISSING, t.new or MISSING]
            for t in titles
        ],
    )


def _tabulate_blocks(changes: Changes) -> TableBlock | None:
    if not changes.blocks:
        return None
    return _make_table(
        "aenderungen-bausteine",
        title="Bausteine und Kapitel, die neu, entfallen oder von anderer Art sind",
        caption="Bausteine im früheren und im jetzigen Bericht",
        heads=("Baustein", "Kapitel", "bisher", "jetzt", "Zahlen darin"),
        rows=[
            [
                _name_block(each.place),
                each.place.chapter,
                _KINDS.get(each.old_kind, MISSING),
                _KINDS.get(each.new_kind, MISSING),
                _count_cell(each.numbers),
            ]
            for each in changes.blocks
        ],
        right=(4,),
    )


def _make_table(
    block_id: str,
    *,
    title: str,
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str | Cell]],
    right: Sequence[int] = (),
    note: str = "",
) -> TableBlock:
    aligns: list[Align] = ["right" if i in right else "left" for i in range(len(heads))]
    columns = tuple(
        Column(key=f"spalte_{index}", label=head, align=align)
        for index, (head, align) in enumerate(zip(heads, aligns, strict=True))
    )
    cells = tuple(
        tuple(cell if isinstance(cell, Cell) else Cell(text=cell) for cell in row) for row in rows
    )
    table = Table(caption=caption, columns=columns, rows=cells)
    return TableBlock(id=block_id, title=title, note=note, table=table)


def _count(count: int) -> Number:
    return make_number(count, count, count).model_copy(update={"measure": "public"})


def _count_cell(count: int) -> Cell:
    number = _count(count)
    return Cell(text=number.text, number=number)


def _number_cell(number: Number | None, text: str, *, traced: bool) -> Cell:
    if number is None:
        return Cell(text=text or MISSING)
    return Cell(
        text=number.text,
        number=number if traced else number.model_copy(update={"origins": ()}),
    )


def _say_units(units: tuple[str, str]) -> str:
    old, new = units
    if old and new and old != new:
        return f"{new}, bisher {old}"
    return new or old or MISSING


# Words


def _say_report(record: Mapping[str, Any]) -> str:
    return f"»{record.get('edition', 'unbekannt')}«, Stichtag {_say_day(record)}"


def _say_day(record: Mapping[str, Any]) -> str:
    day = str(record.get("parameter", {}).get("stichtag", ""))
    try:
        return format_date(dt.date.fromisoformat(day))
    except ValueError:
        return "unbekannt"


def _say_state(state: str) -> str:
    return state or MISSING


def _name_block(place: Place) -> str:
    return place.title or place.block or place.chapter


def _identify(record: Mapping[str, Any]) -> dict[str, str]:
    return {
        "edition": str(record.get("edition", "")),
        "stichtag": str(record.get("parameter", {}).get("stichtag", "")),
    }


def _locate(place: Place) -> dict[str, str]:
    return {
        "kapitel": place.notebook,
        "baustein": place.block,
        "stelle": place.where,
    }


def _list_part(title: str, entries: Sequence[str], most: int | None) -> Iterator[str]:
    if not entries:
        return
    yield ""
    yield f"{title} ({len(entries)})"
    yield from (f"  {entry}" for entry in entries[:most])
    if most is not None and len(entries) > most:
        yield f"  … und {len(entries) - most} weitere; alle zeigt --all"


def _line_of_number(change: NumberChange) -> str:
    place = f"{change.place.block}, {change.place.where}"
    old, new = change.old_text or MISSING, change.new_text or MISSING
    between = f"{old} → {new}" if change.is_visible else f"{new}, hinter den gezeigten Stellen"
    return f"{place}: {between} [{say_reasons(change.reasons)}]"


def _line_of_wording(change: WordingChange) -> str:
    place = ", ".join(
        p for p in (change.place.block or change.place.chapter, change.place.where) if p
    )
    return f"{place}, {change.part}: »{change.old}« → »{change.new}«"


def _line_of_block(change: BlockChange) -> str:
    old, new = (_KINDS.get(kind, MISSING) for kind in (change.old_kind, change.new_kind))
    return f"{change.place.block or change.place.chapter}: {old} → {new}"


def _line_of_input(change: InputChange) -> str:
    details = f", {change.details}" if change.details else ""
    return f"{_CAUSES[change.kind]}: {change.name} ({_FATES[change.fate]}{details})"
