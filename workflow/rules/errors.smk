"""The last thing that a failed run says: why, in one line per job."""

import time

from isospine.failures import describe_failures

STARTED = time.time()


onerror:
    failures = list(describe_failures(Path("results/logs"), STARTED))
    if failures:
        print("\nWhat failed, by log file:", *failures, sep="\n", file=sys.stderr)
    print(
        "\nHow far each image is: snakemake --cores 1 status",
        "To go on without the images that failed: snakemake --cores 1 leave_out, then run again",
        sep="\n",
        file=sys.stderr,
    )
