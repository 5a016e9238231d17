//! What the logs tell of targets.

use super::parse::{Metric, Target, Unit, Which};
use crate::figures::each_figure;
use crate::intake::Listener;
use crate::run::report::Told;
use crate::sketch::Sketch;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use record::{EndView, Nullable, OpSkip, RunStart, Sample, Seconds, TargetMet};

/// Steps of one unit in which values are counted.
const FINE: f64 = 1e6;
/// Bytes are counted one by one.
const WHOLE: f64 = 1.0;

/// The values of one target.
#[derive(Clone, Debug, Default)]
struct Values {
    sketch: Sketch,
    count: u64,
    sum: f64,
    max: f64,
    min: f64,
}

impl Values {
    fn add(&mut self, value: f64, fine: f64) {
        if !value.is_finite() {
            return;
        }
        self.max = if self.count == 0 { value } else { self.max.max(value) };
        self.min = if self.count == 0 { value } else { self.min.min(value) };
        self.count += 1;
        self.sum += value;
        self.sketch.add(libm::round(value.max(0.0) * fine) as u64);
    }

    fn get(&self, which: Which, fine: f64) -> Option<f64> {
        if self.count == 0 {
            return None;
        }
        Some(match which {
            Which::Mean => self.sum / self.count as f64,
            Which::Max => self.max,
            Which::Min => self.min,
            Which::Quantile(thousandths) => {
                let found = self.sketch.quantile(f64::from(thousandths) / 1000.0) as f64 / fine;
                found.clamp(self.min, self.max)
            }
        })
    }
}

/// How a target stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is met.
    Met,
    /// It is missed.
    Missed,
    /// The logs do not tell.
    NotMeasured,
}

/// Targets with what was measured of each; memory does not grow with the logs.
#[derive(Clone, Debug)]
pub struct Measured {
    rows: Vec<(Target, Values)>,
    /// Of the run that goes on.
    began: Option<Seconds>,
    first: Option<Seconds>,
    hits: u64,
}

impl Measured {
    /// Of these targets.
    pub fn new(targets: Vec<Target>) -> Self {
        let rows = targets.into_iter().map(|target| (target, Values::default())).collect();
        Measured { rows, began: None, first: None, hits: 0 }
    }

    fn add(&mut self, word: &str, value: Option<f64>) {
        let Some(value) = value else { return };
        for (target, values) in &mut self.rows {
            if matches!(&target.metric, Metric::Named(named) if *named == word) {
                values.add(value, fine(target.unit));
            }
        }
    }

    /// What came of each target, in their order.
    pub fn told(&self) -> Vec<(TargetMet, Outcome)> {
        self.rows.iter().map(|(target, values)| told(target, values)).collect()
    }
}

const fn fine(unit: Unit) -> f64 {
    match unit {
        Unit::Bytes => WHOLE,
        Unit::Seconds | Unit::Share | Unit::Number => FINE,
    }
}

fn told(target: &Target, values: &Values) -> (TargetMet, Outcome) {
    let measured = values.get(target.which, fine(target.unit)).map(crate::rounded);
    let margin = measured.map(|measured| {
        crate::rounded(if target.is_least {
            measured - target.limit
        } else {
            target.limit - measured
        })
    });
    let outcome = match margin {
        None => Outcome::NotMeasured,
        Some(margin) if margin > 0.0 || margin == 0.0 && !target.is_strict => Outcome::Met,
        Some(_) => Outcome::Missed,
    };
    let word = match outcome {
        Outcome::Met => "met",
        Outcome::Missed => "missed",
        Outcome::NotMeasured => "not measured",
    };
    let row = TargetMet {
        metric: target.name.clone(),
        limit: target.text.clone(),
        unit: target.unit.word().to_string(),
        measured: Nullable(measured),
        n: values.count,
        margin,
        met: word.to_string(),
        line: target.line,
        ..TargetMet::default()
    };
    (row, outcome)
}

