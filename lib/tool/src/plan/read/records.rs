//! Operation records, one JSON object a line.

use plan::{Dialect, Draft, Unit};
use record::{
    Bad, Capacity, Fields, Finding, MAX_LINE_BYTES, Operation, OperationView, PlanEnd, PlanStart,
    Record, parse_record, scan_operation,
};
use std::collections::BTreeSet;

/// What frames the operations.
#[derive(Debug, Default)]
pub struct Frame {
    /// Capacity, with the fields that are not known.
    pub capacity: Option<Capacity>,
    /// Lines that are no records, each with its place.
    pub bad: Vec<Finding>,
    /// Places where a plan is cut off: half a plan is not a plan.
    pub cut: Vec<Finding>,
    /// Operations of the file so far.
    ops: u64,
    /// Operations that stood in the file when the plan that is being read began.
    begun: Option<u64>,
}

/// An operation that was read.
#[expect(clippy::large_enum_variant, reason = "one at a time, and a box would be the allocation")]
pub enum Read<'a> {
    /// Of plain values: nothing of it was copied.
    Plain(OperationView<'a>),
    /// Any other.
    Whole(Box<Operation>),
}

/// Reads the records of a file; bad lines are named and the others still read.
pub fn read_records(file: &str, text: &[u8], frame: &mut Frame) -> Unit {
    let mut unit = Unit::new(Dialect::Operations, file);
    for (number, line) in lines(text) {
        let mut op = match frame.take((file, number), line) {
            Some(Read::Plain(view)) => Box::new(Operation::from(&view)),
            Some(Read::Whole(op)) => op,
            None => continue,
        };
        if op.source.is_empty() {
            op.source = format!("{file}:{number}");
        }
        let group = op.group.as_ref().map(record::Raw::plain);
        unit.drafts.push(Draft { op, group, declares: true, ..Draft::default() });
    }
    frame.end(file);
    unit
}

/// The lines of a file with their numbers.
pub fn lines(text: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut rest = Some(text);
    let next = move || {
        let text = rest?;
        let end = memchr::memchr(b'\n', text);
        rest = end.map(|end| &text[end + 1..]);
        Some(&text[..end.unwrap_or(text.len())])
    };
    (1..).zip(std::iter::from_fn(next))
}

fn cut_off(file: &str, line: u64) -> Finding {
    let what = "the plan is cut off: plan.end is missing";
    super::unreadable(file, line, &Bad::new(0, what))
}

impl Frame {
    /// Takes a line of a file: the operation that it is, if it is one.
    pub fn take<'a>(&mut self, (file, number): (&str, u64), line: &'a [u8]) -> Option<Read<'a>> {
        if line.len() > MAX_LINE_BYTES {
            let bad = Bad::new(MAX_LINE_BYTES, "the line is longer than 64 MiB; no record is");
            self.bad.push(super::unreadable(file, number, &bad));
            return None;
        }
        if let Some(view) = scan_operation(line) {
            self.ops += 1;
            return Some(Read::Plain(view));
        }
        if line.trim_ascii().is_empty() {
            return None;
        }
        match self.record((file, number), line) {
            Ok(None) => None,
            Ok(Some(op)) => {
                self.ops += 1;
                Some(Read::Whole(Box::new(op)))
            }
            Err(bad) => {
                self.bad.push(super::unreadable(file, number, &bad));
                None
            }
        }
    }

    /// Any record; the operation that it is.
    fn record(
        &mut self,
        (file, number): (&str, u64),
        line: &[u8],
    ) -> Result<Option<Operation>, Bad> {
        let fields = Fields::parse(line)?;
        let kind: String = match fields.get("type") {
            Some(raw) => serde_json::from_str(raw.get())
                .map_err(|_| Bad::new(1, "\"type\" must be a string"))?,
            None => String::new(),
        };
        match kind.as_str() {
            "" | "operation" | "op" => return Operation::parse(line, &fields).map(Some),
            Capacity::KIND => {
                let capacity = parse_record(line, &fields)?;
                if self.capacity.replace(capacity).is_some() {
                    return Err(Bad::new(1, "a second capacity record; keep one"));
                }
            }
            PlanStart::KIND => {
                if self.begun.replace(self.ops).is_some() {
                    self.cut.push(cut_off(file, number));
                }
            }
            PlanEnd::KIND => {
                let told = parse_record::<PlanEnd>(line, &fields)?.ops;
                self.end_of_plan((file, number), told);
            }
            other => {
                let what = format!("a record of type \"{other}\" is no operation");
                return Err(Bad::new(1, what));
            }
        }
        Ok(None)
    }

    /// The end of a plan says how many operations it has. Plans may follow each other.
    fn end_of_plan(&mut self, (file, number): (&str, u64), told: u64) {
        let ops = self.ops - self.begun.take().unwrap_or(0);
        if told != ops && self.bad.is_empty() {
            let what = format!("plan.end tells of {told} operations; there are {ops}");
            self.cut.push(super::unreadable(file, number, &Bad::new(0, what)));
        }
    }

    /// The file has ended.
    pub fn end(&mut self, file: &str) {
        self.ops = 0;
        if self.begun.take().is_some() {
            self.cut.push(cut_off(file, 0));
        }
    }
}

