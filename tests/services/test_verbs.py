"""Verbs without a model, from what is asked to the version that lands and the check of its proof."""

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageFont

from reviewtui.engines.registry import load_engine
from reviewtui.imaging.decoding import Decoder
from reviewtui.imaging.encode import write_png
from reviewtui.imaging.facts import NativePicture
from reviewtui.imaging.grading import luma_ssim
from reviewtui.model.entities import Proof, Version
from reviewtui.model.errors import EngineError, InputError, NotFoundError, ReviewError, UsageError
from reviewtui.model.geometry import PixelRect, PixelSize
from reviewtui.model.lifecycle import ErrorKind, Verb
from reviewtui.model.masks import MaskSpec
from reviewtui.model.runs import Failed, Succeeded
from reviewtui.services.annotate import NoteRequest, fix_note, write_note
from reviewtui.services.asking import make_request
from reviewtui.services.fixing import prepare_job
from reviewtui.services.ingest import scan
from reviewtui.services.landing import land_job
from reviewtui.services.verbs import plan_fix
from reviewtui.services.verify_fixes import check_fix
from reviewtui.services.workspace import SYSTEM, Workspace
from reviewtui.store.jobs import claim_job, list_jobs
from reviewtui.store.notes import get_mask
from reviewtui.store.versions import find_proof
from reviewtui.worker.executors.running import perform
from reviewtui.worker.executors.wire import spec_from_wire, spec_to_wire
from tests.support.desk import head_of, open_desk
from tests.support.textures import texture


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as opened:
        yield opened


class Bench:
    """A workspace with one picture, and jobs that run right here."""

    def __init__(self, folder: Path, decoder: Decoder) -> None:
        self.folder, self.decoder = folder, decoder
        self.desk: Workspace = open_desk(folder)
        scan(self.desk, decoder)

    def ask(self, verb: Verb, mask: MaskSpec | None = None, key: str = "hero", **words: Any) -> Version:
        version = head_of(self.desk, key)
        plan = plan_fix(self.desk, self.decoder, version, verb, mask, words)
        fix = make_request(self.desk, verb=verb, seed=3, params=plan.params, mask=plan.job_mask)
        write_note(self.desk, key, NoteRequest(plan.words, mask=plan.mask, fix=fix))
        with self.desk.store.write(SYSTEM) as tx:
            job = claim_job(tx, "w", time.time() + 60)
        assert job is not None
        prepared = prepare_job(self.desk, self.decoder, job)
        body, parts = spec_to_wire(prepared.spec)
        spec = spec_from_wire(body, tuple(bytearray(part) for part in parts))
        event = perform(spec, load_engine, lambda event: None, lambda: False)
        if isinstance(event, Failed):
            raise EngineError(event.kind, event.message)
        assert isinstance(event, Succeeded)
        (landed,) = land_job(self.desk, self.decoder, job, prepared, event)
        return landed

    def proof(self, version: Version) -> Proof:
        with self.desk.store.read() as db:
            proof = find_proof(db, version.id)
        assert proof is not None
        return proof

    def image(self, version: Version) -> Image.Image:
        return Image.open(io.BytesIO(self.desk.blobs.path_of(version.sha256).read_bytes()))

    def holds(self, version: Version) -> str | None:
        return check_fix(self.desk, self.decoder, self.proof(version)).difference


@pytest.fixture
def make(workspace: Path, decoder: Decoder) -> Iterator[Any]:
    opened: list[Bench] = []

    def build(image: Image.Image, **options: Any) -> Bench:
        image.save(workspace / "hero.png", **options)
        opened.append(Bench(workspace, decoder))
        return opened[-1]

    yield build
    for bench in opened:
        bench.desk.close()


def photo(width: int = 120, height: int = 90) -> Image.Image:
    return Image.fromarray(texture(height, width))


def deep_color(path: Path, width: int = 120, height: int = 90) -> Any:
    """A photograph with 16 bits of each color, written to a file; its samples."""
    pixels: Any = (texture(height, width).astype(np.uint16) << 8) + np.arange(width, dtype=np.uint16)[:, np.newaxis]
    write_png(NativePicture(pixels, "RGB;16"), path)
    return pixels


def box(size: tuple[int, int], *rect: int) -> MaskSpec:
    return MaskSpec(PixelSize(*size), (PixelRect(*rect),))


# --- outpaint


