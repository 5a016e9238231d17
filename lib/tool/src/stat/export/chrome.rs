//! Trace events, as Perfetto and chrome://tracing read them ("Trace Event Format", Google
//! 2016): a process a run, a thread a slot, a complete event an attempt, an arrow a need,
//! counters of what samples tell.

use super::Teller;
use super::ended::Ended;
use crate::print::shown;
use record::{Command, OpEnd, OpStart, RunStart, Sample, Seconds};
use serde_json::{Map, Value, json};
use stat::{StoryPart, each_figure};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// The file in the making.
#[derive(Debug, Default)]
pub struct Trace {
    began: bool,
    /// The process that stands for the run.
    run: u64,
    slots: BTreeSet<u32>,
    ended: Ended,
    arrows: u64,
    /// Samples have a process of their own.
    sampled: bool,
}

/// The process of the samples.
const MACHINE: u64 = 0;

impl Trace {
    fn put(&mut self, event: &Value, out: &mut dyn Write) -> io::Result<()> {
        let before =
            if self.began { ",\n" } else { "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n" };
        self.began = true;
        out.write_all(before.as_bytes())?;
        serde_json::to_writer(out, event).map_err(io::Error::from)
    }

    fn name(&mut self, (process, name): (u64, &str), out: &mut dyn Write) -> io::Result<()> {
        let args = json!({"name": name});
        self.put(
            &json!({"ph": "M", "name": "process_name", "pid": process, "tid": 0, "args": args}),
            out,
        )
    }

    fn begin_run(&mut self, start: &RunStart, out: &mut dyn Write) -> io::Result<()> {
        self.run += 1;
        self.slots.clear();
        self.ended.clear();
        let name = match (start.run.as_str(), start.tool.as_str()) {
            ("", "") => "run".to_string(),
            ("", tool) => tool.to_string(),
            (run, _) => format!("run {run}"),
        };
        self.name((self.run, &name), out)
    }

    /// The thread of a slot, which has a name from its first event on.
    fn slot(&mut self, slot: u32, out: &mut dyn Write) -> io::Result<()> {
        if !self.slots.insert(slot) {
            return Ok(());
        }
        let pid = self.run;
        let name = json!({"name": format!("slot {slot}")});
        self.put(
            &json!({"ph": "M", "name": "thread_name", "pid": pid, "tid": slot, "args": name}),
            out,
        )?;
        let order = json!({"sort_index": slot});
        self.put(&json!({"ph": "M", "name": "thread_sort_index", "pid": pid, "tid": slot, "args": order}), out)
    }

    fn attempt(&mut self, (start, end): (&OpStart, &OpEnd), out: &mut dyn Write) -> io::Result<()> {
        self.slot(end.slot, out)?;
        let event = json!({"ph": "X", "name": shown(&end.id), "cat": end.result.word(), "pid": self.run,
            "tid": end.slot, "ts": micros(end.start), "dur": micros(end.end - end.start), "args": args(start, end)});
        self.put(&event, out)?;
        if !start.needs.is_empty() {
            self.ended.has_needs();
        }
        for need in &start.needs {
            let Some(before) = self.ended.find(&need.id) else { continue };
            self.arrows += 1;
            let (id, pid) = (self.arrows, self.run);
            // an arrow begins inside of an event
            let from = micros(before.end).saturating_sub(1).max(micros(before.start));
            self.put(&json!({"ph": "s", "name": "needs", "cat": "needs", "id": id, "pid": pid, "tid": before.slot, "ts": from}), out)?;
            self.put(&json!({"ph": "f", "bp": "e", "name": "needs", "cat": "needs", "id": id, "pid": pid, "tid": end.slot, "ts": micros(end.start)}), out)?;
        }
        if end.r#final {
            self.ended.add(end);
        }
        Ok(())
    }

    /// What happened to the whole run.
    fn instant(
        &mut self,
        (name, at): (&str, Seconds),
        args: &Value,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let event = json!({"ph": "i", "s": "p", "name": name, "pid": self.run, "tid": 0, "ts": micros(at), "args": args});
        self.put(&event, out)
    }

    fn sample(&mut self, sample: &Sample, out: &mut dyn Write) -> io::Result<()> {
        if !self.sampled {
            self.sampled = true;
            self.name((MACHINE, "machine"), out)?;
        }
        let mut counters: Vec<(String, Map<String, Value>)> = Vec::new();
        each_figure(sample, |(of, what), reading| {
            // what is told in one unit is one counter
            let name = match (of, what) {
                ("cpu", _) => "cpu".to_string(),
                _ if what == "rx_bytes_per_s" || what == "tx_bytes_per_s" => {
                    format!("{of} bytes_per_s")
                }
                _ => format!("{of} {what}"),
            };
            let value = if reading.value.is_finite() { reading.value } else { 0.0 };
            match counters.last_mut() {
                Some(last) if last.0 == name => drop(last.1.insert(what.to_string(), json!(value))),
                _ => counters.push((name, Map::from_iter([(what.to_string(), json!(value))]))),
            }
        });
        for (name, args) in counters {
            let event = json!({"ph": "C", "name": shown(&name), "pid": MACHINE, "tid": 0, "ts": micros(sample.time), "args": args});
            self.put(&event, out)?;
        }
        Ok(())
    }
}

