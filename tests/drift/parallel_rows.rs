//! Option by option: what `pgrun` makes of GNU parallel's command line.

/// What becomes of an option.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It does the same.
    Same,
    /// It does the same, and more: how.
    Better,
    /// Accepted; there is nothing to do, for the reason given.
    Habit,
}

use How::{Better, Habit, Same};

/// Options as they are written, what becomes of them, and a word on it.
pub type Row = (&'static str, How, &'static str);

/// Sections of the table.
// tidy: a table
pub const SECTIONS: &[(&str, &[Row])] = &[
    ("INPUT", INPUT),
    ("REPLACEMENT STRINGS", STRINGS),
    ("HOW MANY, WHEN, HOW LONG", CONTROL),
    ("OUTPUT", OUTPUT),
    ("LOG", LOG),
    ("PIPE", PIPE),
    ("WHERE THE COMMANDS RUN", PLACE),
    ("PROGRESS", PROGRESS),
    ("SEMAPHORE", SEMAPHORE),
    ("OTHERS", OTHERS),
];

/// The same of findutils' xargs, through the link of that name.
pub const XARGS: &[Row] = &[
    (
        "-0, -d, -E, -e, -i, -l, -P, -r, -x, -p, -o, --process-slot-var, --help",
        Same,
        "and their long names, abbreviated or not",
    ),
    ("-n, -L, -I together", Same, "a warning, and the last holds; -n1 after -I is ignored"),
    ("-a", Better, "a folder or a file that cannot be read is an error"),
    ("-I", Better, "NUL does not swallow the rest of the argument; -I '' is refused"),
    (
        "-s",
        Better,
        "the same default; pointers are counted, so that an exec never fails for its size; an argument that is too long is named",
    ),
    ("-t", Same, "words are quoted as pgrun quotes them"),
    ("--show-limits", Better, "the environment is subtracted once"),
    ("--version", Same, "names pgrun and GNU findutils"),
];

const INPUT: &[Row] = &[
    (
        ":::",
        Same,
        "an empty list is none; where all are empty, standard input is read. The delimiter cuts a word too, as in ::: \"$(cat list)\"; under its own name `pgrun` leaves words whole",
    ),
    ("::::", Same, ""),
    (":::+", Same, ""),
    ("::::+", Same, ""),
    ("-a, --arg-file, --argfile", Same, "may be repeated; - is standard input"),
    ("-0, --null", Same, ""),
    ("-d, --delimiter", Same, "one byte; \\n, \\t, \\0 and the like are read"),
    (
        "-C, --colsep, --col-sep",
        Better,
        "a regular expression of the `regex` crate: no look-around and no back-references, and never exponential time",
    ),
    ("--csv", Same, "needs no perl module"),
    ("--header", Same, ": and a number of lines; with --pipe also a regular expression"),
    ("--skip-first-line", Same, ""),
    ("--trim", Same, ""),
    ("-E, -e, --eof", Same, ""),
    ("-r, --no-run-if-empty", Same, ""),
    ("-n, --max-args", Same, ""),
    ("-N, --max-replace-args", Same, ""),
    ("-L, -l, --max-lines", Same, ""),
    ("-X", Same, ""),
    ("-m", Same, ""),
    ("--xargs", Same, ""),
    (
        "-s, --max-chars",
        Same,
        "under its own name `pgrun` has -s for --quiet; --max-chars is the same everywhere",
    ),
    ("-x, --exit", Same, ""),
    ("--link, --xapply", Same, ""),
    ("--shuf", Same, ""),
    ("--arg-sep", Same, ""),
    ("--arg-file-sep", Same, ""),
    ("--total-jobs, --total", Same, ""),
    (
        "-p, --interactive",
        Better,
        "jobs that run are not kept waiting; a no is no failure; without a terminal refused in one line",
    ),
];

const STRINGS: &[Row] = &[
    ("-I", Same, ""),
    ("-i, --replace", Same, ""),
    ("-U, --extensionreplace, --er", Same, ""),
    ("--basenamereplace, --bnr", Same, ""),
    ("--dirnamereplace, --dnr", Same, ""),
    ("--basenameextensionreplace, --bner", Same, ""),
    ("--seqreplace", Same, ""),
    ("--slotreplace", Same, ""),
    ("--parens", Same, "for {= s/regex/text/ =}"),
    ("--plus", Same, ""),
    ("-q, --quote", Same, ""),
];

const CONTROL: &[Row] = &[
    (
        "-j, --jobs, -P, --max-procs",
        Better,
        "the default and N% count the CPUs that affinity and the cgroup's quota allow; a file is read again after each job",
    ),
    ("--delay", Same, "but for a pause that changes by itself (2auto), which is refused"),
    (
        "--load",
        Same,
        "tasks that run or wait for a disk; looked at before each start, and once a second while it is held",
    ),
    (
        "--memfree",
        Better,
        "what is ended for want of memory is started again without --retries, and the oldest never is; more than the machine has is refused",
    ),
    ("--noswap", Same, "without the first second of looking on"),
    ("--nice", Same, "for the commands alone"),
    ("--retries", Same, "under its own name `pgrun` pauses before a repetition (--retry-delay)"),
    (
        "--timeout",
        Better,
        "ends the whole process group, and what has left it where it holds the output open",
    ),
    (
        "--term-seq, --termseq",
        Better,
        "one that does not end with KILL is followed by it, and nothing outlives it",
    ),
    (
        "--halt, --halt-on-error",
        Better,
        "each message is one line, with the status of the job; a limit of 0 is refused",
    ),
    ("--ssh-delay, --sshdelay", Same, "as --delay"),
];

