"""``diffusers:NAME`` as an engine: keeps its pipeline warm, samples, and gives up comforts when memory runs out."""

from dataclasses import replace
from typing import Any

from reviewtui.engines.base import EngineInfo, EngineRequest, EngineResult, EngineRun
from reviewtui.engines.diffusers.inputs import with_luma_of
from reviewtui.engines.diffusers.listing import get_entry, info_of
from reviewtui.engines.diffusers.loading import LoadedModel, load_model, place, set_tiling
from reviewtui.engines.diffusers.memory import SMALLER_AREA, Rung, as_out_of_memory, release, rungs, usage_words
from reviewtui.engines.diffusers.passes import Made, Plan, make_plan
from reviewtui.model.errors import EngineError
from reviewtui.model.geometry import PixelSize
from reviewtui.model.lifecycle import ErrorKind, Verb


class DiffusersEngine:
    """One model entry. One thread uses it at a time."""

    def __init__(self, name: str) -> None:
        """Look the entry up; nothing heavy.

        Args:
            name: ``diffusers:NAME``.

        Raises:
            EngineError: kind ``engine_missing``: there is no such model.
        """
        self._name = name
        self.info: EngineInfo = info_of(get_entry(name))
        self._model: LoadedModel | None = None

    def load(self, device: str) -> None:
        """Load what the entry says now, unless that is what is loaded already. Blocking: seconds to minutes.

        Args:
            device: not used: the entry names the device, and may be ``auto``.

        Raises:
            EngineError: it cannot be loaded, in words.
        """
        entry = get_entry(self._name)
        if self._model is not None and self._model.entry == entry:
            return
        self.unload()
        self._model = load_model(entry)
        self.info = replace(info_of(entry), device=self._model.device)

    def unload(self) -> None:
        """Forget the pipeline."""
        self._model = None
        release()

    def inpaint(self, request: EngineRequest, run: EngineRun) -> EngineResult:
        """Sample one image per seed. Blocking; stops within one step when asked to.

        Raises:
            EngineError: it could not; kind ``out_of_memory`` with the figures when giving up comforts did not help.
            RunCancelledError: it was asked to stop.
        """
        self.load("")
        assert self._model is not None
        model, batch = self._model, min(self._model.entry.batch, len(request.seeds))
        ladder = rungs(
            can_tile=not model.entry.vae_tiling and hasattr(model.pipe, "vae"),
            can_split=batch > 1,
            can_offload=model.fits and model.device != "cpu" and model.entry.offload == "none",
            frugal=request.frugal,
        )
        why = ""
        for position, rung in enumerate(ladder):
            so_far = ladder[: position + 1]
            if why:
                run.report(0, 1, f"memory ran out; again with: {rung}")
            shrink = SMALLER_AREA if rung is Rung.SMALLER else 1.0
            plan = make_plan(model, request, shrink=shrink)
            used = 1 if {Rung.ALONE, Rung.OFFLOADED, Rung.SMALLER} & set(so_far) else batch
            made, why = _attempt(plan, run, used, so_far)
            if made is not None:
                images = made.images
                if request.verb is Verb.RECOLOR:
                    images = [with_luma_of(request.image, image) for image in images]
                return EngineResult(images, self._details(made, rung, used))
            release()
        raise self._out_of_memory(plan, ladder, why)

    def _details(self, made: Made, rung: Rung, batch: int) -> dict[str, Any]:
        assert self._model is not None
        details: dict[str, Any] = {
            "method": "diffusers",
            **self._model.facts(),
            **made.facts,
            "batch": batch,
            "memory": str(rung),
            "offload": self._model.placed,
        }
        if rung is Rung.SMALLER:
            sampled = PixelSize(*made.facts["sampled_px"])
            details["remark"] = f"memory was short: sampled at {sampled} and enlarged, so it is softer"
        elif not self._model.fits:
            details["remark"] = (
                "the model does not fit on the GPU whole, so its parts wait in main memory: it is slower"
            )
        return details

    def _out_of_memory(self, plan: Plan, ladder: list[Rung], why: str) -> EngineError:
        tried = ", ".join(ladder)
        return EngineError(
            ErrorKind.OUT_OF_MEMORY,
            f"{self._name} ran out of memory at {plan.size}, {usage_words()}; tried: {tried}; {why}",
            "mark a smaller region, set a smaller side_px for it in engines.toml, or use a smaller model",
        )


def _attempt(plan: Plan, run: EngineRun, batch: int, so_far: list[Rung]) -> tuple[Made | None, str]:
    """What was made, or None and the words of the error that said that memory ran out."""
    try:
        _prepare(plan.model, so_far)
        return plan.work(run, batch), ""
    except (MemoryError, RuntimeError) as error:
        words = as_out_of_memory(error)
        if words is None:
            raise
        # The error holds every tensor of the failed run: it must be gone before the next one begins.
        error.__traceback__ = None
        return None, words


def _prepare(model: LoadedModel, so_far: list[Rung]) -> None:
    """Each run starts from what the entry says, so that results do not depend on what ran before."""
    entry, is_short = model.entry, Rung.SMALLER in so_far
    set_tiling(model, entry.vae_tiling or is_short or Rung.TILED in so_far)
    offload = entry.offload
    if is_short:
        offload = "sequential"  # layer by layer: even a model that is larger than the GPU is sampled, slowly
    elif offload == "none" and (not model.fits or Rung.OFFLOADED in so_far):
        offload = "model"
    place(model, offload=offload)
