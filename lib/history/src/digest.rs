//! What the index knows of a run: from its log, or from its first and last event.

use record::{
    Fields, KeptRun, OpSkip, Outcome, Record as _, RunEnd, RunStart, Seconds, parse_record,
    scan_op_end,
};
use std::collections::BTreeMap;
use std::io::{self, BufRead};

/// Longest line that is looked at; what is longer is no event that counts here.
const MOST_BYTES: u64 = 64 << 20;

/// A run whose log is read.
#[derive(Debug, Default)]
pub struct Digest {
    start: Option<RunStart>,
    end: Option<RunEnd>,
    /// Operations by result, where there is no end that tells them.
    counts: BTreeMap<String, u64>,
    /// When it was, where the log does not say so.
    seen: Seconds,
}

impl Digest {
    /// Of a run that begins.
    pub fn begin(start: RunStart) -> Self {
        Digest { start: Some(start), ..Digest::default() }
    }

    /// It has ended.
    pub fn end(&mut self, end: RunEnd) {
        self.end = Some(end);
    }

    /// Takes a log to its end. What is no event is passed over; what was cut off, too.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(mut log: impl BufRead) -> io::Result<Self> {
        let mut digest = Digest::default();
        let mut line = Vec::new();
        loop {
            line.clear();
            let count = io::Read::take(&mut log, MOST_BYTES).read_until(b'\n', &mut line)?;
            if count == 0 {
                return Ok(digest);
            }
            digest.line(line.trim_ascii_end());
        }
    }

    fn line(&mut self, line: &[u8]) {
        if let Some(end) = scan_op_end(line) {
            if end.last {
                self.count(end.result);
            }
            return;
        }
        let is = |kind: &str| {
            line.strip_prefix(br#"{"type":""#).is_some_and(|rest| rest.starts_with(kind.as_bytes()))
        };
        if ![RunStart::KIND, RunEnd::KIND, OpSkip::KIND].into_iter().any(is) {
            return;
        }
        let Ok(fields) = Fields::parse(line) else { return };
        if is(OpSkip::KIND) {
            let skip = parse_record::<OpSkip>(line, &fields);
            skip.into_iter().for_each(|skip| self.count(skip.result));
        } else if is(RunEnd::KIND) {
            self.end = parse_record(line, &fields).ok();
        } else if self.start.is_none() {
            self.start = parse_record(line, &fields).ok();
        } else {
            // a log of several runs: it has ended when the last one has
            self.end = None;
        }
    }

    fn count(&mut self, result: Outcome) {
        *self.counts.entry(result.word().to_string()).or_default() += 1;
    }

    /// When the run began; none where the log does not say so.
    pub fn began(&self) -> Option<Seconds> {
        self.start.as_ref().map(|start| start.time)
    }

    /// When the log was last written, which stands for the beginning that is not known.
    pub fn seen_at(&mut self, time: Seconds) {
        self.seen = time;
    }

    /// What the index keeps. A log that says nothing of a run is "damaged".
    pub fn entry(self) -> KeptRun {
        let status = match (&self.start, &self.end) {
            (None, None) if self.counts.is_empty() => "damaged",
            (_, None) => "cut-off",
            (_, Some(RunEnd { signal: Some(_), .. })) => Outcome::Cancellation.word(),
            (_, Some(RunEnd { exit: Some(0) | None, .. })) => Outcome::Success.word(),
            (_, Some(_)) => Outcome::Failure.word(),
        };
        let (start, end) = (self.start.unwrap_or_default(), self.end);
        let counts = end.as_ref().map_or(&self.counts, |end| &end.counts);
        let failed = Outcome::ALL.iter().filter(|outcome| outcome.failed());
        let words: Vec<_> = start.argv.iter().map(|word| word.lossy()).collect();
        KeptRun {
            time: if start.time > Seconds::ZERO { start.time } else { self.seen },
            status: status.to_string(),
            exit: end.as_ref().and_then(|end| end.exit),
            signal: end.as_ref().and_then(|end| end.signal),
            makespan_s: end.as_ref().map(|end| end.makespan_s),
            ops: counts.values().sum(),
            failed: failed.filter_map(|outcome| counts.get(outcome.word())).sum(),
            host: start.host,
            command: words.join(" "),
            run: start.run,
            ..KeptRun::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{Event, OpEnd};

    const START: &str = r#"{"type":"run.start","version":1,"run":"r1","time":1700000000,"tool":"pgrun 0.1.0","host":"ci-7","pid":1,"argv":["pgrun","-j8"],"jobs":8,"resources":{}}"#;
    const END: &str = r#"{"type":"run.end","run":"r1","time":1700000010,"makespan_s":10,"counts":{"failure":1,"success":2,"timeout":1},"exit":2,"containment":"group"}"#;

    fn ended(id: &str, result: Outcome) -> String {
        let end = OpEnd { id: id.into(), attempt: 1, r#final: true, result, ..OpEnd::default() };
        let mut line = Vec::new();
        Event::OpEnd(end).append_line(&mut line);
        String::from_utf8(line).unwrap()
    }

    fn entry(log: &str) -> KeptRun {
        Digest::read(log.as_bytes()).unwrap().entry()
    }

    #[test]
    fn a_whole_log_is_told_by_its_end() {
        let run = entry(&format!("{START}\n{}{END}\n", ended("a", Outcome::Success)));
        assert_eq!((run.run.as_str(), run.status.as_str(), run.exit), ("r1", "failure", Some(2)));
        assert_eq!((run.ops, run.failed), (4, 2));
        assert_eq!(run.makespan_s, Some(Seconds::from_secs(10)));
        assert_eq!((run.host.as_str(), run.command.as_str()), ("ci-7", "pgrun -j8"));
    }

    #[test]
    fn a_run_that_was_killed_is_told_by_what_had_ended() {
        let ops = [ended("a", Outcome::Success), ended("b", Outcome::Failure)].concat();
        let torn = format!("{START}\n{ops}{{\"type\":\"op.end\",\"id\":\"c\",\"se");
        let run = entry(&torn);
        assert_eq!((run.status.as_str(), run.ops, run.failed), ("cut-off", 2, 1));
        assert_eq!((run.exit, run.makespan_s), (None, None));
    }

    #[test]
    fn a_log_of_two_runs_has_ended_when_the_second_has() {
        assert_eq!(entry(&format!("{START}\n{END}\n{START}\n")).status, "cut-off");
        assert_eq!(entry(&format!("{START}\n{END}\n{START}\n{END}\n")).status, "failure");
    }

    #[test]
    fn what_says_nothing_of_a_run_is_damaged() {
        for text in ["", "garbage\n", "\n\n{}\n", "{\"type\":\"run.start\"\n"] {
            assert_eq!(entry(text).status, "damaged", "{text}");
        }
    }
}
