"""Views that a scanner acquired, and methods that are judged without a reference."""


include: "acquired_jobs.smk"
include: "acquired_volumes.smk"
include: "acquired_scores.smk"
include: "acquired_report.smk"
