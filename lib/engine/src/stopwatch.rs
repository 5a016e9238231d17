//! Time that passes while a condition holds.

use record::Seconds;

/// Runs between [`Stopwatch::start`] and [`Stopwatch::stop`]; sums up.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch {
    since: Option<Seconds>,
    sum: Seconds,
}

impl Stopwatch {
    /// One that runs already goes on.
    pub(crate) fn start(&mut self, now: Seconds) {
        self.since.get_or_insert(now);
    }

    pub(crate) fn stop(&mut self, now: Seconds) {
        if let Some(since) = self.since.take() {
            self.sum += now - since;
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.since.is_some()
    }

    /// How long it has run, in all, up to now.
    pub(crate) fn read(&self, now: Seconds) -> Seconds {
        self.sum + self.since.map_or(Seconds::ZERO, |since| now - since)
    }
}
