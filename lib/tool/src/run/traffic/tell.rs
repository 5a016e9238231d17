//! The figures of a load and of a benchmark, for people.

use crate::print::{aligned, number, shown};
use crate::run::drive::Runner;
use crate::run::sinks::To;
use record::{BenchResult, LoadSummary, Seconds};
use std::fmt::Write as _;

/// Longest command that is shown, in characters.
const WIDEST: usize = 48;

impl Runner {
    /// The text: of a load on standard error, beside what the commands have written; of a
    /// benchmark it is the result. Records on standard output say it all.
    pub fn print_load(&mut self, text: String) {
        if self.settings.traffic.json || self.settings.output.quiet {
            return;
        }
        let to = if self.settings.traffic.is_bench() { To::Out } else { To::Err };
        let text = self.settings.log.redact.line(text);
        self.sinks.write_lines(&self.poller, to, text.as_bytes());
    }
}

/// Three figures, and a unit that fits.
fn time(time: Seconds) -> String {
    let seconds = time.as_f64();
    let (value, unit) = match seconds {
        s if s < 0.001 => (s * 1e6, "us"),
        s if s < 1.0 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    let decimals = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    let decimals = if unit == "us" { 0 } else { decimals };
    format!("{value:.decimals$} {unit}")
}

fn rate(per_s: f64) -> String {
    format!("{}/s", number(per_s))
}

/// A command on a line of a table.
fn cell(command: &str) -> String {
    let text = shown(command).replace('\t', " ");
    match text.char_indices().nth(WIDEST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}

/// What came of a load: all together, then each scenario.
pub fn load(told: &[LoadSummary]) -> String {
    let Some((all, each)) = told.split_last() else { return String::new() };
    let how = match (all.asked_per_s, all.users) {
        (Some(asked), _) => format!("{}, {} asked", all.pattern, rate(asked)),
        (None, Some(1)) => "1 user".to_string(),
        (None, Some(users)) => format!("{users} users"),
        (None, None) => "as slots were free".to_string(),
    };
    let achieved =
        all.achieved_per_s.map_or(String::new(), |per_s| format!(", {} started", rate(per_s)));
    let jobs = if all.jobs == 1 { "1 job".to_string() } else { format!("{} jobs", all.jobs) };
    let failed = if all.failed == 0 { String::new() } else { format!(", {} failed", all.failed) };
    let mut text = format!("load: {how}{achieved}; {jobs} in {}{failed}\n", time(all.window_s));
    if all.jobs == 0 {
        return text;
    }
    let mut rows = vec!["\tp50\tp90\tp99\tmax\t".to_string()];
    rows.extend(lines(all, "").into_iter().filter(|row| !row.is_empty()));
    text.push_str(&aligned(&rows));
    if let Some(held) = all.held.filter(|held| *held > 0) {
        let _ = writeln!(
            text,
            "{held} were due and found no free slot: the latency has waits for pgrun's own slots; \
             -j N gives more"
        );
    }
    if each.is_empty() {
        return text;
    }
    let mut rows = vec!["jobs\tfailed\tp50\tp90\tp99\tmax\tscenario".to_string()];
    rows.extend(each.iter().map(|one| {
        let four = latency(one).unwrap_or_else(|| service(one)).map(time).join("\t");
        format!("{}\t{}\t{four}\t{}", one.jobs, one.failed, cell(&one.scenario))
    }));
    text.push_str(&aligned(&rows));
    text
}

fn latency(of: &LoadSummary) -> Option<[Seconds; 4]> {
    Some([of.latency_p50_s?, of.latency_p90_s?, of.latency_p99_s?, of.latency_max_s?])
}

fn service(of: &LoadSummary) -> [Seconds; 4] {
    [of.service_p50_s, of.service_p90_s, of.service_p99_s, of.service_max_s]
}

fn lines(of: &LoadSummary, before: &str) -> Vec<String> {
    let row = |name: &str, four: [Seconds; 4], about: &str| {
        format!("{before}{name}\t{}\t{about}", four.map(time).join("\t"))
    };
    match latency(of) {
        Some(four) => vec![
            row("latency", four, "from the intended start"),
            row("service", service(of), "from the real start: all that a closed loop would see"),
        ],
        None => vec![row("service", service(of), "from the real start")],
    }
}

/// Commands beside each other.
pub fn bench(told: &[BenchResult]) -> String {
    let several = told.iter().any(|one| one.begun.is_some());
    let begun = if several { "begun\t" } else { "" };
    let mut rows = vec![format!("median\t95 % interval\tmin\tmax\truns\t{begun}command")];
    rows.extend(told.iter().map(|one| {
        let interval = match (one.low_s, one.high_s) {
            (Some(low), Some(high)) => format!("{} .. {}", time(low), time(high)),
            _ => String::new(),
        };
        let ends = format!("{}\t{}", time(one.min_s), time(one.max_s));
        let begun = match &one.begun {
            Some(begun) => format!("{begun}\t"),
            None if several => "\t".to_string(),
            None => String::new(),
        };
        let command = cell(&one.command);
        format!("{}\t{interval}\t{ends}\t{}\t{begun}{command}", time(one.median_s), one.runs)
    }));
    let mut text = aligned(&rows);
    if let Some((first, others)) = told.split_first() {
        others.iter().for_each(|one| beside(&mut text, one, first));
    }
    for one in told.iter().filter(|one| one.outliers > 0) {
        let share = one.outliers * 100 / one.runs.max(1);
        let _ = writeln!(
            text,
            "outliers: {} of {} runs ({share} %) of {} are far from the others; something else may \
             have run: --warmup, a quiet machine, or more runs",
            one.outliers,
            one.runs,
            cell(&one.command)
        );
    }
    for one in told.iter().filter(|one| one.failed > 0) {
        let _ = writeln!(
            text,
            "failed: {} of {} runs of {}; what fails may take another time",
            one.failed,
            one.runs,
            cell(&one.command)
        );
    }
    text
}

/// A command beside the first.
fn beside(text: &mut String, one: &BenchResult, first: &BenchResult) {
    let (name, other) = (cell(&one.command), cell(&first.command));
    let chance = one.chance.map_or(String::new(), |chance| match chance {
        chance if chance < 0.0001 => ", p < 0.0001".to_string(),
        chance => format!(", p = {chance:.4}"),
    });
    let factor = |ratio: Option<f64>| ratio.unwrap_or(1.0);
    let times =
        |middle: f64, low: f64, high: f64| format!("{middle:.2} times ({low:.2} .. {high:.2})");
    let (ratio, low, high) = (factor(one.ratio), factor(one.ratio_low), factor(one.ratio_high));
    let _ = match one.verdict.as_str() {
        "faster" => {
            writeln!(text, "{name}: {} as fast as {other}{chance}", times(ratio, low, high))
        }
        "slower" => {
            let times = times(1.0 / ratio, 1.0 / high, 1.0 / low);
            writeln!(text, "{name}: takes {times} as long as {other}{chance}")
        }
        "too few" => writeln!(text, "{name}: too few runs to tell it from {other}"),
        _ => writeln!(
            text,
            "{name}: no difference from {other} that chance would not explain \
             (ratio {ratio:.2}, {low:.2} .. {high:.2}{chance})"
        ),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_figures() {
        let of = |seconds: f64| time(Seconds::from_f64(seconds));
        assert_eq!([of(0.000123), of(0.00123), of(0.0123)], ["123 us", "1.23 ms", "12.3 ms"]);
        assert_eq!([of(0.123), of(1.2345), of(100.0)], ["123 ms", "1.23 s", "100 s"]);
        assert_eq!([rate(50.0), rate(0.125), rate(49.98)], ["50/s", "0.125/s", "49.98/s"]);
    }
}