def test_outpaint__wider__exact_ratio_and_every_original_pixel_inside(make: Any) -> None:
    image = photo()
    bench = make(image)
    version = bench.ask(Verb.OUTPAINT, ratio="16:9", anchor="left")
    assert version.size == PixelSize(160, 90)
    assert (version.op, version.number) == ("outpaint", 2)
    result = np.asarray(bench.image(version))
    assert np.array_equal(result[:, :120], np.asarray(image))
    assert len(np.unique(result[:, 120:].reshape(-1, 3), axis=0)) > 100, "filled, not smeared"
    proof = bench.proof(version)
    assert proof.metrics["outside_changed_px"] == 0
    assert proof.metrics["shift"] == [0, 0]
    assert proof.metrics["frame"] == [160, 90]
    assert bench.holds(version) is None
    assert head_of(bench.desk, "hero").number == 2


def test_outpaint__icc_exif_dpi_transparency__are_kept(make: Any) -> None:
    image = photo().convert("RGBA")
    alpha = np.full((90, 120), 255, np.uint8)
    alpha[30:40, 30:50] = 17
    image.putalpha(Image.fromarray(alpha))
    exif = Image.Exif()
    exif[270] = "a hero"
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    bench = make(image, icc_profile=icc, exif=exif, dpi=(144, 144))
    version = bench.ask(Verb.OUTPAINT, ratio="1:1")
    result = bench.image(version)
    assert result.size == (120, 120)
    assert np.array_equal(np.asarray(result)[15:105], np.asarray(image))
    assert (np.asarray(result)[:15, :, 3] == 255).all()
    assert result.info["icc_profile"] == icc
    assert result.getexif()[270] == "a hero"
    assert round(result.info["dpi"][0]) == 144
    assert bench.holds(version) is None


def test_outpaint__sixteen_bit_grey__stays_so(make: Any) -> None:
    deep = (texture(90, 120)[:, :, 0].astype(np.uint16) << 8) + 77
    bench = make(Image.fromarray(deep))
    version = bench.ask(Verb.OUTPAINT, ratio="4:5")
    result = bench.image(version)
    assert result.mode == "I;16"
    assert np.array_equal(np.asarray(result)[30:120], deep)
    assert bench.holds(version) is None


def test_outpaint__verify_after_the_original_was_touched__says_so(make: Any) -> None:
    bench = make(photo())
    version = bench.ask(Verb.OUTPAINT, ratio="1:1")
    proof = bench.proof(version)
    shifted = Proof(proof.version_id, proof.job_id, PixelRect(0, 0, 120, 119), 0, proof.metrics,
                    proof.patch_sha256, proof.alpha_sha256)  # fmt: skip
    assert "alpha" in (check_fix(bench.desk, bench.decoder, shifted).difference or "")


def test_outpaint__what_cannot_be__refused_in_words(make: Any) -> None:
    bench = make(photo())
    for words, error, said in (
        ({}, UsageError, "ratio"),
        ({"ratio": "4:3"}, InputError, "already"),
        ({"ratio": "wide"}, UsageError, "no ratio"),
        ({"ratio": "1:1", "anchor": "there"}, UsageError, "no anchor"),
        ({"ratio": "1:1", "exposure": 1.0}, UsageError, "knows no exposure"),
    ):
        with pytest.raises(error, match=said):
            bench.ask(Verb.OUTPAINT, **words)
    with pytest.raises(UsageError, match="whole picture"):
        bench.ask(Verb.OUTPAINT, box((120, 90), 1, 1, 9, 9), ratio="1:1")


def test_outpaint__note_on_the_parent__is_fixed_at_its_new_place(make: Any) -> None:
    bench = make(photo())
    spot = box((120, 90), 30, 20, 10, 8)
    written = write_note(bench.desk, "hero", NoteRequest("a spot", mask=spot))
    bench.ask(Verb.OUTPAINT, ratio="16:9", anchor="right")
    bench.ask(Verb.UPSCALE, factor=2)
    fix_note(bench.desk, written.note_id)
    with bench.desk.store.read() as db:
        job = list_jobs(db)[0]
        mask = get_mask(db, job.mask_id).spec
    assert job.version_number == 3
    assert mask.size == PixelSize(320, 180)
    assert mask.regions == (PixelRect(140, 40, 20, 16),)


# --- upscale


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "I;16"])
@pytest.mark.parametrize("factor", [2, 4])
def test_upscale__each_kind_of_picture__exact_size_and_the_same_picture(make: Any, mode: str, factor: int) -> None:
    image = photo(40, 30)
    deep = (np.asarray(image.convert("L")).astype(np.uint16) << 8) + 9
    bench = make(Image.fromarray(deep) if mode == "I;16" else image.convert(mode), dpi=(100, 100))
    version = bench.ask(Verb.UPSCALE, factor=factor)
    result = bench.image(version)
    assert (result.size, result.mode) == ((40 * factor, 30 * factor), mode)
    assert round(result.info["dpi"][0]) == 100 * factor
    assert bench.proof(version).metrics["reduced_error"] < 3
    assert bench.holds(version) is None


