//! Where jobs come from: lists of arguments, or operations.

mod combine;
mod operations;
mod pack;
pub mod reader;
mod shuffle;
mod source;
mod spread;

pub use combine::Lists;
pub use operations::Operations;
pub use pack::LONGEST;
pub use source::List;

use super::drive::pasteable;
use super::job::Job;
use super::pipe::{Block, Blocks, Taken};
use super::settings::{Batches, InputRules, Packing};
use super::shell::Programs;
use super::template::{Template, Values};
use super::xargs::Feeder;
use crate::fail::Fail;
use engine::Spec;
use pack::{Cost, Left, Packed, Packer};
use reader::Reader;
use record::Seconds;
use std::collections::VecDeque;

/// What the feed gives next.
#[derive(Debug)]
pub enum Next {
    /// A job.
    Job(Box<Spec>, Box<Job>),
    /// A job that its template leaves out, by its number.
    LeftOut,
    /// A line that cannot be read, with its place.
    Bad(String),
    /// Not yet: the loop must wait for the input.
    Later,
    /// No more.
    End,
}

/// Whether everything is read before the first job begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AllFirst {
    No,
    Yes,
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
    /// Their numbers, where they have some of an earlier run.
    numbers: Option<std::vec::IntoIter<u64>>,
    all_first: AllFirst,
    /// Jobs in all, where the template names their number, and those that were read for it.
    total: Option<u64>,
    held: VecDeque<Vec<Vec<u8>>>,
    /// So many, spread over all of them, come first.
    sample: Option<u32>,
    /// The input itself is divided among the jobs.
    pub blocks: Option<Box<Blocks>>,
}

impl Arguments {
    /// Nothing read yet; the run has so many slots.
    pub fn new(lists: Lists, template: Template, slots: u32, batches: Batches) -> Self {
        let names_total = template.names_total();
        Arguments {
            lists,
            packer: Packer::new(slots, batches),
            template,
            count: 0,
            numbers: None,
            all_first: if names_total { AllFirst::Yes } else { AllFirst::No },
            total: None,
            held: VecDeque::new(),
            sample: None,
            blocks: None,
        }
    }

    /// The jobs have these numbers.
    pub fn number(&mut self, numbers: Vec<u64>) {
        self.numbers = Some(numbers.into_iter());
    }

    /// The number of jobs must be known when the first begins.
    pub fn read_all_first(&mut self) {
        self.all_first = AllFirst::Yes;
    }

    /// So many jobs, spread over the input, come first; each keeps its number.
    pub fn sample(&mut self, count: u32) {
        self.sample = Some(count);
        self.all_first = AllFirst::Yes;
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
        let total = self.held.len();
        self.total = Some(total as u64);
        if let Some(count) = self.sample {
            let mut held: Vec<_> = (1..).zip(std::mem::take(&mut self.held)).collect();
            let picked = spread::over(total, count as usize);
            // a stable sort: both parts stay in the order of the input
            held.sort_by_key(|(seq, _)| picked.binary_search(&(*seq as usize - 1)).is_err());
            let (numbers, all): (Vec<u64>, VecDeque<_>) = held.into_iter().unzip();
            self.held = all;
            self.number(numbers);
        }
        Ok(true)
    }

    /// What its template is filled with for a job, of which the slot may be known.
    pub fn values<'a>(&self, job: &'a Job, slot: u32) -> Values<'a> {
        Values { args: &job.args, seq: job.seq, slot, total: self.total, outputs: &[] }
    }

    fn next(&mut self, rules: &InputRules, programs: &mut Programs) -> Result<Next, Fail> {
        if self.all_first == AllFirst::Yes && self.total.is_none() {
            self.total = rules.total_jobs.filter(|_| self.sample.is_none());
            if self.total.is_none() && !self.hold_all(rules)? {
                return Ok(Next::Later);
            }
        }
        if let Some(blocks) = self.blocks.as_mut().filter(|blocks| !blocks.is_one_for_all()) {
            return Ok(match blocks.next(self.count + 1)? {
                Taken::Block(block) => {
                    let args = blocks.arguments(&block);
                    self.job_of_block(block, args, programs)
                }
                Taken::Later => Next::Later,
                Taken::End => Next::End,
            });
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
        let seq = self.numbers.as_mut().and_then(Iterator::next).unwrap_or(self.count);
        if self.template.skips(&args) {
            return Ok(Next::LeftOut);
        }
        let values = Values { args: &args, seq, slot: 0, total: self.total, outputs: &[] };
        let rendered = self.template.render(values, programs);
        let spec = Spec { seq, ..Spec::default() };
        // of several lines, or of those that were read before, none is the job's own
        let own_line = rules.packing == Packing::One && self.all_first == AllFirst::No;
        let line = self.lists.line().filter(|_| own_line).unwrap_or(0);
        let mut job = Job { line, ..Job::of_line(seq, args, rendered) };
        if let Some(Taken::Block(block)) = self.blocks.as_mut().map(|b| b.next(seq)).transpose()? {
            job.block = Some(block);
        }
        Ok(Next::Job(Box::new(spec), Box::new(job)))
    }

    /// A job that has no arguments but the name of its block.
    fn job_of_block(&mut self, block: Block, args: Vec<Vec<u8>>, programs: &mut Programs) -> Next {
        self.count += 1;
        let seq = self.count;
        let values = Values { args: &args, seq, slot: 0, total: None, outputs: &[] };
        let rendered = self.template.render(values, programs);
        let job = Job { block: Some(block), ..Job::of_line(seq, args, rendered) };
        Next::Job(Box::new(Spec { seq, ..Spec::default() }), Box::new(job))
    }
}

