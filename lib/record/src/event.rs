//! Events: what happened. The event stream is the only truth; job logs and
//! reports are renderings of it.

use crate::fields::{Bad, Fields, Raw};
use crate::unit::{Amount, Nullable, Seconds};
use crate::wire::{Record, RecordDoc, Wire, parse_record};
use crate::{BenchResult, Bytes, Command, LoadSummary, LockAsk, Need, Outcome, wire};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

impl Wire for Outcome {
    const JSON: &'static str = "result";
}

wire! {
    /// A run begins: first event of every stream.
    pub struct RunStart = "run.start", r#"{"type":"run.start","version":1,"run":"1f3a.5d0c","time":1700000000.123456,"tool":"pgrun 0.1.0","host":"ci-7","pid":4711,"argv":["pgrun","-j8"],"jobs":8,"resources":{"memory":8589934592},"dispatch":"schedule","boot":"0f5c2a6e-5f0e-4b0e-9d53-6f1f5b1c8a11","resumed":true}"# {
        /// Version of the record format.
        pub version: u32,
        /// Name of the run; runs inside runs are joined by "/". Also in PG_RUN of every operation.
        pub run: String,
        /// When, seconds since the epoch.
        pub time: Seconds,
        /// Program and version.
        pub tool: String,
        /// Name of the machine.
        pub host: String,
        /// Process id of the runner.
        pub pid: u32,
        /// Command line.
        pub argv: Vec<Bytes>,
        /// Slots.
        pub jobs: u32,
        /// Capacity of each resource.
        pub resources: BTreeMap<String, Amount>,
        /// Who starts next: "schedule", where one is followed; else left out: the longest remaining path.
        pub dispatch: String,
        /// Which start of the machine it is, where the log is kept for --resume.
        pub boot: String,
        /// It goes on where the runs before it in the log ended.
        pub resumed: bool,
    }
}

wire! {
    /// An attempt begins: its process has been started.
    pub struct OpStart = "op.start", r#"{"type":"op.start","id":"install-chrome","seq":3,"attempt":1,"slot":2,"start":1700000000.5,"pid":4720,"cmd":["msiexec","/i","chrome.msi"],"needs":["get-chrome"],"locks":["msi"],"resources":{"memory":536870912},"expected_s":180,"planned_s":120,"key":"8f14e45fceea167a5a36dedd4bea2543","born":1234567}"# {
        /// The operation.
        pub id: String,
        /// Its number in the input, from 1.
        pub seq: u64,
        /// Which spawn of it, from 1.
        pub attempt: u32,
        /// Place to run, from 1.
        pub slot: u32,
        /// When, seconds since the epoch.
        pub start: Seconds,
        /// Process id, also that of its process group.
        pub pid: u32,
        /// What is run.
        pub cmd: Option<Command>,
        /// In which of its modes, where it has several.
        pub mode: String,
        /// What it needed.
        pub needs: Vec<Need>,
        /// Locks it holds: names, or as an operation has them.
        pub locks: Vec<LockAsk>,
        /// Amounts it holds.
        pub resources: BTreeMap<String, Amount>,
        /// Its priority, where it has one.
        pub priority: Option<i64>,
        /// Expected duration, where one was stated.
        pub expected_s: Option<Seconds>,
        /// Planned start, seconds from the plan's beginning, where it has one.
        pub planned_s: Option<Seconds>,
        /// When it is ended, where it has a timeout.
        pub timeout_s: Option<Seconds>,
        /// When it was to start, in an open loop of generated load: seconds since the epoch.
        pub intended: Option<Seconds>,
        /// What is run, in short: by this --resume knows it again; with - before it, what it undoes. Only in a log (--log).
        pub key: String,
        /// When its process began, in ticks since the machine came up: tells it from a later process with the same number.
        pub born: Option<u64>,
    }
}

