//! The man page's own parts.

use crate::entry::Example;

/// Examples; each is run by the tests.
pub const EXAMPLES: &[Example] = &[
    Example {
        about: "A job for each argument, four at a time, output in the order of the input",
        shell: "pgrun -k -j4 'echo {} | tr a-z A-Z' ::: one two three",
        output: Some("ONE\nTWO\nTHREE\n"),
    },
    Example {
        about: "A job for each line of standard input",
        shell: "printf '%s\\n' a.tar.gz b.txt | pgrun -k echo {.}",
        output: Some("a.tar\nb\n"),
    },
    Example {
        about: "Every combination of two lists",
        shell: "pgrun -k echo {2}-{1} ::: a b ::: 1 2",
        output: Some("1-a\n2-a\n1-b\n2-b\n"),
    },
    Example {
        about: "What would be run, without running it",
        shell: "pgrun --dry-run 'gzip -9 {}' ::: 'a b.log' c.log",
        output: Some("gzip -9 'a b.log'\ngzip -9 c.log\n"),
    },
    Example {
        about: "As many at once as turn out best",
        shell: "pgrun -j auto:1..16 --events run.ndjson 'sleep 0.{}' ::: 1 2 3 4 && pgstat report run.ndjson",
        output: None,
    },
    Example {
        about: "Two that compute, and beside them up to sixteen that wait; which is which is measured",
        shell: "pgrun -k -j cpu=2,wait=16 {} ::: 'sleep 0.2; echo a' 'sleep 0.2; echo b' 'sleep 0.2; echo c'",
        output: Some("a\nb\nc\n"),
    },
    Example {
        about: "A plan: the second operation starts when the first has succeeded",
        shell: "printf '%s\\n' '{\"id\":\"get\",\"cmd\":\"echo got >it\"}' \\\n    '{\"id\":\"use\",\"cmd\":\"cat it\",\"needs\":[\"get\"]}' | pgrun -j2 2>&1 >run.ndjson",
        output: Some("got\n"),
    },
    Example {
        about: "Operations that hold a lock run one at a time, in this run and beside pglock",
        shell: "printf '{\"id\":\"i%s\",\"cmd\":\"mkdir busy && rmdir busy\",\"locks\":[\"msi\"]}\\n' 1 2 3 4 |\n    pgrun -j4 >run.ndjson && echo never two at once",
        output: Some("never two at once\n"),
    },
    Example {
        about: "A run that went wrong, and the rest of it: what has ended well is not run again",
        shell: "pgrun -j1 --log run.log 'echo {}; test {} = 1 || test -f fixed' ::: 1 2; touch fixed\npgrun --log run.log --resume 'echo {}; test {} = 1 || test -f fixed' ::: 1 2",
        output: Some("1\n2\n2\n"),
    },
    Example {
        about: "Where a fast way has failed, the next one is taken",
        shell: "printf '%s\\n' '{\"id\":\"a\",\"cmd\":\"test $PG_MODE = safe\",\"modes\":[{\"mode\":\"fast\"},{\"mode\":\"safe\"}]}' |\n    pgrun --fallback 2>/dev/null | jq -r 'select(.type==\"op.end\")|[.mode,.result]|join(\" \")'",
        output: Some("fast failure\nsafe success\n"),
    },
    Example {
        about: "Many short pieces of shell text: shells are kept ready, and none is executed for each",
        shell: "seq 3 | pgrun -k --warm --events run.ndjson 'echo {} | tr 1-3 a-c' &&\n    tail -n 1 run.ndjson | jq .starts.warm.n",
        output: Some("a\nb\nc\n3\n"),
    },
    Example {
        about: "A worker that lives on: no process for each argument",
        shell: "cat >worker.py <<'END'\nimport json, sys\nfor line in sys.stdin:\n    work = json.loads(line)\n    \
                print(json.dumps({'id': work['id'], 'stdout': work['args'][0].upper() + '\\n'}), flush=True)\n\
                END\npgrun -k -j2 --worker 'python3 worker.py' shout ::: one two three",
        output: Some("ONE\nTWO\nTHREE\n"),
    },
    Example {
        about: "Each slot gets a folder of its own before the first job there",
        shell: "pgrun -j2 --slot-init 'mkdir work{%}' 'touch work{%}/{}' ::: a b c d && ls work* | grep -c '^[a-d]$'",
        output: Some("4\n"),
    },
    Example {
        about: "Files that are there whole or not at all",
        shell: "printf 'a\\n' >a.txt && pgrun --out '{.}.up' 'tr a-z A-Z <{} >{out}' ::: *.txt && cat a.up",
        output: Some("A\n"),
    },
    Example {
        about: "A run is told what to change: another slot, and later that nothing more is to be started",
        shell: "mkfifo go1 go2; pgrun -j1 --control here 'cat go{}; echo {}' ::: 1 2 3 &\nwhile ! test -S here; do :; done\npgrun --ctl here jobs 2 | jq -c '[.ok,.jobs]'; pgrun --ctl here drain | jq -r .state\necho >go1; echo >go2; wait $!; echo $?",
        output: None,
    },
    Example {
        about: "No job may take more than 64 MiB, all together no more than four fifths of the machine's memory",
        shell: "pgrun -k --op-mem 64M --max-mem 80% --emergency 'mem>95: evict youngest' echo ::: a b",
        output: Some("a\nb\n"),
    },
    Example {
        about: "Ten users for a second, then twenty jobs a second whatever happens; the figures are on standard error",
        shell: "pgrun --users 10 --for 0.2s sleep 0.01 && pgrun --arrival 20/s --for 0.3s echo {}",
        output: Some("1\n2\n3\n4\n5\n6\n"),
    },
    Example {
        about: "Seven of ten jobs are the one command, three the other, at any time",
        shell: "pgrun --scenario '70:echo read' --scenario '30:echo write' --times 10 2>figures | sort | uniq -c | tr -s ' '",
        output: Some(" 7 read\n 3 write\n"),
    },
    Example {
        about: "Which of two commands is faster, and is that more than chance?",
        shell: "pgrun --bench --json --min-runs 6 --for 0.1s 'sleep 0.4' true |\n    jq -r 'select(.type==\"bench.result\" and .ratio)|.verdict'",
        output: Some("faster\n"),
    },
    Example {
        about: "What the start of a job costs: executed directly, by a shell, by a shell that is ready",
        shell: "pgrun --bench --json --warm --shell /bin/sh --warmup 3 --for 0.2s /bin/true 'sh -c :' : |\n    jq -r 'select(.type==\"bench.result\" and .low_s <= .median_s and .median_s <= .high_s)|\"\\(.begun) \\(.command)\"'",
        output: Some("cold /bin/true\ncold sh -c :\nwarm :\n"),
    },
    Example {
        about: "Nothing is done that cannot be written down",
        shell: "pgrun --strict-log --joblog /dev/full 'echo {}' ::: 1 >out; echo $?",
        output: Some("255\n"),
    },
    Example {
        about: "Try three times, give each attempt ten seconds, explain the run afterwards",
        shell: "pgrun --retries 3 --timeout 10s --events run.ndjson true ::: 1 2 3 && pgstat report run.ndjson",
        output: None,
    },
    Example {
        about: "Never two at once for one host, however many hosts there are",
        shell: "printf '%s\\n' a/1 a/2 b/1 | pgrun -j8 --key '{//}' --key-limit 1 'mkdir {//} && rmdir {//}' && echo well",
        output: Some("well\n"),
    },
    Example {
        about: "Two items a command, and each line of its output behind its item",
        shell: "pgrun -k --batch 2 --batch-results order 'printf \"%s\\n\" {} | tr a-z A-Z' ::: a b c",
        output: Some("a\tA\nb\tB\nc\tC\n"),
    },
    Example {
        about: "The configuration of another system, as options",
        shell: "printf '%s\\n' 'parallel:' '  max_workers: 8' '  timeout: 300' 'error_action: Stop' >old.yaml\npgrun --import-config old.yaml >pg.conf && grep -v '^#' pg.conf",
        output: Some("--jobs=8\n--timeout=300s\n--on-failure=stop\n"),
    },
    Example {
        about: "As many as CPUs and memory allow: half a gigabyte each",
        shell: "pgrun -j 'min(2*cpu, mem/512M)' --explain echo ::: done",
        output: Some("done\n"),
    },
    Example {
        about: "Three jobs of the middle and the ends, to see how long all will take",
        shell: "seq 30 | pgrun --sample 3 --tag echo 2>/dev/null",
        output: Some("6\t6\n16\t16\n26\t26\n"),
    },
    Example {
        about: "What two and four slots are worth, and what bounds the work",
        shell: "seq 60 | pgrun --sweep 1,2,4 --tune-items 8 --events run.ndjson true 2>/dev/null && pgstat scaling run.ndjson",
        output: None,
    },
    Example {
        about: "A profile, but with another number of slots, and who said so",
        shell: "pgrun --show-config --profile=ci -j2 | grep -w jobs | tr -s ' '; pgrun --show-profile cloudvm | tail -1",
        output: Some("jobs 2 command line\n--jobs=min(5,3*cpu)\n"),
    },
];

