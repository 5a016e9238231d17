//! Which key is which option.

/// What a key is turned into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// The option, with the value as it is.
    Plain(&'static str),
    /// A number of tries in all: so many are added to the value.
    Tries(u32),
    /// The option with a time; the unit of a bare number.
    Time(&'static str, &'static str),
    /// The option with a share: 0.8 is 80 %.
    Percent(&'static str),
    /// The option with a size; the unit of a bare number, none where it must be written.
    Size(&'static str, &'static str),
    /// `--rate`, for each of this time.
    Rate(&'static str),
    /// What happens after a failure.
    Failure,
    /// The option where it is true; where it is false nothing need be said.
    Switch(&'static str),
    /// The same the other way round: what holds where it is true holds anyway.
    Anyway(&'static str),
    /// No option: what to do instead.
    By(&'static str),
}

/// Keys as they are compared, with a dot behind each group; `*` is everything in one.
const KEYS: &[(&[&str], Take)] = &[
    (
        &[
            "jobs",
            "maxjobs",
            "maxparallel",
            "maxparalleljobs",
            "maxconcurrent",
            "maxconcurrency",
            "maxconcurrentjobs",
            "maxconcurrentoperations",
            "maxconcurrenttasks",
            "maxworkers",
            "workers",
            "workercount",
            "threads",
            "maxthreads",
            "throttle",
            "throttlelimit",
            "cpu.cores",
            "cpu.maxcores",
            "users",
        ],
        Take::Plain("jobs"),
    ),
    (&["loadfactor", "cpu.loadfactor"], Take::Plain("load-factor")),
    (&["queue", "queuesize", "maxqueue", "maxqueued"], Take::Plain("queue")),
    (&["nice"], Take::Plain("nice")),
    (
        &[
            "timeout",
            "timeoutseconds",
            "timeoutsec",
            "operationtimeout",
            "jobtimeout",
            "tasktimeout",
            "requesttimeout",
            "timeoutperoperation",
            "operation",
        ],
        Take::Time("timeout", "s"),
    ),
    (&["timeoutms"], Take::Time("timeout", "ms")),
    (&["timeoutminutes"], Take::Time("timeout", "m")),
    (
        &["totaltimeout", "totaltimeoutseconds", "maxduration", "maxruntime", "total"],
        Take::Time("total-timeout", "s"),
    ),
    (&["totaltimeoutminutes"], Take::Time("total-timeout", "m")),
    (&["idletimeout", "stalltimeout"], Take::Time("stall", "s")),
    (
        &["heartbeat", "heartbeatinterval", "healthcheckinterval", "healthcheck.interval"],
        Take::Time("heartbeat", "s"),
    ),
    (&["grace", "graceperiod", "shutdowntimeout"], Take::Time("grace", "s")),
    (&["delay", "startdelay"], Take::Time("delay", "s")),
    (&["delayms", "startdelayms"], Take::Time("delay", "ms")),
    (
        &["attempts", "maxattempts", "retryattempts", "retry.attempts", "retry.maxattempts"],
        Take::Tries(0),
    ),
    (
        &["retries", "maxretries", "retrycount", "retry.count", "retry.max", "retry.maxretries"],
        Take::Tries(1),
    ),
    (
        &["retrydelay", "retrydelayseconds", "retry.delay", "retry.delayseconds"],
        Take::Time("retry-delay", "s"),
    ),
    (&["retrydelayms", "retry.delayms"], Take::Time("retry-delay", "ms")),
    (
        &[
            "erroraction",
            "onerror",
            "onfailure",
            "erroractionpreference",
            "errorhandling",
            "failurepolicy",
        ],
        Take::Failure,
    ),
    (&["failfast", "stoponerror"], Take::Switch("on-failure=stop")),
    (&["continueonerror"], Take::Switch("on-failure=continue")),
    (
        &["memorylimitgb", "maxmemorygb", "memorygb", "maxmemoryusagegb"],
        Take::Size("resource=memory", "GiB"),
    ),
    (&["memorylimitmb", "maxmemorymb", "memorymb"], Take::Size("resource=memory", "MiB")),
    (&["memorylimit", "maxmemory"], Take::Size("resource=memory", "")),
    (
        &["memory.limitgb", "memory.maxmemorygb", "memory.maxgb", "memorymanager.limitgb"],
        Take::Size("mem-limit", "GiB"),
    ),
    (
        &["memory.limitmb", "memory.maxmemorymb", "memory.maxmb", "memorymanager.limitmb"],
        Take::Size("mem-limit", "MiB"),
    ),
    (
        &["memory.limit", "memory.max", "memory.maxmemory", "memorymanager.limit"],
        Take::Size("mem-limit", ""),
    ),
    (
        &[
            "memory.threshold",
            "memory.cleanupthreshold",
            "memory.gcthreshold",
            "memorymanager.threshold",
        ],
        Take::Percent("mem-soft"),
    ),
    (
        &["memorythreshold", "maxmemorypercent", "memorylimitpercent", "memorypressurethreshold"],
        Take::Percent("max-mem"),
    ),
    (&["minfreememorygb"], Take::Size("memfree", "GiB")),
    (
        &[
            "maxcpu",
            "maxcpupercent",
            "maxcpuusage",
            "cpulimit",
            "cpulimitpercent",
            "cputhreshold",
            "cpu.threshold",
            "cpu.limit",
        ],
        Take::Percent("max-cpu"),
    ),
    (
        &[
            "networkmbps",
            "maxnetworkmbps",
            "networklimitmbps",
            "networkbandwidthmbps",
            "maxbandwidthmbps",
            "bandwidthmbps",
        ],
        Take::Plain("resource=network"),
    ),
    (
        &["requestspersecond", "ratelimit", "ratelimitpersecond", "ratelimit.requestspersecond"],
        Take::Rate("s"),
    ),
    (&["requestsperminute", "ratelimitperminute", "ratelimit.requestsperminute"], Take::Rate("m")),
    (
        &[
            "batchsize",
            "batch.size",
            "batch.batchsize",
            "batching.size",
            "batching.batchsize",
            "batch.maxsize",
            "batching.maxsize",
            "batching.maxbatchsize",
        ],
        Take::Plain("batch"),
    ),
    (
        &[
            "batch.wait",
            "batch.waittime",
            "batching.wait",
            "batching.waittime",
            "batching.maxwait",
            "batching.timeout",
            "batch.timeout",
        ],
        Take::By("--batch-wait says how long a batch waits, with a unit: --batch-wait 100ms"),
    ),
    (
        &[
            "batchwaitms",
            "batch.waitms",
            "batch.waittimems",
            "batch.maxwaitms",
            "batching.waitms",
            "batching.waittimems",
            "batching.maxwaitms",
            "batching.timeoutms",
        ],
        Take::Time("batch-wait", "ms"),
    ),
    (
        &[
            "maxbatches",
            "batch.maxbatches",
            "batch.maxconcurrent",
            "batching.maxbatches",
            "batching.maxconcurrentbatches",
        ],
        Take::Plain("batch-jobs"),
    ),
    (
        &[
            "connectionpool.perhost",
            "connectionpool.maxperhost",
            "connectionpool.limitperhost",
            "connections.perhost",
            "maxconnectionsperhost",
        ],
        Take::By(
            "which part of an item is the host is known to you alone: --key '{host}' --key-limit N, see ADMISSION",
        ),
    ),
    (
        &["connectionpool.*", "connections.*", "httppool.*"],
        Take::By("connections are the commands' own; -j and --key-limit bound how many run"),
    ),
    (
        &["cache.*", "caching.*", "responsecache.*", "statecache.*", "querycache.*"],
        Take::By(
            "pgrun keeps no answers of commands; --log FILE with --resume runs again only what has not ended well",
        ),
    ),
    (
        &["budget.*", "costbudget.*", "costoptimization.*"],
        Take::By(
            "costs stand in the plan: --budget cost=45 bounds a run, pgplan schedule --budget a plan",
        ),
    ),
    (
        &["monitoring.*", "metrics.*"],
        Take::By(
            "pgmon takes samples of the machine, --events FILE keeps what has run, pgstat reports",
        ),
    ),
    (
        &["database.*", "redis.*", "logging.*"],
        Take::By("it is none of pgrun's; take it out, or keep it for the command that needs it"),
    ),
    (
        &[
            "loadtest.users",
            "loadtesting.users",
            "loadtest.concurrentusers",
            "loadtesting.concurrentusers",
        ],
        Take::By("a load is asked for on the command line: pgrun --users N --for TIME COMMAND"),
    ),
    (
        &["loadtest.*", "loadtesting.*"],
        Take::By(
            "a load is asked for on the command line: --users, --arrival, --for, --ramp, see GENERATED LOAD",
        ),
    ),
    (&["keeplogsdays", "logretentiondays"], Take::Time("keep-logs", "d")),
    (&["keeplogs", "logretention"], Take::Time("keep-logs", "s")),
    (&["verbose", "verboselogging"], Take::Switch("trace")),
    (&["progress", "showprogress", "progressbar"], Take::Switch("progress")),
    (&["keeporder", "preserveorder", "ordered"], Take::Switch("keep-order")),
    (&["interactive"], Take::Switch("interactive")),
    (&["noninteractive"], Take::Anyway("interactive")),
    (&["color", "colour"], Take::Anyway("color=never")),
    (&["nocolor"], Take::Switch("color=never")),
    (&["*.enabled", "enabled"], Take::Anyway("")),
];

/// What becomes of a key, the groups above it before it.
pub fn take_of(plain: &[String]) -> Option<Take> {
    let whole = plain.join(".");
    let is = |known: &&str| match known.split_once('*') {
        Some((group, "")) => {
            whole.strip_prefix(group).is_some() || whole == group.trim_end_matches('.')
        }
        Some((_, rest)) => whole.ends_with(rest),
        None => **known == whole,
    };
    KEYS.iter().find(|(names, _)| names.iter().any(is)).map(|(_, take)| *take)
}