wire! {
    /// An attempt has ended: exactly one for every attempt that was started.
    pub struct OpEnd = "op.end", r#"{"type":"op.end","id":"install-chrome","seq":3,"attempt":1,"final":true,"slot":2,"start":1700000000.5,"end":1700000002.75,"wall_s":2.25,"user_s":0.5,"system_s":0.125,"max_rss_bytes":12582912,"exit":0,"result":"success","queued_s":0.5,"blocked_s":{"lock:msi":0.5},"out_bytes":1024,"labels":{"vm":"vm-1"}}"# {
        /// The operation.
        pub id: String,
        /// Its number in the input, from 1.
        pub seq: u64,
        /// Which spawn of it, from 1.
        pub attempt: u32,
        /// The last attempt of the operation.
        pub r#final: bool,
        /// Place it ran, from 1.
        pub slot: u32,
        /// When it was started, seconds since the epoch.
        pub start: Seconds,
        /// When its leader ended, seconds since the epoch.
        pub end: Seconds,
        /// Duration.
        pub wall_s: Seconds,
        /// Processor time in user mode, the leader and what it waited for.
        pub user_s: Seconds,
        /// Processor time in the kernel.
        pub system_s: Seconds,
        /// Greatest resident set of a process; null where the runner's own hides it.
        pub max_rss_bytes: Nullable<u64>,
        /// Exit status; left out when a signal ended it or it never ran.
        pub exit: Option<i32>,
        /// Number of the signal that ended it.
        pub signal: Option<i32>,
        /// In which of its modes it was run, where it has several.
        pub mode: String,
        /// How it ended.
        pub result: Outcome,
        /// Why, in words, where the result alone does not say it.
        pub reason: String,
        /// Time from being ready to being started.
        pub queued_s: Seconds,
        /// The same by cause: "slot", "start" (the runner was starting others), "lock:NAME", "resource:NAME", "key:NAME" (as many of the key ran as may), "rate:NAME", "quota:NAME", "retry-after:NAME" (starts of the key were held back; without a name those of all), "token" (of make's jobserver), "schedule" (room was kept for others), "pause", "delay", "load", "cpu", "memory", "own-memory", "swap", "emergency", "ramp" (starts were held back), "retry".
        pub blocked_s: BTreeMap<String, Seconds>,
        /// When it was to start, in an open loop of generated load: its latency counts from there.
        pub intended: Option<Seconds>,
        /// Time the start itself took.
        pub spawn_s: Option<Seconds>,
        /// How it was started, where `--warm` or `--worker` is asked for: "warm" (by a copy of a shell that was there), "cold" (by an exec all the same), "worker" (it was given to one).
        pub begun: Option<String>,
        /// Why it was a cold start all the same.
        pub cold_reason: Option<String>,
        /// Bytes of output, both streams.
        pub out_bytes: u64,
        /// Bytes of a divided input (`--pipe`) that it was given.
        pub in_bytes: Option<u64>,
        /// The output's end: of failed operations by default (--event-output).
        pub output: Option<Bytes>,
        /// Processes that outlived the leader by more than a moment and were found.
        pub leaked: Option<u32>,
        /// Of these, the first ones: {"pid":4722,"comm":"sleep"}.
        pub strays: Vec<Stray>,
        /// It was killed while memory had run out: true where the control group that it was in counted that.
        pub oom: bool,
        /// It was ended to make room in memory, and is started again.
        pub evicted: bool,
        /// Voluntary context switches: it waited for something.
        pub voluntary_switches: Option<u64>,
        /// Involuntary context switches: others wanted its CPU.
        pub involuntary_switches: Option<u64>,
        /// Blocks read and written, 512 bytes each.
        pub blocks: Option<u64>,
        /// Copied from the operation.
        pub labels: BTreeMap<String, Raw>,
    }
}

/// A process that outlived the leader of an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stray {
    /// Its number.
    pub pid: u32,
    /// Its name, as ps shows it.
    pub comm: String,
}

wire! {
    /// An attempt failed and another is due.
    pub struct OpRetry = "op.retry", r#"{"type":"op.retry","id":"get-chrome","attempt":2,"time":1700000003,"delay_s":0.2,"reason":"exit 7"}"# {
        /// The operation.
        pub id: String,
        /// The attempt to come, from 2.
        pub attempt: u32,
        /// When the last one ended, seconds since the epoch.
        pub time: Seconds,
        /// Pause before the attempt.
        pub delay_s: Seconds,
        /// The mode of the attempt to come, where it has several: another than before under --fallback.
        pub mode: String,
        /// What failed; "interrupted": the run that started it was killed.
        pub reason: String,
    }
}

