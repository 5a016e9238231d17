//! Traces of OpenTelemetry as lines of JSON (OTLP/JSON; the file form has a `TracesData` a
//! line): a run is a trace and its first span, each attempt a span below it, needs are links.
//! Names are those of the semantic conventions for CI/CD.

use super::Teller;
use super::ended::Ended;
use record::{Bytes, Command, OpEnd, OpSkip, OpStart, Outcome, RunEnd, RunStart, Seconds};
use serde_json::{Value, json};
use stat::StoryPart;
use std::io::{self, Write};

/// Spans of a line.
const SPANS: usize = 256;
/// Kinds of spans: of work within, of a run as a whole.
const INTERNAL: u8 = 1;
const SERVER: u8 = 2;
/// Status: not told, well, an error.
const UNSET: u8 = 0;
const OK: u8 = 1;
const ERROR: u8 = 2;

/// The lines in the making.
#[derive(Debug, Default)]
pub struct Traces {
    run: Option<Run>,
    runs: u64,
    spans: Vec<Value>,
}

/// The run that goes on.
#[derive(Debug, Default)]
struct Run {
    start: RunStart,
    /// Its trace, and the span of the run itself.
    trace: String,
    root: String,
    /// First and last time of it in the log.
    span: Option<(Seconds, Seconds)>,
    ended: Ended,
    failed: bool,
}

impl Run {
    fn reach(&mut self, from: Seconds, to: Seconds) {
        self.span = Some(match self.span {
            None => (from, to),
            Some((first, last)) => (first.min(from), last.max(to)),
        });
    }

    /// The ids are made of what tells the run from others, so that the same log has the same.
    fn of(start: RunStart, number: u64) -> Self {
        let RunStart { run, host, time, .. } = &start;
        let trace = digest(&[run, host, &time.to_string(), &number.to_string()], 16);
        let root = digest(&[&trace, "run"], 8);
        Run { start, trace, root, ..Run::default() }
    }

    fn span_of(&self, id: &str, attempt: u32) -> String {
        digest(&[&self.trace, "attempt", id, &attempt.to_string()], 8)
    }
}

/// So many bytes that name something, in hexadecimal digits.
fn digest(parts: &[&str], bytes: usize) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let nibbles = |byte: &u8| [byte >> 4, byte & 15];
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16);
    hasher.finalize().as_bytes()[..bytes].iter().flat_map(nibbles).filter_map(digit).collect()
}

fn nanos(time: Seconds) -> String {
    format!("{}", i128::from(time.as_micros().max(0)) * 1000)
}

fn text(key: &str, value: &str) -> Option<Value> {
    (!value.is_empty()).then(|| json!({"key": key, "value": {"stringValue": value}}))
}

fn int(key: &str, value: Option<i64>) -> Option<Value> {
    value.map(|value| json!({"key": key, "value": {"intValue": value.to_string()}}))
}

fn double(key: &str, value: f64) -> Option<Value> {
    Some(json!({"key": key, "value": {"doubleValue": value}}))
}

fn list<'a>(key: &str, values: impl Iterator<Item = &'a Bytes>) -> Option<Value> {
    let values: Vec<Value> = values.map(|value| json!({"stringValue": value.lossy()})).collect();
    (!values.is_empty()).then(|| json!({"key": key, "value": {"arrayValue": {"values": values}}}))
}

fn status(result: Outcome, message: &str) -> Value {
    let code = match result {
        Outcome::Success => OK,
        _ if result.failed() => ERROR,
        _ => UNSET,
    };
    match message {
        "" => json!({"code": code}),
        message => json!({"code": code, "message": message}),
    }
}

/// What is known of an operation from its start.
fn of_start(start: &OpStart) -> Vec<Option<Value>> {
    let words = match &start.cmd {
        Some(Command::Argv(words)) => list("process.command_args", words.iter()),
        Some(Command::Shell(line)) => text("process.command_line", &line.lossy()),
        None => None,
    };
    vec![words, int("process.pid", (start.pid > 0).then_some(i64::from(start.pid)))]
}

impl Traces {
    fn put(&mut self, span: Value, out: &mut dyn Write) -> io::Result<()> {
        self.spans.push(span);
        if self.spans.len() >= SPANS { self.flush(out) } else { Ok(()) }
    }

