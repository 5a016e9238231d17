//! What the page of `pgmon` says beyond its flags.

use super::metrics;
use crate::entry::Example;

/// Each is run by a test.
pub const EXAMPLES: &[Example] = &[
    Example {
        about: "Sample the machine ten times a second, three times, for a program to read",
        shell: "pgmon -i 100ms -n 3 > samples.ndjson",
        output: None,
    },
    Example {
        about: "What did a command cost? Samples and a summary in a file, its output as ever",
        shell: "pgmon -i 50ms -o samples.ndjson -- echo done",
        output: Some("done\n"),
    },
    Example {
        about: "Watch this shell and all it starts for a while, for a spreadsheet",
        shell: "pgmon -i 20ms -n 2 --pid $$ --format csv > samples.csv",
        output: None,
    },
    Example {
        about: "The five processes with the most memory, in a table",
        shell: "pgmon -n 1 --top=5 --by rss --format table",
        output: None,
    },
    Example {
        about: "Metrics of the machine, as Prometheus reads them",
        shell: "pgmon -n 1 --format openmetrics | grep '^pgmon_samples'",
        output: Some("pgmon_samples_total 1\n"),
    },
    Example {
        about: "What node_exporter has to tell besides, kept while a command runs",
        shell: "pgmon -q --textfile ./pgmon.prom -- echo done && grep -c '^# TYPE pgmon_build_info' ./pgmon.prom",
        output: Some("done\n1\n"),
    },
    Example {
        about: "Serve metrics to Prometheus while a command runs",
        shell: "pgmon --listen 127.0.0.1:0 -- echo done",
        output: Some("done\n"),
    },
    Example {
        about: "pgmon has the status of the command",
        shell: "pgmon -q -i 50ms -- sh -c 'exit 3' > samples.ndjson || echo status $?",
        output: Some("status 3\n"),
    },
];

/// Title and text.
pub const SECTIONS: &[(&str, &str)] = &[
    (
        "SAMPLES",
        "The first sample is taken at once and has no rates, since a rate is the difference of \
         two readings; the last is taken at the end. Sample k is due k intervals after the start, \
         so that samples do not drift; one that is late is taken late, those it overran are left \
         out and counted in \"missed\". CPU of the machine is in shares of all CPUs; CPU of trees \
         and processes is in CPUs, 1 being one of them all the time. Each sample tells what pgmon \
         itself has cost. The fields are in pg-record(5).",
    ),
    (
        "RATES, LEVELS AND COUNTERS",
        "A field that ends in \"_per_s\" is a rate, and so are shares such as \"busy\", \"util\" and \
         pressure: differences of two readings over \"interval_s\". A level is what is there now: \
         bytes of memory, sockets, open files. Raw counters of the machine stand in \"counters\" alone \
         (--counters), as the kernel has them, so that whoever keeps samples can make rates of any \
         two; those of a control group end in \"_total\" or count time or bytes since it was made, as \
         their description says. The totals of a process tree begin with the first sample. A counter that was reset \
         counts as still, never as a negative rate. What a kernel does not tell, or a device does \
         not have, is left out: 0 always means that nothing happened.",
    ),
    (
        "PROCESS TREES",
        "A tree is a process and all that descend from it while it is watched. Its totals begin \
         with the first sample, hold the use of processes that have ended, and never run \
         backwards. A process that begins and ends between two samples is counted by its parent \
         when that waits for it. RSS counts a page that several processes share once for each; \
         --pss divides it among them, for which the kernel must walk through every page table. What belongs to other users may not be \
         readable; such processes are counted in \"unreadable\". With several processes or cgroups \
         pgmon ends when all have gone.",
    ),
    (
        "COMMANDS",
        "A command runs in pgmon's own process group, with its descriptors and environment. \
         With samples on standard output the command's standard output goes to standard error; \
         with -o it is left alone. What the terminal sends (Ctrl-C) goes to the command, and pgmon \
         waits for it; INT, QUIT, TERM, HUP, USR1 and USR2 that somebody sends to pgmon alone are \
         passed on. Orphans of the command come to pgmon while it runs, so that they are counted; \
         those that outlive the command are told in \"left\" and run on.",
    ),
    (
        "CGROUPS",
        "Version 1, version 2 and both side by side are read. A counter is looked for where its \
         controller lives. \"cgroup\" in a tree is what the kernel counts since the cgroup was \
         made; the other fields are added up over its processes.",
    ),
    (
        "PROMETHEUS",
        "--listen serves the metrics of the last sample at http://ADDRESS:PORT/metrics, as OpenMetrics 1.0 to \
         who asks for it and as text 0.0.4 to others; port 0 takes one that is free, and says which. \
         --textfile keeps them in a file for node_exporter's textfile collector, as text 0.0.4; the \
         file is replaced as a whole, readable for all, and stays when pgmon ends. --format openmetrics writes each sample \
         as OpenMetrics text, ended by a line `# EOF`. With --listen or --textfile alone no stream of \
         samples is written; -o or --format asks for one besides.\n\n\
         Samples are taken when they are due, not when somebody asks: what is served is at most one \
         interval old, and tells its time in pgmon_sample_timestamp_seconds. So many clients cost no \
         more than one, and none can hold up the samples: a request has 8 KiB and 10 s, a reply 10 s, a \
         connection that is kept open 5 minutes, and of 64 connections the one whose time is over first \
         makes room for another. There is no password and no encryption: whoever reaches the address \
         can read it, so name one that only the right ones reach. --verbose says on standard error \
         what was served to whom.\n\n\
         scripts/prometheus/pgmon.rules.yml has alerts and scripts/grafana/pgmon.json a dashboard; \
         this is all that Prometheus needs to know:\n\n    \
         scrape_configs:\n      \
           - job_name: pgmon\n        \
             static_configs:\n          \
               - targets: ['127.0.0.1:9464']",
    ),
    ("METRICS OF THE MACHINE", metrics::MACHINE_PAGE),
    ("METRICS OF TREES", metrics::TREES_PAGE),
    (
        "FILES",
        "/proc  the machine, its processes and its pressure
/sys/block  which disks are whole
/sys/fs/cgroup  control groups

Nothing is written but what -o and --textfile name; beside FILE.prom stands \
.FILE.prom.PID.tmp while it is written.",
    ),
    ("ENVIRONMENT", "PATH  Folders in which a command without a slash is looked for."),
];
