//! What is shown of a run while it goes on: one line on a terminal, or now and then a
//! line in a log. Drawn from the loop's own rounds, never from a thread.

mod draw;
mod eta;
mod tell;

pub use eta::Estimate;
pub use tell::chosen;

use record::Seconds;

/// Time between two drawings.
const SOONEST: Seconds = Seconds::from_micros(100_000);

/// A line that nobody asked for is not shown for a run that is over by then.
const SHORT_RUN: Seconds = Seconds::from_micros(500_000);

/// The time so far goes on when nothing happens.
const LATEST: Seconds = Seconds::from_secs(1);

/// The state of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Operations that are decided.
    pub done: u64,
    /// All of them, where that is known; never less than `done`.
    pub total: Option<u64>,
    pub running: u32,
    pub failed: u64,
    pub so_far: Seconds,
    /// Until the end, where something is known of it.
    pub left: Option<Seconds>,
    /// The argument that was started last, or the operation's id.
    pub current: Vec<u8>,
    /// Places to run.
    pub slots: u32,
    /// Processors that we may use.
    pub cpus: u32,
}

/// What it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// In words.
    Line,
    /// GNU parallel's `--bar`.
    Bar,
    /// GNU parallel's `--eta`.
    Eta,
    /// GNU parallel's `--progress`.
    Progress,
    /// A record.
    Json,
}

/// Where it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// A terminal: one line that is drawn again and again.
    Terminal,
    /// A log: a line whenever a tenth more is done.
    Log,
}

/// What is to be written now.
#[derive(Debug, PartialEq, Eq)]
pub enum Shown {
    Nothing,
    /// The live line, in place of the last one.
    Line(Vec<u8>),
    /// Whole lines.
    Lines(Vec<u8>),
}

/// Whether the live line is seen: other output takes it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    Yes,
    No,
}

/// Decides when a line is shown, and which.
#[derive(Debug)]
pub struct Live {
    on: Option<(Style, Surface)>,
    /// What has been learnt about durations.
    pub estimate: Estimate,
    /// The argument that was started last.
    pub current: Vec<u8>,
    /// Operations that have been read, without barriers.
    pub entered: u64,
    /// Something has been shown.
    begun: bool,
    /// When it may be shown again.
    soonest: Seconds,
    /// It has not been shown since something happened.
    stale: bool,
    /// In a log: how far it was when a line was written.
    step: Option<(bool, u64)>,
    last: State,
}

impl Live {
    /// Nothing is shown.
    pub fn off() -> Self {
        Live {
            on: None,
            estimate: Estimate::default(),
            current: Vec::new(),
            entered: 0,
            begun: false,
            soonest: Seconds::ZERO,
            stale: false,
            step: None,
            last: State::default(),
        }
    }

    /// Shows a style.
    pub fn on(style: Style, surface: Surface) -> Self {
        Live { on: Some((style, surface)), stale: true, ..Live::off() }
    }

    /// A line that nobody asked for, on a terminal.
    pub fn unasked() -> Self {
        Live { soonest: SHORT_RUN, ..Live::on(Style::Line, Surface::Terminal) }
    }

    /// Something is shown.
    pub fn is_on(&self) -> bool {
        self.on.is_some()
    }

    /// When the loop is to come again although nothing happens, since the start.
    pub fn due(&self) -> Option<Seconds> {
        match self.on? {
            (Style::Json, _) => self.stale.then_some(self.soonest),
            (_, Surface::Log) => None,
            (_, Surface::Terminal) if self.stale => Some(self.soonest),
            (_, Surface::Terminal) => Some(self.soonest + LATEST - SOONEST),
        }
    }

    /// Whether a state is wanted now.
    pub fn wants(&mut self, now: Seconds, line: Stands) -> bool {
        let wanted = match self.on {
            None => false,
            Some((Style::Json, _)) => now >= self.soonest,
            Some((_, Surface::Log)) => true,
            Some((_, Surface::Terminal)) => {
                now >= self.soonest || (self.begun && line == Stands::No)
            }
        };
        self.stale = !wanted;
        wanted
    }

    /// Not now: later.
    pub fn put_off(&mut self, now: Seconds) {
        self.soonest = self.soonest.max(now + SOONEST);
        self.stale = false;
    }

    /// What is to be written of a state on a terminal of so many columns.
    pub fn show(&mut self, state: State, columns: usize) -> Shown {
        let Some((style, surface)) = self.on else { return Shown::Nothing };
        let changed = |state: &State| (state.done, state.running, state.failed);
        let is_new = match (style, surface) {
            (Style::Json, _) => !self.begun || changed(&state) != changed(&self.last),
            (_, Surface::Terminal) => true,
            (_, Surface::Log) => self.is_a_step(&state),
        };
        if !is_new {
            return Shown::Nothing;
        }
        let header = if self.begun { String::new() } else { draw::header(style, &state) };
        self.begun = true;
        self.soonest = state.so_far + SOONEST;
        let shown = match surface {
            Surface::Terminal if style != Style::Json => {
                let mut line = header.into_bytes();
                line.extend(draw::drawn(style, &state, columns));
                Shown::Line(line)
            }
            _ => Shown::Lines(format!("{header}{}\n", draw::text(style, &state)).into_bytes()),
        };
        self.last = state;
        shown
    }

