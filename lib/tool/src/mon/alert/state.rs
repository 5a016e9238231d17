//! When a rule is told, and when it is over. Pure: times and values come in.
//!
//! A value at the threshold does not make an alert come and go: it is over only when the
//! value has been beyond the clear level for as long as it must be bad to be told.

use super::rule::Rule;
use record::Seconds;

/// What has just changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is so; since when the value has been bad.
    Firing {
        /// Since when.
        since: Seconds,
    },
    /// It is over.
    Resolved {
        /// Since when the value has been good.
        since: Seconds,
        /// How long it was firing.
        lasted: Seconds,
    },
}

/// How it stands with one rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Since when it has been told.
    firing: Option<Seconds>,
    /// Since when the value has been on the other side.
    turning: Option<Seconds>,
    /// When the command was run last.
    ran: Option<Seconds>,
}

impl State {
    /// Takes the value of a sample; `None` where it has none: what is not there is not bad.
    pub fn update(&mut self, rule: &Rule, now: Seconds, value: Option<f64>) -> Option<Change> {
        let turned = match self.firing {
            None => value.is_some_and(|value| rule.is_bad(value)),
            Some(_) => value.is_none_or(|value| rule.is_clear(value)),
        };
        if !turned {
            self.turning = None;
            return None;
        }
        let since = *self.turning.get_or_insert(now);
        if now - since < rule.lasting {
            return None;
        }
        self.turning = None;
        Some(match self.firing.take() {
            None => {
                self.firing = Some(now);
                Change::Firing { since }
            }
            Some(told) => Change::Resolved { since, lasted: now - told },
        })
    }

    /// Whether the command may run now; if so, it counts as run.
    pub fn may_run(&mut self, now: Seconds, cooldown: Seconds) -> bool {
        let may = self.ran.is_none_or(|ran| now - ran >= cooldown);
        if may {
            self.ran = Some(now);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a rule tells of one value a second: (second, true for firing).
    fn told(rule: &str, values: &[Option<f64>]) -> Vec<(i64, bool)> {
        let rule = Rule::parse(rule).unwrap();
        let mut state = State::default();
        let mut told = Vec::new();
        for (second, value) in (0i64..).zip(values) {
            match state.update(&rule, Seconds::from_secs(second), *value) {
                Some(Change::Firing { .. }) => told.push((second, true)),
                Some(Change::Resolved { .. }) => told.push((second, false)),
                None => {}
            }
        }
        told
    }

    fn all(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().map(|value| Some(*value)).collect()
    }

    #[test]
    fn it_fires_at_the_boundary_and_no_earlier() {
        let mut values = vec![0.9; 4];
        values.extend([0.900_001; 11]);
        assert_eq!(told("cpu > 90% for 10s", &all(&values)), [(14, true)], "4 + 10 s");
        assert_eq!(told("cpu >= 90% for 10s", &all(&values)), [(10, true)]);
        // one good value begins the count anew
        values[9] = 0.9;
        assert_eq!(told("cpu > 90% for 10s", &all(&values)), []);
        assert_eq!(told("cpu > 90%", &all(&[0.9, 0.91])), [(1, true)]);
    }

    #[test]
    fn every_default_fires_at_its_boundary() {
        for text in super::super::rule::DEFAULT {
            let rule = Rule::parse(text).unwrap();
            let mut state = State::default();
            let mut fired = None;
            for second in 0..60 {
                let value = if second < 5 { rule.threshold } else { rule.threshold * 1.001 };
                let now = Seconds::from_secs(second);
                if let Some(Change::Firing { since }) = state.update(&rule, now, Some(value)) {
                    fired = Some((since, now));
                    break;
                }
            }
            let begin = Seconds::from_secs(5);
            assert_eq!(fired, Some((begin, begin + rule.lasting)), "{text}");
        }
    }

    #[test]
    fn no_flapping_at_the_threshold() {
        let values: Vec<f64> = (0..600).map(|k| if k % 2 == 0 { 0.91 } else { 0.89 }).collect();
        assert_eq!(told("cpu > 90%", &all(&values)), [(0, true)], "told once");
        assert_eq!(told("cpu > 90% for 10s", &all(&values)), [], "never long enough");
        // over only after as long below the clear level
        let mut values = vec![0.95; 3];
        values.extend([0.8; 2]);
        values.push(0.95);
        values.extend([0.8; 9]);
        assert_eq!(told("cpu > 90% for 2s", &all(&values)), [(2, true), (5 + 1 + 2, false)]);
    }

    #[test]
    fn what_has_gone_is_over() {
        let values = [Some(0.95), Some(0.95), None, None, Some(0.1)];
        assert_eq!(told("cpu > 90%", &values), [(0, true), (2, false)]);
        assert_eq!(told("cpu > 90% for 1s", &[None, Some(0.95), None]), []);
    }

    #[test]
    fn the_command_runs_once_per_cool_down() {
        let (mut state, cooldown) = (State::default(), Seconds::from_secs(300));
        let ran: Vec<i64> = (0..1000)
            .filter(|second| state.may_run(Seconds::from_secs(*second), cooldown))
            .collect();
        assert_eq!(ran, [0, 300, 600, 900]);
    }

    proptest! {
        #[test]
        fn firing_and_resolved_alternate_and_each_lasts(
            values in prop::collection::vec(0u8..=100, 0..300), lasting in 0i64..5,
        ) {
            let text = format!("cpu > 50% for {lasting}s clear 40%");
            let shares: Vec<_> = values.iter().map(|v| Some(f64::from(*v) / 100.0)).collect();
            let told = told(&text, &shares);
            prop_assert!(told.iter().enumerate().all(|(at, (_, firing))| *firing == (at % 2 == 0)));
            // nothing is told unless it was so for as long as the rule says
            for (second, firing) in told {
                for before in second - lasting..=second {
                    let value = values[before as usize];
                    let held = if firing { value > 50 } else { value <= 40 };
                    prop_assert!(held);
                }
            }
        }
    }
}