wire! {
    /// A barrier of the plan: what needs it waits for all that it needs. Told when it is read.
    pub struct OpBarrier = "op.barrier", r#"{"type":"op.barrier","id":"group-2","needs":["get-chrome","get-viewer"]}"# {
        /// The barrier.
        pub id: String,
        /// What it needs.
        pub needs: Vec<Need>,
    }
}

wire! {
    /// An operation that never ran: exactly one for each.
    pub struct OpSkip = "op.skip", r#"{"type":"op.skip","id":"configure","seq":4,"time":1700000003,"result":"skip","reason":"needs install-chrome, which failed"}"# {
        /// The operation.
        pub id: String,
        /// Its number in the input, from 1.
        pub seq: u64,
        /// When, seconds since the epoch.
        pub time: Seconds,
        /// Always "skip", or "error" for an operation that cannot be run at all.
        pub result: Outcome,
        /// Why: the need that failed, "check", "resumed" (an earlier run has done it), "halt".
        pub reason: String,
        /// Copied from the operation.
        pub labels: BTreeMap<String, Raw>,
    }
}

wire! {
    /// Reality has departed from the schedule that is followed: what is left was planned anew.
    pub struct RunReplan = "run.replan", r#"{"type":"run.replan","time":1700000004,"reason":"install-chrome takes more than 360 s instead of 180 s","left":12,"before_s":600,"after_s":540}"# {
        /// When, seconds since the epoch.
        pub time: Seconds,
        /// What has happened.
        pub reason: String,
        /// Operations that had not been started.
        pub left: u64,
        /// How long the rest would have taken in the order that it had, as far as is known.
        pub before_s: Option<Seconds>,
        /// How long it takes in the order that it has now: no less where there is none better.
        pub after_s: Option<Seconds>,
    }
}

wire! {
    /// The number of slots changed, or a rule for emergencies began or ended.
    pub struct ThrottleChange = "throttle.change", r#"{"type":"throttle.change","time":1700000004,"from":8,"to":6,"reason":"memory below 1 GiB"}"# {
        /// When, seconds since the epoch.
        pub time: Seconds,
        /// Slots before.
        pub from: u32,
        /// Slots after.
        pub to: u32,
        /// Why.
        pub reason: String,
    }
}

wire! {
    /// Somebody waits for a lock.
    pub struct LockWait = "lock.wait", r#"{"type":"lock.wait","name":"msi","id":"install-chrome","pid":4711,"time":1700000000,"holder_pid":4655}"# {
        /// Name of the lock.
        pub name: String,
        /// The operation that waits; left out by pglock.
        pub id: String,
        /// Process that waits.
        pub pid: u32,
        /// Since when, seconds since the epoch.
        pub time: Seconds,
        /// Process that holds it, where that is known.
        pub holder_pid: Option<u32>,
    }
}

wire! {
    /// The machine has slept. Times since the epoch jump by it; durations and timeouts do not
    /// count it.
    pub struct ClockChange = "clock", r#"{"type":"clock","time":1700000604,"asleep_s":600}"# {
        /// When it was noticed, seconds since the epoch.
        pub time: Seconds,
        /// How long it slept.
        pub asleep_s: Seconds,
    }
}

wire! {
    /// Somebody has got a lock.
    pub struct LockTake = "lock.take", r#"{"type":"lock.take","name":"msi","id":"install-chrome","pid":4711,"time":1700000000.5,"waited_s":0.5,"token":1700000000500000}"# {
        /// Name of the lock.
        pub name: String,
        /// The operation that has it; left out by pglock.
        pub id: String,
        /// Process that has it.
        pub pid: u32,
        /// When, seconds since the epoch.
        pub time: Seconds,
        /// How long it waited.
        pub waited_s: Seconds,
        /// Fencing token: greater than every earlier one of this lock.
        pub token: Option<u64>,
    }
}