    /// In a log: a tenth more is done, or twice as much where the whole is not known.
    fn is_a_step(&mut self, state: &State) -> bool {
        let step = match state.total {
            Some(total) => (true, (state.done * 10).checked_div(total).unwrap_or(10)),
            None => (false, u64::from(u64::BITS - state.done.leading_zeros())),
        };
        // where it begins is no step
        let before = self.step.replace(step).unwrap_or((step.0, 0));
        if step <= before {
            self.step = Some(before);
        }
        step > before && state.done > 0
    }

    /// The run is over: what is to be written last.
    pub fn finish(&mut self, state: State, columns: usize) -> Shown {
        let on = self.on.take();
        match on {
            Some((Style::Line, Surface::Terminal)) | None => Shown::Nothing,
            Some((style, Surface::Terminal)) if style != Style::Json => {
                let mut lines = draw::drawn(style, &state, columns);
                lines.push(b'\n');
                Shown::Line(lines)
            }
            Some((style, _)) if state.done != self.last.done || !self.begun => {
                Shown::Lines(format!("{}\n", draw::text(style, &state)).into_bytes())
            }
            Some(_) => Shown::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(done: u64, total: Option<u64>, millis: i64) -> State {
        State { done, total, so_far: Seconds::from_micros(millis * 1000), ..State::default() }
    }

    /// Lines that a log gets when one operation ends after the other.
    fn log(many: u64, total: Option<u64>) -> Vec<u64> {
        let mut live = Live::on(Style::Progress, Surface::Log);
        (0..=many)
            .filter(|done| {
                let state = at(*done, total, *done as i64);
                live.wants(state.so_far, Stands::Yes) && live.show(state, 80) != Shown::Nothing
            })
            .collect()
    }

    #[test]
    fn a_log_gets_few_lines() {
        assert_eq!(log(1000, Some(1000)), (1..=10).map(|n| n * 100).collect::<Vec<_>>());
        assert_eq!(log(3, Some(3)), [1, 2, 3]);
        assert_eq!(log(1000, None), [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
    }

    #[test]
    fn a_terminal_gets_ten_lines_a_second_and_one_when_nothing_happens() {
        let mut live = Live::on(Style::Bar, Surface::Terminal);
        let mut drawn = Vec::new();
        for millis in 0..250 {
            let state = at(1, Some(9), millis);
            if live.wants(state.so_far, Stands::Yes) {
                assert!(matches!(live.show(state, 80), Shown::Line(_)));
                drawn.push(millis);
            }
        }
        assert_eq!(drawn, [0, 100, 200]);
        // something has happened since: soon; else in a second
        assert_eq!(live.due(), Some(Seconds::from_micros(300_000)));
        assert!(live.wants(Seconds::from_micros(300_000), Stands::Yes));
        live.show(at(1, Some(9), 300), 80);
        assert_eq!(live.due(), Some(Seconds::from_micros(1_300_000)));
        // what has been covered comes back at once
        assert!(live.wants(Seconds::from_micros(300_001), Stands::No));
    }

    #[test]
    fn a_line_that_nobody_asked_for_waits_for_a_run_that_lasts() {
        let mut live = Live::unasked();
        assert!(!live.wants(Seconds::from_micros(499_999), Stands::No));
        assert_eq!(live.due(), Some(SHORT_RUN));
        assert!(live.wants(SHORT_RUN, Stands::Yes));
        assert_eq!(live.finish(at(1, None, 1), 80), Shown::Nothing);
        assert_eq!((live.due(), live.is_on()), (None, false));
    }

    #[test]
    fn records_come_with_changes_and_the_last_one_at_the_end() {
        let mut live = Live::on(Style::Json, Surface::Log);
        assert!(live.wants(Seconds::ZERO, Stands::Yes));
        assert!(matches!(live.show(at(0, Some(3), 0), 80), Shown::Lines(_)));
        assert!(!live.wants(Seconds::from_micros(1), Stands::Yes));
        assert_eq!(live.due(), Some(SOONEST));
        assert!(live.wants(SOONEST, Stands::Yes));
        assert_eq!(live.show(at(0, Some(3), 100), 80), Shown::Nothing);
        assert_eq!(live.due(), None);
        assert!(matches!(live.finish(at(3, Some(3), 101), 80), Shown::Lines(_)));
    }
}
