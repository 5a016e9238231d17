//! What pictures show of a sample: which chart, which line of it, which value.

use super::envelope::{Envelope, Point};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use record::{Sample, Seconds};

/// More lines than this are not drawn.
const MOST: usize = 120;
/// Readings are missing where two are so much further apart than usual.
const GAP: f64 = 4.0;

/// A chart of lines over the time of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chart {
    /// Shares of all CPUs.
    Cpu,
    /// Bytes of memory and swap.
    Memory,
    /// Pressure stall information: shares of the time in which tasks stood still.
    Pressure,
    /// Bytes a second from and to disks.
    Disk,
    /// Shares of the time in which disks had something to do.
    DiskBusy,
    /// Bytes a second.
    Network,
    /// CPUs that trees of processes and cgroups used.
    TreeCpu,
    /// Their resident memory.
    TreeMemory,
}

impl Chart {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Chart; 8] = [
        Chart::Cpu,
        Chart::Memory,
        Chart::Pressure,
        Chart::Disk,
        Chart::DiskBusy,
        Chart::Network,
        Chart::TreeCpu,
        Chart::TreeMemory,
    ];

    /// The word on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Chart::Cpu => "cpu",
            Chart::Memory => "memory",
            Chart::Pressure => "pressure",
            Chart::Disk => "disk",
            Chart::DiskBusy => "disk-busy",
            Chart::Network => "network",
            Chart::TreeCpu => "tree-cpu",
            Chart::TreeMemory => "tree-memory",
        }
    }
}

/// One line of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Where it is drawn.
    pub chart: Chart,
    /// What it is.
    pub name: String,
    /// What there is of it: in the chart's unit, where that is known.
    pub whole: Option<f64>,
    /// By time.
    pub points: Vec<Point>,
}

impl Line {
    /// The points; where readings are missing, none at a time between.
    pub fn with_gaps(&self) -> impl Iterator<Item = (Seconds, Option<&Point>)> {
        let apart = |pair: &[Point]| pair[1].at - pair[0].at;
        let mut all: Vec<Seconds> = self.points.windows(2).map(apart).collect();
        all.sort_unstable();
        let usual = all.get(all.len() / 2).copied().unwrap_or_default();
        let before = [None].into_iter().chain(self.points.iter().map(Some));
        before.zip(&self.points).flat_map(move |(before, point)| {
            let missing = before.filter(|before| {
                usual > Seconds::ZERO && (point.at - before.at).as_f64() > GAP * usual.as_f64()
            });
            let gap = missing.map(|before| (before.at + usual, None));
            gap.into_iter().chain([(point.at, Some(point))])
        })
    }
}

#[derive(Clone, Debug)]
struct Row {
    chart: Chart,
    name: String,
    whole: Option<f64>,
    values: Envelope,
}

/// Takes samples.
#[derive(Clone, Debug, Default)]
pub struct Readings {
    rows: Vec<Row>,
    span: Option<(Seconds, Seconds)>,
    count: u64,
}

impl Readings {
    /// Takes a sample.
    pub fn add(&mut self, sample: &Sample) {
        let begin = sample.time - sample.interval_s;
        self.count += 1;
        self.span = Some(match self.span {
            None => (begin, sample.time),
            Some((first, last)) => (first.min(begin), last.max(sample.time)),
        });
        self.machine(sample);
        self.devices(sample);
        for tree in &sample.trees {
            let name = match tree.pid {
                Some(pid) => format!("tree {pid}"),
                None => format!("cgroup {}", tree.path),
            };
            let cpus = Some(f64::from(sample.cpus)).filter(|cpus| *cpus > 0.0);
            self.read((sample.time, Chart::TreeCpu), &name, (tree.cpu, cpus));
            let memory = tree.pss_bytes.unwrap_or(tree.rss_bytes);
            self.read((sample.time, Chart::TreeMemory), &name, (Some(memory as f64), None));
        }
    }

    fn machine(&mut self, sample: &Sample) {
        let time = sample.time;
        if let Some(cpu) = &sample.cpu {
            let whole = Some(1.0);
            let other = cpu.busy - cpu.user - cpu.system;
            for (name, value) in [
                ("busy", cpu.busy),
                ("user", cpu.user),
                ("system", cpu.system),
                ("other", other.max(0.0)),
                ("iowait", cpu.iowait),
            ] {
                self.read((time, Chart::Cpu), name, (Some(value), whole));
            }
        }
        if let Some(memory) = &sample.memory {
            let whole = Some(memory.total_bytes as f64).filter(|total| *total > 0.0);
            self.read((time, Chart::Memory), "used", (Some(memory.used_bytes as f64), whole));
            let cached = Some(memory.cached_bytes as f64);
            self.read((time, Chart::Memory), "file contents", (cached, whole));
            let swap = Some(memory.swap_used_bytes as f64).filter(|_| memory.swap_total_bytes > 0);
            self.read((time, Chart::Memory), "swap", (swap, None));
        }
        for (name, pressure) in &sample.pressure {
            let some = Some(pressure.some);
            self.read((time, Chart::Pressure), &format!("{name} some"), (some, Some(1.0)));
            self.read((time, Chart::Pressure), &format!("{name} full"), (pressure.full, Some(1.0)));
        }
    }

