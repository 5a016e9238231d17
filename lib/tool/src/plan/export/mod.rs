//! `export`: a plan for a program that has never heard of it, as text that runs as such.
//!
//! Operations get names the target takes (`names`), commands become text for a shell (`script`),
//! a target has a file of its own. What it cannot express is told, one line each (`lacks`).

mod github;
mod lacks;
mod make;
mod names;
mod ninja;
mod pattern;
mod script;
mod slurm;

use super::args::Form;
use super::gather::Gathered;
use super::sink::Sink;
use super::view::Stop;
use lacks::Lacks;
use names::Names;
use plan::{Limits, Plan};
use record::{Command, OnFailure, Operation, PlanExport};
use script::{Failure, Lines, Script};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Programs that a plan can be written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    Make,
    Ninja,
    Slurm,
    Github,
}

impl Program {
    /// All of them, for messages.
    pub const WORDS: &str = "make, ninja, slurm or github";

    /// By its name.
    pub fn of(word: &str) -> Option<Program> {
        Some(match word {
            "make" => Program::Make,
            "ninja" => Program::Ninja,
            "slurm" => Program::Slurm,
            "github" => Program::Github,
            _ => return None,
        })
    }

    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Program::Make => "make",
            Program::Ninja => "ninja",
            Program::Slurm => "slurm",
            Program::Github => "github",
        }
    }

    fn names(self) -> Names {
        match self {
            Program::Make => {
                let files = ["all", "Makefile", "makefile", "GNUmakefile"];
                Names::new(|c| ".-".contains(c), &files)
            }
            Program::Ninja => Names::new(|c| ".-".contains(c), &["all", ninja::ALWAYS]),
            Program::Slurm => Names::new(|c| ".-".contains(c), &[]),
            Program::Github => Names::new(|c| c == '-', &[]),
        }
    }
}

/// A lock that a command takes by `pglock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    pub name: String,
    pub slots: u32,
    pub take: u32,
    pub shared: bool,
}

/// Something that a job waits for.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// Number of the job.
    pub job: u32,
    /// Its failure does not matter.
    pub weak: bool,
}

/// A node of the plan as the target knows it.
pub struct Job<'a> {
    /// The operation, in the mode that was chosen or the first.
    pub op: Cow<'a, Operation>,
    /// Name in the target.
    pub name: String,
    pub needs: Vec<Need>,
}

impl Job<'_> {
    /// What it runs; nothing for a barrier.
    pub fn cmd(&self) -> Option<&Command> {
        self.op.cmd.as_ref().filter(|_| !self.op.barrier)
    }
}

/// A plan for a target.
pub struct Export<'a> {
    /// The jobs by the numbers of their nodes.
    pub jobs: Vec<Job<'a>>,
    /// The numbers, each after all that it needs.
    pub order: Vec<u32>,
    pub limits: &'a Limits,
    /// What a slot of a resource's lock stands for.
    pub units: BTreeMap<String, u64>,
}

/// Writes the plan for a program; what it cannot express goes to standard error.
///
/// # Errors
/// A cycle, a failed write.
pub fn export(
    gathered: &Gathered,
    program: Program,
    (form, limits): (Form, &Limits),
    sink: &mut Sink,
) -> Result<(), Stop> {
    let export = Export::of(&gathered.plan, program, limits)?;
    let mut lacks = Lacks::default();
    lacks.of_plan(&export, program);
    let text = match program {
        Program::Make => make::text(&export, &mut lacks),
        Program::Ninja => ninja::text(&export, &mut lacks),
        Program::Slurm => slurm::text(&export, &mut lacks),
        Program::Github => github::text(&export, &mut lacks),
    };
    for line in lacks.lines(program) {
        sink.tell(&line);
    }
    match form {
        Form::Text => sink.bytes(&text)?,
        Form::Json => {
            for job in export.jobs.iter().filter(|job| job.cmd().is_some()) {
                sink.record(&record_of(&export, job, program))?;
            }
        }
    }
    Ok(())
}