impl Listener for Measured {
    fn begin(&mut self, start: &RunStart) {
        self.began = Some(start.time);
        (self.first, self.hits) = (None, 0);
    }

    fn end(&mut self, end: &EndView<'_>) {
        self.first = Some(self.first.map_or(end.start, |first| first.min(end.start)));
        let time = end.wall.as_f64();
        self.add("duration", Some(time));
        self.add("queued", Some(end.queued.as_f64()));
        for (target, values) in &mut self.rows {
            if matches!(&target.metric, Metric::Op(id) if id == end.id) {
                values.add(time, FINE);
            }
        }
    }

    fn skip(&mut self, skip: &OpSkip) {
        self.hits += u64::from(matches!(skip.reason.as_str(), "check" | "resumed"));
    }

    fn sample(&mut self, sample: &Sample) {
        each_figure(sample, |(of, what), reading| {
            let share = reading.whole.map(|whole| reading.value / whole);
            match (of, what) {
                ("cpu", "busy") => self.add("cpu", Some(reading.value)),
                ("memory", "used_bytes") => self.add("memory", share),
                _ => {}
            }
            for (target, values) in &mut self.rows {
                let Metric::Sampled(name) = &target.metric else { continue };
                let is_it =
                    name.strip_prefix(of).and_then(|rest| rest.strip_prefix(' ')) == Some(what);
                match (is_it, target.unit) {
                    (false, _) => {}
                    (true, Unit::Share) => {
                        share.into_iter().for_each(|share| values.add(share, FINE))
                    }
                    (true, unit) => values.add(reading.value, fine(unit)),
                }
            }
        });
    }

