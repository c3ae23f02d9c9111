"""The modes of the desk: each decides what a key means. No mode binds a key twice."""

from enum import StrEnum


class Mode(StrEnum):
    """What the keys do now."""

    BROWSE = "browse"
    VIEW = "view"
    MARK = "mark"
    NOTES = "notes"
    COMPARE = "compare"
    PROBE = "probe"
    SHEET = "sheet"
    FIX = "fix"
    PANEL = "panel"
    CHOICE = "choice"
    ENTRY = "entry"


TITLES: dict[Mode, str] = {
    Mode.BROWSE: "BROWSE",
    Mode.VIEW: "VIEW",
    Mode.MARK: "MARK",
    Mode.NOTES: "NOTES",
    Mode.COMPARE: "COMPARE",
    Mode.PROBE: "PROBE",
    Mode.SHEET: "SHEET",
    Mode.FIX: "FIX",
    Mode.PANEL: "PANEL",
    Mode.CHOICE: "CHOOSE",
    Mode.ENTRY: "NOTE",
}
