"""Options of ``fix`` that only some verbs understand; numbers of an engine come from its own parameters."""

from dataclasses import fields

from reviewtui.cli.option import Option
from reviewtui.engines.catalog import ColorParams, TextParams

_NUMBERS = {"exposure": "STOPS", "contrast": "X", "saturation": "X", "temperature": "X", "tint": "X"}


def _from_engine(params: type, name: str, value: str) -> Option:
    """An option for one number of an engine's parameters, with its own words and range."""
    [field] = [field for field in fields(params) if field.name == name]
    about = field.metadata
    span = f" ({about['min']} to {about['max']})" if "min" in about else ""
    return Option(f"--{name.replace('_', '-')}", f"{about['help']}{span}", (value,), float)


VERB_OPTIONS = (
    Option("--ratio", "outpaint: the exact ratio of the new frame, such as 16:9, 4:5, 1.91:1", ("W:H",)),
    Option("--anchor", "outpaint, overlay: center, left, right, top, bottom, top-left …", ("PLACE",)),
    Option("--factor", "upscale: 2 or 4 times wider and higher", ("N",), int, (2, 4)),
    Option("--to", "recolor: the color to reach", ("#RRGGBB",)),
    Option("--like", "recolor: take the colors of this place", ("X,Y,W,H",)),
    Option("--like-asset", "recolor: take the colors of this asset, or of --like in it", ("ASSET",)),
    _from_engine(ColorParams, "amount", "SHARE"),
    *(_from_engine(ColorParams, name, value) for name, value in _NUMBERS.items()),
    Option("--text", "overlay: the letters; \\n ends a line", ("TEXT",)),
    Option("--font", "overlay: a .ttf or .otf file; default: the font that comes with Pillow", ("FILE",)),
    Option(
        "--size",
        "overlay: size of the letters in px, in % of the height, or fit: as large as fits the region",
        ("PX|%",),
    ),
    Option("--color", "overlay: #rrggbb, white, black or gray", ("COLOR",)),
    Option("--at", "overlay: where the anchor of the text stands, in px or %", ("X,Y",)),
    Option("--align", "overlay: lines left, center or right", ("SIDE",)),
    _from_engine(TextParams, "opacity", "SHARE"),
)
#: Attributes of the parsed arguments that ``services.verbs`` understands.
VERB_WORDS = tuple(option.dest for option in VERB_OPTIONS)
