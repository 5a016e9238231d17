//! What the man page says beyond the flags.

use crate::entry::Example;

/// Examples; each is run by the tests.
pub const EXAMPLES: &[Example] = &[
    Example {
        about: "What bound a run, in one line",
        shell: "pgstat --json examples/runs/lock.ndjson | jq -r 'select(.type == \"report\").verdict'",
        output: Some(
            "bound by lock:msi: the last operation waited for it or held it 8.000 s of 8.000 s wall (100 %)\n",
        ),
    },
    Example {
        about: "A run with what was measured beside it",
        shell: "pgstat examples/runs/slots.ndjson examples/runs/samples.ndjson",
        output: None,
    },
    Example {
        about: "Straight from the run",
        shell: "pgrun -j2 --events run.ndjson echo {} ::: a b c; pgstat run.ndjson",
        output: None,
    },
    Example {
        about: "A GNU parallel job log; its failures are looked at, not passed on",
        shell: "pgstat --exit-zero --top 3 examples/runs/jobs.tsv",
        output: None,
    },
    Example {
        about: "Several runs in one sheet: where each one's time went",
        shell: "pgstat --csv examples/runs/lock.ndjson examples/runs/slots.ndjson | cut -d, -f1,3,36",
        output: Some("run,wall_s,bound\nlock,8,lock:msi\nslots,2,slots\n"),
    },
    Example {
        about: "What held up a run, and how bad that is",
        shell: "pgstat bottleneck --json examples/runs/lock.ndjson | jq -r '\"\\(.cause): \\(.lost_s) s, \\(.severity)\"'",
        output: Some("lock:msi: 6 s, severe\npath: 1 s, warning\n"),
    },
    Example {
        about: "The same, with lower thresholds of one's own",
        shell: "echo 'cpu 50% 60% 70%' > levels; pgstat bottleneck --thresholds levels examples/runs/slots.ndjson examples/runs/samples.ndjson",
        output: None,
    },
    Example {
        about: "What operations spend their time with",
        shell: "pgrun --events run.ndjson sleep ::: 0.11 0.12 0.13; pgstat workload --csv run.ndjson | cut -d, -f2,3,5",
        output: Some("family,class,n\nsleep #,wait,3\n"),
    },
    Example {
        about: "How well a run went, and why not better",
        shell: "pgstat health examples/runs/lock.ndjson",
        output: None,
    },
    Example {
        about: "How a lock was held, waited for and handed on",
        shell: "pgstat locks --json examples/runs/lock.ndjson | jq -c '[.name, .queue_max]'",
        output: Some("[\"msi\",3]\n"),
    },
    Example {
        about: "Does a worker leak",
        shell: "pgstat mem examples/runs/*.ndjson",
        output: None,
    },
    Example {
        about: "How good the predictions of a run were",
        shell: "printf 'fetch lint' | pgplan predict --json --history examples/runs/path.ndjson > told.ndjson\npgstat calibrate told.ndjson examples/runs/path.ndjson",
        output: None,
    },
    Example {
        about: "The gate of a CI: a second run that is slower than the first by more than 10 %, beyond doubt, is status 1",
        shell: "pgstat compare --max-regression 10% examples/runs/lock.ndjson examples/runs/lock.ndjson | tail -n1",
        output: Some("too few values to tell of a regression beyond 10 %; give more runs\n"),
    },
    Example {
        about: "Many runs before and many after",
        shell: "for i in 1 2 3 4 5; do pgrun --events before-$i.ndjson true ::: a b; pgrun --events after-$i.ndjson true ::: a b; done\npgstat compare --before before-*.ndjson --after after-*.ndjson",
        output: None,
    },
    Example {
        about: "A day of a time zone, beside the week before it",
        shell: "pgstat day --date 2023-11-14 --tz Europe/Berlin examples/runs/slots.ndjson",
        output: None,
    },
    Example {
        about: "Targets, met or missed",
        shell: "pgstat check --target examples/targets.txt examples/runs/slots.ndjson || echo status $?",
        output: None,
    },
    Example {
        about: "The runs that are kept, and the report of the last one",
        shell: "export PG_HISTORY=runs\npgrun true ::: a b c\npgstat history --since 7d --status success --where 'ops>2'\npgstat history show latest | pgstat",
        output: None,
    },
    Example {
        about: "When a disk is full, if it goes on like this",
        shell: "printf '{\"series\":\"disk used\",\"step_s\":60,\"values\":[%s]}' $(seq -s , 1 60) > disk.ndjson\npgstat predict --threshold 'disk used=100' disk.ndjson | tail -1",
        output: Some("disk used 100.0: reached in 40 min 0 s (not before 40 min 0 s)\n"),
    },
    Example {
        about: "When a nightly build takes longer than twelve minutes, if it goes on like this",
        shell: "for n in $(seq 20); do\n  printf 'Seq\\tHost\\tStarttime\\tJobRuntime\\tSend\\tReceive\\tExitval\\tSignal\\tCommand\\n1\\t:\\t%d\\t%d\\t0\\t0\\t0\\t0\\tmake\\n' \\\n    $((1700000000 + n * 86400)) $((400 + n * 10)) > night-$n.tsv\ndone\npgstat predict --horizon 7runs --threshold 'run makespan_s=12m' night-*.tsv | tail -1",
        output: Some("run makespan_s 720.0: reached in 12 runs, 12 d 0 h (not before 12)\n"),
    },
    Example {
        about: "What becomes slower from run to run",
        shell: "for n in $(seq 12); do pgrun -j2 --events run-$n.ndjson sleep ::: 0 0; done\npgstat trend run-*.ndjson",
        output: None,
    },
    Example {
        about: "What the machine does again and again, and what goes with what",
        shell: "pgstat patterns examples/runs/samples.ndjson\npgstat correlate examples/runs/samples.ndjson",
        output: None,
    },
    Example {
        about: "How many workers are worth it",
        shell: "printf 'workers,rate\\n1,10\\n2,20\\n4,40\\n8,50\\n16,50\\n' | pgstat scaling | tail -1",
        output: Some(
            "verdict     bound by limit: the rate stops at 50.0000: 5.0 workers reach it, more add nothing\n",
        ),
    },
    Example {
        about: "What is out of line in a series, known when it comes",
        shell: "awk 'BEGIN { print \"timestamp,value\"; for (i = 0; i < 400; i++) print i * 60 \",\" (i == 300 ? 90 : 20 + i % 7) }' > load.csv\npgstat anomalies --csv load.csv | awk -F, '$3 >= 0.5 { print $1, $2 }'",
        output: Some("timestamp value\n18000 90\n"),
    },
    Example {
        about: "A run on the page of its CI job, and in Perfetto",
        shell: "pgstat export markdown examples/runs/lock.ndjson >> summary.md\npgstat export chrome-trace -o trace.json examples/runs/lock.ndjson",
        output: None,
    },
    Example {
        about: "The failed cases of a table of tests",
        shell: "pgstat export junit examples/runs/jobs.tsv | grep -c '<failure'",
        output: Some("1\n"),
    },
    Example {
        about: "What a run did over time, in a terminal; one chart for a document",
        shell: "pgstat --text examples/runs/lock.ndjson\npgstat report --svg gantt -o lock.svg examples/runs/lock.ndjson",
        output: None,
    },
    Example {
        about: "A page for a browser",
        shell: "pgstat --html report.html examples/runs/lock.ndjson examples/runs/samples.ndjson >report.txt",
        output: None,
    },
    Example {
        about: "Operations that fail now and then",
        shell: "pgstat top --flaky --csv examples/runs/*.ndjson",
        output: Some(
            "id,runs,attempts,failed_attempts,failed_share,mean_s,max_s,work_s,last\n\
             get,1,3,2,0.666667,1,1,3,success\n",
        ),
    },
    Example {
        about: "The task that is most unlike the same task in other runs",
        shell: "pgstat anomalies --runs examples/tasks.ndjson | jq -rs 'max_by(.anomaly_score) | .run + \" \" + .id'",
        output: Some("night-5 build\n"),
    },
    Example {
        about: "Where a series changes",
        shell: "jq -nc '{series: \"build\", values: [range(30) | if . < 18 then 5 else 9 end]}' | pgstat changes",
        output: Some("{\"series\":\"build\",\"changepoints\":[18]}\n"),
    },
];

