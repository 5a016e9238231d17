//! The page on what holds starts back and what jobs may have: PRESSURE.

/// Its text.
pub const PAGE: &str =
    "What holds starts back while others run is looked at when a start is wanted, and again each second (--max-cpu: ten times a \
         second) for as long as it is held. `blocked_s` of each operation and `held`, `held_s` of run.end tell what did, SIGQUIT says what does.

--memfree SIZE  starts only while so much is free; below half of it the youngest makes room
--max-mem P  starts only while at most P% of the memory are used; with --evict youngest one makes room beyond half of the rest
--mem-limit SIZE  what the jobs of this run use together, shared pages divided: from --mem-soft P of it (80%) nothing starts, from all of it the youngest makes room
--max-cpu P  starts only while the CPUs were busy for less than P% of the last second, by whomever; at most twice as many jobs run from one look to the next, and no more than keep them so busy
--cpu-limit P  all jobs together get P% of the time of all CPUs; this holds for what runs, too
--op-mem SIZE  what each job may use; the kernel kills what takes more, and no other job
--load N --noswap  fewer tasks than N run or wait for a disk; the machine does not swap

Memory is that of the machine, or of the control group that `pgrun` is in where that has a limit and less is left there. Who \
         makes room is ended as by a timeout, is no failed try (`evicted` in op.end, counted in run.end), and is started again when \
         there is room. It is never the one that was started first, so every run comes to its end. What is short is looked at each second while \
         two or more run; where the kernel tells of stalls (/proc/pressure/memory) it is looked at as soon as tasks stood still for \
         150 ms of a second, and else every 5 s.

`--emergency` has rules FIGURE>NUMBER: MEASURE, divided by `;`. Figures are mem (used), cpu (busy), cpu_psi, mem_psi, io_psi (time in \
         which tasks stood still for want of it), all in percent of the time between two looks, and load (tasks). Measures are `jobs*F` \
         (so much of the slots, at least one; again every 3 s while it lasts), `hold` (nothing starts while something runs), and `evict youngest` (one at \
         each look, and hold). A rule is over when its figure was a tenth below the number in two looks in a row; then its slots come back. Each is told on standard error \
         and in throttle.change.

`--cpu-limit` is kept by a control group (cpu.max, or cpu.cfs_quota_us of version 1). Where none can be had all jobs are \
         stopped (SIGSTOP) and let go on (SIGCONT) so that they get that much, and are never stopped for more than 0.9 s. `--op-mem` \
         needs a control group; without one that is said, and jobs use what they want. A job that was killed so has `oom` in its \
         op.end; it is not tried again by --retries, but by `--retry-oom` N, which counts repetitions and takes in what was killed because the machine's memory had run out.";
