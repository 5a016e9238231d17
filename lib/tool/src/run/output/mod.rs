//! In which order the commands' output is printed, and what else becomes of it.

mod lines;
mod target;

pub use lines::Tagger;
pub use target::{Target, Waits};

use super::capture::{Budget, Capture, Given, Part};
use super::direct::Direct;
use super::dress::{About, Dress, Filters};
use super::log::JobLog;
use super::results::{Files, Names, Table};
use super::settings::Grouping;
use super::sinks::{Sinks, To};
use crate::joblog::Row;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::PathBuf;
use sys::growth::Growing;
use sys::poller::Poller;

/// What an attempt has written and is still to be printed.
#[derive(Debug, Default)]
pub struct Written {
    pub captures: [Capture; 2],
    /// What follows on standard output, where the command writes it itself.
    pub growing: Option<Growing>,
    /// As it was printed, for a table.
    kept: Option<Box<[Capture; 2]>>,
    /// Files that have it instead.
    pub files: Option<Box<Files>>,
    /// What job logs and tables say of it, once it is decided.
    pub row: Option<Box<Row>>,
    tagger: Tagger,
    filters: Filters,
}

impl Written {
    /// Nothing yet.
    pub fn new(tagger: Tagger) -> Self {
        Written { tagger, ..Written::default() }
    }

    /// What a CI system is told of the operation.
    pub fn about(&mut self) -> &mut About {
        self.filters.about.get_or_insert_default()
    }
}

/// What an attempt has written, and where its streams are printed.
pub type Output = (Written, [To; 2]);

/// A piece of output.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// 0: standard output, 1: standard error.
    pub stream: usize,
    /// Where it is printed.
    pub to: [To; 2],
    /// Whether now.
    pub live: Live,
    pub bytes: &'a [u8],
}

/// Prints output in the order that was asked for, no faster than its readers take it.
#[derive(Debug)]
pub struct Printer {
    grouping: Grouping,
    /// In order: operations that have been entered and not ended in their turn, the
    /// first of which prints as it comes.
    order: VecDeque<u64>,
    /// In order: ended before their turn.
    pub waiting: BTreeMap<u64, Output>,
    /// Ended, and to be printed, in that order.
    pub closing: VecDeque<Output>,
    /// Has the output for itself, since there is no room to keep what it writes.
    owner: Option<u64>,
    /// Who streams has something that was kept and is to be printed.
    fresh: bool,
    pub budget: Budget,
    pub direct: Direct,
    pub dress: Dress,
    /// A line for each job that has been printed.
    pub joblog: Option<JobLog>,
    /// A record for each, with its output.
    pub table: Option<Table>,
    /// What is incomplete and was not said yet.
    pub lost: Vec<String>,
}

impl Printer {
    /// Prints nothing yet. What waits and is too much for memory goes to the folder.
    pub fn new(grouping: Grouping, tmpdir: PathBuf, dress: Dress) -> Self {
        Printer {
            grouping,
            order: VecDeque::new(),
            waiting: BTreeMap::new(),
            closing: VecDeque::new(),
            owner: None,
            fresh: false,
            budget: Budget::new(tmpdir),
            direct: Direct::default(),
            dress,
            joblog: None,
            table: None,
            lost: Vec::new(),
        }
    }

    /// An operation will be decided, after all that were entered before.
    pub fn enter(&mut self, seq: u64) {
        if self.grouping == Grouping::Ordered {
            self.order.push_back(seq);
        }
    }

    /// In order: the operation that prints as it comes.
    pub fn turn(&self) -> Option<u64> {
        self.order.front().copied()
    }

    /// The one operation that prints as it comes, where there is one.
    pub fn streams(&self) -> Option<u64> {
        self.owner.or_else(|| self.turn()).filter(|_| self.shows())
    }

    /// Has the output for itself.
    pub fn owner(&self) -> Option<u64> {
        self.owner
    }

    /// Output of the operation is printed before it has ended.
    pub fn is_live(&self, seq: u64) -> bool {
        match self.grouping {
            Grouping::Lines => self.shows(),
            Grouping::Ordered | Grouping::Whole => self.streams() == Some(seq),
            Grouping::None => false,
        }
    }

    /// Nobody else has the output for itself, and no other's is half printed.
    pub fn may_print(&self, seq: u64) -> bool {
        self.owner.map_or(self.closing.is_empty(), |owner| owner == seq)
    }

    /// Somebody wants to know how each job ended.
    pub fn wants_rows(&self) -> bool {
        self.joblog.is_some() || self.table.is_some()
    }

    /// A table takes the place of the screen, unless each line is printed as it comes.
    fn shows(&self) -> bool {
        self.table.is_none() || self.grouping == Grouping::Lines
    }

