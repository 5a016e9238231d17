//! What the loop knows of a run's state, and where it is shown.

use super::{Live, Shown, Stands, State, Style, Surface};
use crate::run::drive::Runner;
use crate::run::name::Called;
use crate::run::settings::{Grouping, Settings, cpus};
use crate::run::sinks::To;
use record::Seconds;
use std::io::IsTerminal as _;

/// Columns where the terminal does not say.
const COLUMNS: usize = 80;

/// What is shown of a run with these settings.
pub fn chosen(settings: &Settings) -> Live {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let plain = set("CI").is_some() || set("TERM").is_some_and(|term| term == "dumb");
    let surface = match std::io::stderr().is_terminal() && !plain {
        true => Surface::Terminal,
        false => Surface::Log,
    };
    let (live, gnu) = (&settings.live, settings.called.is_gnu());
    let asked = match live.progress.as_deref() {
        Some("json") => Some(Style::Json),
        _ if live.bar => Some(Style::Bar),
        _ if live.eta => Some(Style::Eta),
        Some(_) if gnu => Some(Style::Progress),
        Some(_) => Some(Style::Line),
        None => None,
    };
    match asked {
        Some(style) => Live::on(style, surface),
        // commands that write themselves would write into it
        None if settings.output.quiet
            || settings.called != Called::Pgrun
            || surface == Surface::Log
            || settings.output.grouping == Grouping::None
            || settings.place.tty =>
        {
            Live::off()
        }
        None => Live::unasked(),
    }
}

impl Runner {
    /// Shows how far the run is, if that is due.
    pub fn show_live(&mut self) {
        let now = self.clock.now();
        let line = if self.sinks.has_line() { Stands::Yes } else { Stands::No };
        // a line that a command has begun and will go on with is left alone
        let whole = self.settings.output.grouping == Grouping::Whole;
        if !whole && !self.sinks.line_ended(To::Err) {
            return self.progress.put_off(now);
        }
        // the loop does not come back for it while a reader stands still
        if self.sinks.is_congested() || !self.progress.wants(now, line) {
            return;
        }
        let state = self.state(now);
        let shown = self.progress.show(state, columns());
        self.put(shown);
    }

    /// The last that is shown; from now on nothing is.
    pub fn finish_live(&mut self) {
        if self.progress.is_on() {
            let state = self.state(self.clock.now());
            let shown = self.progress.finish(state, columns());
            let is_line = matches!(shown, Shown::Line(_));
            self.put(shown);
            if is_line {
                self.sinks.leave_line();
            }
        }
        self.sinks.clear_line(&self.poller);
    }

    fn put(&mut self, shown: Shown) {
        match shown {
            Shown::Nothing => {}
            Shown::Line(line) => self.sinks.show_line(&self.poller, &line),
            Shown::Lines(lines) => self.sinks.write_lines(&self.poller, To::Err, &lines),
        }
    }

    fn state(&self, now: Seconds) -> State {
        let tally = self.engine.tally();
        let done = tally.decided();
        let rules = &self.settings.input;
        let promised = || {
            rules.total_jobs.or_else(|| self.feed.total(rules)?.checked_sub(self.before.left_out))
        };
        let known = if self.input_ended { Some(self.progress.entered) } else { promised() };
        let total = known.map(|total| total.max(done));
        State {
            done,
            total,
            running: self.engine.running(),
            failed: tally.failed(),
            so_far: now,
            left: self.time_left(now, total.map(|total| total - done)),
            current: self.progress.current.clone(),
            slots: self.places(total),
            cpus: cpus(),
        }
    }

    /// Places to run that can be used.
    fn places(&self, total: Option<u64>) -> u32 {
        let slots = self.engine.slots();
        let most = total.or_else(|| (slots == u32::MAX).then_some(self.progress.entered));
        most.map_or(slots, |most| slots.min(u32::try_from(most).unwrap_or(u32::MAX)))
    }

    /// Time until the end, if enough is known.
    fn time_left(&self, now: Seconds, left: Option<u64>) -> Option<Seconds> {
        let estimate = &self.progress.estimate;
        let running = self.attempts.iter().flatten();
        if self.operations {
            let stretch = estimate.stretch();
            let spent = |key| {
                let attempt = self.by_key.get(&key).and_then(|at| self.attempts[*at].as_ref());
                let seconds = attempt.map_or(0.0, |attempt| (now - attempt.start).as_f64());
                Seconds::from_f64(seconds / stretch)
            };
            return estimate.of_plan(&self.engine.left(spent), self.engine.slots());
        }
        let mean = Seconds::from_f64(estimate.mean()?);
        let spent = running.map(|attempt| (now - attempt.start).min(mean)).sum();
        estimate.of_lines(left?, spent, self.engine.slots())
    }
}

/// Width of the terminal that standard error is.
fn columns() -> usize {
    let size = terminal_size::terminal_size_of(std::io::stderr());
    size.map_or(COLUMNS, |(width, _)| usize::from(width.0))
}
