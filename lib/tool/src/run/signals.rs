//! Signals: what each means under the name that we were called by, and how one is
//! passed on to what runs.

use super::args::OnHup;
use super::drive::{Runner, TOKEN_SIGNALS, pasteable};
use super::lanes::Late;
use super::name::Called;
use engine::{Cancel, Input, Key};
use record::Seconds;
use std::io;
use sys::poller::{Poller, Want};
use sys::signal::{self, Caught, Signals};

/// Begins to catch those that mean something.
///
/// # Errors
/// One cannot be caught.
pub fn catch_all(called: Called, poller: &Poller) -> io::Result<Signals> {
    const ALL: [i32; 7] = [
        signal::SIGINT,
        signal::SIGTERM,
        signal::SIGHUP,
        signal::SIGQUIT,
        signal::SIGTSTP,
        signal::SIGUSR1,
        signal::SIGUSR2,
    ];
    let mut signals = Signals::new()?;
    if called == Called::Xargs {
        // what is to end xargs ends it at once
        signals.catch(signal::SIGUSR1)?;
        signals.catch(signal::SIGUSR2)?;
        poller.add(&signals, TOKEN_SIGNALS, Want::Read)?;
        return Ok(signals);
    }
    // under nohup, or in the background of a script, some are not for us
    let ignored = signal::ignored();
    for number in ALL {
        // GNU parallel is ended by INT in the background, too
        let always = number == signal::SIGTERM || number == signal::SIGINT && called.is_gnu();
        if always || !ignored.contains(&number) {
            signals.catch(number)?;
        }
    }
    if sys::fd::has_terminal() {
        // a command that reads the terminal is stopped, which a pidfd does not tell
        signals.catch(signal::SIGCHLD)?;
    }
    poller.add(&signals, TOKEN_SIGNALS, Want::Read)?;
    Ok(signals)
}

impl Runner {
    /// A signal came.
    pub fn caught(&mut self, caught: Caught) {
        let gnu = self.settings.called.is_gnu();
        match caught.signal {
            signal::SIGCHLD => {
                self.child_ended();
                self.look_for_stopped();
            }
            signal::SIGQUIT => self.say_what_waits(),
            // with a command that is just being started it comes when that is there
            signal::SIGTSTP if self.lanes.may_stop() => self.stop_and_go_on(),
            signal::SIGTSTP => {}
            signal::SIGUSR1 if gnu => self.list_running(),
            signal::SIGUSR1 => self.one_slot_more("SIGUSR1"),
            // GNU parallel shows its progress from then on
            signal::SIGUSR2 if gnu => self.say_how_far(),
            signal::SIGUSR2 => self.one_slot_fewer("SIGUSR2"),
            signal::SIGHUP if gnu => self.drain(),
            signal::SIGHUP if self.settings.control.on_hup == OnHup::Drain => self.drain_on_hup(),
            number => {
                let cancel = if self.is_ending() { Cancel::Kill } else { Cancel::Stop };
                if cancel == Cancel::Kill {
                    self.guard.kill_all();
                } else {
                    self.stopped_by = Some(number);
                }
                self.signals_heard += 1;
                self.engine.handle(self.clock.now(), Input::Cancel(cancel));
            }
        }
    }

    /// Sends a signal to an attempt's group.
    pub fn signal(&mut self, key: Key, number: i32) {
        if self.lanes.keep_for_start(key, Late::Signal(number)) {
            return;
        }
        let Some(at) = self.by_key.get(&key) else { return };
        if let Some(attempt) = &mut self.attempts[*at] {
            attempt.told = Some(number);
            self.strays.signal(attempt, number);
            // a group that changed its user is not ours to end; it is found as a stray
            let _ = attempt.child.signal(number);
            if !matches!(number, signal::SIGKILL | signal::SIGSTOP | signal::SIGTSTP) {
                // those that were stopped would not hear it
                let _ = attempt.child.signal(signal::SIGCONT);
                self.strays.signal(attempt, signal::SIGCONT);
            }
        }
    }

    /// What runs is being ended for a signal, or for a reader that has gone.
    fn is_ending(&self) -> bool {
        let drains = self.settings.control.on_hup == OnHup::Drain;
        self.stopped_by.is_some_and(|by| by != signal::SIGHUP || !drains)
    }

