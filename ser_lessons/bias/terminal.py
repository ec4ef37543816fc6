"""The audit in the terminal. Lesson: 07_gender_bias."""


def render_terminal(report):
    """Lay the report out as a rich group: the sentence, the groups, the emotions, what to mind.

    Parameters
    ----------
    report : BiasReport

    Returns
    -------
    rich.console.Group; no information is carried by color alone
    """
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    parts = [Panel(Text(report.sentence), title=f"verdict: {report.verdict}", title_align="left")]
    if report.groups is not None:
        parts.append(_groups(report))
    if report.emotions is not None:
        parts.append(_emotions(report))
    lines = [f"Power: {power_sentence(report)}", f"Listeners: {listeners_sentence(report)}"]
    if report.pitch is not None:
        lines.append(f"Pitch: {report.pitch['sentence']}")
    if report.counterfactual is not None:
        lines.append(f"Pitch flips: {flips_sentence(report)}")
    lines += [f"Mind: {line}" for line in report.warnings]
    if report.small_cells:
        lines.append(f"Small cells: {'; '.join(report.small_cells)}.")
    parts += [Text(line) for line in lines]
    return Group(*parts)


def _table(title, columns):
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for k, column in enumerate(columns):
        table.add_column(column, justify="left" if k == 0 else "right")
    return table


def _groups(report):
    """Accuracy, UAR and macro F1 by gender."""
    title = f"By gender (%, 95 % over actors) - {report.corpus}, {report.protocol}"
    table = _table(title, ("recordings by", "clips", "actors", "accuracy", "UAR", "macro F1"))
    for gender, row in report.groups.iterrows():
        cells = [
            f"{row[m]:.1f} [{row[f'{m}_low']:.1f}, {row[f'{m}_high']:.1f}]" for m in ("accuracy", "uar", "macro_f1")
        ]
        table.add_row(
            {"man": "actors", "woman": "actresses"}[gender], str(int(row["clips"])), str(int(row["actors"])), *cells
        )
    return table


def _emotions(report):
    """Equalized odds: gaps of recall and false-positive rate by emotion."""
    title = "Equalized odds (points, actresses minus actors, 95 % over actors)"
    table = _table(title, ("emotion", "clips m + w", "recall gap", "p (Holm)", "false-positive gap"))
    for emotion, row in report.emotions.iterrows():
        mark = " *" if emotion in report.located else ""
        table.add_row(
            emotion + mark,
            f"{int(row['clips_man'])} + {int(row['clips_woman'])}",
            f"{row['recall_gap']:+.1f} [{row['recall_low']:+.1f}, {row['recall_high']:+.1f}]",
            f"{row['p_holm']:.3f}",
            f"{row['fpr_gap']:+.1f} [{row['fpr_low']:+.1f}, {row['fpr_high']:+.1f}]",
        )
    return table


def power_sentence(report):
    """What these actors could have shown, in words."""
    power = report.power
    needed = power.get("actors_needed_for_margin")
    needed = "more than 100 000" if needed is None else f"about {needed}"
    return (
        f"with {report.n_women} + {report.n_men} actors, whose own values spread by {power['sd_woman']:.1f} and "
        f"{power['sd_man']:.1f} points (standard deviation), a true gap must be about "
        f"{power['minimal_detectable_gap']:.1f} points to be found four times in five; "
        f"a gap of {report.margin_points:g} points would be found in {100 * power['power_at_margin']:.0f} % of such "
        f"studies and needs {needed} actors of each gender."
    )


def flips_sentence(report):
    """How many answers change at the largest shifts of pitch, and in the control, in words."""
    flips = report.counterfactual
    ends = sorted({flips["n_semitones"].min(), 0, flips["n_semitones"].max()})
    parts = []
    for step in ends:
        cells = flips[flips["n_semitones"] == step].set_index("gender")
        both = " and ".join(
            f"{cells.loc[gender, 'flips']:.0f} % [{cells.loc[gender, 'low']:.0f}, {cells.loc[gender, 'high']:.0f}] of "
            f"the {int(cells.loc[gender, 'clips'])} clips by {words}"
            for gender, words in (("woman", "actresses"), ("man", "actors"))
            if gender in cells.index
        )
        name = "shifted up and back (the control)" if step == 0 else f"shifted by {step:+g} semitones"
        parts.append(f"{name}, {both}")
    return f"answers that change when a clip is {'; '.join(parts)}. Only what exceeds the control is due to pitch."


def listeners_sentence(report):
    """The gap of human listeners, with its source."""
    listeners = report.listeners
    size = f"{listeners['gap_points']:+.1f} points (actresses minus actors)"
    return f"human listeners differed by {size} on the speech of RAVDESS; {listeners['source']}."