fn record_of(export: &Export<'_>, job: &Job<'_>, program: Program) -> PlanExport {
    let asks = lacks::asks(&job.op, export);
    let asks: &[Ask] = if matches!(program, Program::Make | Program::Ninja) { &asks } else { &[] };
    PlanExport {
        target: program.word().to_string(),
        id: job.op.id.clone(),
        name: job.name.clone(),
        needs: export.dissolved(job).iter().map(|need| export.job(need.job).name.clone()).collect(),
        script: script(job, Lines::Many, asks).into(),
        ..PlanExport::default()
    }
}

impl<'a> Export<'a> {
    fn of(plan: &'a Plan, program: Program, limits: &'a Limits) -> Result<Export<'a>, Stop> {
        let mut names = program.names();
        let mut jobs = Vec::new();
        for (number, node) in (0..).zip(&plan.nodes) {
            let op = &node.draft.op;
            let name = names.give(op.id.as_bytes());
            let forgiven = |need: u32| plan.op(need).is_some_and(goes_on);
            let weak = |need: u32| {
                let id = plan.id(need);
                op.needs.iter().any(|n| n.weak && n.id.as_bytes() == id)
            };
            let need = |&job: &u32| Need { job, weak: weak(job) || forgiven(job) };
            let needs = plan.graph.predecessors(number).iter().map(need).collect();
            let mut op = Cow::Borrowed(&**op);
            if !op.modes.is_empty() {
                op.to_mut().settle_mode();
            }
            jobs.push(Job { op, name, needs });
        }
        let units = lacks::units(jobs.iter().map(|job| &*job.op), limits);
        Ok(Export { jobs, order: plan.graph.order()?, limits, units })
    }

    /// A job by its number.
    pub fn job(&self, number: u32) -> &Job<'a> {
        &self.jobs[number as usize]
    }

    /// What a job waits for when barriers are looked through.
    pub fn dissolved(&self, job: &Job<'_>) -> Vec<Need> {
        let mut found: Vec<Need> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut walk: Vec<Need> = job.needs.iter().rev().copied().collect();
        while let Some(need) = walk.pop() {
            let other = self.job(need.job);
            if !seen.insert((need.job, need.weak)) {
                continue;
            }
            if other.op.barrier {
                let behind = other.needs.iter().rev();
                walk.extend(behind.map(|n| Need { job: n.job, weak: n.weak || need.weak }));
            } else {
                found.push(need);
            }
        }
        // what is needed both ways is needed
        let strong: Vec<u32> = found.iter().filter(|n| !n.weak).map(|n| n.job).collect();
        found.retain(|need| !need.weak || !strong.contains(&need.job));
        found.sort_by_key(|need| need.job);
        found
    }
}

/// True where a failure does not keep dependents from running.
fn goes_on(op: &Operation) -> bool {
    op.on_failure == Some(OnFailure::Continue)
}

/// The script of a job, for a target that tells failures apart itself.
fn script(job: &Job<'_>, lines: Lines, asks: &[Ask]) -> Vec<u8> {
    written(job, (lines, Failure::Counts), asks)
}

/// The script of a job, for a target that lets nothing follow a failure.
fn script_that_goes_on(job: &Job<'_>, asks: &[Ask]) -> Vec<u8> {
    let failure = if goes_on(&job.op) { Failure::Hidden } else { Failure::Counts };
    written(job, (Lines::One, failure), asks)
}

fn written(job: &Job<'_>, (lines, failure): (Lines, Failure), asks: &[Ask]) -> Vec<u8> {
    let Some(cmd) = job.cmd() else { return Vec::new() };
    Script { op: &job.op, cmd, lines, failure, asks }.text()
}

/// A comment must end with its line.
fn on_one_line(text: &str) -> String {
    crate::print::shown(text)
}
