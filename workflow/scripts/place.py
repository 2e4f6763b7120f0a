"""Estimate where a body was during each of its views, of every contrast."""

from isospine.io.atomic import write_json
from isospine.jobs.log import job_log
from isospine.recipes.lookup import resolve
from isospine.views.acquired import load_acquired
from isospine.views.place import check_planes, place_contrasts
from isospine.views.record import placement_record

with job_log(snakemake.log[0]):
    params = snakemake.params
    paths = iter(snakemake.input.images)
    groups = {
        contrast: [load_acquired(next(paths), params.profile, sidecar) for sidecar in sidecars]
        for contrast, sidecars in params.sidecars.items()
    }
    for acquired in groups.values():
        check_planes([one.view for one in acquired], params.two_planes)
    placed = place_contrasts(groups, params.motion != "none", params.motion == "slices")
    if params.profile_choice:
        choose = resolve(params.profile_choice)
        placed = {contrast: choose(own) for contrast, own in placed.items()}
    record = {contrast: placement_record(own) for contrast, own in placed.items()}
    write_json(snakemake.output.record, record)
