//! Where jobs come from: words, lines, operations.

use super::job::{Job, spec_of};
use super::reader::{BYTE_ORDER_MARK, Reader};
use super::settings::Settings;
use super::shell::Programs;
use super::template::{Template, Values};
use crate::fail::{Fail, place};
use engine::Spec;
use record::{Bad, Capacity, Fields, Operation, PlanEnd, Record as _, parse_record, status};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;

/// What the feed gives next.
#[derive(Debug)]
pub enum Next {
    /// A job.
    Job(Box<Spec>, Box<Job>),
    /// A line that cannot be read, with its place.
    Bad(String),
    /// Not yet: the loop must wait for the input.
    Later,
    /// No more.
    End,
}

/// Every combination of one word of each list, the last list fastest.
#[derive(Debug)]
pub struct Combinations {
    lists: Vec<Vec<OsString>>,
    at: Vec<usize>,
    ended: bool,
}

impl Combinations {
    /// All of them.
    pub fn new(lists: Vec<Vec<OsString>>) -> Self {
        let ended = lists.iter().any(Vec::is_empty);
        Combinations { at: vec![0; lists.len()], lists, ended }
    }

    fn next(&mut self) -> Option<Vec<Vec<u8>>> {
        if self.ended {
            return None;
        }
        let words = self.lists.iter().zip(&self.at).map(|(list, at)| list[*at].as_bytes().to_vec());
        let words = words.collect();
        self.ended = true;
        for (list, at) in self.lists.iter().zip(&mut self.at).rev() {
            *at += 1;
            if *at < list.len() {
                self.ended = false;
                break;
            }
            *at = 0;
        }
        Some(words)
    }
}

/// Jobs in lines mode.
#[derive(Debug)]
pub enum Lines {
    /// From the command line.
    Words(Combinations),
    /// From an input.
    Input(Box<Reader>),
}

/// Makes jobs of what is read.
#[derive(Debug)]
pub enum Feed {
    /// A command for each.
    Lines {
        /// Where they come from.
        lines: Lines,
        /// What is run.
        template: Box<Template>,
        /// Jobs so far.
        count: u64,
    },
    /// Operations that start as they are read.
    Stream(Box<Operations>),
    /// Everything was read before.
    Read,
}

impl Feed {
    /// The reader that the loop must watch, where there is one.
    pub fn reader(&mut self) -> Option<&mut Reader> {
        match self {
            Feed::Lines { lines: Lines::Input(reader), .. } => Some(reader),
            Feed::Stream(operations) => Some(&mut operations.reader),
            Feed::Lines { .. } | Feed::Read => None,
        }
    }

    /// The template, in lines mode.
    pub fn template(&self) -> Option<&Template> {
        match self {
            Feed::Lines { template, .. } => Some(template),
            Feed::Stream(_) | Feed::Read => None,
        }
    }

    /// The next job.
    ///
    /// # Errors
    /// The input cannot be read on.
    pub fn next(&mut self, programs: &mut Programs) -> Result<Next, Fail> {
        match self {
            Feed::Read => Ok(Next::End),
            Feed::Stream(operations) => operations.next(),
            Feed::Lines { lines, template, count } => {
                let args = match lines {
                    Lines::Words(words) => match words.next() {
                        Some(args) => args,
                        None => return Ok(Next::End),
                    },
                    Lines::Input(reader) => match next_line(reader)? {
                        Line::Is(_, bytes) => vec![bytes],
                        Line::Later => return Ok(Next::Later),
                        Line::End => return Ok(Next::End),
                    },
                };
                *count += 1;
                let values = Values { args: &args, seq: *count, slot: 0 };
                let rendered = template.render(values, programs);
                let spec = Spec { seq: *count, ..Spec::default() };
                Ok(Next::Job(Box::new(spec), Box::new(Job::of_line(*count, args, rendered))))
            }
        }
    }
}

enum Line {
    Is(u64, Vec<u8>),
    Later,
    End,
}

/// A line if it is there; reads once if the loop has said that it may.
fn next_line(reader: &mut Reader) -> Result<Line, Fail> {
    loop {
        if let Some((number, bytes)) = reader.next_line() {
            return Ok(Line::Is(number, bytes));
        }
        if reader.ended {
            return Ok(Line::End);
        }
        if reader.is_watched() && !reader.readable {
            return Ok(Line::Later);
        }
        reader.fill()?;
    }
}

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
    pub fn new(reader: Reader, settings: &Settings) -> Self {
        Operations {
            reader,
            count: 0,
            capacity: Capacity::default(),
            begun: false,
            promised: None,
            skip_bad: settings.skip_bad,
            bad: 0,
        }
    }

    /// The next operation.
    ///
    /// # Errors
    /// The input cannot be read on, or a plan was cut off.
    pub fn next(&mut self) -> Result<Next, Fail> {
        loop {
            let (number, line) = match next_line(&mut self.reader)? {
                Line::Is(number, line) => (number, line),
                Line::Later => return Ok(Next::Later),
                Line::End => return self.end(),
            };
            let line = match line.strip_prefix(BYTE_ORDER_MARK) {
                Some(text) if number == 1 => text,
                _ => &line[..],
            };
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match self.read(line) {
                Ok(None) => {}
                Ok(Some(mut op)) => {
                    self.count += 1;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_in_order() {
        let list = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        let mut all = Combinations::new(vec![list(&["a", "b"]), list(&["1", "2"])]);
        let mut out = Vec::new();
        while let Some(words) = all.next() {
            out.push(String::from_utf8(words.join(&b' ')).unwrap());
        }
        assert_eq!(out, ["a 1", "a 2", "b 1", "b 2"]);
        assert!(Combinations::new(vec![list(&["a"]), vec![]]).next().is_none());
    }
}
