//! Operation records, one JSON object a line.

use plan::{Body, Dialect, Draft, Unit};
use record::{
    Bad, Capacity, Fields, Finding, MAX_LINE_BYTES, Operation, PlanEnd, PlanStart, Record,
    parse_record,
};

/// What frames the operations.
#[derive(Debug, Default)]
pub struct Frame {
    /// Capacity, with the fields that are not known.
    pub capacity: Option<Capacity>,
    /// Lines that are no records, each with its place.
    pub bad: Vec<Finding>,
    begun: bool,
    ended: Option<u64>,
    made: u64,
}

/// Reads the records of a file; bad lines are named and the others still read.
pub fn read_records(file: &str, text: &[u8], frame: &mut Frame) -> Unit {
    let mut unit = Unit::new(Dialect::Operations, file);
    frame.begun = false;
    frame.ended = None;
    for (number, line) in (1..).zip(text.split(|&byte| byte == b'\n')) {
        take(&mut unit, (file, number), line, frame);
    }
    let ops = unit.drafts.len() as u64;
    match frame.ended {
        None if frame.begun => {
            let bad = Bad::new(0, "the plan is cut off: plan.end is missing");
            frame.bad.push(super::unreadable(file, 0, &bad));
        }
        Some(told) if told != ops && frame.bad.is_empty() => {
            let what = format!("plan.end tells of {told} operations; there are {ops}");
            frame.bad.push(super::unreadable(file, 0, &Bad::new(0, what)));
        }
        _ => {}
    }
    unit
}

fn take(unit: &mut Unit, (file, number): (&str, u64), line: &[u8], frame: &mut Frame) {
    if line.trim_ascii().is_empty() {
        return;
    }
    let read = if line.len() > MAX_LINE_BYTES {
        Err(Bad::new(MAX_LINE_BYTES, "the line is longer than 64 MiB; no record is"))
    } else {
        record(unit, (file, number), line, frame)
    };
    if let Err(bad) = read {
        frame.bad.push(super::unreadable(file, number, &bad));
    }
}

fn record(
    unit: &mut Unit,
    (file, number): (&str, u64),
    line: &[u8],
    frame: &mut Frame,
) -> Result<(), Bad> {
    let fields = Fields::parse(line)?;
    let kind: String = match fields.get("type") {
        Some(raw) => {
            serde_json::from_str(raw.get()).map_err(|_| Bad::new(1, "\"type\" must be a string"))?
        }
        None => String::new(),
    };
    match kind.as_str() {
        "" | "operation" | "op" => {
            let mut op = Operation::parse(line, &fields)?;
            if op.id.is_empty() {
                frame.made += 1;
                op.id = format!("op-{}", frame.made);
            }
            if op.source.is_empty() {
                op.source = format!("{file}:{number}");
            }
            let group = op.group.as_ref().map(record::Raw::plain);
            unit.drafts.push(Draft {
                op,
                group,
                declares: true,
                body: Body::Here,
                made_of: vec![],
            });
        }
        Capacity::KIND => {
            let capacity = parse_record(line, &fields)?;
            if frame.capacity.replace(capacity).is_some() {
                return Err(Bad::new(1, "a second capacity record; keep one"));
            }
        }
        PlanStart::KIND => frame.begun = true,
        PlanEnd::KIND => frame.ended = Some(parse_record::<PlanEnd>(line, &fields)?.ops),
        other => {
            let what = format!("a record of type \"{other}\" is no operation");
            return Err(Bad::new(1, what));
        }
    }
    Ok(())
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
        assert_eq!(ids, ["op-1", "b"]);
        assert_eq!(frame.bad.len(), 2);
        assert_eq!((frame.bad[0].file.as_str(), frame.bad[0].line), ("f", Some(2)));
        assert!(frame.bad[1].message.contains("sample"));
        assert_eq!(unit.drafts[1].op.source, "f:5");
    }

    #[test]
    fn a_plan_that_is_cut_off_is_noticed() {
        let (_, frame) = read("{\"type\":\"plan.start\",\"version\":1}\n{\"cmd\":\"x\"}\n");
        assert!(frame.bad[0].message.contains("cut off"));
        let (_, frame) =
            read("{\"type\":\"plan.start\"}\n{\"cmd\":\"x\"}\n{\"type\":\"plan.end\",\"ops\":2}\n");
        assert!(frame.bad[0].message.contains("2 operations; there are 1"));
        let (_, frame) =
            read("{\"type\":\"plan.start\"}\n{\"cmd\":\"x\"}\n{\"type\":\"plan.end\",\"ops\":1}\n");
        assert!(frame.bad.is_empty());
    }

    #[test]
    fn capacity_is_kept_with_what_is_unknown() {
        let (_, frame) = read("{\"type\":\"capacity\",\"jobs\":4,\"site\":\"x\"}\n");
        assert_eq!(frame.capacity.unwrap().extra.len(), 1);
    }
}
