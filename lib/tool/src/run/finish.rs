//! The end of a run: everything written out, `run.end`, the exit status.

use super::drive::Runner;
use super::feed::Feed;
use super::lack::LOOK_AGAIN;
use super::name::Called;
use record::{Event, Outcome, RunEnd, Seconds};
use std::collections::BTreeMap;
use sys::poller::Ready;

impl Runner {
    /// Writes out what is left and says how the run ended.
    pub fn finish(&mut self) -> u8 {
        self.oversight.control.close();
        self.end_tuning();
        self.finish_live();
        self.finish_reports();
        // before it is told how the run ended
        self.write_out();
        self.printer.finish();
        self.sinks.end(&self.poller);
        self.hear_losses();
        self.lose_the_rest();
        self.finish_load();
        self.say_signal();
        self.say_halted();
        self.say_failures();
        self.say_lost_tokens();
        self.say_what_acted();
        let status = self.status();
        if self.journal.is_on() {
            let end = self.run_end(status);
            self.journal.add(&Event::RunEnd(end));
        }
        self.drain_sinks();
        self.end_unowned();
        // what was lost while writing the last records
        self.look_at_reader();
        let status = self.status();
        self.keep_in_history();
        self.guard.dismiss();
        // files that jobs were given go, whatever ends the program
        self.feed = Feed::Read;
        self.texts.outputs.close();
        match self.dies_of() {
            Some(number) => sys::signal::die_of(number),
            None => status,
        }
    }

    /// The outputs are written, and nobody waits for us any more but who waits for our end.
    fn keep_in_history(&mut self) {
        self.journal.end_history(self.wall(self.clock.now()));
        if let Some(remark) = self.journal.take_remark() {
            crate::entry::complain(self.settings.called.name(), &remark);
        }
    }

    fn status(&self) -> u8 {
        let manners = self.settings.called.manners();
        match (self.stopped_by, manners.after_signal()) {
            (Some(_), Some(status)) => status,
            _ if self.lost.is_empty() => manners.status(&self.engine.tally().facts()),
            _ => manners.own_failure(),
        }
    }

    /// The signal that is to end us as it ended the run. GNU parallel exits after
    /// all but that of a reader that has gone.
    fn dies_of(&self) -> Option<i32> {
        let dies = self.settings.called.manners().after_signal().is_none();
        self.stopped_by.filter(|number| dies || *number == sys::signal::SIGPIPE)
    }

    /// Why the run ended early. Of a reader that has gone there is nobody to tell.
    fn say_signal(&mut self) {
        let Some(number) = self.stopped_by.filter(|number| *number != sys::signal::SIGPIPE) else {
            return;
        };
        if self.settings.output.quiet || !(self.operations || self.settings.output.verbose) {
            return;
        }
        let tally = self.engine.tally();
        let (ended, skipped) = (tally.count(Outcome::Cancellation), tally.count(Outcome::Skip));
        let name = sys::signal::name(number);
        self.notes.push(format!(
            "ended by SIG{name}: {ended} that ran were ended, {skipped} did not run"
        ));
    }

    /// A rule of `--halt`, or a signal, has kept jobs from being started.
    pub fn left_jobs_out(&self) -> bool {
        let ended = self.engine.tally().facts().halted.is_some() || self.stopped_by.is_some();
        ended && (self.input_left || self.engine.tally().count(Outcome::Skip) > 0)
    }

    /// That not all lines were run. Operations that were not are told one by one.
    fn say_halted(&mut self) {
        let speaks = matches!(self.settings.called, Called::Pgrun | Called::Parallel);
        let told = self.settings.output.quiet || self.operations || self.stopped_by.is_some();
        if speaks && !told && self.left_jobs_out() {
            self.notes.push(
                "the run was ended early: jobs that had not been started were not run".to_string(),
            );
        }
    }

    /// The failed commands once more, ready to paste, where a log reader looks first.
    fn say_failures(&mut self) {
        let failed = self.engine.tally().failed();
        if failed == 0
            || self.settings.output.quiet
            || !(self.operations || self.settings.output.verbose)
        {
            return;
        }
        let skipped = self.engine.tally().count(Outcome::Skip);
        let also = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
        self.notes.push(format!("{failed} of {} failed{also}:", self.engine.tally().decided()));
        let shown = std::mem::take(&mut self.failures);
        let more = failed.saturating_sub(shown.len() as u64);
        self.notes.extend(shown.into_iter().map(|cmd| format!("  {cmd}")));
        if more > 0 {
            self.notes.push(format!("  and {more} more"));
        }
    }

    fn run_end(&self, status: u8) -> RunEnd {
        let now = self.clock.now();
        let tally = self.engine.tally();
        let held = self.engine.held(now);
        let counts: BTreeMap<String, u64> = Outcome::ALL
            .iter()
            .filter(|outcome| tally.count(**outcome) > 0)
            .map(|outcome| (outcome.word().to_string(), tally.count(*outcome)))
            .collect();
        RunEnd {
            run: self.run_id.clone(),
            time: self.wall(now),
            makespan_s: now,
            counts,
            exit: self.dies_of().is_none().then_some(i32::from(status)),
            signal: self.dies_of(),
            containment: self.guard.level().to_string(),
            lost: self.lost.clone(),
            output_wait_s: Some(self.room.held(now)).filter(|time| *time > Seconds::ZERO),
            evicted: Some(self.oversight.evicted).filter(|evicted| *evicted > 0),
            held: held.iter().map(|(by, times, _)| (by.word().to_string(), *times)).collect(),
            held_s: held.iter().map(|(by, _, time)| (by.word().to_string(), *time)).collect(),
            starts: self.lanes.workers.times.costs(),
            start_saved_s: self.lanes.workers.times.saved(),
            tokens_lost: Some(self.tokens.lost()).filter(|lost| *lost > 0),
            ..RunEnd::default()
        }
    }

    /// Waits until the readers have taken everything, or have gone.
    fn drain_sinks(&mut self) {
        let mut ready: Vec<Ready> = Vec::new();
        loop {
            self.write_out();
            self.sinks.end(&self.poller);
            if !self.sinks.is_pending() {
                return;
            }
            let unwatched = self.sinks.unwatched();
            let most = unwatched.map(|_| LOOK_AGAIN.to_duration());
            if self.poller.wait(most, &mut ready).is_err() {
                return;
            }
            if let Some(token) = unwatched {
                self.sinks.continue_writing(&self.poller, token);
            }
            let before = self.signals_heard;
            for one in &ready {
                self.hear(*one);
            }
            // a signal while the last output waits for a reader that stands still
            if self.signals_heard != before {
                return;
            }
        }
    }
}