    /// Takes output of an attempt.
    pub fn add(&mut self, written: &mut Written, piece: Piece<'_>, out: (&mut Sinks, &Poller)) {
        let Piece { stream, bytes, .. } = piece;
        if let Some(file) = written.files.as_mut().and_then(|files| files.stream(stream)) {
            if let Err(what) = file.add(bytes) {
                self.lost.push(what);
            }
            return;
        }
        if !self.shows() {
            self.give(written, piece, out);
            return;
        }
        let now = match (piece.live, self.grouping) {
            (Live::No, _) => 0,
            (Live::Yes, Grouping::Lines) => self.whole_lines(bytes),
            (Live::Yes, _) => bytes.len(),
        };
        let (out, poller) = out;
        // what was kept comes first
        let printed = now > 0
            && self.print_stream(written, (stream, piece.to), (&mut *out, poller)) == Given::All;
        let now = if printed { now } else { 0 };
        if now > 0 {
            self.give(written, Piece { bytes: &bytes[..now], ..piece }, (out, poller));
        }
        if now < bytes.len() {
            written.captures[stream].add(&mut self.budget, &bytes[now..]);
        }
    }

    /// How much of it is printed at once where each line is. Who has the output for itself,
    /// since one line was too much to be kept, has it until that line ends.
    fn whole_lines(&mut self, bytes: &[u8]) -> usize {
        match lines::whole_lines(bytes) {
            0 if self.owner.is_some() => bytes.len(),
            end => {
                self.fresh |= self.owner.take().is_some();
                end
            }
        }
    }

    /// Gives bytes out with their tags: to the screen, to the table, to both.
    fn give(
        &mut self,
        written: &mut Written,
        Piece { stream, to, bytes, .. }: Piece<'_>,
        (sinks, poller): (&mut Sinks, &Poller),
    ) {
        let shows = self.shows();
        let mut kept = self.table.is_some().then(|| written.kept.get_or_insert_default());
        let (mut lost, budget) = (0, &mut self.budget);
        written.tagger.tagged(stream, bytes, |bytes| {
            if shows {
                self.dress.write(&mut written.filters, (to[stream], bytes), (sinks, poller));
            }
            if let Some(kept) = &mut kept {
                let kept = &mut kept[stream];
                // a table has its records whole or not at all: none of them can be streamed
                if kept.is_full() && !kept.finds_room(budget) {
                    lost += bytes.len();
                } else {
                    kept.add(budget, bytes);
                }
            }
        });
        if lost > 0 {
            let why = self.budget.refusal().unwrap_or_default();
            self.lost.push(format!(
                "--results: no room for what a job wrote: {why}; its record is incomplete"
            ));
        }
    }

    /// What the command has written is printed without a change, and nowhere else.
    fn gives_as_it_is(&self, written: &Written, to: To) -> bool {
        self.table.is_none() && written.tagger.is_idle() && self.dress.leaves_alone(to)
    }

    /// Prints what an attempt has written so far, as far as the readers take it.
    pub fn print(
        &mut self,
        written: &mut Written,
        to: [To; 2],
        (sinks, poller): (&mut Sinks, &Poller),
    ) -> Given {
        for stream in 0..written.captures.len() {
            if self.print_stream(written, (stream, to), (sinks, poller)) == Given::Part {
                return Given::Part;
            }
        }
        let Some(growing) = &mut written.growing else { return Given::All };
        let (file, at, len) = growing.waiting();
        let sent = sinks.send(poller, to[0], Part::File(file, at, len));
        // what cannot be read back is said, and not tried for ever
        let count = *sent.as_ref().unwrap_or(&len);
        growing.take(count);
        if count > 0 {
            self.budget.note_freed();
        }
        if let Err(error) = sent {
            self.lose(&error);
        }
        if count < len { Given::Part } else { Given::All }
    }

    fn print_stream(
        &mut self,
        written: &mut Written,
        (stream, to): (usize, [To; 2]),
        (sinks, poller): (&mut Sinks, &Poller),
    ) -> Given {
        if written.captures[stream].is_empty() {
            return Given::All;
        }
        let mut capture = std::mem::take(&mut written.captures[stream]);
        let mut bytes = Vec::new();
        let given = loop {
            if sinks.is_congested_at(to[stream]) {
                break Given::Part;
            }
            if self.gives_as_it_is(written, to[stream]) {
                let send = |part: Part<'_>| sinks.send(poller, to[stream], part);
                match capture.give(&mut self.budget, send) {
                    Ok(given) => break given,
                    Err(error) => self.lose(&error),
                }
                continue;
            }
            match capture.next(&mut self.budget, &mut bytes) {
                Ok(true) => {
                    let piece = Piece { stream, to, live: Live::Yes, bytes: &bytes };
                    self.give(written, piece, (sinks, poller));
                }
                Ok(false) => break Given::All,
                Err(error) => self.lose(&error),
            }
        };
        written.captures[stream] = capture;
        given
    }

