//! What the man page says of load and of benchmarks.

/// The section GENERATED LOAD.
pub const LOAD: &str =
    "Jobs can be made instead of read, to find out what a service bears. The command is run again and again, `{}` being the \
         number of the job; where arguments are named (`:::`, `::::`, `-a`, `--lines`), each of them is a job as ever, at the \
         times that are asked for here. `--for` TIME or `--times` N ends it; what was due before the end of the time is still run.

`--users` N is a closed loop: each of N users begins again when the job before has ended. It finds out how much \
         can be done at once, but where the service stands still, so do its users, and few of them see it.

`--arrival` 50/s is an open loop: jobs start at times of their own, however long those before them take, as users \
         do who do not know of one another. The times are at the same distance, or by chance (`--arrival-dist poisson`), \
         and those of the same `--seed` are the same. How late a job starts belongs to its latency: that is counted from the \
         intended start (`intended` in op.start and op.end), so a service that stands still for a second is seen by everyone who came in that \
         second. The time from the real start, which is all that a closed loop sees, stands beside it. \
         There are 1000 slots unless `-j` says otherwise; jobs that were due and found none free are told.

`--ramp` 30s lets the number of users, of slots or the rate rise along a line, from nothing; `--ramp exp:30s` from a \
         hundredth, by the same factor in the same time. It is a throttle as well: `--ramp 30s` alone keeps a run from beginning with all slots at once. \
         The rate that is told is that after it.

`--scenario` WEIGHT:CMD, given several times, takes the place of the command. Each command comes as often as its \
         weight among all weights says: after any number of jobs, but for less than one (`--scenario-mix random`: by lot).

At the end the figures are told on standard error, for each scenario as well, and as records of the type load.summary \
         in the events. `--json` is `--events -` with the commands' output on standard error. `pgstat report` has the latency of \
         any log of such a run. A plan has an order of its own: with `--stream` its operations come at these times.";

/// The section BENCH.
pub const BENCH: &str =
    "`pgrun --bench 'gzip -1 <a' 'gzip -9 <a'` compares commands, each one operand. They are run one at a time, in rounds, \
         each once in each round and in another order in each (`--seed`), so that what changes on the machine meanwhile \
         changes for all of them. Each is run at least 10 times (`--min-runs`) and for 3 s in all (`--for`), after \
         `--warmup` N rounds that do not count. Their output is thrown away. A run lasts from before its process is made \
         until its end is seen, and nothing is taken off: that is what `hyperfine -N` measures. Without `-N` hyperfine \
         starts a shell for each run and subtracts what a shell takes, which for a command of a few milliseconds is another \
         figure. Both have the times that a loaded machine lets a process wait.

Of each command the median is told, with an interval that holds the true one in 95 of 100 cases (bootstrap), the shortest and \
         the longest run, and how many are far from the others (three scaled median absolute deviations, and a twentieth of the median). \
         Beside the first command the others have a factor with its interval (Hodges and Lehmann) and the chance of \
         such a difference between two commands that are the same (Mann and Whitney, corrected for the number of \
         commands): below 5 % it is told as a difference.

A command without characters of the shell is executed directly; with any of them, or a builtin, a shell is started for it. \
         What a start costs is told by commands that do nothing. With `--warm` a text for the shell is begun by a copy \
         of a shell that is ready, and what needs no shell is executed, so that \
         `pgrun --bench --warm --shell /bin/sh --warmup 3 /bin/true 'sh -c :' :` compares an exec, the exec of a shell, and a \
         warm start; the table and `begun` in bench.result say how each was begun. With `--worker` all go to the worker: \
         the cost of a request and its reply.

`--json` prints records: each run, and bench.result for each command. Two such files are compared by \
         `pgstat compare`. Failures count for the exit status as ever.";
