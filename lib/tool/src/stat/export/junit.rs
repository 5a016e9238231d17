//! JUnit: a suite a run, a case an operation, as `pgrun --junit` writes them.

use super::Teller;
use crate::harmless::one_line;
use crate::junit::{Document, Suite, Told};
use record::{Command, OpEnd, OpSkip, OpStart, Outcome, Seconds};
use stat::StoryPart;
use std::io::{self, Write};

/// The file in the making.
pub struct Tests {
    document: Document,
    suite: Option<Suite>,
    name: String,
    span: Option<(Seconds, Seconds)>,
}

impl Tests {
    /// Begins it.
    ///
    /// # Errors
    /// There is no room for what waits until it is whole.
    pub fn begin() -> io::Result<Self> {
        Ok(Tests { document: Document::begin()?, suite: None, name: String::new(), span: None })
    }

    fn add(&mut self, case: &Told) -> io::Result<()> {
        let end = case.start + case.wall;
        self.span = Some(match self.span {
            None => (case.start, end),
            Some((first, last)) => (first.min(case.start), last.max(end)),
        });
        match &mut self.suite {
            Some(suite) => suite.add(case),
            None => Ok(()),
        }
    }

    fn end_run(&mut self) -> io::Result<()> {
        let Some(suite) = self.suite.take() else { return Ok(()) };
        let (begin, end) = self.span.take().unwrap_or_default();
        self.document.add(suite, (&self.name, begin, end - begin))
    }
}

fn command(start: &OpStart) -> String {
    start.cmd.as_ref().map(|cmd| one_line(Command::display(cmd).as_bytes())).unwrap_or_default()
}

fn of_end((start, end): (&OpStart, &OpEnd)) -> Told {
    let status = end.exit.filter(|exit| *exit != 0).map(|exit| format!("exit {exit}"));
    let reason = match end.reason.as_str() {
        "" => status
            .or_else(|| end.signal.map(|signal| format!("signal {signal}")))
            .unwrap_or_default(),
        reason => reason.to_string(),
    };
    Told {
        seq: end.seq,
        name: end.id.clone(),
        command: command(start),
        source: String::new(),
        result: end.result,
        reason: if end.result == Outcome::Success { String::new() } else { reason },
        start: end.start,
        wall: end.wall_s,
        tail: end.output.as_ref().map(|output| output.0.clone()).unwrap_or_default(),
    }
}

fn of_skip(skip: &OpSkip) -> Told {
    Told {
        seq: skip.seq,
        name: skip.id.clone(),
        result: skip.result,
        reason: skip.reason.clone(),
        start: skip.time,
        ..Told::default()
    }
}

impl Teller for Tests {
    fn tell(&mut self, part: StoryPart, _: &mut dyn Write) -> io::Result<()> {
        match part {
            StoryPart::RunStart(start) => {
                self.end_run()?;
                self.name = match (start.run.as_str(), start.tool.as_str()) {
                    ("", "") => "run".to_string(),
                    ("", tool) => tool.to_string(),
                    (run, _) => run.to_string(),
                };
                self.suite = Some(Suite::begin()?);
                Ok(())
            }
            StoryPart::Attempt(pair) if pair.1.r#final => self.add(&of_end((&pair.0, &pair.1))),
            StoryPart::Skip(skip) => self.add(&of_skip(&skip)),
            StoryPart::Open(start) => self.add(&Told {
                seq: start.seq,
                name: start.id.clone(),
                command: command(&start),
                result: Outcome::Error,
                reason: "has no end in the log".to_string(),
                start: start.start,
                ..Told::default()
            }),
            StoryPart::RunEnd(_) => self.end_run(),
            _ => Ok(()),
        }
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.end_run()?;
        self.document.write(out)
    }
}
