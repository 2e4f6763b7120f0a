"""The last thing that a failed run says: why, in one line per job."""

import shlex
import time

from isospine.failures import describe_failures

STARTED = time.time()


onerror:
    failures = list(describe_failures(Path("results/logs"), STARTED))
    if failures:
        print("\nWhat failed, by log file:", *failures, sep="\n", file=sys.stderr)
    files = map(str, workflow.config_settings.configfiles)
    options = shlex.join(
        option for file in files for option in ("--configfile", file)
    )
    print(
        f"\nHow far each image is: snakemake --cores 1 status {options}",
        "To go on without the images that failed: snakemake --cores 1 leave_out "
        f"{options}; then run again",
        sep="\n",
        file=sys.stderr,
    )
