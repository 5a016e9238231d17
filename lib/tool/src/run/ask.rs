//! `-p`: each command is asked about on the terminal before it is started. What runs
//! meanwhile is not kept waiting by the answer.

use super::drive::{Runner, TOKEN_ANSWER};
use super::job::Job;
use super::sinks::To;
use crate::fail::Fail;
use engine::{Input, Spec};
use record::status;
use std::fs::File;
use std::io;
use sys::poller::Want;

/// Who is asked.
#[derive(Debug)]
pub struct Ask {
    tty: File,
    /// What the question is about.
    open: Option<(Box<Spec>, Box<Job>)>,
    answer: Vec<u8>,
}

impl Ask {
    /// The terminal.
    ///
    /// # Errors
    /// There is none.
    pub fn new() -> Result<Self, Fail> {
        let tty = File::open("/dev/tty").map_err(|error| {
            let reason = crate::fail::reason(&error);
            let what = format!("-p asks on the terminal, and there is none: /dev/tty: {reason}");
            Fail::new(status::LOST, what)
        })?;
        Ok(Ask { tty, open: None, answer: Vec::new() })
    }

    /// An answer is waited for.
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }
}

/// What somebody said.
#[derive(PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    /// The line has not ended yet.
    Later,
    /// Nothing more will be said.
    Never,
}

impl Runner {
    /// An answer is waited for: no other job is wanted.
    pub fn is_asking(&self) -> bool {
        self.ask.as_ref().is_some_and(Ask::is_open)
    }

    /// Asks about a job; gives it back where nothing is to be asked.
    pub fn ask(&mut self, spec: Box<Spec>, job: Box<Job>) -> Option<(Box<Spec>, Box<Job>)> {
        let Some(ask) = &mut self.ask else { return Some((spec, job)) };
        if let Err(error) = self.poller.add(&ask.tty, TOKEN_ANSWER, Want::Read) {
            let reason = crate::fail::reason(&error);
            self.lose(format!("/dev/tty: {reason}; job {} was not asked about", job.seq));
            return None;
        }
        let mut question = self.feed.command_text(&job, 0);
        question.extend_from_slice(b" ?...");
        ask.open = Some((spec, job));
        self.sinks.write(&self.poller, To::Err, &question);
        None
    }

    /// The terminal has something.
    pub fn hear_answer(&mut self) {
        let Some(ask) = &mut self.ask else { return };
        let answer = ask.read();
        if answer == Answer::Later {
            return;
        }
        let _ = self.poller.remove(&ask.tty);
        let about = ask.open.take();
        match (answer, about) {
            (Answer::Yes, Some((spec, job))) => {
                let key = self.enter(*job);
                self.engine.handle(self.clock.now(), Input::Op(key, spec));
            }
            (Answer::Never, _) => {
                self.input_ended = true;
                self.engine.handle(self.clock.now(), Input::EndOfInput);
            }
            _ => {}
        }
    }
}

impl Ask {
    fn read(&mut self) -> Answer {
        let mut buffer = [0u8; 256];
        match sys::fd::read_some(&self.tty, &mut buffer) {
            Ok(Some(0)) => return Answer::Never,
            Ok(Some(count)) => self.answer.extend_from_slice(&buffer[..count]),
            Ok(None) => return Answer::Later,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Answer::Later,
            Err(_) => return Answer::Never,
        }
        let Some(end) = self.answer.iter().position(|byte| *byte == b'\n') else {
            return Answer::Later;
        };
        let line: Vec<u8> = self.answer.drain(..=end).collect();
        match line.trim_ascii_start().first() {
            Some(b'y' | b'Y') => Answer::Yes,
            _ => Answer::No,
        }
    }
}
