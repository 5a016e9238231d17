//! What is gathered for the pictures of all that is read: the run that goes on, who is no
//! operation of it, and what was measured.

use super::draft::Draft;
use super::readings::Readings;
use super::{BARS, TIMELINES, Timeline};
use crate::run::report::Told;
use alloc::vec::Vec;
use record::{Event, Sample};

/// Drafts of what is being read, and the timelines that are ready.
#[derive(Clone, Debug, Default)]
pub struct Drafts {
    /// The run that goes on.
    pub run: Draft,
    /// pglock's own events.
    outside: Draft,
    readings: Readings,
    ready: Vec<Option<Timeline>>,
}

impl Drafts {
    /// Takes an event that is neither the start nor the end of an attempt.
    pub fn event(&mut self, event: &Event) {
        match event {
            Event::RunStart(start) => self.run.capacity(&start.resources),
            Event::ThrottleChange(change) => self.run.throttle(change),
            Event::ClockChange(change) => self.run.slept(change),
            Event::LockTake(take) if take.id.is_empty() => self.outside.lock_take(take),
            Event::LockDrop(drop) if drop.id.is_empty() => self.outside.lock_drop(drop),
            _ => {}
        }
    }

    /// Takes a sample.
    pub fn sample(&mut self, sample: &Sample) {
        self.readings.add(sample);
    }

    /// The run has ended: what was concluded of it.
    pub fn end_run(&mut self, told: &Told) {
        let draft = core::mem::take(&mut self.run);
        self.keep(draft.timeline(told, BARS));
    }

    /// pglock's events have a report of their own.
    pub fn end_outside(&mut self, told: &Told) {
        let draft = core::mem::take(&mut self.outside);
        self.keep(draft.timeline(told, BARS));
    }

    /// Samples have a report of their own.
    pub fn samples_alone(&mut self) {
        let span = self.readings.span().unwrap_or_default();
        self.keep(Timeline::of_samples(span));
    }

    fn keep(&mut self, timeline: Timeline) {
        self.ready.push(Some(timeline));
        if let Some(old) = self.ready.len().checked_sub(TIMELINES + 1) {
            self.ready[old] = None;
        }
    }

    /// The timelines in the order of their reports; of very many the last ones.
    pub fn finish(mut self) -> Vec<Option<Timeline>> {
        let drawn = self.ready.iter().flatten().count().max(1);
        for timeline in self.ready.iter_mut().flatten() {
            timeline.measured(&self.readings);
            timeline.thin(BARS / drawn);
        }
        self.ready
    }
}
