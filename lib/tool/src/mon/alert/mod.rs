//! `--alert`: rules over the figures of samples, told on standard error, in the stream of
//! samples, and to a command.

mod action;
mod rule;
mod state;

pub use action::Strangers;

use super::outputs::{Output, Watched};
use super::watch::Notes;
use crate::entry;
use crate::fail::Fail;
use action::Action;
use record::{Alert, Sample, Seconds, status};
use rule::{DEFAULT, Rule};
use state::{Change, State};
use std::ffi::OsString;
use std::io;
use sys::poller::{Ready, Want};
use sys::wait::Child;

/// Whether a rule can be read.
///
/// # Errors
/// What is wrong with it, and where.
pub fn check(text: &str) -> Result<(), record::Bad> {
    Rule::parse(text).map(|_| ())
}

/// The flags of alerts.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct AlertFlags {
    /// Tell when a figure is bad, such as 'mem > 85% for 10s'; `default` for the usual ones
    #[arg(long, value_name = "RULE")]
    pub alert: Vec<String>,
    /// Run a command when an alert begins; it gets the alert as JSON
    #[arg(long, value_name = "COMMAND", requires = "alert")]
    pub on_alert: Option<OsString>,
    /// The least time between two runs of that command for one rule
    #[arg(long, value_name = "DUR", default_value = "5m", requires = "on_alert",
          value_parser = crate::flags::seconds)]
    pub cooldown: Seconds,
}

impl AlertFlags {
    /// The rules.
    ///
    /// # Errors
    /// One cannot be read.
    fn rules(&self) -> Result<Vec<Rule>, Fail> {
        let mut rules = Vec::new();
        for text in &self.alert {
            let texts = if text.trim() == "default" { DEFAULT } else { &[text.as_str()][..] };
            for text in texts {
                let rule = Rule::parse(text).map_err(|bad| {
                    let place = format!("--alert '{text}': column {}", bad.column);
                    Fail::new(status::OWN, format!("{place}: {}", bad.what))
                })?;
                rules.push(rule);
            }
        }
        Ok(rules)
    }
}

/// One rule, and how it stands.
struct Watcher {
    rule: Rule,
    state: State,
    /// The figure that was bad.
    figure: String,
    /// Its command, while it runs, and whether the loop knows of it.
    running: Option<(Child, bool)>,
}

/// All rules.
pub struct Alerts {
    all: Vec<Watcher>,
    action: Option<Action>,
    cooldown: Seconds,
    notes: Notes,
    told: Vec<Alert>,
}

impl Alerts {
    /// The rules that were given; `None` without any.
    ///
    /// # Errors
    /// A rule cannot be read.
    pub fn new(
        flags: AlertFlags,
        notes: Notes,
        strangers: Strangers,
    ) -> Result<Option<Self>, Fail> {
        let rules = flags.rules()?;
        if rules.is_empty() {
            return Ok(None);
        }
        let action = flags.on_alert.map(|command| Action::new(command, strangers)).transpose();
        let watcher =
            |rule| Watcher { rule, state: State::default(), figure: String::new(), running: None };
        Ok(Some(Alerts {
            all: rules.into_iter().map(watcher).collect(),
            action: action.map_err(|error| Fail::io(status::OWN, "--on-alert", &error))?,
            cooldown: flags.cooldown,
            notes,
            told: Vec::new(),
        }))
    }
}

impl Watcher {
    /// Looks at a sample; what is to be told of it.
    fn look(&mut self, sample: &Sample) -> Option<Alert> {
        let seen = self.rule.look(sample);
        let value = seen.as_ref().map(|seen| seen.value);
        let change = self.state.update(&self.rule, sample.time, value)?;
        if let Some(seen) = seen {
            self.figure = seen.figure;
        }
        let (state, since, lasted_s) = match change {
            Change::Firing { since } => ("firing", since, None),
            Change::Resolved { since, lasted } => ("resolved", since, Some(lasted)),
        };
        Some(Alert {
            time: sample.time,
            rule: self.rule.text.clone(),
            state: state.into(),
            figure: self.figure.clone(),
            value,
            threshold: self.rule.threshold,
            clear: self.rule.clear,
            since,
            lasted_s,
            ran: false,
            ..Alert::default()
        })
    }

    /// Runs the command, unless that was done a moment ago or it still runs.
    fn act(&mut self, alert: &mut Alert, action: &mut Action, cooldown: Seconds) {
        if self.running.is_some() || !self.state.may_run(alert.time, cooldown) {
            return;
        }
        match action.start(alert) {
            Ok(child) => {
                self.running = Some((child, false));
                alert.ran = true;
            }
            Err(what) => entry::complain("pgmon", &format!("--on-alert: {what}")),
        }
    }

    /// One line for people.
    fn words(&self, alert: &Alert) -> String {
        let shown = |value| self.rule.shown(value);
        let value = alert.value.map_or_else(|| "there no more".into(), shown);
        let Alert { rule, figure, .. } = alert;
        match alert.lasted_s {
            None => format!("alert: {rule}: {figure} is {value}"),
            Some(lasted) => {
                let lasted = lasted.as_f64();
                format!("resolved after {lasted:.0} s: {rule}: {figure} is {value}")
            }
        }
    }
}

impl Output for Alerts {
    fn sample(&mut self, sample: &Sample) -> Result<(), Fail> {
        for watcher in &mut self.all {
            let Some(mut alert) = watcher.look(sample) else { continue };
            if let Some(action) = self.action.as_mut().filter(|_| alert.lasted_s.is_none()) {
                watcher.act(&mut alert, action, self.cooldown);
            }
            if self.notes == Notes::Say {
                entry::complain("pgmon", &watcher.words(&alert));
            }
            self.told.push(alert);
        }
        Ok(())
    }

    fn alerts(&mut self) -> Vec<Alert> {
        std::mem::take(&mut self.told)
    }

    fn deadline(&self) -> Option<Seconds> {
        // a command that was just started is to be watched
        let new = self.all.iter().any(|one| matches!(one.running, Some((_, false))));
        new.then_some(Seconds::ZERO)
    }

    fn turn(&mut self, watched: &Watched<'_>, ready: &[Ready], _now: Seconds) -> Result<(), Fail> {
        let Some(action) = &mut self.action else { return Ok(()) };
        let broken = |error: io::Error| Fail::io(status::OWN, "--on-alert", &error);
        for (number, watcher) in self.all.iter_mut().enumerate() {
            let Some((child, known)) = &mut watcher.running else { continue };
            if !*known {
                watched.add(&child.pidfd, number, Want::Read).map_err(broken)?;
                *known = true;
            } else if ready.iter().any(|one| one.token == number) {
                watched.remove(&child.pidfd).map_err(broken)?;
                if let Some(what) = action.ended(child) {
                    let rule = &watcher.rule.text;
                    entry::complain("pgmon", &format!("--on-alert of '{rule}': {what}"));
                }
                watcher.running = None;
            }
        }
        Ok(())
    }
}
