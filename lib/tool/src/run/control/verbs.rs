//! What orders mean.

use super::LONGEST;
use crate::run::acted::By;
use crate::run::config::slots_of_profile;
use crate::run::drive::Runner;
use engine::{Cancel, Input};
use record::{Answer, Fields, Order, Outcome, parse_record};

/// What there is to say.
const VERBS: &str = "status, jobs N, pause, resume, drain or profile P";

impl Runner {
    /// Reads an order and carries it out.
    pub fn carry_out(&mut self, line: &[u8]) -> Answer {
        let order = match read(line) {
            Ok(order) => order,
            Err(error) => return self.answer_of(String::new(), Err(error)),
        };
        let done = self.obey(&order);
        self.answer_of(order.verb, done)
    }

    fn obey(&mut self, order: &Order) -> Result<(), String> {
        let now = self.clock.now();
        match order.verb.as_str() {
            "status" => Ok(()),
            "jobs" => {
                let jobs = order.jobs.filter(|jobs| *jobs > 0).ok_or("jobs: from 1 up")?;
                self.take_slots(jobs, "control".to_string())
            }
            "pause" => {
                self.say_order("paused: nothing is started until resume");
                self.engine.handle(now, Input::Pause);
                Ok(())
            }
            "resume" => {
                self.say_order("goes on");
                self.engine.handle(now, Input::Resume);
                Ok(())
            }
            "drain" => {
                let running = self.engine.running();
                self.say_order(&format!(
                    "drain: nothing more is started; {running} that run are let end"
                ));
                self.engine.handle(now, Input::Cancel(Cancel::Drain));
                Ok(())
            }
            "profile" => {
                let jobs = slots_of_profile(&order.profile)?;
                self.take_slots(jobs, format!("control: profile {}", order.profile))
            }
            other => Err(format!("'{other}' is no order; there are {VERBS}")),
        }
    }

    fn take_slots(&mut self, jobs: u32, reason: String) -> Result<(), String> {
        self.order_slots(jobs, (By::Control, reason));
        match self.engine.slots() {
            slots if slots == jobs => Ok(()),
            slots => Err(format!("jobs: it stays at {slots}; there is no room for {jobs}")),
        }
    }

    fn say_order(&mut self, what: &str) {
        if !self.settings.output.quiet {
            self.notes.push(format!("control: {what}"));
        }
    }

    /// What became of an order that came through a pipe.
    pub fn tell_of_order(&mut self, answer: &Answer) {
        if !answer.ok {
            self.notes.push(format!("control: {}", answer.error));
        } else if answer.verb == "status" {
            let Answer { state, jobs, running, counts, .. } = answer;
            let ended: u64 = counts.values().sum();
            self.notes.push(format!(
                "control: {state}; {running} running in {jobs} slots, {ended} have ended"
            ));
        }
    }

    fn answer_of(&self, verb: String, done: Result<(), String>) -> Answer {
        let tally = self.engine.tally();
        let counts = Outcome::ALL
            .iter()
            .filter(|outcome| tally.count(**outcome) > 0)
            .map(|outcome| (outcome.word().to_string(), tally.count(*outcome)));
        let state = match (self.engine.is_cancelled(), self.engine.is_paused()) {
            (true, _) => "ends",
            (false, true) => "paused",
            (false, false) => "runs",
        };
        let held_by = self.engine.held_by().map(|throttle| throttle.word());
        Answer {
            verb,
            ok: done.is_ok(),
            error: done.err().unwrap_or_default(),
            run: self.run_id.clone(),
            state: state.to_string(),
            jobs: self.engine.slots(),
            running: self.engine.running(),
            counts: counts.collect(),
            held_by: held_by.unwrap_or_default().to_string(),
            ..Answer::default()
        }
    }
}

/// A record, or bare words.
pub fn read(line: &[u8]) -> Result<Order, String> {
    if line.len() > LONGEST {
        return Err(format!("an order has at most {LONGEST} bytes"));
    }
    let line = line.trim_ascii();
    if line.first() == Some(&b'{') {
        let fields = Fields::parse(line).map_err(|bad| bad.to_string())?;
        return parse_record(line, &fields).map_err(|bad| bad.to_string());
    }
    let text = std::str::from_utf8(line).map_err(|_| format!("write {VERBS}"))?;
    let mut words = text.split_whitespace();
    let (verb, value) = (words.next().unwrap_or_default().to_string(), words.next());
    if verb.is_empty() || words.next().is_some() {
        return Err(format!("'{text}' is no order; there are {VERBS}"));
    }
    let mut order = Order { verb, ..Order::default() };
    match (order.verb.as_str(), value) {
        ("jobs", Some(jobs)) => {
            let jobs = jobs.parse().map_err(|_| format!("jobs {jobs}: write a number"))?;
            order.jobs = Some(jobs);
        }
        ("jobs", None) => return Err("jobs: write how many".to_string()),
        ("profile", Some(name)) => order.profile = name.to_string(),
        ("profile", None) => return Err("profile: write which".to_string()),
        (_, None) => {}
        (verb, Some(value)) => {
            return Err(format!("{verb} {value}: {verb} stands alone"));
        }
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_records_or_words() {
        let jobs = Order { verb: "jobs".into(), jobs: Some(4), ..Order::default() };
        for line in ["jobs 4", "  jobs\t4 \r", r#"{"verb":"jobs","jobs":4}"#] {
            assert_eq!(read(line.as_bytes()), Ok(jobs.clone()), "{line}");
        }
        let typed = read(br#"{"type":"order","verb":"pause"}"#).unwrap();
        assert_eq!(typed.verb, "pause");
        for (line, said) in [
            ("", "is no order"),
            ("jobs", "write how many"),
            ("jobs many", "write a number"),
            ("jobs 1 2", "is no order"),
            ("pause 3", "stands alone"),
            ("{", "cut off"),
            ("\u{1}", ""),
        ] {
            let read = read(line.as_bytes());
            assert!(line == "\u{1}" || read.is_err_and(|e| e.contains(said)), "{line}");
        }
        assert!(read(&[b'x'; 5000]).unwrap_err().contains("4096"));
        assert!(read(b"\xff").is_err());
    }
}
