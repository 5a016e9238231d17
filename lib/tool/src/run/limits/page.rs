//! What the man page says of it.

/// How many at once.
pub const LIMITS: (&str, &str) = (
    "HOW MANY AT ONCE",
    "Without -j as many run as there are CPUs that may be used: affinity and a control group's quota count. \
         -j takes

N  that many; 0 is no limit
N%  of the CPUs
+N -N  more or fewer than there are CPUs
cpu io net mixed  for work that computes, reads and writes disks, waits for a network, or some of each: 1, 2, 3 \
         and 1.5 for a CPU, at most 32
FORMULA  such as `min(2*cpu, mem/512M, net/50M)`: + - * / ( ) min max ceil floor over what is measured here, its \
         whole part, at least 1
FILE  that has one of the first four, read again when a job has ended

In a formula are cpu (CPUs that may be used), mem (free memory in bytes: of the machine, or of the control group where that \
         is less), memtotal, net (speed of the line of the default route; a megabit a second counts as 1M), load (tasks \
         that run or wait for a disk), files (descriptors of a process) and pids (processes that may still be started). \
         K M G are powers of 1024. What cannot be measured drops out of min and max, and is an error elsewhere. \
         `--explain` says what each term came to, and which one decided.

--load-factor multiplies it: a number from 0 to 1, or `auto` (also `--load auto`), which watches for a second what others make of \
         the machine: above 80 % of the CPUs or 90 % of the memory 0.3, above 60 or 75 % 0.6, above 40 or 60 % 0.8, \
         else 1; 0.8 where that cannot be read.

--show-limits prints what bounds a run here and what each of these rules makes of it.",
);

/// Where options come from.
pub const CONFIGURATION: (&str, &str) = (
    "CONFIGURATION",
    "Nothing need be configured. Under the name pgrun, options are read from these, of which the later win:

/etc/pgtools/pgrun.conf  the system's
pgtools/pgrun.conf  the user's, in XDG_CONFIG_HOME or in .config of HOME
./pg.conf  of the working folder: only how many, how often, how long; left out where others may write to it
--profile NAME  pgtools/profiles/NAME of the user or of the system, a profile of GNU parallel, or one that comes \
         with pgrun: dev, prod, ci, lowmem, cloudvm; auto is ci where CI is set; with a / in it, a file
PARALLEL PGRUN_OPTIONS  variables of the environment
options  of the command line

Files have options as on the command line, with # before comments. An option takes the place of those that cannot stand \
         beside it: `--profile ci --halt never` does not stop at a failure. Where CI is set files are read only if they \
         are named; --plain reads nothing at all. --show-config prints every value that is in force with the place that \
         said it; --show-profile NAME prints a profile that comes with pgrun, to be copied and changed. A profile that \
         asks for more memory than the machine has gets what it has, and says so.

An option that is wrong is told with its place: $PGRUN_OPTIONS, or file and line.

--import-config FILE prints the YAML configuration of another system as such a file, each option below the line and the          key that it comes from: `pgrun --import-config old.yaml > pg.conf`. Groups are keys with keys below them; capitals, `-` and `_` make          no difference. A unit in a key's name counts (memory_limit_gb, delay_ms). What has no option here, or means nothing,          is named on standard error with its line and what to do instead, and the status is 1; so is what may not stand in          ./pg.conf, which is a comment there. Of several environments or profiles in FILE the one named by its key          `environment`, or by --import-env, is put over the rest.

jobs workers max_workers max_concurrency throttle_limit  -j
timeout total_timeout grace delay heartbeat  the times of these names, in seconds
retries max_retries  --retries, which counts the first try, too; attempts max_attempts as they are
error_action on_error  --on-failure: stop, continue; retry is --retries 3
memory_limit_gb network_mbps  --resource: what operations say they need, in sum
memory.limit memory.threshold  --mem-limit, --mem-soft: what is used
max_cpu max_memory_percent  --max-cpu, --max-mem; 0.8 is 80 %
batch.size batch.wait_ms batch.max_concurrent  --batch, --batch-wait, --batch-jobs
verbose progress keep_order  --trace, --progress, -k",
);

/// Numbers that are found by trying.
pub const TUNING: (&str, &str) = (
    "TRYING",
    "Every job is run once, whatever is tried with it, and its result counts.

--sample N  runs N jobs, spread over the input, one at a time, and says mean, standard deviation and variation \
         (deviation by mean) of their time: consistency is high below 0.2, medium below 0.5, else low. Then the run \
         ends; with --sample-keep the rest follows. With -k the sampled ones are printed first. \
         With --resume those that are done count for nothing: where the sampled ones are, the next N of the input are taken.
--tune N,N...  gives each of these numbers of slots --tune-items jobs (50) in turn, up to four times, and goes on with \
         the fewest slots that are not beyond doubt (95 %) more than 3 % below the best. It needs about as many jobs as \
         numbers times --tune-items; if the input ends before, it says what is known.
--sweep N,N...  does so to the end of the input, to see what each is worth: `pgstat scaling` on the events says where \
         the knee is and what bounds the work.

After a change of slots as many ends as may run are left out of the figures. All jobs should be of one kind; \
         a plan is refused.",
);
