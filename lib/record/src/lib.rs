//! The words that the five programs exchange: operations, events, samples,
//! findings, units and exit statuses.
//!
//! Everything here is a value. Each record type is defined once, by
//! [`wire!`](crate::wire), which makes the struct, its reader, its writer and its rows in
//! `man/pg-record.5`. A record is one JSON object a line; see [`Record`].

mod bytes;
mod capacity;
mod event;
mod exit;
mod fields;
mod finding;
mod line;
mod operation;
mod sample;
mod unit;
mod view;
mod wire;

pub use bytes::{Bytes, Command};
pub use capacity::{Capacity, PlanEnd, PlanStart};
pub use event::{
    Event, LockDrop, LockTake, LockWait, OpEnd, OpRetry, OpSkip, OpStart, RunEnd, RunStart,
    ThrottleChange,
};
pub use exit::{EXIT, ExitRow, Outcome, status};
pub use fields::{Bad, Fields, Raw};
pub use finding::{Finding, Report, Severity};
pub use line::{Line, Lines, MAX_LINE_BYTES};
pub use operation::{LockAsk, Need, OnFailure, Operation};
pub use sample::{Sample, Summary};
pub use unit::{Amount, Nullable, Seconds, parse_amount, parse_seconds};
pub use view::{PlanEdge, PlanNode, PlanPath, PlanSummary};
#[doc(hidden)]
pub use wire::field_key;
pub use wire::{FieldDoc, Record, RecordDoc, Wire, parse_record};

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
    rows.push(RecordDoc::of::<Finding>());
    rows.push(RecordDoc::of::<Report>());
    rows.push(RecordDoc::of::<PlanSummary>());
    rows.push(RecordDoc::of::<PlanNode>());
    rows.push(RecordDoc::of::<PlanPath>());
    rows.push(RecordDoc::of::<PlanEdge>());
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parses a line as whatever its type says and writes it again.
    fn round(doc: &RecordDoc) -> String {
        let line = doc.example.as_bytes();
        let fields = Fields::parse(line).unwrap();
        let out = match doc.kind {
            "" => Operation::parse(line, &fields).unwrap().to_line(),
            Capacity::KIND => parse_record::<Capacity>(line, &fields).unwrap().to_line(),
            PlanStart::KIND => parse_record::<PlanStart>(line, &fields).unwrap().to_line(),
            PlanEnd::KIND => parse_record::<PlanEnd>(line, &fields).unwrap().to_line(),
            Sample::KIND => parse_record::<Sample>(line, &fields).unwrap().to_line(),
            Summary::KIND => parse_record::<Summary>(line, &fields).unwrap().to_line(),
            Finding::KIND => parse_record::<Finding>(line, &fields).unwrap().to_line(),
            Report::KIND => parse_record::<Report>(line, &fields).unwrap().to_line(),
            PlanSummary::KIND => parse_record::<PlanSummary>(line, &fields).unwrap().to_line(),
            PlanNode::KIND => parse_record::<PlanNode>(line, &fields).unwrap().to_line(),
            PlanPath::KIND => parse_record::<PlanPath>(line, &fields).unwrap().to_line(),
            PlanEdge::KIND => parse_record::<PlanEdge>(line, &fields).unwrap().to_line(),
            kind => {
                let mut out = Vec::new();
                Event::parse(kind, line, &fields).unwrap().unwrap().append_line(&mut out);
                out
            }
        };
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_example_parses_and_is_written_the_same() {
        for doc in catalogue() {
            assert_eq!(round(&doc).trim_end(), doc.example);
            assert!(doc.fields.iter().all(|f| !f.doc.is_empty()), "{}", doc.kind);
        }
    }
}
