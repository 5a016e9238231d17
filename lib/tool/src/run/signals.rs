//! Signals: what each means under the name that we were called by, and how one is
//! passed on to what runs.

use super::args::OnHup;
use super::drive::{Runner, TOKEN_SIGNALS, pasteable};
use super::lanes::Late;
use super::name::Called;
use engine::{Cancel, Input, Key};
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
}
