"""German help for the command and its subcommands."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup


class _German:
    """Help with German words where typer has fixed English ones."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        pieces = " ".join(self.collect_usage_pieces(ctx))  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, pieces, prefix="Aufruf: ")

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401
        option = super().get_help_option(ctx)  # type: ignore[misc]
        option.help = "Diese Hilfe zeigen"
        return option

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        parameters = self.get_params(ctx)  # type: ignore[attr-defined]
        arguments = [p for p in parameters if p.param_type_name == "argument"]
        options = [p for p in parameters if p.param_type_name == "option"]
        _write_section(formatter, "Angaben", [(p.metavar, p.help) for p in arguments])
        _write_section(formatter, "Optionen", [(_describe_option(p), p.help) for p in options])
        commands = getattr(self, "commands", {}).values()
        rows = [(c.name, c.get_short_help_str(formatter.width)) for c in commands]
        _write_section(formatter, "Befehle", rows)


def _write_section(formatter: Any, title: str, rows: list[tuple[str, str]]) -> None:  # noqa: ANN401
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)


def _describe_option(option: Any) -> str:  # noqa: ANN401
    names = ", ".join(option.opts)
    return names if option.is_flag else f"{names} {option.metavar}"


class GermanCommand(_German, TyperCommand):
    """A subcommand with German help."""


class GermanGroup(_German, TyperGroup):
    """A command with subcommands and German help."""