/// Makes jobs of what is read.
#[derive(Debug)]
pub enum Feed {
    /// A command for each of the arguments.
    Lines(Box<Arguments>),
    /// Operations that start as they are read.
    Stream(Box<Operations>),
    /// Commands as xargs makes them.
    Packed(Box<Feeder>),
    /// Everything was read before.
    Read,
}

impl Feed {
    /// The reader that the loop must watch, where there is one.
    pub fn reader(&mut self) -> Option<&mut Reader> {
        match self {
            Feed::Lines(arguments) => match &mut arguments.blocks {
                Some(blocks) if !blocks.is_one_for_all() => blocks.reader(),
                _ => arguments.lists.reading()?.reader(),
            },
            Feed::Stream(operations) => Some(&mut operations.reader),
            Feed::Packed(feeder) => Some(&mut feeder.reader),
            Feed::Read => None,
        }
    }

    /// More has been read, or given as words, than was taken: another job, most likely.
    pub fn has_more_at_hand(&self) -> bool {
        match self {
            Feed::Lines(arguments) => {
                !arguments.held.is_empty() || arguments.lists.has_more_at_hand()
            }
            Feed::Stream(operations) => !operations.reader.lines.pending().is_empty(),
            Feed::Packed(_) | Feed::Read => false,
        }
    }

    /// When a batch that is not full is to leave.
    pub fn due(&self) -> Option<Seconds> {
        self.arguments().and_then(|arguments| arguments.packer.due())
    }

    /// What has let batches leave.
    pub fn batches(&self) -> Left {
        self.arguments().map_or_else(Left::default, |arguments| arguments.packer.left)
    }

    /// What time it is, for batches.
    pub fn set_clock(&mut self, now: Seconds) {
        if let Feed::Lines(arguments) = self {
            arguments.packer.now = now;
        }
    }

    /// A command has ended well: how many items it had, how long it ran, what memory it took.
    pub fn learn(&mut self, items: usize, time: Seconds, memory: Option<u64>) {
        if let Feed::Lines(arguments) = self {
            let columns = arguments.lists.columns.max(1);
            arguments.packer.chunk.learn((items / columns) as u64, time, memory);
        }
    }

    /// How a line of the input is called in messages.
    pub fn place(&self, line: u64) -> Option<String> {
        let name = match self {
            Feed::Lines(arguments) => arguments.lists.name()?,
            Feed::Stream(_) | Feed::Packed(_) | Feed::Read => return None,
        };
        (line > 0).then(|| format!("{name}:{line}"))
    }

    /// A job's command line, for people and job logs.
    pub fn command_text(&self, job: &Job, slot: u32) -> Vec<u8> {
        match self.arguments() {
            Some(arguments) => arguments.template.text(arguments.values(job, slot)),
            None => pasteable(&job.as_read()).into_bytes(),
        }
    }

    /// What a job's texts are filled with.
    pub fn values<'a>(&self, job: &'a Job, slot: u32) -> Values<'a> {
        let total = self.arguments().and_then(|arguments| arguments.total);
        Values { args: &job.args, seq: job.seq, slot, total, outputs: &[] }
    }

    /// Names of the columns, where the input has any.
    pub fn names(&self) -> Vec<Vec<u8>> {
        match self {
            Feed::Lines(arguments) => arguments.lists.names(),
            Feed::Stream(_) | Feed::Packed(_) | Feed::Read => Vec::new(),
        }
    }

    /// Arguments of one record: those of a job may be of several.
    pub fn columns(&self) -> usize {
        match self {
            Feed::Lines(arguments) => arguments.lists.columns,
            Feed::Stream(_) | Feed::Packed(_) | Feed::Read => 0,
        }
    }

    /// The input, where it is divided.
    pub fn blocks(&mut self) -> Option<&mut Blocks> {
        match self {
            Feed::Lines(arguments) => arguments.blocks.as_deref_mut(),
            Feed::Packed(_) | Feed::Stream(_) | Feed::Read => None,
        }
    }

    /// The template and what fills it, in lines mode.
    pub fn arguments(&self) -> Option<&Arguments> {
        match self {
            Feed::Lines(arguments) => Some(arguments),
            Feed::Stream(_) | Feed::Packed(_) | Feed::Read => None,
        }
    }

    /// How many jobs there will be in all, where that is known.
    pub fn total(&self, rules: &InputRules) -> Option<u64> {
        let Feed::Lines(arguments) = self else { return None };
        let records = arguments.lists.total(rules)?;
        match rules.packing {
            Packing::One | Packing::None => Some(records),
            Packing::Count(count) => Some(records.div_ceil((count as u64).max(1))),
            Packing::Learnt | Packing::Lines(_) | Packing::Full(_) => None,
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
            Feed::Packed(feeder) => feeder.next(),
            Feed::Lines(arguments) => arguments.next(rules, programs),
        }
    }
}