impl Teller for Trace {
    fn tell(&mut self, part: StoryPart, out: &mut dyn Write) -> io::Result<()> {
        match part {
            StoryPart::RunStart(start) => self.begin_run(&start, out),
            StoryPart::Attempt(pair) => self.attempt((&pair.0, &pair.1), out),
            StoryPart::Open(start) => {
                self.slot(start.slot, out)?;
                // it goes on to the end of the picture
                let args = json!({"cmd": words(&start), "result": "has no end in the log"});
                let event = json!({"ph": "B", "name": shown(&start.id), "cat": "open", "pid": self.run,
                    "tid": start.slot, "ts": micros(start.start), "args": args});
                self.put(&event, out)
            }
            StoryPart::Retry(retry) => {
                let args = json!({"reason": retry.reason, "delay_s": retry.delay_s, "attempt": retry.attempt});
                self.instant((&format!("retry {}", shown(&retry.id)), retry.time), &args, out)
            }
            StoryPart::Skip(skip) => {
                let args = json!({"reason": skip.reason});
                self.instant((&format!("skip {}", shown(&skip.id)), skip.time), &args, out)
            }
            StoryPart::Throttle(change) => {
                let args = json!({"from": change.from, "to": change.to, "reason": change.reason});
                self.instant(("slots", change.time), &args, out)
            }
            StoryPart::Slept(change) => self.instant(
                ("the machine slept", change.time),
                &json!({"asleep_s": change.asleep_s}),
                out,
            ),
            StoryPart::Sample(sample) => self.sample(&sample, out),
            StoryPart::RunEnd(_) => Ok(()),
        }
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if !self.began {
            out.write_all(b"{\"displayTimeUnit\":\"ms\",\"traceEvents\":[")?;
        }
        out.write_all(b"\n]}\n")
    }
}

fn micros(time: Seconds) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(0)
}

fn words(start: &OpStart) -> Option<String> {
    start.cmd.as_ref().map(Command::display)
}

fn args(start: &OpStart, end: &OpEnd) -> Value {
    let mut args = json!({"result": end.result.word(), "queued_s": end.queued_s, "blocked_s": end.blocked_s,
        "user_s": end.user_s, "system_s": end.system_s, "out_bytes": end.out_bytes});
    let mut set = |name: &str, value: Option<Value>| {
        value.into_iter().for_each(|value| args[name] = value);
    };
    let text = |text: &str| (!text.is_empty()).then(|| json!(text));
    set("cmd", words(start).map(Value::from));
    set("exit", end.exit.map(Value::from));
    set("signal", end.signal.map(Value::from));
    set("reason", text(&end.reason));
    set("mode", text(&end.mode));
    set("attempt", (end.attempt > 1).then(|| json!(end.attempt)));
    set("max_rss_bytes", end.max_rss_bytes.0.map(Value::from));
    let locks: Vec<&str> = start.locks.iter().map(|lock| lock.name.as_str()).collect();
    set("locks", (!locks.is_empty()).then(|| json!(locks)));
    args
}
