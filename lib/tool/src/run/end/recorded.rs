//! What is written down of an end: its event, its rows.

use crate::joblog::Row;
use crate::run::args::EventOutput;
use crate::run::attempt::Attempt;
use crate::run::drive::Runner;
use crate::run::settings::Grouping;
use engine::{Ended, Key};
use record::{Bytes, Nullable, OpEnd, Seconds};
use sys::wait::{self, Ending};

impl Runner {
    pub(super) fn op_end(&mut self, ended: &Ended, attempt: Option<&mut Attempt>) -> OpEnd {
        let now = self.clock.now();
        let labels = |op: &Option<Box<record::Operation>>| {
            op.as_ref().map(|op| op.labels.clone()).unwrap_or_default()
        };
        let (id, seq, labels) = match self.job(ended.key) {
            Some(job) => (job.id.clone(), job.seq, labels(&job.op)),
            None => Default::default(),
        };
        let mut event = OpEnd {
            id,
            seq,
            attempt: ended.attempt,
            r#final: ended.last,
            slot: ended.slot,
            start: self.clock.wall(now),
            end: self.clock.wall(now),
            result: ended.result,
            reason: ended.reason.clone(),
            queued_s: ended.queued,
            blocked_s: ended.blocked.iter().cloned().collect(),
            labels,
            intended: ended.intended.map(|time| self.clock.wall(time)),
            mode: self.job(ended.key).map_or_else(String::new, |job| job.mode().to_string()),
            ..OpEnd::default()
        };
        let Some(attempt) = attempt else {
            event.exit = self.spawn_status.remove(&ended.key);
            return event;
        };
        let (ending, usage, end) =
            attempt.exited.unwrap_or((Ending::Exit(255), wait::Usage::default(), now));
        match ending {
            Ending::Exit(status) => event.exit = Some(status),
            Ending::Signal(number) => event.signal = Some(number),
        }
        event.start = attempt.start_wall;
        event.end = self.clock.wall(end);
        event.wall_s = end - attempt.start;
        event.user_s = usage.user;
        event.system_s = usage.system;
        let visible = usage.max_rss_bytes > self.own_rss;
        event.max_rss_bytes = Nullable(visible.then_some(usage.max_rss_bytes));
        if attempt.wait.waited > Seconds::ZERO {
            event.blocked_s.insert("output".to_string(), attempt.wait.waited);
        }
        event.spawn_s = Some(attempt.spawn);
        event.begun = attempt.begun_as.word().map(String::from);
        event.cold_reason = attempt.begun_as.reason().map(String::from);
        event.out_bytes = attempt.out_bytes.iter().sum();
        event.in_bytes = self.writers.bytes(ended.key);
        event.leaked = (attempt.leaked.count > 0).then_some(attempt.leaked.count);
        event.strays.clone_from(&attempt.leaked.named);
        event.voluntary_switches = Some(usage.voluntary_switches);
        event.involuntary_switches = Some(usage.involuntary_switches);
        event.blocks = Some(usage.blocks);
        let keep = match self.settings.log.event_output {
            EventOutput::None => false,
            EventOutput::Failed => ended.result.failed(),
            EventOutput::All => true,
        };
        if keep && self.settings.output.grouping != Grouping::None {
            event.output = Some(Bytes(attempt.tail.bytes().to_vec()));
        }
        event
    }

    /// The command line for people and job logs.
    pub fn command_text(&self, key: Key, slot: u32) -> Vec<u8> {
        let text = self.job(key).map_or_else(Vec::new, |job| self.feed.command_text(job, slot));
        self.settings.log.redact.text(&text).into_owned()
    }

    /// What job logs and tables say of a job.
    pub(super) fn row(&mut self, key: Key, end: &OpEnd, attempt: Option<&Attempt>) -> Row {
        let redact = &self.settings.log.redact;
        let shown = |arg: &Vec<u8>| redact.text(arg).into_owned();
        let args = self.job(key).map_or_else(Vec::new, |job| job.args.iter().map(shown).collect());
        let received = match (attempt, self.settings.output.grouping) {
            // as GNU parallel counts: of groups standard output alone
            (Some(attempt), Grouping::Lines) => attempt.out_bytes.iter().sum(),
            (Some(attempt), _) => attempt.out_bytes[0],
            (None, _) => 0,
        };
        let names = self.feed.names();
        if let Some(table) = &mut self.printer.table {
            table.names = names;
        }
        Row::new(end, received, (self.command_text(key, end.slot), args))
    }
}
