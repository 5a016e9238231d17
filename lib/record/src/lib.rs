//! The words that the five programs exchange: operations, events, samples,
//! findings, units and exit statuses.
//!
//! Everything here is a value. Each record type is defined once, by
//! [`wire!`](crate::wire), which makes the struct, its reader, its writer and its rows in
//! `man/pg-record.5`. A record is one JSON object a line; see [`Record`].

mod alert;
mod anomaly;
mod baseline;
mod bench;
mod benchmark;
mod bytes;
mod capacity;
mod change;
mod compare;
mod control;
mod day;
mod event;
mod exit;
mod explain;
mod fields;
mod finding;
mod forecast;
mod kept;
mod limits;
mod line;
mod load;
mod lock;
mod mode;
mod operation;
mod part;
mod progress;
mod sample;
mod scan;
mod series;
mod tendency;
mod tuned;
mod unit;
mod view;
mod wire;
mod work;

pub use alert::Alert;
pub use anomaly::Anomaly;
pub use baseline::Baseline;
pub use bench::BenchResult;
pub use benchmark::{Benchmark, Benchmarks, Timing};
pub use bytes::{Bytes, Command};
pub use capacity::{Capacity, PlanEnd, PlanStart};
pub use change::SeriesChange;
pub use compare::{Comparison, TargetMet};
pub use control::{Answer, Order};
pub use day::Day;
pub use event::{
    ClockChange, Event, LockDrop, LockTake, LockWait, OpBarrier, OpEnd, OpRetry, OpSkip, OpStart,
    RunEnd, RunReplan, RunStart, StartCost, Stray, ThrottleChange,
};
pub use exit::{EXIT, ExitRow, Fatal, Halted, Manners, Outcome, RunFacts, status};
pub use explain::{Advice, Blame, Bottleneck, Grade, Health, LockStory, MemoryTrend, Workload};
pub use fields::{Bad, Fields, Raw, on_one_line};
pub use finding::{
    ChainLink, Finding, LockUse, LockWaited, OpFamily, Ranked, Report, Severity, SlowOp, Usage,
    report_parts,
};
pub use forecast::{Calibration, MakespanPrediction, Prediction, Task};
pub use kept::KeptRun;
pub use limits::Limits;
pub use line::{Line, Lines, MAX_LINE_BYTES};
pub use load::{LoadSummary, OpenLoop};
pub use lock::{LockBook, LockHolder, LockWaiter};
pub use mode::{Mode, operation_parts};
pub use operation::{LockAsk, Need, OnFailure, Operation};
pub use part::{Part, PartDoc};
pub use progress::Progress;
pub use sample::{
    Cgroup, Counters, CpuShares, Disk, FileSystem, Kernel, Load, Memory, Network, OpUse, OwnCost,
    Pressure, Process, Processes, RunUse, Sample, Sockets, Summary, Tree, parts,
};
pub use scan::{
    EndView, Names, OperationView, Pairs, Planned, StartView, scan_op_end, scan_op_start,
    scan_operation,
};
pub use series::SeriesLine;
pub use tendency::{Outlook, Pattern, Relation, Scaling, ScalingPoint, Trend};
pub use tuned::{Tuned, TunedLevel};
pub use unit::{Amount, Nullable, Seconds, parse_amount, parse_seconds};
pub use view::{
    PlanChange, PlanDiff, PlanEdge, PlanExport, PlanGroup, PlanNode, PlanPacking, PlanPareto,
    PlanPath, PlanSchedule, PlanShare, PlanSummary, PlanUse, Simulation,
};
#[doc(hidden)]
pub use wire::field_key;
pub use wire::{FieldDoc, Record, RecordDoc, Wire, parse_record};
pub use work::{WorkReply, WorkRequest};

/// Version of the record format, in `run.start` and `--version`.
/// Additions are free within a version; a meaning never changes.
pub const SCHEMA_VERSION: u32 = 1;

/// Every record type with its fields and one example, for `man/pg-record.5`.
pub fn catalogue() -> Vec<RecordDoc> {
    let mut rows = vec![
        RecordDoc::of::<Operation>(),
        RecordDoc::of::<Capacity>(),
        RecordDoc::of::<PlanStart>(),
        RecordDoc::of::<PlanEnd>(),
    ];
    rows.extend(Event::catalogue());
    rows.push(RecordDoc::of::<Sample>());
    rows.push(RecordDoc::of::<Summary>());
    rows.push(RecordDoc::of::<Alert>());
    rows.push(RecordDoc::of::<Baseline>());
    rows.push(RecordDoc::of::<Order>());
    rows.push(RecordDoc::of::<Answer>());
    rows.push(RecordDoc::of::<Progress>());
    rows.push(RecordDoc::of::<WorkRequest>());
    rows.push(RecordDoc::of::<WorkReply>());
    rows.push(RecordDoc::of::<Limits>());
    rows.push(RecordDoc::of::<Tuned>());
    rows.push(RecordDoc::of::<LockBook>());
    rows.push(RecordDoc::of::<LockHolder>());
    rows.push(RecordDoc::of::<LockWaiter>());
    rows.push(RecordDoc::of::<SeriesLine>());
    rows.extend(tendency::catalogue());
    rows.push(RecordDoc::of::<SeriesChange>());
    rows.push(RecordDoc::of::<Finding>());
    rows.push(RecordDoc::of::<Report>());
    rows.push(RecordDoc::of::<Ranked>());
    rows.push(RecordDoc::of::<Anomaly>());
    rows.push(RecordDoc::of::<Bottleneck>());
    rows.push(RecordDoc::of::<Workload>());
    rows.push(RecordDoc::of::<LockStory>());
    rows.push(RecordDoc::of::<MemoryTrend>());
    rows.push(RecordDoc::of::<Health>());
    rows.push(RecordDoc::of::<PlanSummary>());
    rows.push(RecordDoc::of::<PlanNode>());
    rows.push(RecordDoc::of::<PlanPath>());
    rows.push(RecordDoc::of::<PlanEdge>());
    rows.push(RecordDoc::of::<PlanSchedule>());
    rows.push(RecordDoc::of::<PlanPareto>());
    rows.push(RecordDoc::of::<Prediction>());
    rows.push(RecordDoc::of::<MakespanPrediction>());
    rows.push(RecordDoc::of::<Calibration>());
    rows.push(RecordDoc::of::<Task>());
    rows.push(RecordDoc::of::<KeptRun>());
    rows.push(RecordDoc::of::<Comparison>());
    rows.push(RecordDoc::of::<TargetMet>());
    rows.push(RecordDoc::of::<Day>());
    rows.push(RecordDoc::of::<PlanGroup>());
    rows.push(RecordDoc::of::<PlanPacking>());
    rows.push(RecordDoc::of::<Simulation>());
    rows.push(RecordDoc::of::<PlanExport>());
    rows.push(RecordDoc::of::<PlanUse>());
    rows.push(RecordDoc::of::<PlanShare>());
    rows.push(RecordDoc::of::<PlanChange>());
    rows.push(RecordDoc::of::<PlanDiff>());
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_parses_and_is_written_the_same() {
        for doc in catalogue() {
            let out = (doc.rewrite)(doc.example.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(out).unwrap().trim_end(), doc.example);
            assert!(doc.fields.iter().all(|f| !f.doc.is_empty()), "{}", doc.kind);
        }
        for part in operation_parts().into_iter().chain(parts()).chain(report_parts()) {
            assert!(part.fields.iter().all(|f| !f.doc.is_empty()), "{}", part.name);
        }
    }
}