/// Further sections.
pub const SECTIONS: &[(&str, &str)] = &[
    (
        "JOBS AND PLANS",
        "With a command, each line of standard input, of `-a` FILE, or each argument after `:::` is \
         one job. `:::` begins a list of arguments, `::::` a list of files of them; several lists are \
         combined, each with each, or side by side (`--link`, `:::+`, `::::+`). `--colsep` cuts lines into \
         columns, `-n`, `-N`, `-L`, `-X` and `-m` put several arguments into one command. Without a command, standard input \
         that begins with `{\"` is a plan of operations, see `pg-record`(5); anything else is command \
         lines. `--ops` and `--lines` decide it.

Lines end with a newline, the last one with or without; a carriage return before it is part of the \
         line. An empty line is an empty argument, unless `-r` is given; an empty input is no job. A line is \
         bytes, UTF-8 or not, but a NUL byte in it is an error of its job, since no argument can have one \
         (`-0` where NUL ends the arguments). Linux takes an argument of up to 128 KiB, and for a shell the \
         whole command line is one: a longer one is an error of its job, named with its line. `-X`, `-m` and \
         `-n` begin another job before that, so that lists of any length pass.

A plan is read to its end and checked before its first operation starts: ids, needs, \
         cycles, amounts that are larger than there is. A bad line runs nothing. With `--stream` \
         operations start as they are read, and what turns out wrong is that operation's error. \
         Lines always stream.

What an operation says of itself comes before the flags for all. Its field `retries` counts repetitions, \
         so that `\"retries\":2` is as `--retries 3`, which counts tries as GNU parallel does. `weight` and \
         `key` come before `--weight` and `--key`.",
    ),
    (
        "ADMISSION",
        "What waits for one of these waits outside of the slots, and others run meanwhile.

`--weight` says how much of a slot a job takes: `low` 0.5, `medium` 1, `high` 2, or a number. What is wider than \
         all slots runs alone, and a note says so. Of jobs with the same priority and path the wider starts first.

Jobs with the same `--key` share limits: `--key-limit 10` lets ten of each key run at once, `--key-limit big=2` two \
         of the key `big`. Of one key those that ask for the same start in the order of the input, and lines of other keys are read \
         past one that is full (4096 at most, or as many as `--queue` says).

`--rate 10/s` starts evenly, a tenth of a second apart (a token bucket; `10/s,5` lets five through at once after a pause). \
         `--quota 1000/h` keeps the times of its starts and never lets more than that into any hour, wherever it begins. Both count \
         all starts, `key:10/s` those of each key by itself, `api=10/s` those of the key `api`. Repetitions count. A run \
         knows of its own starts alone. With `--retry-after` an attempt that fails and has written `Retry-After: 5`, or a time \
         in the parentheses of REGEX, is repeated no earlier, and nothing of its key starts until then; without a key nothing does, \
         if there is a `--rate` or `--quota` for all. A date instead of a time is not understood.

`nonrenewable` of an operation, and the `cost` of a mode, are used up when it is first started; `--budget`, or the capacity record, \
         says how much there is. What finds too little left is an error.

`--priority-rule` orders by the priority that an operation says, plus 1 for each second of the longest path before it, less 60 for \
         each failed attempt; `--priority-rule=tail=2,fails=-5,fit=10` weighs otherwise, where `fit` is the greatest share that it \
         takes of slots or of a resource. Equal sums keep the order of the input, and the order of a schedule is not kept to. \
         `--retry-first` puts what has failed before all others.

`--pin` gives each job a CPU, `--pin=2` two: those that fewest have, one of each core first, of the CPUs that pgrun may use itself. A \
         command may choose others with taskset(1).

A band that is shared by several runs is a lock in slots: `\"locks\":[{\"name\":\"net\",\"slots\":1000,\"take\":200}]` holds 200 of 1000, here \
         and beside `pglock --slots 1000 --take 200 net`; `pgplan alloc` prints shares that fit.

`--explain`, and SIGQUIT at any time, tell for each that waits why it does; `blocked_s` of its `op.end` has the times. \
         At the end `--explain` has a line for each mechanism that has acted: how often slots were changed and by whom, what held starts back or delayed \
         jobs, what was repeated, made room, left in batches or began warm.",
    ),
    (
        "BATCHES",
        "`--batch 10` gives each command up to ten items. With `--batch-wait 100ms` one that is not full leaves when its \
         oldest item has waited that long; items are then read while all slots are taken, too. `--batch-jobs 5` lets five run at once.

With `--batch-results order` line i of a batch's output is put behind its item i and a tab, and an output with more lines or fewer than items is a \
         failure; with `key` each line must begin with its item, and each item have one.

`--chunk auto` learns from commands that have ended what a start costs and what an item, and gives so many items that the start is a fiftieth of the \
         whole, no more than a part of what is left, so that the last commands do not run alone, and, with `--chunk-memory`, fewer where a \
         command took more memory. What is in a batch then, and with `--batch-wait`, is another at every run: `--resume` \
         needs `--log`, since a job log knows jobs by their numbers alone.",
    ),
    (
        "REPLACEMENT",
        "{}  the argument
{.}  without its extension
{/}  its last component
{//}  its folder
{/.}  its last component without the extension
{1} {2/.}  that of one list or column, from 1; {-1} counts from the end
{name}  that of the column which --header calls so
{= s/regex/text/g =}  a substitution in it; {=2 s/// =} in one of several
{#}  number of the job, from 1
{%}  slot it runs in, from 1
{out} {out2}  with --out: where it writes its file

With `--plus` also {..} {...} {+/} {+.} {%regex} {%%regex} {#regex} {/regex/text} {:-text} {:2} {:2:3} {^a} \
         {^^a} {,A} {,,A} {choose_k} {uniq} {##} {0#}. `-I` and its family give other names.

A command in which nothing is replaced gets ` {}` at its end. Several arguments stand in place of {}; \
         with `-X`, `-N` and `-L` the whole word is repeated for each. Each replacement is quoted for \
         the place where it stands, bare, in '...' or in \"...\": the command sees the argument as it \
         is, and nothing in it is executed. Where that cannot be done (backquotes, here-documents, \
         ${...}) the command is refused; in ((...)) only an integer is taken.

Where the first word of the command is itself an argument, the arguments are the command line and \
         are not quoted: `pgrun ::: 'make all' 'make test'`.

A command that means the same without a shell is executed directly; else it is given to PARALLEL_SHELL, \
         to the calling shell, or to /bin/sh. Exported functions of bash are found there.",
    ),
    (
        "WHAT IS PRINTED",
        "Lines: the commands' output on standard output and standard error, whole for each job when \
         it has ended, or in the order of the input (`-k`). Operations: events on standard output, \
         the operations' output whole for each on standard error; on a terminal the output alone. \
         `--events` writes the events into a file as well. \
         Output that waits is kept in memory up to 64 MiB in all, at most a quarter of what the control group may have, \
         then in files without names below `--tmpdir`.

Where neither takes more, or a reader stands still, output is not read: the job waits in its next write, nothing is \
         lost, and `blocked_s` has the time as \"output\". One job always goes on, whose output is then printed as it comes. An \
         attempt that may be repeated, and with `-k` a job before its turn, is printed so only when nothing else could go on; \
         that is said, with status 255.

What cannot be read or written in full (output, events, job log, results, report, list) is said in a line, is in `run.end` as \
         `lost`, and makes the status 255; the run goes on, unless `--strict-log`. Logs on a full disk are tried again with every \
         record and at the end, so what finds room later is no loss. A list that cannot be read on ends the run after what was read.

After a command that wrote 1 MiB or more, standard output of those that follow may be a file in memory, \
         opened for appending. A command that opens /dev/stdout anew would write over it; where its words name \
         /dev/stdout or /dev/fd/N it gets a pipe.

The output of an attempt that is repeated is dropped; that of failed attempts is in their \
         op.end event (its last 4 KiB).

With `--dry-run` lines are printed as the commands that would be run, operations as planned start in seconds, \
         slot, id and command, with tabs between.",
    ),
    (
        "PIPE",
        "`--pipe` gives each job a block of standard input, at most `--block` bytes and ending where a record \
         ends: at a newline, or as `--recstart`, `--recend` and `--regexp` say. A longer record makes its block \
         longer. `-N` counts records; with `-L` so many lines are one record. {} is empty, except with `--cat` \
         (a file, removed after the job) and `--fifo`. `--header` (`:`, a number of lines, or a regular \
         expression) is given to every job.

Of the blocks that wait and are in use 64 MiB are kept in memory, the rest in files without names in \
         `--tmpdir`. A repetition gets the same block. A job need not read everything.

`--pipepart` divides files without reading them here; `--block -N` makes about N parts for each slot. \
         `--round-robin` gives blocks to jobs that have read theirs. `--tee` gives everything to every \
         argument of `:::`; from a pipe it is kept on disk until the end.",
    ),
    (
        "RESULTS",
        "`--results` NAME keeps output in NAME/1/ARGUMENT/2/ARGUMENT/stdout, stderr and seq, with the names \
         of columns under `--header :`. In names `/` is written `\\_`, a tab `\\t`, a backslash `\\\\`. A NAME with \
         replacement strings is a file (NAME, NAME.err, NAME.seq), or a folder if it ends in `/`. NAME.csv, .tsv \
         and .json get a record for each job; `-.json` and the like go to standard output.

`--joblog` FILE gets a line for each job when its output has been printed; a job that was ended \
         with the run is not in it. `--resume` leaves out the jobs whose numbers FILE has, `--resume-failed` \
         those that ended well; `--retry-failed` runs the failed commands of FILE themselves and reads no other \
         input. Numbers and order of the input must be the same. A last line that was cut off counts as not \
         run and is replaced. `--log` has more to go on: see RESUME. With `--results` and no job log, `--resume` leaves out jobs whose results are there.",
    ),
    (
        "PRESSURE",
        super::machine::PAGE,
    ),
    (
        "LIVE CONTROL",
        super::control::PAGE,
    ),
    (
        "RESUME",
        "`--log` FILE keeps the events of run after run in FILE: each run is added to it. With `--resume` what \
         FILE has a good end of is skipped (`op.skip`, reason `resumed`) and satisfies needs; what failed, was \
         interrupted or is new is run, in its order. A command is known again by what it is, not by where it stands: its \
         template and arguments, or its operation's id, command, `cwd`, `env`, `stdin` and `files`, with the folder and \
         `--env` of the run; of several that are the same, by which of them it is. So a changed list runs what is \
         new in it, and a changed command runs again. The number of an attempt goes on; `--retries` begins anew.

A command writes its start with its key and its process into FILE before it begins, and its end is there before anything \
         that needs it starts. The run's beginning, failures and its end are written through to the disk; with `--sync` every \
         record is, before what follows from it. Without `--log` nothing of this is done.

What a killed run has left running is ended before anything starts (TERM, half a second later KILL), or waited for with \
         `--orphans wait`; it is found by process id, time of birth and start of the machine, by its group, and by PG_RUN and \
         PG_SEQ in its environment. What has cleared its environment is not found when the leader of its group has ended. \
         A command whose start is there without an end is told in one line and by `op.retry` with the reason \
         `interrupted`, and run again: perhaps it had ended, and only the record of it was lost.

A last record that was cut off is dropped, said with its line and byte. A line in the middle that is no record is refused \
         with its number, and nothing is run; `--repair` takes such lines out and keeps a copy, FILE.broken. While a run \
         writes to FILE another one is refused. While FILE cannot be written nothing starts; if \
         that lasts, the rest is not run. The status is then 255. The blocks of `--pipe` are not known again: `--log` is refused with it. The log of a run may \
         also be watched with `--events`.",
    ),
    (
        "OUTPUTS",
        "`--out` FILE, in which replacement strings are replaced, and `out` of an operation declare a file that a job \
         makes. The command writes it as `{out}` or `$PG_OUT`: a name in a folder of its own beside the place. When the job \
         has succeeded the file is put in its place by a rename, before the end is recorded and before anything that needs \
         it starts; else it is removed. So whoever finds a file in its place finds it whole, whatever was killed when. A job \
         that has not written its file has failed. Of several, `{out2}` and `$PG_OUT2` are the second, and so on; they are \
         put in their places one after the other. A relative FILE is seen from the folder that the command runs in. With \
         `--sync` file and folder are written through to the disk. In a plan, `{out}` of a `check` is the place itself.

What a killed run has left beside is in folders `.pgout-*`, which a run removes in each folder before it writes there, \
         and `--clean` removes for the jobs of the command line, running none. What a run that is alive holds stays.",
    ),
    (
        "JOBSERVER",
        "Below a make whose recipe line begins with `+`, or below any make from 4.4 on, pgrun shares make's \
         jobs: its first command uses the job that make gave to the recipe, each further one takes a token from \
         make's pool and gives the same one back when it has ended. None is held while nothing runs. `-j` limits \
         the slots besides; without it they are those of make's `-j`. What waits for a token has \"token\" in its \
         `blocked_s`.

A recipe without `+` cannot reach the pool of a make before 4.4. Then one job runs at a time, unless `-j` is \
         given, and that is said once; commands are not told of the pool. `--no-jobserver` takes no tokens. \
         Called as parallel, sem or xargs, none are taken.

With `--jobserver` the slots are shared with makes, cargos and ninjas (1.13 and later) below: all of them \
         together run as many jobs as there are slots. They find the pool in MAKEFLAGS, as two inherited \
         descriptors and, for programs that know only that, as a path that is valid while pgrun runs and where \
         its /proc is seen. `--jobserver-style` gives only one of the two. Below a make that has a jobserver, that \
         one is passed on instead. Tokens that commands took and did not give back are replaced when nothing \
         runs, and counted in run.end. Tokens go back however pgrun ends; if it is killed, its guardian gives \
         them back.",
    ),
    (
        "WARM WORKERS",
        "With `--warm` a command that is text for a shell does not wait for the exec of one, which is most of \
         what a short command costs. Each of the threads that start commands (one, or two where there are \
         two processors) keeps a shell, or N of them, stopped before its `main`; for each command it makes a \
         copy of itself, which goes on as the shell would that was just executed: with its own process group, \
         environment, folder, umask, limits, descriptors and text. A copy is our child: exit status, signal, \
         timeout, what it has used and who it left behind are known as they are of any other command. \
         No copy sees anything of another.

What is different: `/proc/PID/cmdline` and `/proc/PID/environ` of the shell itself (not of what it \
         executes) show those of the shell that was copied, so `ps` shows `: pgrun --warm`; copies of one shell have \
         the same addresses in memory.

A command is executed all the same, and its `op.end` says so and why (`begun`, `cold_reason`), when it needs \
         no shell, has more than three descriptors (locks, a jobserver, `--keep-fd`), sets a variable that \
         the loader reads (LD_*, MALLOC_*), is longer than about 120 KiB with its environment, or the \
         shell cannot be kept: it must be linked dynamically, on x86-64.

A shell that has died is replaced. Whether a command had begun when it died is always known, so none \
         is lost and none begins twice. `--warm-max-age` and `--warm-max-jobs` replace shells that have had their time. \
         `run.end` has what starts took (`starts`: median and 95th percentile of those that were warm and cold, \
         and of shells until they were ready) and what the warm ones have saved (`start_saved_s`); \
         `pgstat report` shows it.

With `--worker CMD` no command is executed at all: each slot has a process of CMD that lives on, and is given \
         one operation after the other. It reads a line for each from its standard input, does what that says, and \
         writes one line to its standard output:

    {\"type\":\"work.request\",\"id\":\"7\",\"attempt\":1,\"slot\":2,\"cmd\":\"resize 7.png\",\"args\":[\"7.png\"],\"env\":{...}}
    {\"type\":\"work.reply\",\"id\":\"7\",\"exit\":0,\"stdout\":\"...\",\"stderr\":\"...\"}

`pg-record`(5) has the fields; only `id` is needed in a reply. Text that is not UTF-8 is written \
         {\"b64\":\"...\"}. Standard error of a worker is ours. `--warm=N` keeps the workers at N. A timeout, \
         and whatever else ends an operation, ends its worker with it; so does a reply that is none, or is to another \
         operation, which is then a failure that says so. A worker that dies without a reply is replaced, and its \
         operation given to another once: records have an `op.end` for the first attempt and an `op.retry`. It may \
         have been done twice then; nobody can know better. What a worker uses is not known by operation: \
         `user_s`, `system_s` and `max_rss_bytes` say nothing. Requests are at most 1 MiB.",
    ),
    super::slot_init::SECTION,
    (
        "OTHER NAMES",
        "Through links named `parallel`, `sem` and `xargs` (`scripts/install-links`) pgrun takes the place of these \
         programs, with their options, signals and exit statuses; `pgrun-parallel`(7) tells them one by one.

As `sem` it waits for a place in the semaphore `--id`, of which there are `-j` (1), starts the command in the \
         background and returns; `--fg` waits for the command and has its status, `--wait` waits until all places \
         are free. A place is a lock: `pglock --who NAME` tells who holds it.

As `xargs` no shell sees an argument. Output is not grouped; commands get /dev/null as input (with `-a` ours, \
         with `-o` the terminal), share our process group and get nothing added to their environment. Statuses: 0; \
         123 a command exited 1-254; 124 one exited 255 and 125 one died of a signal (nothing more is started; \
         123 where one had failed otherwise); 126, 127 it cannot be run or found; 1 anything else.",
    ),
    (
        "ORDER",
        "An operation starts when its needs have succeeded and a slot, its resources and its locks \
         are there: the highest priority first, then the longest remaining path by expected \
         durations, then the order of the input. It asks for its locks, one after the other in one \
         order for all, when it has everything else; while it waits for one it holds no slot and no \
         resource, only the locks before that one. When it has all of them it comes before all others.

Where all operations carry a `start`, as those of `pgplan`(1) do when all durations are known, the schedule's order \
         takes the place of the longest remaining path. A schedule may leave room idle for an operation that comes later \
         and needs more of it. So what has not been started has room reserved in that order, as early as it can start by \
         the expected durations, and an operation starts before others that the schedule has earlier only where it \
         delays none of them. A run in which all take as long as expected ends no later than the schedule says; \
         nothing ever waits for a time of the schedule itself. A schedule that takes more than there is (it was made for \
         more slots) is not followed. Where reality departs from it, since an operation has taken twice or less than half of what was \
         expected, failed, or left others without their needs, or the number of slots has changed, what is left is planned \
         anew; the event `run.replan`, and `-v`, say why. `--dispatch tail` has the longest remaining path decide.

An operation with `modes` is done in the one that its field `mode` names, else in the first. With `--fallback` \
         a mode that has failed, timed out or could not be started makes way for the next one: those after it in the list, then \
         those before it. Each has all tries of `retries` for itself, and begins without a pause. The events \
         say which mode ran; PG_MODE tells the command. For `--resume` an operation that was done in any of its modes is done.",
    ),
    (
        "TIME",
        "Durations and timeouts are those of a clock that nobody can set: a wall clock that jumps \
         changes nothing. What the machine sleeps is not counted; pgrun says how long it was, in one \
         line and by the event `clock`. Nor does time pass while the stop key (TSTP) holds the run. A SIGSTOP, \
         which no program can notice, stops pgrun alone, and what its commands take meanwhile counts.",
    ),
    (
        "ENDING",
        "An operation is over when its command has ended, nobody is left of it and its output \
         has been read. Who outlives the command by 0.2 s is named on standard error and in `op.end` \
         (`leaked`, `strays`), and ended: TERM, after the grace KILL, until nobody is left. That holds as well for \
         processes that have left its group and its session, as daemons do, and for what these have started. \
         `--allow-strays` names them and lets them live. A process whose operation cannot be told, since it has dropped \
         its environment, too, belongs to the last that it can be of.

A first INT, TERM or HUP ends what runs in the same way, a second kills at \
         once; then pgrun dies of the signal. With `--on-hup drain` HUP lets what runs end and starts nothing more. QUIT prints what runs and what each waiting \
         operation waits for, and goes on. USR1 makes one slot more, USR2 one fewer. The stop key (TSTP) stops the operations too, and no time passes for them.

If pgrun is killed, a small process of its own, the guardian, sends TERM to every group, after half a second \
         KILL, and KILL to processes that have left their group and still have PG_RUN in their environment. It is \
         there before the first start where more is at hand to be run, else before the second, or when a first command \
         has run for 2 ms; until then the kernel kills the command itself, and not what it has started.

Where control groups (version 2) are mounted and a directory can be made below that of pgrun, commands are born in \
         one of the run: what is in it is killed whatever it has done to its group, session and environment, and stops \
         with the stop key. A first command that runs alone is taken in after 20 ms. The directory is removed at the end, \
         by the guardian if pgrun is killed. `run.end` says what there was: `containment`. With `--allow-strays` there is none.

A command that was killed while its control group counted a process killed for want of memory has `oom` in `op.end`. \
         Memory limits of other groups are not seen.

An attempt that writes nothing for the time of `--stall` is ended as by a timeout, with the reason `stall`; \
         with `--heartbeat` it is told in a line each time it has been silent for so long. Both look at the output as it \
         reaches pgrun: a program that buffers is silent until it writes.

A failed attempt is repeated after a pause, during which the operation holds nothing. A command that cannot be \
         executed, or that was ended with the run, is not repeated.",
    ),
    (
        "PROGRESS",
        "On a terminal, a run that lasts longer than half a second has one live line on standard error: \
         what is done of how many, what runs, what has failed, the rate, and the time that is left. It is taken away \
         before other output and at the end; it is never wider than the terminal, and /dev/tty is never opened. \
         There is none with `-s`, `-u`, `--tty`, where CI is set, and through the links.

The time left of a plan is the longest remaining path, or what remains to be done divided by the slots if that is \
         longer, both by expected durations and at the pace of what has ended; that of lines is the mean duration, times \
         what is left, divided by the slots. How many lines there are is known when the input has ended or they are words \
         of the command line. With `--bar` and `--eta` the input is read to its end before the first job starts, as GNU \
         parallel does, unless `--total-jobs` says how many there will be.

--bar  GNU parallel's bar: share, done:left=time left, the argument that was started last
--eta  GNU parallel's figures with the time left
--progress  how far it is, even where standard error is no terminal; through a link GNU parallel's figures
--progress=json  a `progress` record on standard error for each change, ten a second at most; see `pg-record`(5)

Where standard error is no terminal, or CI is set, `--bar`, `--eta` and `--progress` write a plain line when a tenth \
         more is done, or when twice as much is done while the whole is not known.

What commands write is made harmless for a terminal: colours pass, and so do tab, carriage return, backspace and the \
         clearing of the rest of a line. Sequences that move the cursor, set the title or fill the clipboard are shown \
         instead of done, as `cat -v` shows them. `--raw` lets them pass. Into a file or a pipe bytes always go as they are.",
    ),
    (
        "SECRETS",
        "Values of environment variables are never written down. What stands in a command line is: in events, \
         job logs, tables, reports, messages, the live line, and the books of locks. `--redact PATTERN` shows `***` there for what a \
         regular expression matches, or for its groups: `--redact 'token=(\\S+)'`, `--redact \"$TOKEN\"`. The commands themselves \
         run with the true words, which `ps` shows to everybody on the machine: a secret is safe in a file or in the environment. \
         What commands write is theirs; names of results that have arguments in them are left alone. A job log from which something \
         was taken out cannot run commands again (`--retry-failed`).",
    ),
    ("GENERATED LOAD", super::traffic::page::LOAD),
    ("BENCH", super::traffic::page::BENCH),
    (
        "CI",
        "`--ci` folds the output of each job into a group of the CI system's log that bears its name, both \
         streams together: lines on standard output, operations on standard error. A job that wrote nothing has no group. \
         Each failure has one line of its own behind its group, for GitHub an `::error` annotation with the operation's \
         file and line and the end of its output. `--ci` alone asks the environment which system it is, and does \
         nothing outside of one; `--ci=github` and `--ci=gitlab` decide it. Without `--ci` standard output is the commands' \
         bytes alone, whatever the environment says. With `--line-buffer` nothing is folded; with `-u` it is an error.

Nothing that a command writes is obeyed by the system. For GitHub, output stands between `::stop-commands::TOKEN` and \
         `::TOKEN::`, with a token that nobody can guess, and a backslash breaks `##[` and the token in it. For GitLab one breaks \
         `section_start:` and `section_end:`. Records on standard output are spelled so that no line of them is a command, and stay \
         the same records.

On GitHub a Markdown summary is added to the file that GITHUB_STEP_SUMMARY names: counts, failures with the end of their \
         output, the slowest operations. It stays below the limit of 1 MiB, and says how many failures were left out for that.

`--junit` FILE writes the results as JUnit XML, a test case for each job, with the last 4 KiB of its output; failures and \
         timeouts are failures, what could not be run is an error, what was skipped or ended with the run is skipped. The file is \
         replaced as a whole when the run has ended, however it ended. `--junit-merge` adds the suites of other JUnit files, \
         those that the commands have written: the sums are counted from their cases. One that cannot be read is named, \
         and the status is 255.",
    ),
    (
        "FILES",
        "$TMPDIR/pgrun-*  scripts of an attempt, for this user alone; removed when it has ended
DIR/artifacts/logs/ID.log  with `--run-dir DIR`: the output of each operation
$PG_LOCK_DIR  locks, see `pglock`(1)
.pgout-*  beside files of `--out`: what is being written",
    ),
    super::adapt::page::THROTTLE,
    super::limits::page::LIMITS,
    super::limits::page::TUNING,
    super::limits::page::CONFIGURATION,
    (
        "ENVIRONMENT",
        "PARALLEL PGRUN_OPTIONS  options, as if they stood before those of the command line
PARALLEL_HOME XDG_CONFIG_HOME HOME  where profiles are: config in PARALLEL_HOME, in XDG_CONFIG_HOME/parallel, \
         in .config/parallel and .parallel of HOME, and .parallelrc there; through the links and without CI: see CONFIGURATION
PG_RUN  given to commands: name of the run, below that of the run it is part of
PG_ID PG_SEQ  given to commands: id of the operation, its number in the input
PG_SLOT PG_ATTEMPT  given to commands: slot it runs in, number of the attempt
PG_MODE  given to commands of operations with modes: the mode that is run
PG_LOCK_TOKEN  given to commands that hold locks: fencing token
PG_OUT PG_OUT2  given to commands with declared outputs: where they write them
PARALLEL_SEQ PARALLEL_JOBSLOT PARALLEL_JOBSLOT0 PARALLEL_PID  given to commands, as GNU parallel does
PARALLEL_SHELL SHELL  shell for lines that need one: the first before the calling shell, the second where none has called
PG_LOCK_DIR  the lock directory
PG_HISTORY  folder in which the log of each run is kept, where `--history` names none
MAKEFLAGS  names the jobserver of a make above; with `--jobserver` given to commands
CI  where it is set, no live line is drawn
TERM  where it is dumb, neither
GITHUB_ACTIONS GITLAB_CI  which system `--ci` means, where one is true
GITHUB_STEP_SUMMARY  file that the summary of `--ci` is added to
PATH  where commands are looked for
BASH_ENV  where it is set, every command is given to the shell, for any name may be a function then
TMPDIR  for scripts of operations and for output that waits, instead of /tmp",
    ),
];
