//! `--on-failure rollback`: what succeeded is undone in reverse order, as a run
//! of its own through the same engine.

use super::drive::Runner;
use super::feed::Feed;
use super::job::{Job, spec_of};
use super::log::{self, Before};
use super::pipe::Writers;
use super::setup::Opened;
use super::texts::Texts;
use crate::fail::Fail;
use engine::{Engine, Feeding, Input};
use record::{Need, Operation};
use std::collections::{BTreeSet, HashMap};

/// What the id of an undoing begins with.
const UNDO: &str = "rollback:";

/// The rollback commands of operations that succeeded, each after those of the
/// operations that needed it.
pub fn plan(runner: &mut Runner) -> Option<Opened> {
    let stopped = runner.stopped_by.is_some();
    if !runner.settings.control.rollback || runner.engine.tally().failed() == 0 || stopped {
        return None;
    }
    let succeeded = std::mem::take(&mut runner.succeeded);
    if succeeded.is_empty() {
        return None;
    }
    let all: Vec<(&str, &[Need])> = runner
        .jobs
        .iter()
        .flatten()
        .filter_map(|job| job.op.as_ref())
        .map(|op| (op.id.as_str(), op.needs.as_slice()))
        .collect();
    let keys: HashMap<&str, &str> = runner
        .jobs
        .iter()
        .flatten()
        .filter_map(|job| Some((&*job.id, job.key.as_deref()?)))
        .collect();
    let ids: BTreeSet<&str> = succeeded.iter().map(|op| op.id.as_str()).collect();
    let ops: Vec<Operation> = succeeded
        .iter()
        .rev()
        .map(|op| Operation {
            id: format!("{UNDO}{}", op.id),
            cmd: op.rollback.clone(),
            needs: dependents(&op.id, &all, &ids),
            files: op.files.clone(),
            env: op.env.clone(),
            cwd: op.cwd.clone(),
            locks: op.locks.clone(),
            timeout: op.timeout,
            source: op.source.clone(),
            ..Operation::default()
        })
        .collect();
    let ops = ops
        .into_iter()
        .enumerate()
        .map(|(at, op)| {
            let (seq, undone) = (at as u64 + 1, op.id.strip_prefix(UNDO));
            let key = undone.and_then(|id| keys.get(id)).map(|key| log::undoing(key));
            (spec_of(seq, &op), Job { key, ..Job::of_operation(seq, op) })
        })
        .collect();
    Some(Opened {
        texts: Texts::default(),
        before: Before::default(),
        feed: Feed::Read,
        operations: true,
        feeding: Feeding::Whole,
        ops,
        capacity: record::Capacity::default(),
        bad: Vec::new(),
        writers: Writers::default(),
    })
}

impl Runner {
    /// Runs the rollback commands; the counts and the status stay those of the run.
    ///
    /// # Errors
    /// The event loop fails.
    pub fn undo(&mut self, undo: Opened) -> Result<(), Fail> {
        let mut config = super::rules::config(&self.settings, &undo, 0);
        self.tokens.rule(&mut config);
        config.halt = None;
        config.total_timeout = None;
        let mut undoing = Engine::new(config);
        undoing.has_set_up_as(&self.engine);
        let engine = std::mem::replace(&mut self.engine, undoing);
        let jobs = std::mem::take(&mut self.jobs);
        let count = undo.ops.len();
        self.notes.push(format!("undoing {count} operations that succeeded"));
        self.printer.begin_again();
        for (spec, job) in undo.ops {
            let key = self.enter(job);
            self.engine.handle(self.clock.now(), Input::Op(key, Box::new(spec)));
        }
        self.engine.handle(self.clock.now(), Input::EndOfInput);
        let faults = self.engine.check();
        let done = if faults.is_empty() { self.run() } else { Ok(()) };
        self.jobs = jobs;
        self.engine = engine;
        done
    }
}

/// The rollbacks that come before: of everything that needs the operation,
/// through what has none of its own. Weak, since a rollback that failed is no
/// reason to leave the rest standing.
fn dependents(id: &str, all: &[(&str, &[Need])], with_rollback: &BTreeSet<&str>) -> Vec<Need> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::from([id.to_string()]);
    let mut work = vec![id.to_string()];
    while let Some(needed) = work.pop() {
        for (dependent, needs) in all {
            if needs.iter().any(|need| need.id == needed) && seen.insert((*dependent).to_string()) {
                if with_rollback.contains(dependent) {
                    let id = format!("{UNDO}{dependent}");
                    found.push(Need { id, weak: true, optional: false });
                } else {
                    work.push((*dependent).to_string());
                }
            }
        }
    }
    found
}