    /// An operation has been decided; this is what its last attempt wrote.
    pub fn end(&mut self, seq: u64, output: Output) {
        let owned = self.owner == Some(seq);
        if owned {
            self.owner = None;
            self.fresh = true;
            self.order.retain(|other| *other != seq);
            // before those that ended while it had the output for itself
            self.closing.push_front(output);
        } else if self.grouping == Grouping::Ordered {
            if self.turn() != Some(seq) {
                let (mut written, to) = output;
                self.compact(&mut written);
                self.waiting.insert(seq, (written, to));
            } else {
                self.waiting.insert(seq, output);
            }
        } else {
            self.closing.push_back(output);
        }
    }

    /// Everything that has ended is printed.
    pub fn is_idle(&self) -> bool {
        self.closing.is_empty()
    }

    /// Prints what has ended, as far as the readers take it, and tells of it in job log
    /// and table.
    pub fn print_ended(&mut self, (sinks, poller): (&mut Sinks, &Poller)) {
        while self.owner.is_none() {
            if self.closing.is_empty()
                && let Some(next) = self.turn().and_then(|turn| self.waiting.remove(&turn))
            {
                self.order.pop_front();
                self.fresh = true;
                self.closing.push_back(next);
            }
            let Some((mut written, to)) = self.closing.pop_front() else { return };
            if self.print(&mut written, to, (sinks, poller)) == Given::Part {
                self.closing.push_front((written, to));
                return;
            }
            self.close(written, to, (sinks, poller));
        }
    }

    /// Nothing that has ended comes before what is read now.
    pub fn is_open(&self) -> bool {
        self.owner.is_some() || self.closing.is_empty()
    }

    /// Who streams has something that was kept: said once.
    pub fn take_fresh(&mut self) -> bool {
        self.is_open() && std::mem::take(&mut self.fresh)
    }

    /// Who streams has more than the readers take now.
    pub fn stay_fresh(&mut self) {
        self.fresh = true;
    }

    /// Gives the output to one operation alone, until it ends or its line does.
    pub fn give_to(&mut self, seq: u64) {
        self.owner = Some(seq);
        self.fresh = true;
    }

    /// Takes the output away from the operation, if it has it for itself.
    pub fn take_from(&mut self, seq: u64) {
        if self.owner == Some(seq) {
            self.owner = None;
            self.fresh = true;
        }
    }

    /// Ends what has been printed of an operation, and tells of it in job log and table.
    fn close(&mut self, mut written: Written, to: [To; 2], (sinks, poller): (&mut Sinks, &Poller)) {
        if let Some(files) = &written.files
            && files.names == Names::Shown
        {
            let line = [written.tagger.tag(), files.name(), b"\n"].concat();
            self.dress.write(&mut written.filters, (to[0], &line), (sinks, poller));
        }
        self.dress.end(&mut written.filters, (sinks, poller));
        let Some(row) = written.row else { return };
        if let Some(joblog) = &mut self.joblog
            && let Err(what) = joblog.add(&row, (sinks, poller))
        {
            self.lost.push(what);
        }
        if let Some(table) = &mut self.table {
            let mut output = written.kept.unwrap_or_default();
            let added = table.add(&row, (&mut output, &mut self.budget), (sinks, poller));
            if let Err(what) = added {
                self.lost.push(what);
            }
        }
    }

    fn targets(&mut self) -> impl Iterator<Item = &mut Target> {
        let joblog = self.joblog.as_mut().map(JobLog::target);
        joblog.into_iter().chain(self.table.as_mut().map(Table::target))
    }

    /// Logs that wait for room on a disk and of which that was not told yet.
    pub fn waiting_logs(&mut self) -> impl Iterator<Item = Waits<'_>> {
        self.targets().filter_map(Target::waits)
    }

    /// The run is over: what the logs' disks do not take now is lost.
    pub fn finish(&mut self) {
        let lost: Vec<String> = self.targets().filter_map(|target| target.end().err()).collect();
        self.lost.extend(lost);
    }

    /// Another list of operations begins.
    pub fn begin_again(&mut self) {
        self.order.clear();
        self.waiting.clear();
        self.owner = None;
    }

    /// An attempt that is repeated: what it wrote is forgotten.
    pub fn forget(&mut self, mut written: Written) {
        let kept = written.kept.iter_mut().flat_map(|kept| kept.iter_mut());
        for capture in written.captures.iter_mut().chain(kept) {
            capture.clear(&mut self.budget);
        }
        if let Some(files) = written.files {
            files.forget();
        }
    }

    fn lose(&mut self, error: &io::Error) {
        let reason = crate::fail::reason(error);
        self.lost.push(format!("output that waits for its turn: {reason}; it is incomplete"));
    }
}

/// Whether output may be printed as it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    /// Now.
    Yes,
    /// When the operation has ended.
    No,
}
