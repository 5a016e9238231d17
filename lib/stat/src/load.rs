//! What came of a load that was generated: how many starts a second, and how long each took,
//! from when it was meant to start and from when it did. What is kept does not grow with the
//! number of jobs.

use crate::sketch::Sketch;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use record::{LoadSummary, Seconds};

/// What was asked for.
#[derive(Clone, Debug, Default)]
pub struct LoadRules {
    /// Who decides when a job starts: "users", "even", "poisson".
    pub pattern: &'static str,
    /// How many users, in a closed loop.
    pub users: Option<u32>,
    /// Starts a second, in an open loop.
    pub per_s: Option<f64>,
    /// How long the load rises.
    pub ramp: Seconds,
    /// The commands, where there are several.
    pub scenarios: Vec<String>,
}

/// A job that has ended; all times on one clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoadEnd {
    /// Which of the commands.
    pub scenario: usize,
    /// When it was to start.
    pub intended: Option<Seconds>,
    /// When it was started.
    pub start: Seconds,
    /// When it ended.
    pub end: Seconds,
    /// It failed.
    pub failed: bool,
    /// It was due and found no free slot.
    pub held: bool,
}

/// Sums over jobs.
#[derive(Clone, Debug, Default)]
struct Sums {
    jobs: u64,
    failed: u64,
    held: u64,
    latency: Sketch,
    service: Sketch,
    window: Option<(Seconds, Seconds)>,
    starts: Pace,
    ends: Pace,
}

/// How often something happens.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    count: u64,
    span: Option<(Seconds, Seconds)>,
}

impl Pace {
    pub(crate) fn note(&mut self, at: Seconds) {
        self.count += 1;
        let (first, last) = self.span.unwrap_or((at, at));
        self.span = Some((first.min(at), last.max(at)));
    }

    /// How often a second: gaps over the time from the first to the last.
    pub(crate) fn per_s(&self) -> Option<f64> {
        let (first, last) = self.span?;
        let time = (last - first).as_f64();
        (time > 0.0).then(|| crate::rounded((self.count - 1) as f64 / time))
    }
}

/// A load as it is run.
#[derive(Clone, Debug)]
pub struct Load {
    rules: LoadRules,
    /// When the first job was to start, or was started.
    begin: Option<Seconds>,
    all: Sums,
    each: Vec<Sums>,
}

impl Load {
    /// Nothing has been run.
    pub fn new(rules: LoadRules) -> Self {
        let each = alloc::vec![Sums::default(); rules.scenarios.len()];
        Load { rules, begin: None, all: Sums::default(), each }
    }

    /// A job has ended.
    pub fn note(&mut self, end: LoadEnd) {
        let first = end.intended.unwrap_or(end.start);
        let begin = *self.begin.get_or_insert(first);
        let risen = begin.min(first) + self.rules.ramp;
        self.all.note(end, risen);
        if let Some(sums) = self.each.get_mut(end.scenario) {
            sums.note(end, risen);
        }
    }

    /// Each command, where there are several, then all together.
    pub fn summaries(&self, time: Seconds) -> Vec<LoadSummary> {
        let named = self.rules.scenarios.iter().zip(&self.each);
        let mut told: Vec<LoadSummary> = named
            .map(|(name, sums)| LoadSummary {
                scenario: name.clone(),
                asked_per_s: None,
                users: None,
                ..self.summary(sums, time)
            })
            .collect();
        told.push(self.summary(&self.all, time));
        told
    }

    fn summary(&self, sums: &Sums, time: Seconds) -> LoadSummary {
        let micros = |value: u64| Seconds::from_micros(value as i64);
        let service = |share| micros(sums.service.quantile(share));
        let is_open = self.rules.per_s.is_some() && sums.jobs > 0;
        let latency = |share| is_open.then(|| micros(sums.latency.quantile(share)));
        let (from, to) = sums.window.unwrap_or_default();
        LoadSummary {
            time,
            pattern: self.rules.pattern.to_string(),
            users: self.rules.users,
            asked_per_s: self.rules.per_s,
            jobs: sums.jobs,
            failed: sums.failed,
            held: Some(sums.held).filter(|_| is_open),
            achieved_per_s: sums.starts.per_s(),
            ended_per_s: sums.ends.per_s(),
            window_s: to - from,
            latency_p50_s: latency(0.5),
            latency_p90_s: latency(0.9),
            latency_p99_s: latency(0.99),
            latency_max_s: is_open.then(|| micros(sums.latency.greatest())),
            service_p50_s: service(0.5),
            service_p90_s: service(0.9),
            service_p99_s: service(0.99),
            service_max_s: micros(sums.service.greatest()),
            ..LoadSummary::default()
        }
    }
}

