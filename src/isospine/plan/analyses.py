"""Inputs and params of what is measured of trained networks beside their volumes, for the rules.

Slices that were never acquired, fixed point, and networks as codes of an image.
"""

from typing import Any

from isospine.plan.unfolding import Unfolding


class AnalysisJobs(Unfolding):
    """Inputs and params of jobs that measure networks; parameters and errors are those of `Unfolding`."""

    def fixed_point_files(self, wildcards: Any) -> list[str]:
        """Scores of every network of coordinates in fixed point; none if the run asks for none."""
        return self.files("fixed_point")

    def slice_scores(self, wildcards: Any) -> list[str]:
        """Scores of slices that were never acquired."""
        return self.files("score_slices")

    def networks_of_coordinates(self, wildcards: Any) -> dict[str, dict[str, Any]]:
        """Recipe and hyperparameters of each network of coordinates, by the name of the method."""
        methods = (self.methods[label] for label in self.of_coordinates)
        return {
            method.name: {"recipe": method.recipe, "hyperparameters": method.hyperparameters}
            for method in methods
        }

    def network_codes(self, wildcards: Any) -> list[str]:
        """Scores of the coded networks of one image."""
        where = {"image": wildcards.image, "contrast": wildcards.contrast}
        runs = self.image_runs(self.steps["code_network"], wildcards.image)
        return [
            self.file("code_network", "scores", **where, method=one["method"])
            for one in runs
            if one["contrast"] == wildcards.contrast
        ]

    def code_scores(self, wildcards: Any) -> list[str]:
        """Scores of all codes, of networks and of references."""
        return self.files("code_network", "scores") + self.files("code_reference", "scores")

    def code_table(self, wildcards: Any) -> str | list[str]:
        """Their table, where the configuration asks for it."""
        return self.file("code_table") if self.bits else []

    @property
    def bits(self) -> int | None:
        """Bits of the weights of a coded network."""
        compression = self.config.get("compression")
        return compression["bits"] if compression else None
