# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_pgmon_global_optspecs
    string join \n i/interval= n/count= p/pid= cgroup= run= top= by= pss per-cpu counters o/output= format= textfile= listen= ring= keep= ring-size= read= alert= on-alert= cooldown= q/quiet v/verbose h/help V/version
end

function __fish_pgmon_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_pgmon_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_pgmon_using_subcommand
    set -l cmd (__fish_pgmon_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c pgmon -n "__fish_pgmon_needs_command" -s i -l interval -d 'Time between two samples' -r
complete -c pgmon -n "__fish_pgmon_needs_command" -s n -l count -d 'Stop after this many samples, the one at the start included' -r
complete -c pgmon -n "__fish_pgmon_needs_command" -s p -l pid -d 'Watch this process and everything that descends from it; end when it has gone' -r
complete -c pgmon -n "__fish_pgmon_needs_command" -l cgroup -d 'Watch a cgroup and its processes; a path as in /proc/PID/cgroup or below /sys/fs/cgroup' -r -F
complete -c pgmon -n "__fish_pgmon_needs_command" -l run -d 'Watch a running pgrun and each of its operations; without a name all of them' -r
complete -c pgmon -n "__fish_pgmon_needs_command" -l top -d 'Add the N busiest processes of the machine to each sample (without N: 10; 0: all)' -r
complete -c pgmon -n "__fish_pgmon_needs_command" -l by -d 'What makes a process busy' -r -f -a "cpu\t'CPU time since the sample before'
rss\t'Resident memory'"
complete -c pgmon -n "__fish_pgmon_needs_command" -s o -l output -d 'Write samples to a file; a command\'s output is then left alone' -r -F
complete -c pgmon -n "__fish_pgmon_needs_command" -l format -d 'Form of the samples: a table on a terminal, else ndjson' -r -f -a "ndjson\t'One JSON object a line: for programs'
csv\t'Comma-separated values with a header line: totals, no single disks or interfaces'
table\t'Aligned columns: for people'
openmetrics\t'Each sample as OpenMetrics text: for Prometheus'"
complete -c pgmon -n "__fish_pgmon_needs_command" -l textfile -d 'Keep the last sample in FILE.prom for node_exporter\'s textfile collector' -r -F
complete -c pgmon -n "__fish_pgmon_needs_command" -l listen -d 'Serve the last sample to Prometheus at this address, such as 127.0.0.1:9464 or [::1]:0' -r
complete -c pgmon -n "__fish_pgmon_needs_command" -l ring -d 'Keep samples in a ring on disk, of constant size, that a crash does not harm' -r -F
complete -c pgmon -n "__fish_pgmon_needs_command" -l keep -d 'How far back the ring reaches; 24h unless it is there already' -r
complete -c pgmon -n "__fish_pgmon_needs_command" -l ring-size -d 'Size of a new ring, instead of what --keep and the first sample ask for' -r
complete -c pgmon -n "__fish_pgmon_needs_command" -l read -d 'Write what a ring holds, oldest first, and take no samples' -r
complete -c pgmon -n "__fish_pgmon_needs_command" -l alert -d 'Tell when a figure is bad, such as \'mem > 85% for 10s\'; `default` for the usual ones' -r
complete -c pgmon -n "__fish_pgmon_needs_command" -l on-alert -d 'Run a command when an alert begins; it gets the alert as JSON' -r
complete -c pgmon -n "__fish_pgmon_needs_command" -l cooldown -d 'The least time between two runs of that command for one rule' -r
complete -c pgmon -n "__fish_pgmon_needs_command" -l pss -d 'Read proportional memory (PSS) too, which makes a sample half as dear again or more'
complete -c pgmon -n "__fish_pgmon_needs_command" -l per-cpu -d 'Add the shares of each CPU'
complete -c pgmon -n "__fish_pgmon_needs_command" -l counters -d 'Add raw counters of the kernel, beside the rates'
complete -c pgmon -n "__fish_pgmon_needs_command" -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c pgmon -n "__fish_pgmon_needs_command" -s v -l verbose -d 'Say on standard error what is done'
complete -c pgmon -n "__fish_pgmon_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgmon -n "__fish_pgmon_needs_command" -s V -l version -d 'Print version'
complete -c pgmon -n "__fish_pgmon_needs_command" -a "top" -d 'Watch the machine live in the terminal: processors, memory, pressure, disks, processes'
complete -c pgmon -n "__fish_pgmon_needs_command" -a "baseline" -d 'Keep what is usual here, and tell what is otherwise'
complete -c pgmon -n "__fish_pgmon_using_subcommand top" -s i -l interval -d 'Time between two samples' -r
complete -c pgmon -n "__fish_pgmon_using_subcommand top" -s n -l count -d 'Stop after this many samples, the one at the start included' -r
complete -c pgmon -n "__fish_pgmon_using_subcommand top" -l color -d 'Colour on a terminal (auto), always or never' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Even into a pipe'
never\t'Never'"
complete -c pgmon -n "__fish_pgmon_using_subcommand top" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgmon -n "__fish_pgmon_using_subcommand baseline; and not __fish_seen_subcommand_from save check show list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgmon -n "__fish_pgmon_using_subcommand baseline; and not __fish_seen_subcommand_from save check show list" -f -a "save" -d 'Make a baseline of samples'
complete -c pgmon -n "__fish_pgmon_using_subcommand baseline; and not __fish_seen_subcommand_from save check show list" -f -a "check" -d 'Tell which figures of samples are otherwise than a baseline; status 1 if some are'
complete -c pgmon -n "__fish_pgmon_using_subcommand baseline; and not __fish_seen_subcommand_from save check show list" -f -a "show" -d 'Write a baseline, one record a figure'
complete -c pgmon -n "__fish_pgmon_using_subcommand baseline; and not __fish_seen_subcommand_from save check show list" -f -a "list" -d 'Names of all baselines'
complete -c pgmon -n "__fish_pgmon_using_subcommand baseline; and __fish_seen_subcommand_from save" -s h -l help -d 'Print help'
complete -c pgmon -n "__fish_pgmon_using_subcommand baseline; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c pgmon -n "__fish_pgmon_using_subcommand baseline; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c pgmon -n "__fish_pgmon_using_subcommand baseline; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
