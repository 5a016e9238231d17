//! `pgstat report --svg CHART`: one chart of a run as a picture.

use crate::draw::lines::{Graph, Line, Shape, Unit, graph};
use crate::draw::{self, Bar, Chart, Held, Lane, Place, spread};
use crate::fail::Fail;
use clap::ValueEnum;
use record::{Amount, Report, Seconds, status};
use stat::{Account, Chart as Measured, Course, Ended, Spread, Timeline, Told};

/// Lines, areas, families that are drawn.
const MOST: usize = 16;

/// A chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Picture {
    /// Slots over time, with the critical path, locks and resources
    Gantt,
    /// Operations that wait, by cause
    Waiting,
    /// Operations that run at the same time
    Running,
    /// Attempts that ended in a second
    Throughput,
    /// Durations by family
    Durations,
    /// Shares of the time of all CPUs
    Cpu,
    /// Memory and swap
    Memory,
    /// Pressure stall information
    Pressure,
    /// Bytes from and to disks
    Disk,
    /// Shares of the time in which disks had something to do
    DiskBusy,
    /// Bytes from and to the network
    Network,
    /// CPUs of process trees and cgroups
    TreeCpu,
    /// Memory of process trees and cgroups
    TreeMemory,
}

impl Picture {
    /// The chart of samples that it is.
    fn measured(self) -> Option<Measured> {
        let word = self.to_possible_value()?;
        Measured::ALL.into_iter().find(|chart| chart.word() == word.get_name())
    }
}

/// The picture of the last run that has something of it.
///
/// # Errors
/// No run has.
pub fn svg(account: &Account, which: Picture, width: u32) -> Result<String, Fail> {
    let pairs = account.told.iter().zip(&account.timelines).rev();
    let made = pairs.filter_map(|(told, line)| Some((told, line.as_ref()?)));
    made.filter_map(|(told, line)| of_run((told, line), which, width)).next().ok_or_else(|| {
        let word = which.to_possible_value();
        let word = word.as_ref().map_or("", |word| word.get_name());
        let what = match which.measured() {
            Some(_) => "give the samples of pgmon that were taken meanwhile, too",
            None => "give the file that pgrun --events or --joblog wrote",
        };
        Fail::new(status::BAD_INPUT, format!("--svg {word}: the input has nothing of it; {what}"))
    })
}

fn title(report: &Report) -> String {
    match report.run.as_str() {
        "" => report.source.clone(),
        run => format!("run {run}"),
    }
}

fn of_run((told, line): (&Told, &Timeline), which: Picture, width: u32) -> Option<String> {
    let title = title(&told.report);
    if let Some(chart) = which.measured() {
        return measured(line, (&title, chart), width);
    }
    let ran = line.attempts + line.unfinished > 0;
    let courses = |about: &str, (unit, shape): (Unit, Shape), lines: Vec<Line>| {
        (ran && !lines.is_empty()).then(|| {
            let length = line.end - line.begin;
            graph(&Graph { title: &title, about, unit, shape, length, most: None, lines }, width)
        })
    };
    match which {
        Picture::Gantt => ran.then(|| {
            let title = crate::print::shown(&title);
            draw::svg::gantt(&gantt(line, &told.report), (&title, width))
        }),
        Picture::Durations => durations(line, (&title, width)),
        Picture::Waiting => {
            let about =
                "operations that were ready and had not been started, by what they waited for";
            let lines = line
                .waiting
                .iter()
                .take(MOST)
                .map(|course| steps(line, (&course.name, &course.means)));
            courses(about, (Unit::Count, Shape::Stacked), lines.collect())
        }
        Picture::Running => {
            let lines = vec![steps(line, ("running", &line.running))];
            courses("operations that ran at the same time", (Unit::Count, Shape::Steps), lines)
        }
        Picture::Throughput => {
            let rate =
                |name: &str, counts: &[f64]| rate(line, (name, counts), (width / 12) as usize);
            let lines = vec![rate("ended", &line.ended), rate("failed", &line.failed)];
            courses("attempts that ended in a second", (Unit::PerSecond, Shape::Steps), lines)
        }
        _ => None,
    }
}

/// Bins as steps.
fn steps(line: &Timeline, (name, means): (&str, &[f64])) -> Line {
    let at = |bin: usize| {
        let at = line.first_bin + Seconds::from_micros(line.bin.as_micros() * bin as i64);
        (at - line.begin).max(Seconds::ZERO)
    };
    let values = means.iter().enumerate().map(|(bin, mean)| (at(bin), Some(*mean))).collect();
    Line { name: name.to_string(), values }
}