    /// Writes the spans that are ready as a line.
    fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.spans.is_empty() {
            return Ok(());
        }
        let start = self.run.as_ref().map(|run| run.start.clone()).unwrap_or_default();
        let (name, version) = start.tool.split_once(' ').unwrap_or((&start.tool, ""));
        let resource: Vec<Value> = [
            text("service.name", if name.is_empty() { "pgrun" } else { name }),
            text("service.version", version),
            text("host.name", &start.host),
            text("cicd.worker.name", &start.host),
            list("process.command_args", start.argv.iter()),
        ]
        .into_iter()
        .flatten()
        .collect();
        let spans = std::mem::take(&mut self.spans);
        let scope = json!({"name": "pgstat", "version": env!("CARGO_PKG_VERSION")});
        let line = json!({"resourceSpans": [{"resource": {"attributes": resource},
            "scopeSpans": [{"scope": scope, "spans": spans}]}]});
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")
    }

    fn attempt(&mut self, (start, end): (&OpStart, &OpEnd), out: &mut dyn Write) -> io::Result<()> {
        let Some(run) = &mut self.run else { return Ok(()) };
        run.reach(end.start, end.end);
        run.failed |= end.r#final && end.result.failed();
        if !start.needs.is_empty() {
            run.ended.has_needs();
        }
        let trace = run.trace.clone();
        let link = |need: &record::Need| {
            let before = run.ended.find(&need.id)?;
            let span = run.span_of(&need.id, before.attempt);
            Some(
                json!({"traceId": trace, "spanId": span, "attributes": [text("pgrun.link", "need")]}),
            )
        };
        let links: Vec<Value> = start.needs.iter().filter_map(link).collect();
        let error = match end.result {
            result if !result.failed() => String::new(),
            _ if end.reason.is_empty() => end.result.word().to_string(),
            _ => end.reason.clone(),
        };
        let mut attributes = vec![
            text("cicd.pipeline.run.id", &run.start.run),
            text("cicd.pipeline.task.name", &end.id),
            text("cicd.pipeline.task.run.id", &run.span_of(&end.id, end.attempt)),
            text("cicd.pipeline.task.run.result", end.result.word()),
            text("error.type", &error),
            int("process.exit.code", end.exit.map(i64::from)),
            int("pgrun.signal", end.signal.map(i64::from)),
            int("pgrun.slot", Some(i64::from(end.slot))),
            int("pgrun.attempt", Some(i64::from(end.attempt))),
            double("pgrun.queued_s", end.queued_s.as_f64()),
            double("pgrun.user_s", end.user_s.as_f64()),
            double("pgrun.system_s", end.system_s.as_f64()),
            int("pgrun.max_rss_bytes", end.max_rss_bytes.0.and_then(|rss| i64::try_from(rss).ok())),
        ];
        attributes.extend(of_start(start));
        let blocked = end.blocked_s.iter();
        attributes.extend(
            blocked.map(|(name, time)| double(&format!("pgrun.blocked_s.{name}"), time.as_f64())),
        );
        let labels = end.labels.iter();
        attributes.extend(
            labels.map(|(name, value)| text(&format!("pgrun.label.{name}"), &value.plain())),
        );
        let span = json!({
            "traceId": trace, "spanId": run.span_of(&end.id, end.attempt), "parentSpanId": run.root,
            "name": end.id, "kind": INTERNAL,
            "startTimeUnixNano": nanos(end.start), "endTimeUnixNano": nanos(end.end),
            "attributes": attributes.into_iter().flatten().collect::<Vec<_>>(),
            "links": links, "status": status(end.result, &error),
        });
        if end.r#final {
            run.ended.add(end);
        }
        self.put(span, out)
    }

    /// A span that has no end in the log ends with the log.
    fn open(&mut self, start: &OpStart, out: &mut dyn Write) -> io::Result<()> {
        let Some(run) = &mut self.run else { return Ok(()) };
        run.reach(start.start, start.start);
        let end = run.span.map_or(start.start, |span| span.1);
        let mut attributes = vec![
            text("cicd.pipeline.run.id", &run.start.run),
            text("cicd.pipeline.task.name", &start.id),
            text("cicd.pipeline.task.run.id", &run.span_of(&start.id, start.attempt)),
            int("pgrun.slot", Some(i64::from(start.slot))),
            int("pgrun.attempt", Some(i64::from(start.attempt))),
            text("pgrun.state", "has no end in the log"),
        ];
        attributes.extend(of_start(start));
        let span = json!({
            "traceId": run.trace, "spanId": run.span_of(&start.id, start.attempt), "parentSpanId": run.root,
            "name": start.id, "kind": INTERNAL,
            "startTimeUnixNano": nanos(start.start), "endTimeUnixNano": nanos(end),
            "attributes": attributes.into_iter().flatten().collect::<Vec<_>>(),
            "status": {"code": UNSET},
        });
        self.put(span, out)
    }

    fn skip(&mut self, skip: &OpSkip, out: &mut dyn Write) -> io::Result<()> {
        let Some(run) = &mut self.run else { return Ok(()) };
        run.reach(skip.time, skip.time);
        run.failed |= skip.result.failed();
        let attributes = [
            text("cicd.pipeline.run.id", &run.start.run),
            text("cicd.pipeline.task.name", &skip.id),
            text("cicd.pipeline.task.run.id", &run.span_of(&skip.id, 0)),
            text("cicd.pipeline.task.run.result", skip.result.word()),
            text("pgrun.reason", &skip.reason),
        ];
        let span = json!({
            "traceId": run.trace, "spanId": run.span_of(&skip.id, 0), "parentSpanId": run.root,
            "name": skip.id, "kind": INTERNAL,
            "startTimeUnixNano": nanos(skip.time), "endTimeUnixNano": nanos(skip.time),
            "attributes": attributes.into_iter().flatten().collect::<Vec<_>>(),
            "status": status(skip.result, ""),
        });
        self.put(span, out)
    }

    fn end_run(&mut self, end: Option<&RunEnd>, out: &mut dyn Write) -> io::Result<()> {
        let Some(run) = &mut self.run else { return Ok(()) };
        if let Some(end) = end {
            run.reach(end.time, end.time);
        }
        let Some((begin, last)) = run.span else {
            self.run = None;
            return Ok(());
        };
        let own = !matches!(run.start.tool.as_str(), "joblog" | "ninja" | "hyperfine");
        let failed = run.failed || end.is_some_and(|end| end.exit.is_some_and(|exit| exit != 0));
        // a log of another kind has no end either
        let (result, message) = match (end, failed) {
            (None, false) if own => (Outcome::Error, "the log has no run.end"),
            (_, true) => (Outcome::Failure, ""),
            _ => (Outcome::Success, ""),
        };
        let error = if result.failed() { result.word() } else { "" };
        let attributes = [
            text("cicd.pipeline.name", &run.start.tool),
            text("cicd.pipeline.run.id", &run.start.run),
            text("cicd.pipeline.result", result.word()),
            text("cicd.pipeline.action.name", "RUN"),
            text("error.type", error),
            int("pgrun.slots", (run.start.jobs > 0).then_some(i64::from(run.start.jobs))),
        ];
        let span = json!({
            "traceId": run.trace, "spanId": run.root, "name": "RUN", "kind": SERVER,
            "startTimeUnixNano": nanos(begin), "endTimeUnixNano": nanos(last),
            "attributes": attributes.into_iter().flatten().collect::<Vec<_>>(),
            "status": status(result, message),
        });
        self.spans.push(span);
        self.flush(out)?;
        self.run = None;
        Ok(())
    }
}

impl Teller for Traces {
    fn tell(&mut self, part: StoryPart, out: &mut dyn Write) -> io::Result<()> {
        match part {
            StoryPart::RunStart(start) => {
                self.runs += 1;
                let mut run = Run::of(*start, self.runs);
                if run.start.time > Seconds::ZERO {
                    let time = run.start.time;
                    run.reach(time, time);
                }
                self.run = Some(run);
                Ok(())
            }
            StoryPart::Attempt(pair) => self.attempt((&pair.0, &pair.1), out),
            StoryPart::Open(start) => self.open(&start, out),
            StoryPart::Skip(skip) => self.skip(&skip, out),
            StoryPart::RunEnd(end) => self.end_run(end.as_deref(), out),
            _ => Ok(()),
        }
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.end_run(None, out)
    }
}
