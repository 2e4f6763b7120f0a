"""Inputs and params of trainings, reconstructions and scores, for the rules.

Methods that take `wildcards` are input functions and params of rules: they read wildcards as attributes, and by `get`
those that a rule may lack.
"""

from collections.abc import Callable
from typing import Any

from isospine.io.atomic import sha256_of
from isospine.plan.recipes import weights_file
from isospine.plan.starts import method_to_start_from, starts_from_others
from isospine.plan.unfolding import Unfolding, image_name
from isospine.recipes.baselines import BASELINES
from isospine.recipes.kinds import NETWORK_JOB, Kind, kind_of
from isospine.recipes.lookup import module_of
from isospine.recipes.modes import reader_module


class MethodJobs(Unfolding):
    """Inputs and params of jobs that run methods; parameters and errors are those of `Unfolding`."""

    def files_of_views(self, wildcards: Any, contrast: str) -> list[str]:
        """Views of one contrast of the image of a job."""
        raise NotImplementedError

    def records(self, wildcards: Any) -> list[str]:
        """Records of the views of the contrasts that a job works on."""
        raise NotImplementedError

    # --- methods ----------------------------------------------------------------------------------------------

    def hyperparameters(self, wildcards: Any) -> dict[str, Any]:
        """Hyperparameters of a method."""
        return self.methods[wildcards.method].hyperparameters

    def weights(self, wildcards: Any) -> str | None:
        """SHA-256 of the file of weights that a method names; the code covers those that come with isospine."""
        path = weights_file(self.scored_hyperparameters(wildcards) or {})
        return sha256_of(path) if path else None

    def seed(self, wildcards: Any) -> int:
        """Random seed of a method."""
        return self.methods[wildcards.method].seed

    def provenance(self, wildcards: Any) -> dict[str, str]:
        """Provenance of a model; a network of all contrasts adds the contrast."""
        method = self.methods[wildcards.method]
        contrast = wildcards.get("contrast")
        return {
            "image": image_name(wildcards.image),
            **({"contrast": contrast} if contrast else {}),
            "method": method.name,
            "recipe": method.recipe,
        }

    def baseline_provenance(self, wildcards: Any) -> dict[str, str]:
        """Provenance of a baseline's record."""
        return {
            "image": image_name(wildcards.image),
            "contrast": wildcards.contrast,
            "method": wildcards.baseline,
        }

    # --- training and scoring, by method or by the label of a method or baseline ------------------------------

    def view_files(self, wildcards: Any) -> list[str]:
        """Views of one contrast of an image; without a contrast, those of all of them."""
        return [f for each in self.contrasts_trained(wildcards) for f in self.files_of_views(wildcards, each)]

    def contrasts_trained(self, wildcards: Any) -> list[str]:
        """Contrasts that a job works on: its own, or all where it has none."""
        contrast = wildcards.get("contrast")
        return [contrast] if contrast else self.contrasts

    def contrasts_seen(self, wildcards: Any) -> list[str]:
        """Contrasts whose views a method is given that is scored by one of them."""
        label = wildcards.label
        shared = label in self.methods and self.is_shared(label)
        return self.contrasts if shared else [wildcards.contrast]

    def views_seen_by(self, wildcards: Any) -> list[str]:
        """Views of the same contrasts."""
        return [f for each in self.contrasts_seen(wildcards) for f in self.files_of_views(wildcards, each)]

    def scored_provenance(self, wildcards: Any) -> dict[str, str]:
        """Provenance of the scores of the method with the label of the wildcards."""
        about = {"image": image_name(wildcards.image), "contrast": wildcards.contrast}
        if (method := self.methods.get(wildcards.label)) is None:
            return about | {"method": wildcards.label}
        return about | {"method": method.name, "recipe": method.recipe}

    def scored_hyperparameters(self, wildcards: Any) -> dict[str, Any] | None:
        """Hyperparameters of the same method; a baseline has none."""
        method = self.methods.get(wildcards.get("label") or wildcards.get("method"))
        return method.hyperparameters if method else None

    def scored_seed(self, wildcards: Any) -> int | None:
        """Random seed of the same method; a baseline has none."""
        method = self.methods.get(wildcards.label)
        return method.seed if method else None

    # --- trained models --------------------------------------------------------------------------------------

    def coordinate_model(self, wildcards: Any) -> str | list[str]:
        """The model of a coordinate network, which represents an image alone; nothing for other methods."""
        return self._model_if(wildcards, lambda kind: kind.of_coordinates)

    def pretrained_model(self, wildcards: Any) -> str | list[str]:
        """The model of a network that learned from other bodies, which it knows; nothing for other methods."""
        return self._model_if(wildcards, lambda kind: kind.trained_before)

    def _model_if(self, wildcards: Any, wanted: Callable[[Kind], bool]) -> str | list[str]:
        method = self.methods.get(wildcards.label)
        if method is None or not wanted(kind_of(method.hyperparameters)):
            return []
        where = {"image": wildcards.image, "contrast": wildcards.contrast}
        return self.file("train", method=wildcards.label, **where)

    # --- devices ----------------------------------------------------------------------------------------------

    def device(self, rule: str, wildcards: Any) -> str:
        """Word of the configuration for what a job computes on; `cpu` of jobs that run no network."""
        method = self.methods.get(wildcards.get("method") or wildcards.label)
        kind = kind_of(method.hyperparameters) if method else None
        if kind is None or not kind.runs_network or (rule == "evaluate" and not kind.of_coordinates):
            return "cpu"
        device: str = self.config["resources"]["device"]
        return device

    # --- modules that jobs load by name -----------------------------------------------------------------------

    def loaded_by_training(self, wildcards: Any) -> list[str]:
        """Modules that a training loads by name."""
        return [self._reader, kind_of(self.hyperparameters(wildcards)).trainer_module]

    def loaded_by_reconstruction(self, wildcards: Any) -> list[str]:
        """Modules that whatever reads a trained model loads by name."""
        return [kind_of(self.hyperparameters(wildcards)).model_module]

    def loaded_by_baseline(self, wildcards: Any) -> list[str]:
        """Modules that a job of a baseline loads by name."""
        return [self._reader, BASELINES[wildcards.baseline].module]

    def loaded_by_fixed_point(self, wildcards: Any) -> list[str]:
        """Modules that a job loads by name that evaluates a network of coordinates in fixed point."""
        return [self._reader, *self.loaded_by_reconstruction(wildcards)]

    def loaded_by_score(self, wildcards: Any) -> list[str]:
        """Modules that a job loads by name that runs a method and scores it."""
        settings = self.scored_hyperparameters(wildcards)
        if settings is None:
            return [self._reader, BASELINES[wildcards.label].module]
        return [self._reader, module_of(NETWORK_JOB), kind_of(settings).trainer_module]

    @property
    def _reader(self) -> str:
        return reader_module("acquired" if self.acquired else "simulated")

    # --- earlier scans of the same person ---------------------------------------------------------------------

    def earlier_file(self, image: str, contrast: str) -> str:
        """The earlier scan of an image."""
        raise NotImplementedError

    def earlier_scan(self, wildcards: Any) -> list[str]:
        """The earlier scan that a method knows; none of methods that know none."""
        if wildcards.method not in self.followers:
            return []
        return [self.earlier_file(wildcards.image, wildcards.contrast)]

    def earlier_name(self, wildcards: Any) -> str | None:
        """Name of the same; None of methods that know none."""
        if wildcards.method not in self.followers:
            return None
        return image_name(self.images.earlier[wildcards.image, wildcards.contrast])

    # --- other persons ----------------------------------------------------------------------------------------

    def population(self, wildcards: Any) -> dict[str, str]:
        """Person of each image that a network learns from besides its own, and of its own; empty without others."""
        drawn = self.drawn_population(wildcards.image, wildcards.method)
        persons = self.images.persons if drawn else {}
        return {image: persons[image] for image in sorted([*drawn, wildcards.image]) if drawn}

    def drawn_population(self, image: str, label: str | None, step: str = "train") -> list[str]:
        """Images of other persons that a network learns from, by the path of their files; none by default."""
        return []

    def references(self, wildcards: Any) -> list[str]:
        """References of the same images; none of a network that starts from theirs."""
        if starts_from_others(self.hyperparameters(wildcards)):
            return []
        return [
            self.file("reference", image=image, contrast=wildcards.contrast)
            for image in self.drawn_population(wildcards.image, wildcards.method)
        ]

    def starts(self, wildcards: Any) -> list[str]:
        """Models of the same images that a network starts from; none of other networks."""
        if not starts_from_others(self.hyperparameters(wildcards)):
            return []
        first = method_to_start_from(self.methods, wildcards.method)
        return [
            self.file("train", image=image, contrast=wildcards.contrast, method=first)
            for image in self.drawn_population(wildcards.image, wildcards.method)
        ]
