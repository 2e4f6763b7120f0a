"""Print the measured figures: `make bench`.

The real volumes are looked for in $ISOSPINE_TEST_DATA or ../shared/data; karthik2023 takes about 15 minutes.
"""

import argparse
from functools import reduce
from pathlib import Path

import large
import moved_views
import oblique_pair
import persons
import persons_table
import planning
import quality
import ranking
import report_size
import resume
import speed
import targets
from real_data import data_folder

import workflow

ROOT = Path(__file__).parents[1]

if __name__ == "__main__":
    test_data = data_folder()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--recipes", nargs="*", default=["fourier", "self-prior"], help="recipes run on every volume"
    )
    parser.add_argument("--slow-recipes", nargs="*", default=["karthik2023"], help="run on sct08mm only")
    parser.add_argument("--subjects", nargs="*", default=["sct08mm", "sct1mm", "unf01"])
    parser.add_argument(
        "--poses", type=int, default=12, help="random poses of the second view on every volume"
    )
    parser.add_argument(
        "--moved-recipes",
        nargs="*",
        default=["fourier"],
        help="recipes reconstructed from moved and from oblique views, besides baselines",
    )
    parser.add_argument(
        "--persons", type=Path, default=test_data / "real-spines", help="BIDS dataset of the part on persons"
    )
    parser.add_argument(
        "--slow", action="store_true", help="measure self-prior and fourier on all persons too"
    )
    parser.add_argument(
        "--no-persons", action="store_true", help="leave persons and the figures to reach out"
    )
    parser.add_argument("--no-moved", action="store_true", help="leave moved and oblique views out")
    parser.add_argument("--no-ranking", action="store_true", help="leave the ranking without a reference out")
    parser.add_argument("--no-speed", action="store_true", help="leave the speed of training out")
    parser.add_argument("--no-large", action="store_true", help="leave the large phantom out")
    parser.add_argument("--no-resume", action="store_true", help="leave the cost of checkpoints out")
    parser.add_argument("--no-workflow", action="store_true", help="leave the workflow's own times out")
    parser.add_argument("--no-report", action="store_true", help="leave the report of 19 subjects out")
    options = parser.parse_args()
    data = test_data / "real-t2w"
    measured = [persons_table.table_of([])]
    if not options.no_persons:
        print("Persons that the weights never saw (one thread)")
        measured += persons.all_settings(options.persons, data, options.slow)
    if data.is_dir():
        print("Quality on real volumes (whole volume, one thread)")
        quality.run(data, options.recipes, options.subjects)
        if options.slow_recipes:
            quality.run(data, options.slow_recipes, ["sct08mm"])
        if not options.no_moved:
            print("Views of a body that moved, and of another brightness (one thread)")
            moved_views.run(data, options.subjects, options.poses, options.moved_recipes)
            print("Views of other voxels, oblique to each other, overlapping in part (one thread)")
            measured.append(oblique_pair.run(data, options.subjects))
        if not options.no_ranking:
            print("Ranking of methods without a reference (one thread)")
            ranking.run(data, options.subjects)
    else:
        print(f"Quality on real volumes: skipped, {data} is not there (set ISOSPINE_TEST_DATA)")
    if not options.no_speed:
        print("Speed of training (one thread)")
        speed.run()
    if not options.no_large:
        print("A volume of full size")
        large.run(threads=1)
        measured.append(large.table())
    if not options.no_resume:
        print("Checkpoints (one thread)")
        resume.run()
    if not options.no_workflow:
        print("The workflow itself")
        workflow.run()
        files = test_data / "spine-generic-data-multi-subject-files.txt.gz"
        print("Planning the 267 subjects of spine-generic")
        if files.is_file():
            planning.run(files)
        else:
            print(f"  skipped, {files} is not there (set ISOSPINE_TEST_DATA)")
    if not options.no_report:
        print("A report of 19 subjects of full size")
        report_size.run()
    if not options.no_persons:
        print("Figures to reach, on what was measured above")
        targets.run(reduce(persons_table.replaced, measured))