/// Ids for the records that have none: their number in the input, `op1`, `op2`,
/// as pgrun makes them, past those that are used.
pub fn name_the_nameless(units: &mut [Unit]) {
    let drafts = || units.iter().flat_map(|unit| &unit.drafts);
    if drafts().all(|draft| !draft.op.id.is_empty()) {
        return;
    }
    let used: BTreeSet<String> = drafts().map(|draft| draft.op.id.clone()).collect();
    let count = drafts().count();
    for (at, draft) in units.iter_mut().flat_map(|unit| &mut unit.drafts).enumerate() {
        if draft.op.id.is_empty() {
            let ids = (at + 1..).step_by(count).map(|number| format!("op{number}"));
            draft.op.id = ids.into_iter().find(|id| !used.contains(id)).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Unit, Frame) {
        let mut frame = Frame::default();
        let unit = read_records("f", text.as_bytes(), &mut frame);
        (unit, frame)
    }

    #[test]
    fn bad_lines_are_named_and_the_others_read() {
        let (unit, frame) = read(
            "{\"cmd\":\"x\"}\n{\"id\":\"a\"\n\n{\"type\":\"sample\"}\n{\"id\":\"b\",\"cmd\":[\"y\"]}",
        );
        let ids: Vec<&str> = unit.drafts.iter().map(|d| d.op.id.as_str()).collect();
        assert_eq!(ids, ["", "b"]);
        assert_eq!(frame.bad.len(), 2);
        assert_eq!((frame.bad[0].file.as_str(), frame.bad[0].line), ("f", Some(2)));
        assert!(frame.bad[1].message.contains("sample"));
        assert_eq!(unit.drafts[1].op.source, "f:5");
    }

    #[test]
    fn a_plan_that_is_cut_off_is_noticed() {
        let cut = |text: &str| {
            let (_, frame) = read(text);
            assert!(frame.bad.is_empty());
            frame.cut.into_iter().map(|finding| finding.message).collect::<Vec<_>>()
        };
        let start = "{\"type\":\"plan.start\",\"version\":1}\n{\"cmd\":\"x\"}\n";
        let end = |ops: u32| format!("{{\"type\":\"plan.end\",\"ops\":{ops}}}\n");
        assert!(cut(start)[0].contains("cut off"));
        assert!(cut(&format!("{start}{}", end(2)))[0].contains("2 operations; there are 1"));
        assert!(cut(&format!("{start}{}", end(1))).is_empty());
        // plans one after the other, each with its own end
        let whole = format!("{start}{}", end(1));
        assert!(cut(&format!("{whole}{whole}")).is_empty());
        assert!(cut(&format!("{whole}{start}"))[0].contains("cut off"));
        assert!(cut(&format!("{start}{whole}"))[0].contains("cut off"));
    }

    #[test]
    fn made_ids_meet_no_other() {
        let (unit, _) = read("{\"cmd\":\"x\"}\n{\"id\":\"op1\",\"cmd\":\"y\"}\n{\"cmd\":\"z\"}\n");
        let mut units = [unit];
        name_the_nameless(&mut units);
        let ids: Vec<&str> = units[0].drafts.iter().map(|d| d.op.id.as_str()).collect();
        assert_eq!(ids, ["op4", "op1", "op3"]);
    }

    #[test]
    fn capacity_is_kept_with_what_is_unknown() {
        let (_, frame) = read("{\"type\":\"capacity\",\"jobs\":4,\"site\":\"x\"}\n");
        assert_eq!(frame.capacity.unwrap().extra.len(), 1);
    }
}