/// Counts of bins as rates of at most so many columns.
fn rate(line: &Timeline, (name, counts): (&str, &[f64]), most: usize) -> Line {
    let group = counts.len().div_ceil(most.max(1)).max(1);
    let wide = line.bin.as_f64() * group as f64;
    let rates: Vec<f64> = counts
        .chunks(group)
        .flat_map(|bins| {
            let rate = bins.iter().sum::<f64>() / wide;
            bins.iter().map(move |_| rate)
        })
        .collect();
    steps(line, (name, &rates))
}

/// The run as a chart of bars.
pub fn gantt(line: &Timeline, report: &Report) -> Chart {
    let since = |at: Seconds| at - line.begin;
    let bar = |(place, bar): (usize, &stat::Bar)| Bar {
        node: place as u32,
        slot: bar.slot,
        start: since(bar.from),
        end: since(bar.to),
        critical: bar.critical,
        count: bar.count,
        ended: match bar.ended {
            _ if bar.failed > 0 => draw::Ended::Failed,
            Ended::Open => draw::Ended::Open,
            Ended::With(_) => draw::Ended::Well,
        },
    };
    let locks = line.locks.iter().filter(|lock| lock.held.total > 0.0);
    let mut lanes: Vec<Lane> =
        locks.map(|lock| lane(line, (&lock.held, Held::Lock), None)).collect();
    let resources = line.resources.iter();
    lanes.extend(resources.map(|(course, whole)| lane(line, (course, Held::Resource), *whole)));
    Chart {
        bars: line.bars.iter().enumerate().map(bar).collect(),
        slots: line.slots,
        length: since(line.end),
        critical: report.critical_path_s,
        lanes,
        timed: true,
        names: line.bars.iter().map(|bar| bar.id.clone()).collect(),
    }
}

/// What is held, in thousandths.
fn lane(line: &Timeline, (course, held): (&Course, Held), whole: Option<f64>) -> Lane {
    let millis = |amount: f64| (amount * 1000.0).round().max(0.0) as u64;
    let steps: Vec<(Seconds, u64)> = steps(line, (&course.name, &course.means))
        .values
        .iter()
        .map(|(at, mean)| (*at, millis(mean.unwrap_or(0.0))))
        .collect();
    let amount = |millis: u64| Amount::from_millis(millis);
    Lane {
        name: course.name.clone(),
        held,
        peak: amount(steps.iter().map(|step| step.1).max().unwrap_or(0)),
        capacity: whole.map(|whole| amount(millis(whole))),
        busy: Seconds::from_f64(course.total),
        steps,
    }
}

fn durations(line: &Timeline, (title, width): (&str, u32)) -> Option<String> {
    let mut families: Vec<&Spread> =
        line.families.iter().filter(|family| family.count > 0).collect();
    families.sort_by(|a, b| b.work.cmp(&a.work).then_with(|| a.name.cmp(&b.name)));
    families.truncate(MOST);
    (!families.is_empty()).then(|| spread::durations(&families, (title, width), Place::File))
}

/// Unit of a chart of samples.
pub fn unit(chart: Measured) -> Unit {
    match chart {
        Measured::Cpu | Measured::Pressure | Measured::DiskBusy => Unit::Share,
        Measured::Memory | Measured::TreeMemory => Unit::Bytes,
        Measured::Disk | Measured::Network => Unit::Rate,
        Measured::TreeCpu => Unit::Count,
    }
}

fn measured(line: &Timeline, (title, chart): (&str, Measured), width: u32) -> Option<String> {
    let of: Vec<&stat::Line> = line.lines.iter().filter(|one| one.chart == chart).collect();
    let whole = of.iter().filter_map(|one| one.whole).reduce(f64::max);
    let most = match chart {
        Measured::Cpu | Measured::DiskBusy | Measured::Memory => whole,
        _ => None,
    };
    let one = |one: &&stat::Line| Line {
        name: one.name.clone(),
        values: one
            .with_gaps()
            .map(|(at, point)| (at - line.begin, point.map(|point| point.mean)))
            .collect(),
    };
    let lines: Vec<Line> = of.iter().take(MOST).map(one).collect();
    let about = about(chart);
    let length = line.end - line.begin;
    let shape = Shape::Lines;
    let unit = unit(chart);
    (!lines.is_empty())
        .then(|| graph(&Graph { title, about, unit, shape, length, most, lines }, width))
}

/// What a chart of samples shows.
pub fn about(chart: Measured) -> &'static str {
    match chart {
        Measured::Cpu => "shares of the time of all CPUs",
        Measured::Memory => "memory of the machine",
        Measured::Pressure => {
            "pressure: shares of the time in which some or all tasks stood still for want of it"
        }
        Measured::Disk => "bytes a second from and to disks",
        Measured::DiskBusy => "shares of the time in which disks had something to do",
        Measured::Network => "bytes a second",
        Measured::TreeCpu => "CPUs of process trees and cgroups; 1 is one CPU all the time",
        Measured::TreeMemory => "resident memory of process trees and cgroups",
    }
}
