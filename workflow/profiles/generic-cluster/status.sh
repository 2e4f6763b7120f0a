#!/bin/sh
# Print the state of a job: running (or queued), success or failed.
#
#   status.sh JOB
#
# No answer from the scheduler means running: the query is repeated, and the job is not submitted again while it may
# still be running. If the scheduler no longer knows the job, it failed.

job=$1

answer() {
  echo "$1"
  exit 0
}

by_exit_status() {
  if [ "$1" = 0 ]; then answer success; else answer failed; fi
}

slurm() {
  # the controller forgets a job minutes after its end; the accounting database, where there is one, does not
  state=$(squeue --noheader --states=all --format=%T --jobs="$job" 2>&1) ||
    case $state in
      *"Invalid job id"*) state= ;;
      *) answer running ;;
    esac
  if [ -z "$state" ]; then
    state=$(sacct --allocations --noheader --parsable2 --format=State --jobs="$job" 2>/dev/null)
  fi
  case $state in
    COMPLETED) answer success ;;
    PENDING | CONFIGURING | RUNNING | COMPLETING | SUSPENDED | REQUEUED | STOPPED | RESIZING | SIGNALING | STAGE_OUT)
      answer running
      ;;
    *) answer failed ;;
  esac
}

lsf() {
  state=$(bjobs -noheader -o stat "$job" 2>&1)
  case $state in
    DONE) answer success ;;
    EXIT | ZOMBI | *"is not found"*) answer failed ;;
    *) answer running ;;
  esac
}

grid_engine() {
  if known=$(qstat -j "$job" 2>&1); then answer running; fi
  case $known in
    *"do not exist"*) ;;
    *) answer running ;;
  esac
  # the job has ended; the accounting file shows it some seconds later
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    status=$(qacct -j "$job" 2>/dev/null | awk '$1 == "failed" || $1 == "exit_status" {sum += $2} END {if (NR) print sum}')
    if [ -n "$status" ]; then by_exit_status "$status"; fi
    sleep "${STATUS_PAUSE:-3}"
  done
  answer failed
}

pbs() {
  known=$(qstat -x -f "$job" 2>&1)
  case $known in
    *"job_state = F"* | *"job_state = C"*)
      by_exit_status "$(echo "$known" | sed -n 's/^ *[Ee]xit_status = //p')"
      ;;
    # Torque, whose -x prints XML
    *"<job_state>C</job_state>"*)
      by_exit_status "$(echo "$known" | sed -n 's/.*<exit_status>\(-*[0-9]*\)<.*/\1/p')"
      ;;
    *"nknown Job Id"* | *"nknown Job ID"*) answer failed ;;
    *) answer running ;;
  esac
}

if command -v squeue >/dev/null; then
  slurm
elif command -v bjobs >/dev/null; then
  lsf
elif command -v qacct >/dev/null; then
  grid_engine
else
  pbs
fi
