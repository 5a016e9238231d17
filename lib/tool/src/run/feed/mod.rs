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

/// Jobs in lines mode: a command for each.
#[derive(Debug)]
pub struct Arguments {
    lists: Lists,
    packer: Packer,
    /// What is run.
    pub template: Template,
    /// Jobs so far.
    count: u64,
}

impl Arguments {
    /// Nothing read yet; the run has so many slots.
    pub fn new(lists: Lists, template: Template, slots: u32) -> Self {
        Arguments { lists, packer: Packer::new(slots), template, count: 0 }
    }

    fn next(&mut self, rules: &InputRules, programs: &mut Programs) -> Result<Next, Fail> {
        let cost = Cost { fixed: 0, argument: &|argument| argument.len() + 3 };
        let args = match self.packer.next(&mut self.lists, rules, cost)? {
            Packed::Job(args) => args,
            Packed::Later => return Ok(Next::Later),
            Packed::End => return Ok(Next::End),
        };
        self.count += 1;
        let seq = self.count;
        let values = Values { args: &args, seq, slot: 0 };
        let rendered = self.template.render(values, programs);
        let spec = Spec { seq, ..Spec::default() };
        let line = self.lists.line().filter(|_| rules.packing == Packing::One).unwrap_or(0);
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

    /// The template, in lines mode.
    pub fn template(&self) -> Option<&Template> {
        match self {
            Feed::Lines(arguments) => Some(&arguments.template),
            Feed::Stream(_) | Feed::Read => None,
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