def test_upscale__beyond_the_limit__refused_with_it(make: Any) -> None:
    bench = make(Image.new("L", (6000, 6000)))
    with pytest.raises(InputError, match="MP"):
        bench.ask(Verb.UPSCALE, factor=4)
    with pytest.raises(UsageError, match="3 times"):
        bench.ask(Verb.UPSCALE, factor=3)


# --- recolor


def test_recolor__to_a_color__hue_moves_and_the_structure_of_the_luma_stays(make: Any) -> None:
    image = photo()
    bench = make(image)
    version = bench.ask(Verb.RECOLOR, box((120, 90), 30, 20, 50, 40), to="#2244cc")
    old, new = np.asarray(image), np.asarray(bench.image(version))
    inside = np.zeros((90, 120), bool)
    inside[20:60, 30:80] = True
    assert new[inside][:, 2].mean() > new[inside][:, 0].mean() + 40, "it is blue now"
    assert luma_ssim(old, new, inside) >= 0.9
    metrics = bench.proof(version).metrics
    assert metrics["luma_ssim"] >= 0.9
    assert metrics["outside_changed_px"] == 0
    assert metrics["passes"] == 0
    far = np.ones_like(inside)
    far[12:68, 22:88] = False
    assert np.array_equal(new[far], old[far])
    assert bench.holds(version) is None


def test_recolor__like_a_place_of_another_asset__takes_its_colors(make: Any, workspace: Path) -> None:
    warm = np.zeros((30, 40, 3), np.uint8)
    warm[:] = (220, 120, 30)
    Image.fromarray(warm).save(workspace / "warm.png")
    bench = make(photo())
    version = bench.ask(Verb.RECOLOR, box((120, 90), 30, 20, 50, 40), like="10%,10%,50%,50%", like_asset="warm")
    new = np.asarray(bench.image(version))[22:58, 32:78].reshape(-1, 3).mean(axis=0)
    assert new[0] > new[2] + 30


def test_grade__whole_frame_of_sixteen_bits__keeps_them_and_says_nothing_of_luma(make: Any) -> None:
    deep = np.linspace(1000, 60000, 90 * 120).reshape(90, 120).astype(np.uint16)
    bench = make(Image.fromarray(deep))
    version = bench.ask(Verb.RECOLOR, exposure=-1.0)
    result = np.asarray(bench.image(version))
    assert result.dtype == np.uint16
    assert len(np.unique(result)) > 5000, "not by way of 8 bits"
    assert (np.diff(result.ravel().astype(int)) >= 0).all()
    assert result.mean() < 0.8 * deep.mean()
    assert bench.holds(version) is None


def test_recolor__a_color_for_a_grey_picture_or_nothing_at_all__refused(make: Any) -> None:
    bench = make(photo().convert("L"))
    with pytest.raises(ReviewError, match="grey"):
        bench.ask(Verb.RECOLOR, to="#ff0000")
    with pytest.raises(ReviewError, match="nothing was asked"):
        bench.ask(Verb.RECOLOR)
    with pytest.raises(UsageError, match="no color"):
        bench.ask(Verb.RECOLOR, to="bluish")
    with pytest.raises(InputError, match="-5 to 5"):
        bench.ask(Verb.RECOLOR, exposure=9.0)


# --- overlay


def test_overlay__bundled_font__only_the_box_of_the_text_changes(make: Any) -> None:
    image = photo()
    bench = make(image)
    version = bench.ask(Verb.OVERLAY, text="SPRING", size="20", color="#ff0000", at="50%,90%", anchor="bottom")
    old, new = np.asarray(image), np.asarray(bench.image(version))
    proof = bench.proof(version)
    assert proof.metrics["outside_changed_px"] == 0
    assert proof.edge_px == 0
    assert proof.box.bottom == 81
    changed = (old != new).any(axis=2)
    assert changed.any()
    outside = np.ones_like(changed)
    outside[proof.box.y : proof.box.bottom, proof.box.x : proof.box.right] = False
    assert not (changed & outside).any()
    assert (new[changed] == (255, 0, 0)).all(axis=1).any()
    assert bench.holds(version) is None


