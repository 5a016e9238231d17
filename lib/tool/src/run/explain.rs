//! Why what waits does: on SIGQUIT, and with `--explain` whenever that changes.

use super::drive::Runner;
use engine::{Brake, Key, Throttle, Why};
use record::Seconds;
use std::collections::HashMap;

/// So many are told one by one at a time.
const SHOWN: usize = 50;

/// What was said last of each that waits.
#[derive(Debug, Default)]
pub struct Explained(HashMap<Key, String>);

impl Runner {
    /// SIGQUIT: what runs, and what everything else waits for.
    pub fn say_what_waits(&mut self) {
        let now = self.clock.now();
        for attempt in self.attempts.iter().flatten() {
            let id = self.jobs[attempt.key as usize].as_ref().map_or("", |job| job.id.as_str());
            let so_far = now - attempt.start;
            self.notes.push(format!("{id} runs in slot {} for {so_far} s", attempt.slot));
        }
        let waiting: Vec<String> = self.waiting(now).into_iter().map(|(_, said)| said).collect();
        self.say_some(waiting);
    }

    /// Each that waits, with its reason in words.
    fn waiting(&self, now: Seconds) -> Vec<(Key, String)> {
        let why = |key| self.engine.why(key, now).map(|why| (key, why));
        let waits = |(key, why): (Key, Why)| {
            let job = self.job(key)?;
            let score = self.engine.score(key).filter(|_| !matches!(why, Why::Needs(_)));
            let score = score.map_or_else(String::new, |score| {
                format!(
                    " (priority {}: {} of its own, {} s of path, {} failed, {:.2} of what there is)",
                    score.sum as f64 / 1000.0,
                    score.base,
                    score.tail,
                    score.fails,
                    score.fit
                )
            });
            Some((key, format!("{} waits: {}{score}", job.id, words(&why, now))))
        };
        (0..self.jobs.len() as Key).filter_map(why).filter_map(waits).collect()
    }

    fn say_some(&mut self, lines: Vec<String>) {
        let more = lines.len().saturating_sub(SHOWN);
        self.notes.extend(lines.into_iter().take(SHOWN));
        if more > 0 {
            self.notes.push(format!("{more} more wait"));
        }
    }

    /// `--explain`: says what has changed of that since it was said last.
    pub fn explain(&mut self) {
        if !self.settings.admission.explain {
            return;
        }
        let waiting = self.waiting(self.clock.now());
        let known = std::mem::take(&mut self.explained.0);
        let is_new = |(key, said): &&(Key, String)| {
            known.get(key).is_none_or(|before| kind(before) != kind(said))
        };
        let new = waiting.iter().filter(is_new).map(|(_, said)| said.clone()).collect();
        self.explained.0 = waiting.into_iter().collect();
        self.say_some(new);
    }
}

/// The reason without its figures, which change all the time.
fn kind(said: &str) -> String {
    said.chars().filter(|c| !c.is_ascii_digit() && *c != '.').collect()
}

fn due(until: Option<Seconds>, now: Seconds) -> String {
    until.map_or_else(String::new, |until| format!(", {} s more", until - now))
}

/// Why an operation waits, for people.
fn words(why: &Why, now: Seconds) -> String {
    match why {
        Why::Needs(1) => "1 operation that it needs has not ended".to_string(),
        Why::Needs(n) => format!("{n} operations that it needs have not ended"),
        Why::Kind(kind) => {
            let word = kind.word();
            format!("as many run as may at once of what it is taken for (-j {word}=N)")
        }
        Why::Slot => "no slot is free".to_string(),
        Why::Width { free, weight } => format!("it takes {weight} slots, and {free} is free"),
        Why::Resource(name) => format!("too little of {name} is free"),
        Why::Key(name, Brake::Limit, _) => {
            format!("as many of key {name} run as may at once (--key-limit)")
        }
        Why::Key(name, brake, until) => {
            format!("{} of key {name}{}", flow_words(*brake), due(*until, now))
        }
        Why::Flow(brake, until) => format!("{}{}", flow_words(*brake), due(Some(*until), now)),
        Why::Throttle(throttle) => held_by(*throttle).to_string(),
        Why::Token => "others have all tokens of the jobserver".to_string(),
        Why::Turn => "room is kept for others that the schedule has before it".to_string(),
        Why::Lock(name) => format!("somebody else holds lock {name}"),
        Why::Backoff(until) => format!("the next attempt is due in {} s", *until - now),
        Why::Held => "nothing is started now".to_string(),
    }
}

fn flow_words(brake: Brake) -> &'static str {
    match brake {
        Brake::Limit => "--key-limit",
        Brake::Rate => "--rate: the next start",
        Brake::Quota => "--quota: no more starts in this window",
        Brake::RetryAfter => "--retry-after: an attempt was told to come again later",
    }
}

/// What holds all starts back, for people.
fn held_by(throttle: Throttle) -> &'static str {
    match throttle {
        Throttle::Pause => "paused; resume lets it go on",
        Throttle::Delay => "--delay after the last start",
        Throttle::Load => "--load: too many tasks run",
        Throttle::Cpu => "--max-cpu: the CPUs are too busy",
        Throttle::Memory => "--memfree, --max-mem: too little memory is free",
        Throttle::OwnMemory => "--mem-limit: the jobs of this run use too much memory",
        Throttle::Swap => "--noswap: the machine swaps in and out",
        Throttle::Ramp => "--ramp: the load has only begun to rise",
        Throttle::Emergency => "--emergency: a rule holds starts back",
    }
}