    fn devices(&mut self, sample: &Sample) {
        let time = sample.time;
        for (name, disk) in &sample.disks {
            let read = Some(disk.read_bytes_per_s);
            self.read((time, Chart::Disk), &format!("{name} read"), (read, None));
            let write = Some(disk.write_bytes_per_s);
            self.read((time, Chart::Disk), &format!("{name} written"), (write, None));
            self.read((time, Chart::DiskBusy), name, (Some(disk.util), Some(1.0)));
        }
        for (name, network) in &sample.networks {
            let received = Some(network.rx_bytes_per_s);
            self.read((time, Chart::Network), &format!("{name} received"), (received, None));
            let sent = Some(network.tx_bytes_per_s);
            self.read((time, Chart::Network), &format!("{name} sent"), (sent, None));
        }
    }

    /// One value and what there is of it; a rate that the first sample has not is no value.
    fn read(
        &mut self,
        (time, chart): (Seconds, Chart),
        name: &str,
        (value, whole): (Option<f64>, Option<f64>),
    ) {
        let Some(value) = value else { return };
        let found = self.rows.iter().position(|row| row.chart == chart && row.name == name);
        let place = match found {
            Some(place) => place,
            None if self.rows.len() >= MOST => return,
            None => {
                let (name, values) = (name.to_string(), Envelope::default());
                self.rows.push(Row { chart, name, whole, values });
                self.rows.len() - 1
            }
        };
        let row = &mut self.rows[place];
        row.whole = match (row.whole, whole) {
            (Some(before), Some(now)) => Some(before.max(now)),
            (before, now) => before.or(now),
        };
        row.values.push(time, value);
    }

    /// From the beginning of the first interval to the last reading.
    pub fn span(&self) -> Option<(Seconds, Seconds)> {
        self.span
    }

    /// The lines that have a value between two times, in the order of their charts.
    pub fn lines(&self, (from, to): (Seconds, Seconds)) -> Vec<Line> {
        let line = |row: &Row| {
            let mut points = row.values.clone().into_points();
            points.retain(|point| from <= point.at && point.at <= to);
            Line { chart: row.chart, name: row.name.clone(), whole: row.whole, points }
        };
        let mut lines: Vec<Line> = self.rows.iter().map(line).collect();
        // what was never used tells nothing, but that nobody stood still does
        let silent = |line: &Line| line.points.iter().all(|point| point.greatest < 1e-9);
        lines.retain(|line| {
            let told = line.name == "busy" || line.name.ends_with(" some");
            !line.points.is_empty() && (told || !silent(line))
        });
        lines.sort_by(|a, b| (a.chart, &a.name).cmp(&(b.chart, &b.name)));
        lines
    }

    /// Samples taken.
    pub fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{CpuShares, Disk, Memory};

    #[test]
    fn missing_readings_are_a_gap() {
        let mut values = Envelope::default();
        [1, 2, 3, 4, 10, 11].map(Seconds::from_secs).iter().for_each(|at| values.push(*at, 1.0));
        let points = values.into_points();
        let line = Line { chart: Chart::Cpu, name: String::new(), whole: None, points };
        let told: Vec<(i64, bool)> = line
            .with_gaps()
            .map(|(at, point)| (at.as_micros() / 1_000_000, point.is_some()))
            .collect();
        let want = [(1, true), (2, true), (3, true), (4, true), (5, false), (10, true), (11, true)];
        assert_eq!(told, want);
    }

    #[test]
    fn a_sample_becomes_lines() {
        let mut readings = Readings::default();
        for second in 0..3 {
            let disk = Disk { read_bytes_per_s: 5.0, ..Disk::default() };
            readings.add(&Sample {
                time: Seconds::from_secs(second),
                interval_s: Seconds::from_secs(second.min(1)),
                cpu: (second > 0).then(|| CpuShares {
                    busy: 0.5,
                    user: 0.25,
                    ..CpuShares::default()
                }),
                memory: Some(Memory { used_bytes: 7, total_bytes: 10, ..Memory::default() }),
                disks: [("vda".to_string(), disk), ("vdb".to_string(), Disk::default())].into(),
                ..Sample::default()
            });
        }
        let all = (Seconds::ZERO, Seconds::from_secs(9));
        let lines = readings.lines(all);
        let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["busy", "other", "user", "used", "vda read"]);
        assert_eq!((lines[0].points.len(), lines[3].points.len()), (2, 3));
        assert_eq!(lines[3].whole, Some(10.0));
        assert_eq!(lines[1].points[0].mean, 0.25);
        // before and after the run is not drawn
        let late = readings.lines((Seconds::from_secs(2), Seconds::from_secs(2)));
        assert!(late.iter().all(|line| line.points.len() == 1));
        assert_eq!(readings.span(), Some((Seconds::ZERO, Seconds::from_secs(2))));
    }
}
