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
        about: "Keep a minute of samples on disk, whatever happens; then look at them",
        shell: "pgmon -q -i 20ms -n 5 --ring ./mon.ring --keep 1m && pgmon --read ./mon.ring | wc -l",
        output: Some("5\n"),
    },
    Example {
        about: "Say when something is bad, and do something about it",
        shell: "pgmon -q -n 1 --alert 'load >= 0' --on-alert 'touch ./alarm' > samples.ndjson",
        output: None,
    },
    Example {
        about: "Keep what is usual on this machine; later, ask what is otherwise",
        shell: "pgmon -i 20ms -n 10 > quiet.ndjson; pgmon baseline save quiet quiet.ndjson && pgmon baseline check quiet quiet.ndjson && pgmon baseline list",
        output: Some("quiet\n"),
    },
    Example {
        about: "What each operation of a running pgrun uses",
        shell: "pgmon --run -n 1 > samples.ndjson",
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
        "RUNS",
        "--run watches running pgruns: each sample has \"runs\", one entry a run, and \"ops\", one entry \
         an operation that runs now, with its id, slot, process, CPU, memory and I/O. Without a name all \
         that run and all that begin later are watched; --run=PID,NAME names some by the process or by \
         the name in PG_RUN, and pgmon ends with them. An operation is its command with all that descends from it and \
         what that has left to the runner; its totals are since it began. One that has ended since the \
         sample before is told once more, with the last figures that were seen. Operations that begin and end \
         between two samples are in no sample; the runner's tree has counted them, and pgrun's events \
         have their exact use. How many have ended and failed is known where the events go into a \
         file (pgrun --events FILE).",
    ),
    (
        "RINGS",
        "--ring FILE keeps samples in a file of constant size that reaches back --keep, a day by default. \
         Without -o or --format samples then go nowhere else. A pgmon that is killed \
         loses at most the sample it was writing; a machine that loses its power at most what was \
         written since the last full segment, of which there are 64 and more; both are found by checksums, and \
         the next pgmon goes on after what is sound. The size is decided by the first sample, of which later ones \
         are stored as differences, with room to spare; if the ring reaches back too little all the same, \
         pgmon says so, and --ring-size makes a larger one. --read writes what a ring holds, oldest \
         first, in any form; pgstat reads rings as it reads other files. A ring has one writer: another \
         pgmon with the same FILE is refused.\n\n\
         Where there are several outputs, one that fails is told and gets no more samples; the others go on, \
         and the exit status tells it at the end.",
    ),
    (
        "ALERTS",
        "A rule is FIGURE > LEVEL or FIGURE < LEVEL (also >= and <=), then, if wanted, \"for DUR\": it must be \
         so as long before it is told; and \"clear LEVEL\": what the value must come back to before it is over, a twentieth on the good side of \
         the threshold by default. It is over when the value has been there for DUR, so that a value \
         at the threshold is told once. Several --alert are several rules.

cpu iowait steal    share of the time of all CPUs
mem swap            bytes in use; with percent, of what there is
disk                room that is used, of the fullest file system
load                load average over a minute
oom                 programs killed for want of memory since the sample before

Others are written as pgstat(1) calls them, thing and figure, such as `disk vda util`, `pressure io full`, \
         `memory available_bytes`, `network eth0 drops_per_s`, `sockets listen_drops_per_s`, `cgroup /jobs throttled`, `tree 4711 rss_bytes`, `op build cpus`; \
         `disk util` is the worst of all disks. Levels are percent, sizes, durations or numbers, as the figure is. \
         `--alert default` stands for cpu > 90% for 10s, mem > 95% for 10s, disk > 95%, and with --run for \
         a start that took more than 10 s (run start_s) and more than a tenth of the operations failed (run failed_share).

An alert is told in a line on standard error and as a record, alert, among the samples. The \
         command of --on-alert is run by sh when a rule begins to hold, not again for the same rule within \
         --cooldown, nor while it still runs. It has the record on its standard input and PG_ALERT* in its \
         environment; its output goes to standard error. Sampling does not wait for it.",
    ),
    (
        "BASELINES",
        "pgmon baseline save NAME makes a baseline of samples of a time when all was well: number, median, median \
         absolute deviation and 95th percentile of each figure, and the same for each hour of the day (UTC) where the \
         samples span more than two days. show writes it, list names all. check tells in findings which figures of \
         other samples are otherwise, and exits 1 if some are: those whose median, each reading held against its \
         hour, is off by a tenth of what it was and more, and by more than chance explains in 99 of 100 comparisons of \
         equal loads, all figures together. Readings close in time are alike and count for fewer.",
    ),
    (
        "TOP",
        "pgmon top shows the machine and its processes live in the terminal: each CPU, memory and swap, \
         pressure, disks, networks, and below them all processes, the busiest first. CPU% is of one \
         CPU; a `-` stands for what may not be read or is not known yet. Its keys:\n\n\
         q  quit; so does Ctrl-C\n\
         c, m, i, T, p, n  order by CPU, memory, disk, CPU time, number, name\n\
         r  the other way round\n\
         t  children below their parents\n\
         /  show only processes with these letters in their name or command line; Escape ends it\n\
         space  pause, and go on\n\
         ?  show the keys\n\n\
         The terminal is given back as it was, whatever ends it. Where standard output is no \
         terminal it is refused; --top writes the busiest processes instead. A verb is the first \
         word alone: a command that is called top is run by `pgmon -- top`.",
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

XDG_STATE_HOME/pgtools/baselines  baselines; in HOME/.local/state without it

Else nothing is written but what -o, --textfile and --ring name; beside FILE.prom stands \
.FILE.prom.PID.tmp while it is written, beside a ring .FILE.PID.tmp while it is made.",
    ),
    (
        "ENVIRONMENT",
        "PATH  Folders in which a command without a slash is looked for.
XDG_STATE_HOME HOME  where baselines are kept
PG_RUN PG_ID PG_SEQ PG_SLOT PG_ATTEMPT  read in the environments of other processes by --run
PG_ALERT PG_ALERT_STATE PG_ALERT_FIGURE PG_ALERT_VALUE PG_ALERT_THRESHOLD PG_ALERT_SINCE  given to the command of --on-alert",
    ),
];