    fn over(&mut self, run: &Told) {
        let report = &run.report;
        let ran = report.attempts > 0;
        // a run that was cut off has no makespan, and took longer than what is there
        let wall = Some(report.wall_s).filter(|_| ran && report.source != "events");
        self.add("makespan", report.makespan_s.or(wall).map(|time| time.as_f64()));
        self.add("work", ran.then_some(report.work_s.as_f64()));
        self.add("throughput", report.throughput);
        self.add("failures", (report.ops > 0).then_some(report.failed_share));
        self.add("retries", (report.ops > 0).then_some(report.retried_share));
        let cpu = (report.user_s + report.system_s).as_f64();
        self.add("cpu_time", Some(cpu).filter(|cpu| *cpu > 0.0));
        self.add("max_rss", report.max_rss_bytes.map(|bytes| bytes as f64));
        self.add("utilisation", report.utilisation);
        self.add("speedup", report.speedup);
        let startup = self.began.zip(self.first).map(|(began, first)| (first - began).as_f64());
        self.add("startup", startup);
        let asked = report.ops.max(1) as f64;
        self.add("hits", (self.hits > 0).then_some(self.hits as f64 / asked));
        (self.began, self.first, self.hits) = (None, None, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Intake;
    use alloc::format;
    use alloc::string::String;

    const LOG: &str = r#"{"type":"run.start","version":1,"run":"r","time":1000,"tool":"t","host":"h","pid":1,"argv":[],"jobs":2,"resources":{}}
{"type":"op.skip","id":"old","seq":1,"time":1000,"result":"skip","reason":"check"}
{"type":"op.end","id":"a","seq":2,"attempt":1,"final":true,"slot":1,"start":1002,"end":1012,"wall_s":10,"user_s":4,"system_s":1,"max_rss_bytes":1048576,"exit":0,"result":"success","queued_s":0.5,"out_bytes":0}
{"type":"op.end","id":"b","seq":3,"attempt":1,"final":true,"slot":2,"start":1002,"end":1022,"wall_s":20,"user_s":4,"system_s":1,"max_rss_bytes":2097152,"exit":1,"result":"failure","queued_s":1,"out_bytes":0}
{"type":"sample","time":1010,"interval_s":1,"cpus":2,"cpu":{"user":0.5,"nice":0,"system":0.2,"idle":0.3,"iowait":0,"irq":0,"softirq":0,"steal":0,"busy":0.7}}
{"type":"run.end","run":"r","time":1022,"makespan_s":22,"counts":{"success":1,"failure":1,"skip":1},"exit":1}
"#;

    fn check(line: &str) -> (Option<f64>, Option<f64>, Outcome) {
        let target = Target::parse(line, 1).unwrap().unwrap();
        let mut intake = Intake::heard_by(Measured::new(alloc::vec![target]), 0);
        LOG.lines().for_each(|line| intake.line(line.as_bytes()).unwrap());
        let (row, outcome) = intake.finish_heard().1.told().remove(0);
        (row.measured.0, row.margin, outcome)
    }

    /// Each metric with what it is by hand, and a target on either side of it.
    #[test]
    fn a_target_on_each_side_of_each_metric() {
        for (metric, measured, step, unit) in [
            ("makespan", 22.0, 0.5, "s"),
            ("work", 30.0, 0.5, "s"),
            // by the wall, from when the first was ready
            ("throughput", 0.095_238, 0.01, ""),
            ("failures", 1.0 / 3.0, 0.01, ""),
            ("retries", 0.0, 0.01, ""),
            ("cpu_time", 10.0, 0.5, "s"),
            ("max_rss", 2_097_152.0, 1024.0, ""),
            ("utilisation", 0.714_286, 0.01, ""),
            ("speedup", 1.428_571, 0.01, ""),
            ("startup", 2.0, 0.1, "s"),
            ("hits", 1.0 / 3.0, 0.01, ""),
            ("duration.max", 20.0, 0.1, "s"),
            ("duration.mean", 15.0, 0.1, "s"),
            ("queued.min", 0.5, 0.1, "s"),
            ("op:a.max", 10.0, 0.1, "s"),
            ("cpu.max", 0.7, 0.01, ""),
            ("cpu busy.max", 0.7, 0.01, ""),
        ] {
            let limits = [(measured + step, true), (measured - step, false)];
            for (limit, is_above) in limits {
                for sign in ["<=", ">="] {
                    let line = format!("{metric} {sign} {limit}{unit}");
                    let (found, margin, outcome) = if limit < 0.0 && unit == "s" {
                        continue;
                    } else {
                        check(&line)
                    };
                    assert!((found.unwrap() - measured).abs() < 1e-5, "{line}: {found:?}");
                    let want =
                        if (sign == "<=") == is_above { Outcome::Met } else { Outcome::Missed };
                    assert_eq!(outcome, want, "{line}");
                    assert!((margin.unwrap().abs() - step).abs() < 1e-5, "{line}: {margin:?}");
                }
            }
        }
    }

    #[test]
    fn the_limit_itself_is_met_unless_it_is_strict() {
        assert_eq!(check("makespan <= 22s").2, Outcome::Met);
        assert_eq!(check("makespan < 22s").2, Outcome::Missed);
        assert_eq!(check("makespan >= 22s").2, Outcome::Met);
        assert_eq!(check("makespan > 22s").2, Outcome::Missed);
    }

    #[test]
    fn what_the_logs_do_not_tell_is_not_measured() {
        for line in ["memory <= 80%", "op:zebra <= 3s", "disk vda util <= 80%"] {
            assert_eq!(check(line), (None, None, Outcome::NotMeasured), "{line}");
        }
        // a run that was cut off has no makespan
        let target = Target::parse("makespan <= 1h", 1).unwrap().unwrap();
        let mut intake = Intake::heard_by(Measured::new(alloc::vec![target]), 0);
        let cut: String = LOG.lines().take(4).map(|line| format!("{line}\n")).collect();
        cut.lines().for_each(|line| intake.line(line.as_bytes()).unwrap());
        assert_eq!(intake.finish_heard().1.told()[0].1, Outcome::NotMeasured);
    }
}
