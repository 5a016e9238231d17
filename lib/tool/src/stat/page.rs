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
        about: "How good the predictions of a run were",
        shell: "printf 'fetch lint' | pgplan predict --json --history examples/runs/path.ndjson > told.ndjson\npgstat calibrate told.ndjson examples/runs/path.ndjson",
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
         although its next operation was ready), tokens (others had all of those of make's jobserver), output (the reader of the output was slow), input \
         (nothing was ready yet).\n\n\
         The run is bound by the cause that explains most of the wall: for path the longest chain of \
         needs, for slots the work shared among them, for a lock or a resource what was waited for \
         it and run with it on that chain, for start the idle time of ready slots shared among them. \
         Causes within 2 % of each other are decided by the wall.",
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
        "FILES",
        "Nothing is read but what is named, and nothing is written but standard output. A run leaves \
         its events where `pgrun --events` says; ninja leaves `.ninja_log` in its build folder.",
    ),
    (
        "MEMORY",
        "Memory does not grow with the length of a log of independent operations. Operations are kept, \
         packed, once one of them has needs, since any may be needed later; a job log and a .ninja_log are \
         kept whole, since only all lines together say who ran beside whom; pgstat top keeps a row \
         for every id.",
    ),
];