/// As a sketch counts it.
pub(crate) fn micros(time: Seconds) -> u64 {
    time.as_micros().max(0) as u64
}

impl Sums {
    fn note(&mut self, end: LoadEnd, risen: Seconds) {
        self.jobs += 1;
        self.failed += u64::from(end.failed);
        self.held += u64::from(end.held);
        self.latency.add(micros(end.end - end.intended.unwrap_or(end.start)));
        self.service.add(micros(end.end - end.start));
        let (from, to) = self.window.unwrap_or((end.start, end.end));
        self.window = Some((from.min(end.start), to.max(end.end)));
        if end.start >= risen {
            self.starts.note(end.start);
            self.ends.note(end.end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: i64) -> Seconds {
        Seconds::from_micros(millis * 1000)
    }

    fn rules() -> LoadRules {
        LoadRules { pattern: "even", per_s: Some(100.0), ..LoadRules::default() }
    }

    #[test]
    fn a_wait_for_the_start_is_latency_and_no_service() {
        let mut load = Load::new(rules());
        for n in 0..200 {
            // one of them stands still for a second, and all that come meanwhile wait for it
            let intended = ms(n * 10);
            let start = if (50..150).contains(&n) { ms(1500) } else { intended };
            let failed = n == 7;
            load.note(LoadEnd {
                scenario: 0,
                intended: Some(intended),
                start,
                end: start + ms(2),
                failed,
                held: start > intended,
            });
        }
        let told = load.summaries(ms(0));
        let [all] = &told[..] else { panic!("{told:?}") };
        assert_eq!((all.jobs, all.failed, all.held), (200, 1, Some(100)));
        assert_eq!(all.achieved_per_s, Some(100.0));
        assert_eq!((all.service_p99_s, all.service_max_s), (ms(2), ms(2)));
        let near = |found: Option<Seconds>, known: f64| {
            let off = found.unwrap_or_default().as_f64() / known - 1.0;
            assert!(off.abs() < 0.01, "{found:?} {known}");
        };
        near(all.latency_p50_s, 0.002);
        near(all.latency_p90_s, 0.802);
        near(all.latency_max_s, 1.002);
    }

    #[test]
    fn the_rate_is_that_after_the_ramp() {
        let mut load = Load::new(LoadRules { ramp: ms(1000), ..rules() });
        for at in (0..1000).step_by(200).chain((1000..2000).step_by(10)) {
            let intended = Some(ms(at));
            let (start, end) = (ms(at), ms(at + 1));
            load.note(LoadEnd { intended, start, end, ..LoadEnd::default() });
        }
        assert_eq!(load.summaries(ms(0))[0].achieved_per_s, Some(100.0));
    }

    #[test]
    fn each_scenario_and_all_together() {
        let scenarios = alloc::vec!["a".to_string(), "b".to_string()];
        let rules = LoadRules { pattern: "users", users: Some(2), scenarios, ..Default::default() };
        let mut load = Load::new(rules);
        for (scenario, time) in [(0, 10), (1, 30), (0, 10)] {
            load.note(LoadEnd { scenario, end: ms(time), ..LoadEnd::default() });
        }
        let told = load.summaries(ms(0));
        let jobs: Vec<(&str, u64)> = told.iter().map(|s| (s.scenario.as_str(), s.jobs)).collect();
        assert_eq!(jobs, [("a", 2), ("b", 1), ("", 3)]);
        assert_eq!(told[2].latency_p50_s, None, "a closed loop means no start");
        assert_eq!((told[0].users, told[2].users), (None, Some(2)));
    }
}
