//! Where jobs come from: lists of arguments, or operations.

mod combine;
mod operations;
mod pack;
pub mod reader;
mod source;

pub use combine::Lists;
pub use operations::Operations;
pub use pack::LONGEST;
pub use source::List;

use super::job::Job;
use super::settings::{InputRules, Packing};
use super::shell::Programs;
use super::template::{Template, Values};
use crate::fail::Fail;
use engine::Spec;
use pack::{Cost, Packed, Packer};
use reader::Reader;
use std::collections::VecDeque;

/// What the feed gives next.
#[derive(Debug)]
pub enum Next {
    /// A job.
    Job(Box<Spec>, Box<Job>),
    /// A job that its template leaves out, by its number.
    LeftOut(u64),
    /// A line that cannot be read, with its place.
    Bad(String),
    /// Not yet: the loop must wait for the input.
    Later,
    /// No more.
    End,
}

/// Jobs in lines mode: a command for each.
#[derive(Debug)]
pub struct Arguments {
    lists: Lists,
    packer: Packer,
    /// What is run.
    pub template: Template,
    /// Jobs so far.
    count: u64,
    /// Jobs in all, where the template names their number, and those that were read for it.
    total: Option<u64>,
    held: VecDeque<Vec<Vec<u8>>>,
}

impl Arguments {
    /// Nothing read yet; the run has so many slots.
    pub fn new(lists: Lists, template: Template, slots: u32) -> Self {
        Arguments {
            lists,
            packer: Packer::new(slots),
            template,
            count: 0,
            total: None,
            held: VecDeque::new(),
        }
    }

    fn pack(&mut self, rules: &InputRules) -> Result<Packed, Fail> {
        let template = &self.template;
        let cost = Cost {
            fixed: template.fixed_bytes(),
            argument: &|at, argument| template.added_bytes(at, argument),
        };
        self.packer.next(&mut self.lists, rules, cost)
    }

    /// Reads to the end, to know how many jobs there are. False: the loop must wait.
    fn hold_all(&mut self, rules: &InputRules) -> Result<bool, Fail> {
        loop {
            match self.pack(rules)? {
                Packed::Job(args) => self.held.push_back(args),
                Packed::Later => return Ok(false),
                Packed::End => break,
            }
        }
        self.total = Some(self.held.len() as u64);
        Ok(true)
    }

    /// What its template is filled with for a job, of which the slot may be known.
    pub fn values<'a>(&self, job: &'a Job, slot: u32) -> Values<'a> {
        Values { args: &job.args, seq: job.seq, slot, total: self.total }
    }

    fn next(&mut self, rules: &InputRules, programs: &mut Programs) -> Result<Next, Fail> {
        if self.template.names_total() && self.total.is_none() {
            self.total = rules.total_jobs;
            if self.total.is_none() && !self.hold_all(rules)? {
                return Ok(Next::Later);
            }
        }
        let packed = match self.held.pop_front() {
            Some(args) => Packed::Job(args),
            None => self.pack(rules)?,
        };
        let args = match packed {
            Packed::Job(args) => args,
            Packed::Later => return Ok(Next::Later),
            Packed::End => return Ok(Next::End),
        };
        self.count += 1;
        let seq = self.count;
        if self.template.skips(&args) {
            return Ok(Next::LeftOut(seq));
        }
        let values = Values { args: &args, seq, slot: 0, total: self.total };
        let rendered = self.template.render(values, programs);
        let spec = Spec { seq, ..Spec::default() };
        // of several lines, or of those that were read before, none is the job's own
        let own_line = rules.packing == Packing::One && !self.template.names_total();
        let line = self.lists.line().filter(|_| own_line).unwrap_or(0);
        let job = Job { line, ..Job::of_line(seq, args, rendered) };
        Ok(Next::Job(Box::new(spec), Box::new(job)))
    }
}

/// Makes jobs of what is read.
#[derive(Debug)]
pub enum Feed {
    /// A command for each of the arguments.
    Lines(Box<Arguments>),
    /// Operations that start as they are read.
    Stream(Box<Operations>),
    /// Everything was read before.
    Read,
}

impl Feed {
    /// The reader that the loop must watch, where there is one.
    pub fn reader(&mut self) -> Option<&mut Reader> {
        match self {
            Feed::Lines(arguments) => arguments.lists.reading()?.reader(),
            Feed::Stream(operations) => Some(&mut operations.reader),
            Feed::Read => None,
        }
    }

    /// How a line of the input is called in messages.
    pub fn place(&self, line: u64) -> Option<String> {
        let name = match self {
            Feed::Lines(arguments) => arguments.lists.name()?,
            Feed::Stream(_) | Feed::Read => return None,
        };
        (line > 0).then(|| format!("{name}:{line}"))
    }

    /// The template and what fills it, in lines mode.
    pub fn arguments(&self) -> Option<&Arguments> {
        match self {
            Feed::Lines(arguments) => Some(arguments),
            Feed::Stream(_) | Feed::Read => None,
        }
    }

    /// How many jobs there will be in all, where that is known.
    pub fn total(&self, rules: &InputRules) -> Option<u64> {
        let Feed::Lines(arguments) = self else { return None };
        let records = arguments.lists.total(rules)?;
        match rules.packing {
            Packing::One | Packing::None => Some(records),
            Packing::Count(count) => Some(records.div_ceil((count as u64).max(1))),
            Packing::Lines(_) | Packing::Full(_) => None,
        }
    }

    /// The next job.
    ///
    /// # Errors
    /// The input cannot be read on.
    pub fn next(&mut self, rules: &InputRules, programs: &mut Programs) -> Result<Next, Fail> {
        match self {
            Feed::Read => Ok(Next::End),
            Feed::Stream(operations) => operations.next(),
            Feed::Lines(arguments) => arguments.next(rules, programs),
        }
    }
}
