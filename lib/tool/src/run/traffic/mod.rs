//! Load that is generated, and commands that are compared: what is kept of their jobs while
//! they run, and what is told at the end (`tell.rs`; `page.rs` is what the man page says). When a job is due the engine decides.

pub mod page;
mod tell;

use super::drive::Runner;
use super::job::Job;
use super::settings::Traffic;
use super::settings::traffic::{Bench, Kind, place_in_round};
use crate::fail::Fail;
use engine::Key;
use record::{Event, OpEnd, Outcome, Seconds, status};
use stat::{BenchRun, Benched, Load, LoadEnd, LoadRules, bench_results};
use std::fs::{File, OpenOptions};

/// Samples drawn for an interval.
const DRAWS: usize = 1000;

/// What is kept.
#[derive(Debug, Default)]
pub enum TrafficDesk {
    /// Nothing is asked for.
    #[default]
    None,
    /// A load.
    Load(Box<Load>),
    /// Commands beside each other.
    Bench(Box<BenchDesk>),
}

/// Commands that are compared, with the runs they have had.
#[derive(Debug)]
pub struct BenchDesk {
    rules: Bench,
    seed: u64,
    runs: Vec<Benched>,
    /// One is run, or its end has not been heard: what is next depends on it.
    runs_one: bool,
    /// Where the commands write.
    nowhere: File,
}

impl TrafficDesk {
    /// What was asked for.
    ///
    /// # Errors
    /// There is no /dev/null.
    pub fn new(traffic: &Traffic) -> Result<Self, Fail> {
        Ok(match &traffic.kind {
            Kind::None => TrafficDesk::None,
            Kind::Load { scenarios, users, .. } => {
                TrafficDesk::Load(Box::new(Load::new(rules(traffic, (scenarios, *users)))))
            }
            Kind::Bench(bench) => TrafficDesk::Bench(Box::new(BenchDesk {
                rules: bench.clone(),
                seed: traffic.seed,
                runs_one: false,
                runs: bench.commands.iter().map(|command| named(command)).collect(),
                nowhere: OpenOptions::new()
                    .write(true)
                    .open("/dev/null")
                    .map_err(|e| Fail::io(status::LOST, "/dev/null", &e))?,
            })),
        })
    }

    /// Where commands that are compared write: to print it takes time that is not theirs.
    pub fn nowhere(&self) -> Option<&File> {
        match self {
            TrafficDesk::Bench(desk) => Some(&desk.nowhere),
            TrafficDesk::None | TrafficDesk::Load(_) => None,
        }
    }

    /// The end of a job decides if there is another.
    pub fn waits_for_end(&self) -> bool {
        matches!(self, TrafficDesk::Bench(desk) if desk.runs_one)
    }

    /// A job has come: a command that is compared bears its own name.
    pub fn enter(&mut self, job: &mut Job) {
        let TrafficDesk::Bench(desk) = self else { return };
        desk.runs_one = true;
        let (round, which) = desk.place(job.seq);
        let command = &desk.runs[which].command;
        job.id = match round < desk.rules.warmup {
            true => format!("warm-up: {command}"),
            false => command.clone(),
        };
    }
}

fn named(command: &[u8]) -> Benched {
    let command = String::from_utf8_lossy(command).into_owned();
    Benched { command, ..Benched::default() }
}

fn rules(traffic: &Traffic, (scenarios, users): (&[(f64, String)], Option<u32>)) -> LoadRules {
    let (pattern, per_s) = match traffic.arrivals.map(|arrivals| arrivals.pattern) {
        Some(engine::Pattern::Even(rate)) => ("even", Some(rate)),
        Some(engine::Pattern::Poisson { rate, .. }) => ("poisson", Some(rate)),
        Some(engine::Pattern::Users) | None => ("users", None),
    };
    let ramp = traffic.arrivals.and_then(|arrivals| arrivals.ramp);
    LoadRules {
        pattern,
        users,
        per_s,
        ramp: ramp.map_or(Seconds::ZERO, |ramp| ramp.over),
        scenarios: scenarios.iter().map(|(_, command)| command.clone()).collect(),
    }
}

