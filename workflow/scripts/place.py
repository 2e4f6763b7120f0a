"""Estimate where the body was during each of its views."""

from isospine.acquired import load_acquired
from isospine.acquired_methods import check_planes
from isospine.files import write_json
from isospine.joblog import job_log
from isospine.placed_views import place_views
from isospine.placement_record import placement_record

with job_log(snakemake.log[0]):
    params = snakemake.params
    acquired = [
        load_acquired(path, params.profile, sidecar)
        for path, sidecar in zip(snakemake.input.images, params.sidecars, strict=True)
    ]
    check_planes([one.view for one in acquired], params.two_planes)
    placed = place_views(acquired, params.motion != "none", params.motion == "slices")
    write_json(snakemake.output.record, placement_record(placed))
