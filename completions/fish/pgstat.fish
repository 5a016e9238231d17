# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_pgstat_global_optspecs
    string join \n json csv top= exit-zero color= html= svg= text width= o/output= h/help V/version
end

function __fish_pgstat_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_pgstat_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_pgstat_using_subcommand
    set -l cmd (__fish_pgstat_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c pgstat -n "__fish_pgstat_needs_command" -l top -d 'Rows of each list' -r
complete -c pgstat -n "__fish_pgstat_needs_command" -l color -d 'Colour on a terminal (auto), always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Even into a pipe'
never\t'Never'"
complete -c pgstat -n "__fish_pgstat_needs_command" -l html -d 'Write the report as one page for a browser to FILE, too' -r -F
complete -c pgstat -n "__fish_pgstat_needs_command" -l svg -d 'One chart as a picture instead, such as gantt, cpu or durations' -r -f -a "gantt\t'Slots over time, with the critical path, locks and resources'
waiting\t'Operations that wait, by cause'
running\t'Operations that run at the same time'
throughput\t'Attempts that ended in a second'
durations\t'Durations by family'
cpu\t'Shares of the time of all CPUs'
memory\t'Memory and swap'
pressure\t'Pressure stall information'
disk\t'Bytes from and to disks'
disk-busy\t'Shares of the time in which disks had something to do'
network\t'Bytes from and to the network'
tree-cpu\t'CPUs of process trees and cgroups'
tree-memory\t'Memory of process trees and cgroups'"
complete -c pgstat -n "__fish_pgstat_needs_command" -l width -d 'Width in columns, or in pixels of a picture (default: the terminal\'s or 80; 1200)' -r
complete -c pgstat -n "__fish_pgstat_needs_command" -s o -l output -d 'Write to FILE, replaced when it is whole' -r -F
complete -c pgstat -n "__fish_pgstat_needs_command" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_needs_command" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_needs_command" -l exit-zero -d 'Exit 0 even if operations failed or the run was cut off'
complete -c pgstat -n "__fish_pgstat_needs_command" -l text -d 'With bars and sparklines of the run over time'
complete -c pgstat -n "__fish_pgstat_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgstat -n "__fish_pgstat_needs_command" -s V -l version -d 'Print version'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "report" -d 'The figures of a run and what bound it (the default)'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "top" -d 'Operations by id over all runs: slowest, flaky or failed'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "bottleneck" -d 'What held up a run, by wall seconds lost'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "workload" -d 'What operations alike spend their time with'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "locks" -d 'How each lock was held, waited for and handed on'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "mem" -d 'Does the memory of operations grow with their number'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "health" -d 'How well a run went, in one number with its reasons'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "compare" -d 'Some runs beside others: what changed, beyond chance; the gate of a CI'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "check" -d 'Targets and what was measured: met, missed or not measured'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "day" -d 'What ran on a day, beside the week before it'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "history" -d 'The runs that pgrun --history has kept'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "calibrate" -d 'How good the predictions of pgplan predict were'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "predict" -d 'What figures will be a while ahead, and when they reach a threshold'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "trend" -d 'Which figures and commands rise or fall steadily'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "correlate" -d 'Which figures go together, and which comes first'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "patterns" -d 'What comes again, at an hour of the day or with a command'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "scaling" -d 'How throughput grows with concurrency, and what bounds it'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "anomalies" -d 'What is unlike the rest: figures, operations, tasks beside other runs'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "changes" -d 'Where series change: figures of samples, durations over runs'
complete -c pgstat -n "__fish_pgstat_needs_command" -a "export" -d 'A log in the words of other programs'
complete -c pgstat -n "__fish_pgstat_using_subcommand report" -l top -d 'Rows of each list' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand report" -l color -d 'Colour on a terminal (auto), always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Even into a pipe'
never\t'Never'"
complete -c pgstat -n "__fish_pgstat_using_subcommand report" -l html -d 'Write the report as one page for a browser to FILE, too' -r -F
complete -c pgstat -n "__fish_pgstat_using_subcommand report" -l svg -d 'One chart as a picture instead, such as gantt, cpu or durations' -r -f -a "gantt\t'Slots over time, with the critical path, locks and resources'
waiting\t'Operations that wait, by cause'
running\t'Operations that run at the same time'
throughput\t'Attempts that ended in a second'
durations\t'Durations by family'
cpu\t'Shares of the time of all CPUs'
memory\t'Memory and swap'
pressure\t'Pressure stall information'
disk\t'Bytes from and to disks'
disk-busy\t'Shares of the time in which disks had something to do'
network\t'Bytes from and to the network'
tree-cpu\t'CPUs of process trees and cgroups'
tree-memory\t'Memory of process trees and cgroups'"
complete -c pgstat -n "__fish_pgstat_using_subcommand report" -l width -d 'Width in columns, or in pixels of a picture (default: the terminal\'s or 80; 1200)' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand report" -s o -l output -d 'Write to FILE, replaced when it is whole' -r -F
complete -c pgstat -n "__fish_pgstat_using_subcommand report" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand report" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_using_subcommand report" -l exit-zero -d 'Exit 0 even if operations failed or the run was cut off'
complete -c pgstat -n "__fish_pgstat_using_subcommand report" -l text -d 'With bars and sparklines of the run over time'
complete -c pgstat -n "__fish_pgstat_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgstat -n "__fish_pgstat_using_subcommand top" -l slow -d 'The N slowest by mean duration (the default, with --top rows)' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand top" -l top -d 'Rows of each list' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand top" -l color -d 'Colour on a terminal (auto), always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Even into a pipe'
never\t'Never'"
complete -c pgstat -n "__fish_pgstat_using_subcommand top" -l flaky -d 'Those that failed and succeeded, by share of failed attempts'
complete -c pgstat -n "__fish_pgstat_using_subcommand top" -l failed -d 'Those whose last attempt failed, by work'
complete -c pgstat -n "__fish_pgstat_using_subcommand top" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand top" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_using_subcommand top" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand bottleneck" -l thresholds -d 'Levels of the figures: lines of NAME WARNING CRITICAL SEVERE; others stay as they are' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand bottleneck" -l top -d 'Rows of each list' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand bottleneck" -l color -d 'Colour on a terminal (auto), always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Even into a pipe'
never\t'Never'"
complete -c pgstat -n "__fish_pgstat_using_subcommand bottleneck" -l show-thresholds -d 'Print the thresholds, as a file has them, and end'
complete -c pgstat -n "__fish_pgstat_using_subcommand bottleneck" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand bottleneck" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_using_subcommand bottleneck" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand workload" -l top -d 'Rows of each list' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand workload" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand workload" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_using_subcommand workload" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand locks" -l top -d 'Rows of each list' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand locks" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand locks" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_using_subcommand locks" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand mem" -l top -d 'Rows of each list' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand mem" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand mem" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_using_subcommand mem" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand health" -l thresholds -d 'Levels of the figures: lines of NAME WARNING CRITICAL SEVERE; others stay as they are' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand health" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand health" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_using_subcommand health" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand compare" -l before -d 'Logs before, where there are several' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand compare" -l after -d 'Logs after, where there are several' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand compare" -l max-regression -d 'Exit 1 when makespan or durations are worse by more than SHARE (10%), beyond doubt' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand compare" -l target -d 'File of targets, a line each, such as makespan <= 10m' -r -F
complete -c pgstat -n "__fish_pgstat_using_subcommand compare" -l top -d 'Rows of each list' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand compare" -l color -d 'Colour on a terminal (auto), always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Even into a pipe'
never\t'Never'"
complete -c pgstat -n "__fish_pgstat_using_subcommand compare" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand compare" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_using_subcommand compare" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand check" -l target -d 'File of targets, a line each, such as makespan <= 10m' -r -F
complete -c pgstat -n "__fish_pgstat_using_subcommand check" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand check" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand day" -l date -d 'The day, such as 2026-03-01 (default: today)' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand day" -l tz -d 'Time zone whose day it is, such as Europe/Berlin (default: the system\'s)' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand day" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand day" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and not __fish_seen_subcommand_from show gc rebuild" -l history -d 'Folder of the runs that pgrun --history has kept (else $PG_HISTORY)' -r -F
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and not __fish_seen_subcommand_from show gc rebuild" -l since -d 'Runs that began since then: 2h, 7d, 2026-03-01 or 2026-03-01T12:00:00Z' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and not __fish_seen_subcommand_from show gc rebuild" -l until -d 'Runs that began before then' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and not __fish_seen_subcommand_from show gc rebuild" -l status -d 'Runs that ended so: success, failure, cancellation, cut-off, running or damaged' -r -f -a "success\t''
failure\t''
cancellation\t''
cut-off\t''
running\t''
damaged\t''"
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and not __fish_seen_subcommand_from show gc rebuild" -l where -d 'Runs of which this holds: makespan>10m, command~nightly, host=ci-7 (repeatable)' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and not __fish_seen_subcommand_from show gc rebuild" -l last -d 'The newest N runs' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and not __fish_seen_subcommand_from show gc rebuild" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and not __fish_seen_subcommand_from show gc rebuild" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and not __fish_seen_subcommand_from show gc rebuild" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and not __fish_seen_subcommand_from show gc rebuild" -f -a "show" -d 'Feed out the log of a run: pgstat history show latest | pgstat'
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and not __fish_seen_subcommand_from show gc rebuild" -f -a "gc" -d 'Remove what is beyond the bounds, the oldest runs first'
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and not __fish_seen_subcommand_from show gc rebuild" -f -a "rebuild" -d 'Make the index anew from the logs'
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and __fish_seen_subcommand_from show" -l history -d 'Folder of the runs that pgrun --history has kept (else $PG_HISTORY)' -r -F
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and __fish_seen_subcommand_from gc" -l history -d 'Folder of the runs that pgrun --history has kept (else $PG_HISTORY)' -r -F
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and __fish_seen_subcommand_from gc" -l max-runs -d 'Keep the newest N runs' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and __fish_seen_subcommand_from gc" -l max-age -d 'Keep runs that began no longer ago' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and __fish_seen_subcommand_from gc" -l max-bytes -d 'Keep logs of so many bytes in all, the newest' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and __fish_seen_subcommand_from gc" -l always -d 'These are the bounds from now on: pgrun keeps them at the end of each run'
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and __fish_seen_subcommand_from gc" -l dry-run -d 'Say what would be removed, and remove nothing'
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and __fish_seen_subcommand_from gc" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and __fish_seen_subcommand_from rebuild" -l history -d 'Folder of the runs that pgrun --history has kept (else $PG_HISTORY)' -r -F
complete -c pgstat -n "__fish_pgstat_using_subcommand history; and __fish_seen_subcommand_from rebuild" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand calibrate" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand calibrate" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand predict" -l figure -d 'Only figures whose name holds TEXT' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand predict" -l horizon -d 'How far ahead to look: a time, or a number of runs, such as 10runs' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand predict" -l threshold -d 'When is it reached: such as \'memory used_bytes=90%\'' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand predict" -l backtest -d 'Only the forecasts of the second half, each made from the values before it'
complete -c pgstat -n "__fish_pgstat_using_subcommand predict" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand predict" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_using_subcommand predict" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand trend" -l figure -d 'Only figures whose name holds TEXT' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand trend" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand trend" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_using_subcommand trend" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand correlate" -l figure -d 'Only figures whose name holds TEXT' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand correlate" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand correlate" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_using_subcommand correlate" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand patterns" -l figure -d 'Only figures whose name holds TEXT' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand patterns" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand patterns" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_using_subcommand patterns" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand scaling" -l fit -d 'Only the coefficients of the Universal Scalability Law, a line a table'
complete -c pgstat -n "__fish_pgstat_using_subcommand scaling" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand scaling" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_using_subcommand scaling" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand anomalies" -l fdr -d 'Share of the findings that may be there by chance' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand anomalies" -l top -d 'Rows of each list' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand anomalies" -l color -d 'Colour on a terminal (auto), always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Even into a pipe'
never\t'Never'"
complete -c pgstat -n "__fish_pgstat_using_subcommand anomalies" -l runs -d 'Score each task of run logs against the same task in other runs'
complete -c pgstat -n "__fish_pgstat_using_subcommand anomalies" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand anomalies" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_using_subcommand anomalies" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand changes" -l json -d 'Records, one JSON object a line'
complete -c pgstat -n "__fish_pgstat_using_subcommand changes" -l csv -d 'Comma-separated values with a header line'
complete -c pgstat -n "__fish_pgstat_using_subcommand changes" -s h -l help -d 'Print help'
complete -c pgstat -n "__fish_pgstat_using_subcommand export" -s o -l output -d 'Write to FILE, replaced when it is whole' -r -F
complete -c pgstat -n "__fish_pgstat_using_subcommand export" -l top -d 'Rows of each list' -r
complete -c pgstat -n "__fish_pgstat_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