def test_overlay__font_file__is_measured_and_drawn_and_its_change_is_noticed(make: Any, tmp_path: Path) -> None:
    bundled = ImageFont.load_default(20)
    assert isinstance(bundled, ImageFont.FreeTypeFont)
    font = tmp_path / "house.ttf"
    font.write_bytes(bundled.font_bytes)
    deep = np.full((90, 120), 1000, np.uint16)
    bench = make(Image.fromarray(deep))
    version = bench.ask(Verb.OVERLAY, text="A\nBC", size="20", font=str(font), color="white", opacity=0.5)
    result = np.asarray(bench.image(version))
    assert result.dtype == np.uint16
    assert 30000 < result.max() < 36000, "half of the way to white, in 16 bits"
    plan = plan_fix(bench.desk, bench.decoder, version, Verb.OVERLAY, None,
                    {"text": "A", "size": "20", "font": str(font)})  # fmt: skip
    font.write_bytes(bundled.font_bytes + b"\0")
    engine: Any = load_engine("text")
    from reviewtui.engines.base import EngineRequest, params_from_data

    params = params_from_data(engine.info, {k: v for k, v in plan.params.items() if k != "feather_px"})
    request = EngineRequest(Verb.OVERLAY, params, result, np.full(result.shape, 255, np.uint8), (1,))
    with pytest.raises(EngineError, match="another one") as caught:
        engine.inpaint(request, None)
    assert caught.value.kind == ErrorKind.BAD_INPUT


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        ({"text": " \n "}, InputError, "empty"),
        ({"text": "\u202e\u200f"}, InputError, "empty"),
        ({"text": "x" * 501}, InputError, "501"),
        ({"text": "日本"}, InputError, "no letter for"),
        ({"text": "far too large", "size": "90"}, InputError, "does not fit"),
        ({"text": "a", "size": "huge"}, UsageError, "no size"),
        ({"text": "a", "at": "1;2"}, UsageError, "no point"),
        ({"text": "a", "at": "-50,-50"}, InputError, "does not fit"),
        ({"text": "a", "font": "/etc/passwd"}, UsageError, "no font file"),
        ({"text": "a", "font": "/nowhere/at/all.ttf"}, InputError, "no font"),
        ({"text": "a", "align": "up"}, UsageError, "aligned"),
        ({"text": "a", "color": "#12"}, UsageError, "no color"),
    ],
)
def test_overlay__what_cannot_be__refused_before_the_queue(
    make: Any, words: dict[str, Any], error: type[ReviewError], said: str
) -> None:
    bench = make(photo())
    with pytest.raises(error, match=said):
        bench.ask(Verb.OVERLAY, **words)


def test_overlay__a_file_that_is_no_font__refused_by_the_limited_process(make: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.ttf"
    bad.write_bytes(b"\0\1\0\0" + bytes(range(256)) * 4)
    bench = make(photo())
    with pytest.raises(InputError, match="not a font"):
        bench.ask(Verb.OVERLAY, text="a", font=str(bad))


# --- 16 bits of each color


def test_verbs__sixteen_bit_color__stays_so_in_all_of_them(make: Any, workspace: Path, decoder: Decoder) -> None:
    pixels = deep_color(workspace / "deep.png")
    bench = make(photo())
    wishes: list[tuple[Verb, MaskSpec | None, dict[str, Any]]] = [
        (Verb.OUTPAINT, None, {"ratio": "1:1"}),
        (Verb.RECOLOR, None, {"to": "#cc4422", "exposure": 0.2}),
        (Verb.OVERLAY, None, {"text": "HELLO", "size": "20"}),
        (Verb.UPSCALE, None, {"factor": 2}),
    ]
    for verb, mask, words in wishes:
        version = bench.ask(verb, mask, "deep", **words)
        native = decoder.load_native(bench.desk.blobs.path_of(version.sha256))
        assert native.mode == "RGB;16", verb
        assert len(np.unique(native.pixels[:, :, 0])) > 300, "not by way of 8 bits"
        assert bench.holds(version) is None
        if verb is Verb.OUTPAINT:
            assert np.array_equal(native.pixels[15:105], pixels)


# --- verbs that need a model


@pytest.mark.parametrize(
    ("verb", "instead"),
    [(Verb.FIX, "--verb remove"), (Verb.RESTYLE, "--verb recolor"), (Verb.BACKGROUND, "recolor --invert")],
)
def test_verbs_of_models__without_one__say_so_and_offer_what_works(make: Any, verb: Verb, instead: str) -> None:
    bench = make(photo())
    with pytest.raises(EngineError, match="needs a model") as caught:
        bench.ask(verb, box((120, 90), 20, 20, 30, 30))
    assert instead in (caught.value.remedy or "")
    assert caught.value.kind == ErrorKind.ENGINE_MISSING


def test_background__marked_subject__is_kept_and_the_rest_is_asked_for(make: Any) -> None:
    bench = make(photo())
    version = head_of(bench.desk, "hero")
    plan = plan_fix(bench.desk, bench.decoder, version, Verb.BACKGROUND, box((120, 90), 20, 20, 30, 30), {})
    assert plan.mask is not None
    assert plan.mask.invert
    assert plan.mask.feather_px == 1
    with pytest.raises(NotFoundError, match="mark the region by hand"):
        plan_fix(bench.desk, bench.decoder, version, Verb.BACKGROUND, None, {})