wire! {
    /// Somebody has given a lock back.
    pub struct LockDrop = "lock.drop", r#"{"type":"lock.drop","name":"msi","id":"install-chrome","pid":4711,"time":1700000002.75,"held_s":2.25}"# {
        /// Name of the lock.
        pub name: String,
        /// The operation that had it; left out by pglock.
        pub id: String,
        /// Process that had it.
        pub pid: u32,
        /// When, seconds since the epoch.
        pub time: Seconds,
        /// How long it was held.
        pub held_s: Seconds,
    }
}

/// What the starts of one kind took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartCost {
    /// How many there were.
    pub n: u64,
    /// Half of them took no longer.
    pub p50_s: Seconds,
    /// 95 of 100 took no longer.
    pub p95_s: Seconds,
}

wire! {
    /// A run has ended: last event of every stream. If it is missing the run was cut off.
    pub struct RunEnd = "run.end", r#"{"type":"run.end","run":"1f3a.5d0c","time":1700000010,"makespan_s":9.876544,"counts":{"failure":1,"skip":2,"success":11},"exit":1,"containment":"group+subreaper"}"# {
        /// Name of the run.
        pub run: String,
        /// When, seconds since the epoch.
        pub time: Seconds,
        /// From the run's beginning to its end.
        pub makespan_s: Seconds,
        /// Operations by result; barriers are not counted.
        pub counts: BTreeMap<String, u64>,
        /// Exit status of the runner.
        pub exit: Option<i32>,
        /// Signal that ended the runner.
        pub signal: Option<i32>,
        /// What kept the operations together, joined by "+": "cgroup" (a control group of their own; their process groups as well) or "group" (their process groups), "subreaper" (who leaves them is found), "guardian" (all are ended even if the runner is killed).
        pub containment: String,
        /// What could not be fully read or written.
        pub lost: Vec<String>,
        /// Time in which nothing was started since the reader of the output stood still.
        pub output_wait_s: Option<Seconds>,
        /// Tokens of its jobserver that commands took and did not give back.
        pub tokens_lost: Option<u64>,
        /// Attempts that were ended to make room in memory, and started again.
        pub evicted: Option<u64>,
        /// How often starts were held back, by what held them, as in blocked_s.
        pub held: BTreeMap<String, u64>,
        /// The same: how long in all, whether something could have been started or not.
        pub held_s: BTreeMap<String, Seconds>,
        /// What starts took, where `--warm` or `--worker` is asked for: of commands that were started "warm", "cold" or by a "worker", and of what they were started by, until it was "ready".
        pub starts: BTreeMap<String, StartCost>,
        /// What warm starts have saved: their number times the difference of the medians of "ready" and "warm".
        pub start_saved_s: Option<Seconds>,
    }
}

macro_rules! events {
    ($($name:ident),* $(,)?) => {
        /// Any event.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event {
            $(
                #[doc = concat!("A [`", stringify!($name), "`].")]
                $name($name),
            )*
        }

        impl Event {
            /// Its `"type"`.
            pub fn kind(&self) -> &'static str {
                match self { $(Event::$name(_) => $name::KIND,)* }
            }

            /// Appends the event as one line, newline included.
            pub fn append_line(&self, line: &mut Vec<u8>) {
                match self { $(Event::$name(event) => event.append_line(line),)* }
            }

            /// Reads an event; `Ok(None)` if the type is not an event's.
            ///
            /// # Errors
            /// A field of the wrong type.
            pub fn parse(kind: &str, line: &[u8], fields: &Fields<'_>) -> Result<Option<Self>, Bad> {
                match kind {
                    $($name::KIND => parse_record(line, fields).map(|e| Some(Event::$name(e))),)*
                    _ => Ok(None),
                }
            }

            pub(crate) fn catalogue() -> Vec<RecordDoc> {
                vec![$(RecordDoc::of::<$name>(),)*]
            }
        }

        $(
            impl From<$name> for Event {
                fn from(event: $name) -> Event {
                    Event::$name(event)
                }
            }
        )*
    };
}

events! {
    RunStart, OpStart, OpEnd, OpRetry, OpSkip, OpBarrier, RunReplan, ThrottleChange, ClockChange, LockWait, LockTake, LockDrop, LoadSummary, BenchResult, RunEnd,
}
