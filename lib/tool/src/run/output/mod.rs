//! In which order the commands' output is printed, and what else becomes of it.

mod lines;
mod target;

pub use lines::Tagger;
pub use target::Target;

use super::capture::{Budget, Capture, Part};
use super::direct::Direct;
use super::dress::{About, Dress, Filters};
use super::log::{JobLog, Row};
use super::results::{Files, Names, Table};
use super::settings::Grouping;
use super::sinks::{Sinks, To};
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

/// Prints output in the order that was asked for.
#[derive(Debug)]
pub struct Printer {
    grouping: Grouping,
    /// In order: operations that have been entered and not printed, the first of
    /// which prints as it comes.
    order: VecDeque<u64>,
    /// In order: ended before their turn.
    pub waiting: BTreeMap<u64, (Written, [To; 2])>,
    pub budget: Budget,
    pub direct: Direct,
    pub dress: Dress,
    /// A line for each job that has been printed.
    pub joblog: Option<JobLog>,
    /// A record for each, with its output.
    pub table: Option<Table>,
    /// Output could not be kept.
    pub lost: Option<String>,
}

impl Printer {
    /// Prints nothing yet. What waits and is too much for memory goes to the folder.
    pub fn new(grouping: Grouping, tmpdir: PathBuf, dress: Dress) -> Self {
        Printer {
            grouping,
            order: VecDeque::new(),
            waiting: BTreeMap::new(),
            budget: Budget::new(tmpdir),
            direct: Direct::default(),
            dress,
            joblog: None,
            table: None,
            lost: None,
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

    /// Output of the operation may be printed before it has ended.
    pub fn is_live(&self, seq: u64) -> bool {
        match self.grouping {
            _ if !self.shows() => false,
            Grouping::Lines => true,
            Grouping::Ordered => self.turn() == Some(seq),
            Grouping::Whole | Grouping::None => false,
        }
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
                self.lost.get_or_insert(what);
            }
            return;
        }
        if !self.shows() {
            self.give(written, piece, out);
            return;
        }
        if piece.live == Live::No {
            self.keep(written, stream, bytes);
            return;
        }
        let now = match self.grouping {
            Grouping::Lines => lines::whole_lines(bytes),
            _ => bytes.len(),
        };
        if now > 0 {
            self.print_stream(written, (stream, piece.to), (out.0, out.1));
            self.give(written, Piece { bytes: &bytes[..now], ..piece }, out);
        }
        self.keep(written, stream, &bytes[now..]);
    }

    fn keep(&mut self, written: &mut Written, stream: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if let Err(error) = written.captures[stream].add(&mut self.budget, bytes) {
            self.lose(&error);
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
        let mut failed = None;
        written.tagger.tagged(stream, bytes, |bytes| {
            if shows {
                self.dress.write(&mut written.filters, (to[stream], bytes), (sinks, poller));
            }
            if let Some(kept) = &mut kept {
                failed = kept[stream].add(&mut self.budget, bytes).err();
            }
        });
        if let Some(error) = failed {
            self.lose(&error);
        }
    }

    /// What the command has written is printed without a change, and nowhere else.
    fn gives_as_it_is(&self, written: &Written, to: To) -> bool {
        self.table.is_none() && written.tagger.tag().is_empty() && self.dress.leaves_alone(to)
    }

    /// Prints what an attempt has written so far.
    pub fn print(
        &mut self,
        written: &mut Written,
        to: [To; 2],
        (sinks, poller): (&mut Sinks, &Poller),
    ) {
        for stream in 0..written.captures.len() {
            self.print_stream(written, (stream, to), (sinks, poller));
        }
        if let Some(growing) = &mut written.growing {
            let (file, at, len) = growing.waiting();
            let sent = sinks.send(poller, to[0], Part::File(file, at, len));
            growing.take(len);
            if let Err(error) = sent {
                self.lose(&error);
            }
        }
    }

    fn print_stream(
        &mut self,
        written: &mut Written,
        (stream, to): (usize, [To; 2]),
        (sinks, poller): (&mut Sinks, &Poller),
    ) {
        if written.captures[stream].is_empty() {
            return;
        }
        let mut capture = std::mem::take(&mut written.captures[stream]);
        if self.gives_as_it_is(written, to[stream]) {
            let sent = capture.drain(&mut self.budget, |part| sinks.send(poller, to[stream], part));
            return sent.unwrap_or_else(|error| self.lose(&error));
        }
        let mut bytes = Vec::new();
        loop {
            match capture.next(&mut self.budget, &mut bytes) {
                Ok(true) => {
                    let piece = Piece { stream, to, live: Live::Yes, bytes: &bytes };
                    self.give(written, piece, (sinks, poller));
                }
                Ok(false) => return,
                Err(error) => self.lose(&error),
            }
        }
    }

    /// An operation has been decided; this is what its last attempt wrote.
    pub fn end(
        &mut self,
        seq: u64,
        (mut written, to): (Written, [To; 2]),
        (sinks, poller): (&mut Sinks, &Poller),
    ) {
        if self.grouping != Grouping::Ordered {
            self.close(written, to, (sinks, poller));
            return;
        }
        if self.turn() != Some(seq) {
            self.compact(&mut written);
        }
        self.waiting.insert(seq, (written, to));
        while let Some(next) = self.turn().and_then(|turn| self.waiting.remove(&turn)) {
            self.close(next.0, next.1, (sinks, poller));
            self.order.pop_front();
        }
    }

    /// Prints the rest of an operation, and tells of it in job log and table.
    fn close(&mut self, mut written: Written, to: [To; 2], (sinks, poller): (&mut Sinks, &Poller)) {
        self.print(&mut written, to, (sinks, poller));
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
            self.lost.get_or_insert(what);
        }
        if let Some(table) = &mut self.table {
            let mut output = written.kept.unwrap_or_default();
            let added = table.add(&row, (&mut output, &mut self.budget), (sinks, poller));
            if let Err(what) = added {
                self.lost.get_or_insert(what);
            }
        }
    }

    /// Another list of operations begins.
    pub fn begin_again(&mut self) {
        self.order.clear();
        self.waiting.clear();
    }

    /// An attempt that is repeated: what it wrote is forgotten.
    pub fn forget(&mut self, mut written: Written) {
        let kept = written.kept.iter_mut().flat_map(|kept| kept.iter_mut());
        for capture in written.captures.iter_mut().chain(kept) {
            let _ = capture.drain(&mut self.budget, |_| Ok(()));
        }
        if let Some(files) = written.files {
            files.forget();
        }
    }

    fn lose(&mut self, error: &io::Error) {
        let reason = crate::fail::reason(error);
        let what = format!("output that waits for its turn: {reason}; it is incomplete");
        self.lost.get_or_insert(what);
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
