complete -c pgmon -s i -l interval -d 'Time between two samples' -r
complete -c pgmon -s n -l count -d 'Stop after this many samples, the one at the start included' -r
complete -c pgmon -s p -l pid -d 'Watch this process and everything that descends from it; end when it has gone' -r
complete -c pgmon -l cgroup -d 'Watch a cgroup and its processes; a path as in /proc/PID/cgroup or below /sys/fs/cgroup' -r -F
complete -c pgmon -l top -d 'Add the N busiest processes of the machine to each sample (without N: 10; 0: all)' -r
complete -c pgmon -l by -d 'What makes a process busy' -r -f -a "cpu\t'CPU time since the sample before'
rss\t'Resident memory'"
complete -c pgmon -s o -l output -d 'Write samples to a file; a command\'s output is then left alone' -r -F
complete -c pgmon -l format -d 'Form of the samples: a table on a terminal, else ndjson' -r -f -a "ndjson\t'One JSON object a line: for programs'
csv\t'Comma-separated values with a header line: totals, no single disks or interfaces'
table\t'Aligned columns: for people'
openmetrics\t'Each sample as OpenMetrics text: for Prometheus'"
complete -c pgmon -l textfile -d 'Keep the last sample in FILE.prom for node_exporter\'s textfile collector' -r -F
complete -c pgmon -l listen -d 'Serve the last sample to Prometheus at this address, such as 127.0.0.1:9464 or [::1]:0' -r
complete -c pgmon -l pss -d 'Read proportional memory (PSS) too, which makes a sample half as dear again or more'
complete -c pgmon -l per-cpu -d 'Add the shares of each CPU'
complete -c pgmon -l counters -d 'Add raw counters of the kernel, beside the rates'
complete -c pgmon -s q -l quiet -d 'Say nothing but errors on standard error'
complete -c pgmon -s v -l verbose -d 'Say on standard error what is done'
complete -c pgmon -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pgmon -s V -l version -d 'Print version'