/// Which of the commands a job is.
fn scenario_of(traffic: &Traffic, job: Option<&Job>) -> usize {
    let Kind::Load { scenarios, .. } = &traffic.kind else { return 0 };
    let command = job.and_then(|job| job.args.first());
    let is = |(_, one): &(f64, String)| command.is_some_and(|command| command == one.as_bytes());
    scenarios.iter().position(is).unwrap_or(0)
}

impl BenchDesk {
    /// Of a job its round and which of the commands it is.
    fn place(&self, seq: u64) -> (u64, usize) {
        let (number, count) = (seq.saturating_sub(1), self.runs.len());
        (number / count.max(1) as u64, place_in_round(number, (count, self.seed)))
    }

    fn note(&mut self, end: &OpEnd) {
        let (round, which) = self.place(end.seq);
        if round >= self.rules.warmup {
            let run = BenchRun {
                wall: end.wall_s,
                user: end.user_s,
                system: end.system_s,
                failed: end.result != Outcome::Success,
            };
            self.runs[which].add(run, end.begun.as_deref());
        }
    }

    /// Every command has been run often enough, and long enough.
    fn is_over(&self) -> bool {
        let rounds = self.runs.iter().map(|one| one.runs.len() as u64);
        let (Some(fewest), Some(most)) = (rounds.clone().min(), rounds.max()) else { return true };
        let is_long = |one: &Benched| {
            let sum = one.runs.iter().fold(Seconds::ZERO, |sum, run| sum + run.wall);
            sum >= self.rules.time
        };
        // a round is finished that was begun
        fewest == most
            && fewest >= self.rules.least
            && (fewest >= self.rules.most() || self.runs.iter().all(is_long))
    }
}

impl Runner {
    /// No more jobs are made: the time of the load is over, or all has been measured.
    pub fn load_is_over(&self) -> bool {
        match &self.traffic {
            TrafficDesk::Bench(desk) => desk.is_over(),
            TrafficDesk::None | TrafficDesk::Load(_) => self.engine.load_is_over(self.clock.now()),
        }
    }

    /// A job of a load has ended: its last attempt.
    pub fn note_load(&mut self, end: &OpEnd, key: Key) {
        if let TrafficDesk::Bench(desk) = &mut self.traffic {
            desk.runs_one &= !end.r#final;
        }
        // what never ran, and what we have ended, is no measurement
        if !end.r#final || end.wall_s == Seconds::ZERO || end.result == Outcome::Cancellation {
            return;
        }
        match &mut self.traffic {
            TrafficDesk::None => {}
            TrafficDesk::Bench(desk) => desk.note(end),
            TrafficDesk::Load(load) => load.note(LoadEnd {
                scenario: scenario_of(&self.settings.traffic, self.jobs[key as usize].as_ref()),
                intended: end.intended,
                start: end.start,
                end: end.end,
                failed: end.result.failed(),
                held: end.blocked_s.contains_key("slot"),
            }),
        }
    }

    /// What came of it: records, and a text.
    pub fn finish_load(&mut self) {
        let now = self.clock.wall(self.clock.now());
        let (events, text): (Vec<Event>, String) = match &self.traffic {
            TrafficDesk::None => return,
            TrafficDesk::Load(load) => {
                let told = load.summaries(now);
                let text = tell::load(&told);
                (told.into_iter().map(Event::LoadSummary).collect(), text)
            }
            TrafficDesk::Bench(desk) => {
                let told = bench_results(&desk.runs, (desk.seed, DRAWS));
                let text = tell::bench(&told);
                (told.into_iter().map(Event::BenchResult).collect(), text)
            }
        };
        if self.journal.is_on() {
            events.iter().for_each(|event| self.journal.add(event));
        }
        self.print_load(text);
    }
}
