//! Operations, read line by line, with the frame of their plan.

use super::Next;
use super::reader::{Line, Reader};
use crate::fail::{Fail, place};
use crate::input::{BYTE_ORDER_MARK, refuse_compressed};
use crate::run::job::{Job, spec_of};
use crate::run::settings::OpsRules;
use record::{Bad, Capacity, Fields, Operation, PlanEnd, Record as _, parse_record, status};

/// Operations from an input, with the frame of a plan.
#[derive(Debug)]
pub struct Operations {
    /// Where they come from.
    pub reader: Reader,
    /// Operations so far.
    count: u64,
    /// Capacity records so far: the last word on each resource.
    pub capacity: Capacity,
    begun: bool,
    promised: Option<u64>,
    skip_bad: bool,
    bad: u64,
}

impl Operations {
    /// Nothing read yet.
    pub fn new(reader: Reader, rules: &OpsRules) -> Self {
        Operations {
            reader,
            count: 0,
            capacity: Capacity::default(),
            begun: false,
            promised: None,
            skip_bad: rules.skip_bad,
            bad: 0,
        }
    }

    /// The next operation.
    ///
    /// # Errors
    /// The input cannot be read on, or a plan was cut off.
    pub fn next(&mut self) -> Result<Next, Fail> {
        loop {
            let (number, line) = match self.reader.next_or_fill()? {
                Line::Is(number, line) => (number, line),
                Line::Later => return Ok(Next::Later),
                Line::End => return self.end(),
            };
            let mut line = &line[..];
            if number == 1 {
                refuse_compressed(line, (&self.reader.name, status::LOST))?;
                line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
            }
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match self.read(line) {
                Ok(None) => {}
                Ok(Some(mut op)) => {
                    self.count += 1;
                    op.settle_mode();
                    if op.id.is_empty() {
                        op.id = format!("op{}", self.count);
                    }
                    if op.source.is_empty() {
                        op.source = format!("{}:{number}", self.reader.name);
                    }
                    let spec = spec_of(self.count, &op);
                    return Ok(Next::Job(
                        Box::new(spec),
                        Box::new(Job::of_operation(self.count, op)),
                    ));
                }
                Err(bad) => {
                    self.bad += 1;
                    return Ok(Next::Bad(place(&self.reader.name, number, &bad)));
                }
            }
        }
    }

    fn read(&mut self, line: &[u8]) -> Result<Option<Operation>, Bad> {
        let fields = Fields::parse(line)?;
        let kind = match fields.get("type") {
            None => None,
            Some(raw) => Some(
                serde_json::from_str::<String>(raw.get())
                    .map_err(|_| Bad::new(1, "\"type\" is no string"))?,
            ),
        };
        match kind.as_deref() {
            None | Some("operation") => Operation::parse(line, &fields).map(Some),
            Some("capacity") => {
                let capacity: Capacity = parse_record(line, &fields)?;
                self.capacity.jobs = capacity.jobs.or(self.capacity.jobs);
                self.capacity.resources.extend(capacity.resources);
                self.capacity.nonrenewable.extend(capacity.nonrenewable);
                Ok(None)
            }
            Some("plan.start") => {
                self.begun = true;
                Ok(None)
            }
            Some(PlanEnd::KIND) => {
                let end: PlanEnd = parse_record(line, &fields)?;
                self.promised = Some(self.promised.unwrap_or(0) + end.ops);
                Ok(None)
            }
            Some(other) => {
                let what = format!("\"{other}\" is no operation; did events get in?");
                Err(Bad::new(1, what))
            }
        }
    }

    /// A plan that was cut off starts nothing more.
    fn end(&mut self) -> Result<Next, Fail> {
        let name = &self.reader.name;
        match self.promised {
            None if self.begun => {
                let what = format!(
                    "{name}: the plan is cut off: no plan.end after {} of its operations; \
                     did pgplan fail?",
                    self.count
                );
                Err(Fail::new(status::LOST, what))
            }
            Some(promised) if promised != self.count + self.bad && !self.skip_bad => {
                let what =
                    format!("{name}: the plan has {promised} operations, {} came", self.count);
                Err(Fail::new(status::LOST, what))
            }
            _ => Ok(Next::End),
        }
    }
}
