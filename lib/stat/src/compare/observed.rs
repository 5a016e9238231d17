//! What is kept of runs to compare them with others.

use crate::intake::Listener;
use crate::math::median;
use crate::run::report::Told;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::{EndView, Outcome, Report, StartView};

/// Executions of an operation that are kept; of more a sample is.
const MOST: usize = 256;

/// A figure of a run as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// From its beginning to its end.
    Makespan,
    /// Sum of all durations.
    Work,
    /// Operations a second.
    Throughput,
    /// Failed operations of all.
    Failures,
    /// Processor time.
    Cpu,
    /// Greatest resident set.
    Rss,
}

impl Figure {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Figure; 6] = [
        Figure::Makespan,
        Figure::Work,
        Figure::Throughput,
        Figure::Failures,
        Figure::Cpu,
        Figure::Rss,
    ];

    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Figure::Makespan => "makespan",
            Figure::Work => "work",
            Figure::Throughput => "throughput",
            Figure::Failures => "failures",
            Figure::Cpu => "cpu_time",
            Figure::Rss => "max_rss",
        }
    }

    /// Its unit.
    pub const fn unit(self) -> &'static str {
        match self {
            Figure::Makespan | Figure::Work | Figure::Cpu => "s",
            Figure::Throughput => "/s",
            Figure::Failures => "share",
            Figure::Rss => "bytes",
        }
    }

    /// More of it is better.
    pub const fn is_better_high(self) -> bool {
        matches!(self, Figure::Throughput)
    }

    /// Of a run; none where the log does not tell.
    pub fn of(self, report: &Report) -> Option<f64> {
        let is_run = report.attempts > 0;
        let cpu = (report.user_s + report.system_s).as_f64();
        let is_timed = report.source != "hyperfine";
        match self {
            Figure::Makespan => {
                // a run that was cut off took longer than what is there of it
                let wall =
                    (is_run && is_timed && report.source != "events").then_some(report.wall_s);
                report.makespan_s.or(wall).map(|time| time.as_f64())
            }
            Figure::Work => is_run.then_some(report.work_s.as_f64()),
            Figure::Throughput => report.throughput.filter(|_| is_timed),
            Figure::Failures => (report.ops > 0).then_some(report.failed_share),
            Figure::Cpu => Some(cpu).filter(|cpu| *cpu > 0.0),
            Figure::Rss => report.max_rss_bytes.map(|bytes| bytes as f64),
        }
    }
}

/// An operation over all runs.
#[derive(Clone, Debug, Default)]
pub struct Op {
    /// Its id.
    pub id: String,
    /// Those that are alike.
    pub family: String,
    /// Durations of executions that ended well: all, or a fair sample of them.
    pub times: Vec<f64>,
    /// How many there were.
    pub count: u64,
}

impl Op {
    /// Keeps a fair sample (Vitter 1985, algorithm R).
    fn add(&mut self, time: f64, random: &mut fastrand::Rng) {
        self.count += 1;
        if self.times.len() < MOST {
            self.times.push(time);
        } else {
            let place = random.u64(..self.count) as usize;
            if let Some(kept) = self.times.get_mut(place) {
                *kept = time;
            }
        }
    }
}

/// A run.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Its figures, in the order of [`Figure::ALL`].
    pub figures: [Option<f64>; 6],
    /// Its operations, by place, with the median of their durations.
    pub ops: Vec<(u32, f64)>,
}

/// All runs of one side. Memory grows with the number of operations' ids, and by a few bytes
/// for each operation of a run.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Operations.
    pub ops: Vec<Op>,
    places: HashMap<String, u32, FixedState>,
    /// Runs.
    pub runs: Vec<Seen>,
    /// The run that goes on.
    open: Vec<(u32, f64)>,
    random: fastrand::Rng,
    family: String,
}

impl Default for Observed {
    fn default() -> Self {
        Observed {
            ops: Vec::new(),
            places: HashMap::default(),
            runs: Vec::new(),
            open: Vec::new(),
            random: fastrand::Rng::with_seed(0),
            family: String::new(),
        }
    }
}

impl Observed {
    fn place(&mut self, id: &str, head: &str) -> u32 {
        if let Some(place) = self.places.get(id) {
            return *place;
        }
        let place = self.ops.len() as u32;
        plan::family_of(head, id, &mut self.family);
        let family = self.family.clone();
        self.ops.push(Op { id: id.to_string(), family, ..Op::default() });
        self.places.insert(id.to_string(), place);
        place
    }

    /// The operation with this id.
    pub fn find(&self, id: &str) -> Option<u32> {
        self.places.get(id).copied()
    }
}

impl Listener for Observed {
    fn start(&mut self, start: &StartView<'_>) {
        self.place(start.id, start.head);
    }

    /// Only what ended well says how long the operation takes.
    fn end(&mut self, end: &EndView<'_>) {
        if end.result != Outcome::Success {
            return;
        }
        let place = self.place(end.id, "");
        let time = end.wall.as_f64();
        self.ops[place as usize].add(time, &mut self.random);
        self.open.push((place, time));
    }

    fn over(&mut self, told: &Told) {
        let mut open = core::mem::take(&mut self.open);
        open.sort_by_key(|row| row.0);
        let ops = open.chunk_by(|one, other| one.0 == other.0).filter_map(|rows| {
            let middle = median(rows.iter().map(|row| row.1))?;
            rows.first().map(|row| (row.0, middle))
        });
        let ops = ops.collect();
        self.runs.push(Seen { figures: Figure::ALL.map(|figure| figure.of(&told.report)), ops });
    }
}