    /// `--on-hup drain`: what runs is let end, nothing more is started.
    fn drain_on_hup(&mut self) {
        if self.stopped_by.is_none() {
            self.stopped_by = Some(signal::SIGHUP);
            if !self.settings.output.quiet {
                let running = self.engine.running();
                self.notes.push(format!(
                    "SIGHUP: nothing more is started; {running} that run are let end (TERM ends them)"
                ));
            }
            self.engine.handle(self.clock.now(), Input::Cancel(Cancel::Drain));
        }
    }

    /// SIGHUP under GNU parallel's name: what runs is let end, nothing more is started.
    fn drain(&mut self) {
        let running = self.engine.running();
        self.notes.push("SIGHUP received. No new jobs will be started.".to_string());
        self.notes
            .push(format!("Waiting for these {running} jobs to finish. Send SIGTERM to stop now."));
        self.list_running();
        self.engine.handle(self.clock.now(), Input::Cancel(Cancel::Drain));
    }

    /// SIGUSR1 under GNU parallel's name: the commands that run.
    fn list_running(&mut self) {
        let commands: Vec<String> =
            self.attempts.iter().flatten().map(|attempt| pasteable(&attempt.cmd)).collect();
        self.notes.extend(commands);
    }

    fn say_how_far(&mut self) {
        let tally = self.engine.tally();
        self.notes.push(format!(
            "{} running, {} completed, {} of them failed",
            self.engine.running(),
            tally.decided(),
            tally.failed()
        ));
    }

    /// The terminal's stop key: the operations stop with us, and no time passes.
    pub fn stop_and_go_on(&mut self) {
        let then = self.clock.now();
        self.sinks.clear_line(&self.poller);
        for attempt in self.attempts.iter().flatten() {
            let _ = attempt.child.signal(signal::SIGSTOP);
            self.strays.signal(attempt, signal::SIGSTOP);
        }
        // and who has left the groups
        self.guard.freeze();
        let _ = signal::send(std::process::id(), signal::SIGSTOP);
        // here we have been told to go on
        self.clock.leave_out_since(then);
        self.guard.thaw();
        for attempt in self.attempts.iter().flatten() {
            let _ = attempt.child.signal(signal::SIGCONT);
            self.strays.signal(attempt, signal::SIGCONT);
        }
    }

    /// SIGQUIT: what runs, and what everything else waits for.
    fn say_what_waits(&mut self) {
        const SHOWN: usize = 50;
        let now = self.clock.now();
        for attempt in self.attempts.iter().flatten() {
            let id = self.jobs[attempt.key as usize].as_ref().map_or("", |job| job.id.as_str());
            let so_far = now - attempt.start;
            self.notes.push(format!("{id} runs in slot {} for {so_far} s", attempt.slot));
        }
        let waiting: Vec<String> = (0..self.jobs.len() as Key)
            .filter_map(|key| self.engine.why(key).map(|why| (key, why)))
            .filter_map(|(key, why)| {
                self.job(key).map(|job| format!("{} waits: {}", job.id, words(&why, now)))
            })
            .collect();
        let more = waiting.len().saturating_sub(SHOWN);
        self.notes.extend(waiting.into_iter().take(SHOWN));
        if more > 0 {
            self.notes.push(format!("{more} more wait"));
        }
    }
}

/// Why an operation waits, for people.
fn words(why: &engine::Why, now: Seconds) -> String {
    match why {
        engine::Why::Needs(1) => "1 operation that it needs has not ended".to_string(),
        engine::Why::Needs(n) => format!("{n} operations that it needs have not ended"),
        engine::Why::Slot => "no slot is free".to_string(),
        engine::Why::Resource(name) => format!("too little of {name} is free"),
        engine::Why::Throttle(engine::Throttle::Delay) => {
            "--delay after the last start".to_string()
        }
        engine::Why::Throttle(engine::Throttle::Load) => "--load: too many tasks run".to_string(),
        engine::Why::Throttle(engine::Throttle::Memory) => {
            "--memfree: too little memory is free".to_string()
        }
        engine::Why::Throttle(engine::Throttle::Swap) => {
            "--noswap: the machine swaps in and out".to_string()
        }
        engine::Why::Throttle(engine::Throttle::Ramp) => {
            "--ramp: the load has only begun to rise".to_string()
        }
        engine::Why::Token => "others have all tokens of the jobserver".to_string(),
        engine::Why::Turn => "room is kept for others that the schedule has before it".to_string(),
        engine::Why::Lock(name) => format!("somebody else holds lock {name}"),
        engine::Why::Backoff(until) => format!("the next attempt is due in {} s", *until - now),
        engine::Why::Held => "nothing is started now".to_string(),
    }
}