/// Sections of the page.
pub const SECTIONS: &[(&str, &str)] = &[
    (
        "INPUT",
        "Each file is known by its first line: records (the events of pgrun --events and pglock, the \
         samples of pgmon, in any mix), the job log of pgrun --joblog and of GNU parallel, or a \
         .ninja_log of version 5, 6 or 7. Files and standard input may be packed with gzip or zstd. A report is made for every run; samples join it where \
         there is one run, and have their own report otherwise.\n\n\
         Lines that are no records are passed over, counted, and said once on standard error. A line \
         that begins like a record and is none is named with file, line and column; the others are \
         still read and reported, and the status is 65. So it is where nothing can be reported at \
         all. A run without operations is a report of zeros.\n\n\
         Of a .ninja_log the last build is read. Outputs of one command, which follow each other with \
         the same times and hash, count once.",
    ),
    (
        "FIGURES",
        "wall: from when the first operation was ready to the last end. work: the sum of the durations of \
         all attempts, exact to the microsecond. speedup = work / wall. utilisation = work / (wall x \
         slots). schedule quality = max(critical path, work / slots) / wall: 1 when no order of the \
         operations makes the run shorter. critical path: the longest chain of needs by measured \
         durations. throughput: operations ended, a second of wall. Barriers count nowhere; an \
         operation that was skipped is one that has not run. Where a log does not say how many slots \
         there were, it is the greatest concurrency seen, and the report says so.\n\n\
         Quantiles are within 0.4 % (128 buckets a power of two). Families are operations alike: the \
         first word of the command and the id, with every run of digits as one #; their deviation is \
         the standard deviation over the mean.",
    ),
    (
        "WHERE THE WALL WENT",
        "The wall is cut from its end backwards: the run of the operation that ended last; what it \
         waited for after it was ready; the run of the need that made it ready; and so on. Every \
         microsecond goes to one cause: path (an operation of the chain ran), slots, lock:NAME, \
         resource:NAME, retries (attempts that failed and the pauses after them), start (everything \
         was there and the operation had not been started, which includes the time a slot stood idle \
         although its next operation was ready), timeouts (attempts that a timeout ended), tokens (others had all of those of make's jobserver), output (the reader of the output was slow), input \
         (nothing was ready yet).\n\n\
         The run is bound by the cause that explains most of the wall: for path the longest chain of \
         needs, for slots the work shared among them, for a lock or a resource what was waited for \
         it and run with it on that chain, for start the idle time of ready slots shared among them. \
         Causes within 2 % of each other are decided by the wall.",
    ),
    (
        "WHO IS TO BLAME, AND WHAT TO CHANGE",
        "`to blame` names, for each cause, the operations of the chain that waited longest, behind whom and \
         how long. `what the time went into` cuts the durations of each family into user, system and \
         waiting, which together are its work; before that come the waits for locks and for anything else. \
         What several threads used at once counts once. Medians stand with the interval in which the median \
         lies with 95 % confidence, by ranks; of fewer than 6 there is none.\n\n\
         `what a change would save` runs the log again on a simulated machine, as `pgplan sim` does, with \
         one thing changed: a slot more, twice the slots, a lock that two may hold, room for one more that \
         asks for a resource, attempts that do not fail, a family that takes half as long. A change is tried \
         where its cause took 2 % of the wall, and told where it saves 1 %. Nothing is told of a run of more \
         than 2,000 attempts and barriers, nor beyond the first 200,000 of all runs together, nor where the \
         simulation of the run as it was is off by more than 15 %. What is simulated knows nothing of CPUs: where they were busy, or not measured, that is said beside it.",
    ),
    (
        "BOTTLENECKS",
        "`pgstat bottleneck` ranks what held up a run by wall seconds lost. What the chain of the run waited \
         for is lost. The rest of the wall operations ran, and of that, with the samples of `pgmon`, are \
         lost: what the kernel says somebody waited for memory (pressure), what the operations' processes \
         waited for disks and for CPUs, what other guests took (steal), what a CPU quota held back \
         (throttled), what they waited elsewhere while the network carried nearly as much as it ever did in \
         the run, at least 1 MiB/s and 4 times what it carries in quiet moments or before and after the run, or \
         sent more than 1 % again. CPUs that strangers use more than the run are a neighbour. What filled slots \
         and came to nothing is lost to retries and timeouts. What is left is work: to slots, path and CPUs \
         is lost what twice as many, or half as long, would save: half of it.\n\n\
         The severity is the worse of two: that of the cause's own figure and that of the share of the wall. \
         `--show-thresholds` prints the table, and `--thresholds FILE` reads one: what it names stands \
         instead. Path and slots are warnings at most. Figures that are bad although no wall was lost to \
         them follow behind. `pgmon --pid` or `pgmon -- pgrun ...` watches the tree of the run; without it \
         strangers and waits for CPUs are told apart less well.\n\n\
         `pgstat health` is 100 less 30 for each severe, 20 for each critical and 10 for each warning of \
         these and of the report; it lists them, and what was not measured.",
    ),
    (
        "WORKLOAD, LOCKS AND MEMORY",
        "`pgstat workload` classes each attempt by what the kernel counted: cpu above 0.8 of the time on a \
         CPU; io at most half of it, and 256 KiB a second of blocks; wait below 0.2 and no blocks; else \
         mixed. A family is of the class of two thirds of its attempts, or mixed. Its consistency is high \
         below a variation of 0.2, medium below 0.5.\n\n\
         `pgstat locks` knows a convoy by four holders in a row that got it from each other within 0.1 s \
         while others waited. It looks like a deadlock where those who wait at the end of the log wait for \
         each other.\n\n\
         `pgstat mem` takes the greatest memory of each attempt in the order of their ends. The slope is the \
         median of all pairs (Theil, Sen), with its 95 % interval; it grows where the test of Mann and \
         Kendall, corrected for the number of families, leaves less than 1 % to chance and the rise is 5 % \
         of the median. A process that the kernel has not counted, since it was smaller than its runner, is \
         not counted here either.",
    ),
    (
        "CALIBRATION",
        "`pgstat calibrate` holds what `pgplan predict --json` wrote before a run against the run: the mean of the \
         absolute errors, their share of the durations, the median of what was less what was predicted (bias), \
         how many were inside their interval and how many did not exceed their 90th percentile. Of both 90 % \
         should; the last column says if the difference is more than chance (two standard deviations of the \
         binomial distribution). What failed, was skipped or was not predicted does not count.",
    ),
    (
        "COMPARISON",
        "`pgstat compare BEFORE AFTER` takes each side from a log, a folder of logs, or several (`--before`, `--after`). Each \
         figure has its medians, the ratio of now to before by the Hodges-Lehmann estimate (1963: the median of the \
         ratios of all pairs), and an interval that holds the true ratio in 95 of 100 cases, from 1,000 samples drawn \
         again with repetition (Efron 1979, ends as in Hesterberg 2015), with a fixed seed.\n\n\
         Figures of a run as a whole are compared over runs. Durations of operations with the same id, too, where \
         both sides have 4 runs or more; else operation by operation, in pairs, of which it takes 6, and then what \
         differs from run to run cannot be told from a change. A single operation is compared where it ran 4 times on \
         each side, else families of operations (at least 6 in each). Only what ended well has a duration.\n\n\
         Changed is what chance alone would rarely do: Mann and Whitney's test (1947), for pairs Wilcoxon's (1945), \
         with chances corrected for the number of tests (Benjamini and Hochberg 1995). Makespan and durations share one half of the 5 % of \
         false alarms, operations or families the other; the other figures raise no alarm. `--max-regression 10%` is status 1 only where such a change is for the worse and the near \
         end of its interval lies beyond 10 %. Where there are too few values to tell, that is said and the status is 0. It takes about 5 runs of each side to tell a change of makespan alone.",
    ),
    (
        "TARGETS",
        "`pgstat check --target FILE` reads a target a line, `METRIC <= VALUE` or `>=`, `<`, `>`; # begins a comment. Of a metric with \
         many values one is meant by .mean .median .p5 .p50 .p90 .p95 .p99 .max or .min behind it. Without that it is the one that \
         misses first in figures of a run (one run in which a target is missed misses it), and the 95th (or 5th, for \
         >=) percentile of the others.\n\n\
         makespan  from the run's beginning to its end; not measured of a run that was cut off\n\
         work cpu_time  sum of durations; processor time\n\
         throughput  operations a second of wall\n\
         failures retries hits  share of operations that failed; that were tried again; that `check` or --resume found done\n\
         utilisation speedup max_rss  as in FIGURES\n\
         startup  from the run's beginning to its first operation\n\
         duration queued  of each attempt; from being ready to being started\n\
         op:ID  durations of the operation with this id\n\
         cpu memory  share of the machine in use, from samples\n\
         disk vda util  any figure of samples by its two parts, as in `pgstat report --json`\n\n\
         The status is 1 where a target was missed; one that was not measured is told on standard error, and the status is 65 where none was measured.",
    ),
    (
        "DAYS",
        "`pgstat day` counts what ended from midnight to midnight of a time zone (`--tz`, else TZ or the system's), which is 23 or 25 \
         hours where the clock is changed: operations, the share that failed, work, median and 95th percentile of durations, the \
         minute and the hour in which most ended, and the cost, where the plan stands in the input, too, and says so (the planned \
         mode's `cost`, or the amount \"cost\" that is used up). Beside each figure is its median over those of the seven \
         days before on which anything ended.",
    ),
    (
        "HISTORY",
        "`pgrun --history DIR`, or PG_HISTORY in its environment, keeps the log of each run in DIR: plain while it goes \
         on, packed (zstd) from its end on, for the owner alone. A run that is killed leaves its plain log, which is taken in by the \
         next `pgstat history`. Names begin with the time, so that the folder can be read by `pgplan --history DIR` and by every verb \
         here. What goes wrong with it, be it a full disk, is one line and changes nothing about the run.\n\n\
         The index is `.index.sqlite` there. It can be made from the logs, and is where it is missing, broken or \
         does not know the same logs; `history rebuild` does so in any case. It has the columns run, status, host, command, file, makespan, ops, failed, exit, signal and bytes, \
         which `--where` asks for, and one index a question: by time (runs_by_began), by run and time, by \
         status and time, by host and time, by command and time, and by file; no question reads the whole table.\n\n\
         `history gc` removes the oldest runs beyond --max-runs, --max-age or --max-bytes; with --always these are written to `.bounds` and \
         kept at the end of each run.",
    ),
    (
        "ENVIRONMENT",
        "PG_HISTORY  folder of the runs that are kept, where `--history` names none\nTZ  time zone of `day`, where `--tz` names none",
    ),
    (
        "FORECASTS",
        "`pgstat predict` looks at series: the figures of samples, durations of operations, columns of a table with \
         a column of times, lines `{\"series\",\"step_s\",\"values\"}`. It mixes some thirty simple forecasters (the last value, \
         medians and smoothed levels of several lengths, dying trends, regressions on these and on the hour and the \
         day before, what followed in moments alike), weighted by how wrong each was lately in this series; \
         nothing was learned elsewhere. The forecast is a median. The interval is meant to hold nine of ten values: \
         it is taken from the errors that were made so far and widened or narrowed by how many it missed; before 19 \
         errors there is none.\n\n\
         TESTED forecasts of the second half, each made from the values before it alone, were held against \
         what came: ERROR is their mean absolute error, OF NAIVE its share of the error of saying that nothing \
         changes, INSIDE the share of intervals that held. `--backtest` prints these forecasts, every half horizon, as \
         `{\"series\",\"t\",\"forecast\",\"lo\",\"hi\"}`; t counts values from 0. The time to a threshold is taken from \
         the median slope of the last 120 values, and told where its 90 % interval is on one side of 0 and \
         the threshold within ten times what was looked at. A share (90%) is of what there is in all, which samples \
         say of memory and the like.\n\n\
         With `--horizon 10runs` logs are read as past runs (events, job logs, ninja logs, run logs, folders of them), and each value \
         is a run: `run makespan_s`, where all of the run ended well, and `op ID wall_s`. The forecast is so many runs ahead, and the time to a \
         threshold is told in runs, with what that is at the median time between runs. Give the logs of one job.",
    ),
    (
        "TRENDS",
        "`pgstat trend` tells of each series with ten values or more the median slope of all pairs (Theil and \
         Sen) with a 95 % interval, and the chance of such a rise or fall without a trend (Mann and Kendall). Values \
         that depend on the ones before them make both wider (Hamed and Rao), and the chance is corrected for the \
         number of series (Benjamini and Hochberg): rises and falls are below 5 %. Durations of an operation over \
         the runs that were read are a series, too. More than 300 values are taken in groups, by their medians.",
    ),
    (
        "RELATIONS AND PATTERNS",
        "`pgstat correlate` holds every two series with 45 values in common against each other: both \
         are freed of what their own past explains (an autoregression on five values), then Spearman's rank \
         correlation is taken at up to ten steps before and after. The chance counts the values as the independent ones \
         that they are worth, is corrected for the lags (Sidak) and for the pairs of series (Benjamini and Hochberg), \
         and what is below 5 % is told: in unrelated series, walks among them, that is one run in twenty. The first \
         one comes LAG seconds before the other.\n\n\
         `pgstat patterns` looks for spells: values more than three robust standard deviations above the median, \
         after an hour without. Hours of the day (UTC) with spells on more days than others (Fisher's exact test), and \
         operations that run when there is one (held against 999 shifts of all their runs) are told when \
         their chance, corrected for all that was looked at, is below 5 %. Five days or runs and three hits are the \
         least. FROM and TO are of 95 % (Wilson); LIFT is the share over what is usual at other times; the back-test \
         looks for the pattern in the first half alone, and counts how often it was right in the second.",
    ),
    (
        "SCALING",
        "`pgstat scaling` reads logs of runs with different -j, which belong together, or tables of concurrency and \
         throughput, each a data set of its own. It fits X(N) = lambda N / (1 + sigma (N-1) + kappa N (N-1)), the Universal \
         Scalability Law, by least squares with coefficients of at least 0, and Amdahl's law, which is the \
         same without kappa: sigma is then the serial share. Intervals are of 95 %, from the standard errors of the \
         fit; there is none for a coefficient that is 0, and without measurements to spare. Where a limit that all share \
         (min(lambda N, C)) leaves less than half of the squared errors, the bound is that limit. The knee is the \
         concurrency at which the rate of one, times the workers, would reach the ceiling; the peak where the rate \
         begins to fall. The bound is what the log of the greatest concurrency measured (a lock, the start of \
         operations, processors or a disk in use above 90 % by samples), else what the curve says: \
         contention, coherence, limit, or none where every worker still has 90 % of the rate of one.",
    ),
    (
        "ANOMALIES",
        "`pgstat anomalies` tells what is out of line in samples, events, lines `{\"series\",\"step_s\",\"values\"}` and tables with a \
         column of times. A value is expected to be what its half hour of the day, or its hour of the week, was else (median; where \
         five periods were seen and it explains at least 30 % of the median deviation) and what its neighbours are beside that (running \
         median of an eighth of the series, 25 to 501 values). So a change that stays is no anomaly: `pgstat changes` tells it. Durations of \
         operations that succeeded are held against those of their family, on a logarithmic scale. The score is the distance from what was expected in \
         robust standard deviations (median deviation of the side), of logarithms where that brings the values nearer to normal ones. Its \
         chance comes from the tail of the same values (with less than 200, from Student's distribution as broad as their bulk), \
         corrected for all values that were judged (Benjamini and Hochberg): at most the share --fdr of the findings is expected to \
         be chance. Series of fewer than 20 values and families of fewer than 8 operations are not judged. In simulated series \
         with one value in a hundred moved by 8 standard deviations, precision is above 0.95 and recall above 0.75 (400 values) and \
         0.85 (2,000); in less than 8 % of series of normal, uniform or log-normal noise anything is found, in up to a quarter where tails are heavier (Student's distribution, 5 degrees of freedom, 2,000 values). Everything is kept until the end: about 16 bytes a value.\n\n\
         `--csv` of a table `timestamp,value` gives each row a score instead, from the rows up to it alone: what can be known when it \
         comes. It is above 0 where the recent past (means over 4, 16 and 64 rows, mean step) is where it never was, as it stands, \
         compressed, and beside the season, or where nothing as extreme was seen for long; 0.5 is an alarm, after which follows a rest of 50 rows, or of \
         a fiftieth of all rows before it. In noise about two alarms in 4,000 rows are false; of spikes, shifts, bursts and drifts in \
         simulated series nineteen in twenty are found within the hour after them. The score is 0 for the first hundred rows, for a missing value \
         (empty, nan), and for a row that cannot be read, which is told. Rows are scored in the order of the file. Memory has a bound. Of other input --csv \
         is the sheet of the findings.",
    ),
    (
        "ANOMALIES OF TASKS",
        "`pgstat anomalies --runs` reads run logs with a task a line, each with its `run` and its `id`, or our \
         events of several runs (the last attempt of each operation), or job logs (a file is a run). For each task, \
         in their order, it writes `{\"run\",\"id\",\"anomaly_score\"}`: the higher, the less the task is like the same \
         task in the other runs. The scores are an order; there is no threshold in them, and a score can be held \
         against others of the same reading only.\n\n\
         Looked at are, where the log says them: `runtime_s` or `wall_s` (else `end` - `start`), `stage_in_s`, `stage_out_s` and what is \
         left of the runtime without them; `cpu_s`, user and system time (`utime_s`, `stime_s`, `user_s`, `system_s`) and \
         the part of the kernel in both; `read_bytes`, `write_bytes`, `out_bytes`, `max_rss_bytes`, `blocks` and \
         `voluntary_switches`. Of times only more than usual counts, of the rest less as well. Each is held against the same id in \
         all runs (with fewer than 5 of it, against the ids that differ in digits alone; with fewer than 5 of these, \
         against nothing: 0), as a distance from the median in median absolute deviations of the logarithms.\n\n\
         What is wrong with a machine is wrong with all that runs there. So each feature is looked at three times: of \
         the task, of all tasks of its `host` in its run (which counts double), of all tasks of its run. Each time its \
         evidence is how rare it is among all tasks: minus the logarithm of the share of tasks as far from usual. The score is the sum. \
         Labels and the order of the lines are not used. Everything is kept until the end: about 200 bytes a task.",
    ),
    (
        "CHANGES",
        "`pgstat changes` tells where series change. For lines `{\"series\",\"values\"}` (null where a value is missing) \
         it writes a line `{\"series\",\"changepoints\"}` each: the places, from 0, of the first values after the changes. For \
         everything else (the figures of samples, the durations of each operation over the runs that were read, columns of a \
         table with times) and with --csv for these lines, too, it shows a row a change: when, the medians of the segments before and \
         after it, what changes, how sure that is; --json writes records of type `change`.\n\n\
         A series is divided into segments of at least 5 values, each told by a constant, by a line, or by a constant \
         and a variance of its own (at least 10 values), whichever tells the whole best. Lone outliers of up to three \
         values are put aside first, and a line is drawn over missing values. For each number of changes the division with the least \
         sum of squares is found exactly (Auger and Lawrence 1989); above 1,000 values first on a grid of 1,000 places. \
         The number is that with the least n log(variance left + 5 % of all) + p (2 + r / 2) log n, where p counts \
         the parameters and r is the autocorrelation of the noise: Schwarz's criterion, but twice as strict, and blind to what is \
         small beside the whole. Series with fewer than 10 values have no changes, and none has more than 50.\n\n\
         What is to be expected, of series of 200 normal values: false alarms in none of 100 series of independent noise, 1 of \
         noise with an autocorrelation of 0.3, 25 of 0.6; random walks always seem to change. A step of 1.5 standard \
         deviations is found in 96 of 100, of 2.5 in all; of 40 values in 36 and 79. A season is not taken out: one \
         that is short beside the series is noise to it, of a long one the halves are changes. The confidence compares the division with the same without that \
         change (Raftery 1995); it cannot know whether the model is true.",
    ),
    (
        "WHAT PICTURES SHOW",
        "`--html FILE` writes the report as one page, which needs neither a network nor other files: the \
         operations on their slots with the critical path, how many waited and for what, concurrency and \
         throughput, what samples tell of CPU, memory, pressure, disks and network over the same time, locks, \
         resources, how durations are spread in each family, and the findings, each with the time it is about. \
         Time is zoomed by a drag, by `Ctrl` and the wheel, by two fingers or by `+` and `-`, moved by arrows; \
         commas and full stops go from bar to bar. Each picture has its numbers in a table. FILE is replaced when \
         the page is whole.\n\n\
         Counts and sums are of all that the log has. What is drawn is bounded: 30,000 bars, where the \
         attempts of a slot that lie in one column of time are one bar, and that is a failed one if any of them failed; \
         2048 bins of time for what runs, waits and is held; 2048 points a series of readings, each with the \
         least, the mean and the greatest of what it stands for (as M4: Jugel, Jerzak, Hackenbroich, Markl, \
         VLDB 2014). The page says how wide such a column is. Of several runs each has its pictures, of more than 24 \
         the last ones; samples are drawn beside the runs of their time.\n\n\
         `--svg CHART` writes one chart as a picture to standard output or to the file of `-o`, of the last run that has something \
         of it: gantt, waiting, running, throughput, durations; where samples were read, cpu, memory, \
         pressure, disk, disk-busy, network, tree-cpu, tree-memory.\n\n\
         `--text` adds to the text of a report where the wall went as bars, what ran, ended, waited, was held and was \
         measured as sparklines, and the durations of the families on a logarithmic axis, as wide as the terminal. \
         Where the locale (LC_ALL, else LC_CTYPE, else LANG) is not UTF-8 they are made of ASCII letters.",
    ),
    (
        "EXPORT",
        "`pgstat export FORMAT` writes a log in the words of other programs, to standard output or to the file of \
         `-o`, which is replaced when the new one is whole. All but openmetrics and markdown are written while the log is \
         read, so that a log of any length needs little memory; where operations have needs, a row is kept for each.\n\n\
         chrome-trace  trace events for Perfetto (ui.perfetto.dev) and chrome://tracing: a process a run, a thread a \
         slot, an arrow for each need, counters from samples\n\
         openmetrics  the figures of `pgstat report` for Prometheus, with the name of the run as a label\n\
         junit  a suite a run, a case an operation, as `pgrun --junit` writes them; what has no end is an error\n\
         joblog  GNU parallel's job log: the last attempt of each operation, for `--resume` of pgrun and parallel\n\
         markdown  a page for a CI summary (`$GITHUB_STEP_SUMMARY`), at most 1 MiB\n\
         otlp-json  traces of OpenTelemetry, OTLP as JSON, a line for at most 256 spans: a trace a run, a span an attempt, links for \
         needs; attributes are named as the semantic conventions for CI/CD have them, else `pgrun.`",
    ),
    (
        "FILES",
        "Nothing is read but what is named, and nothing is written but standard output and the files of `--html` and `-o`. A run leaves \
         its events where `pgrun --events` says; ninja leaves `.ninja_log` in its build folder.",
    ),
    (
        "MEMORY",
        "Memory does not grow with the length of a log of independent operations. Operations are kept, \
         packed, once one of them has needs, since any may be needed later; a job log and a .ninja_log are \
         kept whole, since only all lines together say who ran beside whom; pgstat top keeps a row \
         for every id; verbs that look at series keep their values.",
    ),
];
