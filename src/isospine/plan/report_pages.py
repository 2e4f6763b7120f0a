"""The pages of the report: what the page of each subject shows of its images, and what the first page links to."""

from collections.abc import Iterator
from typing import Any

from isospine.plan.method_jobs import MethodJobs
from isospine.plan.steps import Step
from isospine.plan.unfolding import Unfolding, Wildcards, image_name, subject_of

#: Steps whose tables and findings a page reads, by the name of their file.
READ = {
    "evaluate": ("scores", "metrics"),
    "figure_error_anatomy": ("anatomy", "table"),
    "figure_segmentation": ("segmentations", "table"),
    "figure_acquired": ("findings", "findings"),
    "follow_up": ("findings", "findings"),
}
#: Steps that leave a record of what computed a volume.
RECORDED = ("train", "train_shared", "baseline")


class ReportPages(MethodJobs):
    """Inputs and params of the pages of the report; parameters and errors are those of `Unfolding`."""

    def subject_sections(self, wildcards: Any) -> list[dict[str, Any]]:
        """What the page of a subject shows."""
        return subject_sections(self, wildcards.subject)

    def subject_inputs(self, wildcards: Any) -> list[str]:
        """Files that the page of a subject reads or shows."""
        return subject_inputs(self, wildcards.subject)

    def report_subjects(self, wildcards: Any) -> dict[str, list[str]]:
        """Names of the images of each subject, with their contrasts."""
        return {
            subject: [f"{image_name(image)}_{contrast}" for image in images for contrast in self.contrasts]
            for subject, images in self.subjects.items()
        }

    def run_pages(self, wildcards: Any) -> list[tuple[str, str]]:
        """Rule and path of each figure, table and page of the whole run that the report shows."""
        steps = [step for step in self.steps.values() if not {"image", "subject"} & set(step.over)]
        return [
            (step.rule, step.files[name].format(**wildcards_of))
            for step in steps
            for wildcards_of in self.runs(step)
            for name in step.shown
        ]


def session_of(image: str) -> str:
    """Its session, as "ses-01"; "n/a" where there is none."""
    second = image.split("/")[1]
    return second if second.startswith("ses-") else "n/a"


def subject_sections(run: Unfolding, subject: str) -> list[dict[str, Any]]:
    """Describe what the page of a subject shows: a section for each image and contrast.

    Parameters
    ----------
    run : Unfolding
        The plan.
    subject : str
        Label of the subject.

    Returns
    -------
    list of dict
        `image` (name with contrast), `participant`, `session`, `contrast`; `figures`, `pages` and `volumes` (rule, wildcards and
        path of each); `findings` (path, and paths of their figures by name); `records`, `scores`, `anatomy` and `segmentations` (paths).
    """
    return [_section(run, image, contrast) for image in run.subjects[subject] for contrast in run.contrasts]


def _section(run: Unfolding, image: str, contrast: str) -> dict[str, Any]:
    section: dict[str, Any] = {
        "image": f"{image_name(image)}_{contrast}",
        "participant": f"sub-{subject_of(image)}",
        "session": session_of(image),
        "contrast": contrast,
        "figures": [],
        "pages": [],
        "volumes": [],
        "records": [],
        "scores": [],
        "anatomy": [],
        "segmentations": [],
        "findings": [],
    }
    for step, wildcards in _steps(run, image, contrast):
        files = {name: path.format(**wildcards) for name, path in step.files.items()}
        about = {"rule": step.rule, **{k: v for k, v in wildcards.items() if k not in ("image", "contrast")}}
        for name in step.shown:
            kind = "pages" if files[name].endswith(".html") else "figures"
            section[kind].append(about | {"path": files[name]})
        section["volumes"] += [
            about | {"path": path}
            for path in files.values()
            if step.exported
            and path.endswith(".nii.gz")
            and ("contrast" in wildcards or _is_of(path, contrast))
        ]
        if step.rule in RECORDED:
            section["records"] += [
                f for f in files.values() if f.endswith(".json") and _is_record(f, contrast)
            ]
        if step.rule in READ:
            kind, name = READ[step.rule]
            figures = {name: files[name] for name in step.shown if files[name].endswith(".png")}
            section[kind].append(
                {"path": files[name], "figures": figures} if kind == "findings" else files[name]
            )
    return section


def _steps(run: Unfolding, image: str, contrast: str) -> Iterator[tuple[Step, Wildcards]]:
    """Jobs of one contrast of an image, or of all of them together."""
    for step in run.steps.values():
        if "image" in step.over:
            for wildcards in run.image_runs(step, image):
                if wildcards.get("contrast", contrast) == contrast:
                    yield step, wildcards


def _is_of(path: str, contrast: str) -> bool:
    return f"_{contrast}." in path or f"_desc-{contrast}_" in path


def _is_record(path: str, contrast: str) -> bool:
    return path.startswith("results/models/") and _is_of(path, contrast)


def subject_inputs(run: Unfolding, subject: str) -> list[str]:
    """Files that the page of a subject reads or shows; volumes it only links to."""
    kinds = ("records", "scores", "anatomy", "segmentations")
    files: list[str] = []
    for section in subject_sections(run, subject):
        files += [one["path"] for kind in ("figures", "pages", "findings") for one in section[kind]]
        files += [path for kind in kinds for path in section[kind]]
    return list(dict.fromkeys(files))