const OUTPUT: &[Row] = &[
    ("-k, --keep-order", Better, "the job whose turn it is prints as it runs"),
    ("--no-keep-order, --nok, --no-k", Same, ""),
    (
        "-g, --group",
        Better,
        "output that waits is kept in memory up to a bound, then in files without names: nothing is left behind in $TMPDIR, and a full disk is said",
    ),
    ("-u, --ungroup", Same, ""),
    (
        "--lb, --line-buffer, --linebuffer, --line-buffered, --linebuffered",
        Better,
        "a try that may be repeated is not shown",
    ),
    ("--tag", Better, "a carriage return and a newline are one end of a line"),
    ("--tagstring, --tag-string", Same, ""),
    ("--ctag, --ctagstring, --ctag-string", Habit, "as --tag and --tagstring, without colour"),
    ("--files, --output-as-files", Better, "standard error is printed instead of dropped"),
    (
        "--results, --result, --res",
        Better,
        "arguments that are no file names get a folder of their own below NAME; JSON is valid for any bytes; what cannot be kept is said, and the status is 255",
    ),
    ("--dry-run, --dryrun, --dr", Same, ""),
    ("--shellquote, --shell-quote, --shell_quote", Same, ""),
    ("-v", Same, "under its own name `pgrun` talks on standard error instead"),
    ("-t, --verbose", Same, ""),
    ("--silent", Same, ""),
    ("--color, --colour", Habit, "the commands' own colours pass"),
    ("--compress", Habit, "output that waits is in memory and in files without names"),
];

const LOG: &[Row] = &[
    (
        "--joblog, --jl",
        Better,
        "a line that was cut off is said and counts as not run; +FILE gets its header where it is new; beside it --events writes all that is known of each job",
    ),
    ("--resume", Better, "a file that is no job log is refused"),
    ("--resume-failed", Better, "the same"),
    (
        "--retry-failed",
        Better,
        "without a job log refused, with what to give; a command that may be cut off is not run",
    ),
];

const PIPE: &[Row] = &[
    (
        "--pipe, --spreadstdin",
        Better,
        "a job that does not read is no failure (GNU parallel: SIGPIPE, at random); one -a FILE is read; ::: without --tee is refused",
    ),
    (
        "--pipepart, --pipe-part",
        Better,
        "no helper process for a job; --joblog has what was sent; -N and -L are refused",
    ),
    ("--block, --block-size", Same, "with plain --pipe a negative size is refused"),
    ("--recstart", Same, ""),
    ("--recend", Same, ""),
    ("--regexp, --regex", Same, "of the `regex` crate, on bytes; a match is never cut"),
    ("--remove-rec-sep, --rrs", Same, "refused with --pipepart (instead: --pipe)"),
    (
        "--round-robin, --roundrobin, --round",
        Better,
        "implies --pipe; refused with --retries above 1 and with --pipepart (instead: --pipepart --block -1)",
    ),
    (
        "--cat",
        Better,
        "0600, removed also when a signal ends the run; refused with --round-robin and --tee",
    ),
    ("--fifo", Better, "a FIFO that nobody opens does not block"),
    ("--tee", Better, "any number of jobs, also more than there are slots"),
];

const PLACE: &[Row] = &[
    (
        "--workdir, --work-dir, --wd, -W",
        Better,
        "... is below --tmpdir and removed after the job; nothing is written to the home folder; under its own name pgrun does not make a folder that is not there",
    ),
    ("--env", Same, "exported variables and functions are passed on anyway"),
    ("--tmpdir, --tempdir", Same, "must be there"),
    ("--process-slot-var", Same, ""),
    ("--tty, -o, --open-tty", Same, ""),
];

const PROGRESS: &[Row] = &[
    ("--bar", Better, "without a terminal a few plain lines; /dev/tty is never opened"),
    ("--eta", Better, "the same"),
    ("--progress", Better, "the same; --progress=json for programs"),
];

const SEMAPHORE: &[Row] = &[
    (
        "--semaphore",
        Better,
        "places are locks that the kernel holds: nobody is in twice, and a killed command leaves nothing to clear",
    ),
    ("--id, --semaphore-name", Better, "`pglock --who NAME` tells who holds it and who waits"),
    ("--fg", Same, ""),
    ("--bg", Same, ""),
    ("--wait", Same, ""),
    ("--st, --semaphore-timeout", Same, ""),
];

const OTHERS: &[Row] = &[
    (
        "-J, --profile",
        Better,
        "one that is not there is an error; without it no profile is read where CI is set, and none under its own name",
    ),
    ("--plain", Same, ""),
    ("--will-cite, --nn, --no-notice", Habit, "there is no notice"),
    ("--citation, --bibtex", Same, "runs nothing; without a question"),
    ("--gnu, --tollef, -T, -Y", Habit, ""),
    ("--ctrlc, --no-ctrlc", Habit, ""),
    ("-V, --version", Same, "says what it takes the place of"),
    ("--minversion", Same, ""),
    ("-h, --help", Better, ""),
    ("--number-of-cpus, --number-of-cores, --number-of-threads", Same, "those that may be used"),
    ("--max-line-length-allowed, --show-limits", Same, ""),
];
