//! The summary of a command: what its samples add up to. Pure.

use super::rates::rounded;
use record::{Nullable, Sample, Seconds, Summary};
use sys::wait::{Ending, Usage};

/// Over less the kernel's ticks of a hundredth of a second give no peak worth telling.
const LEAST_PEAK_S: Seconds = Seconds::from_micros(100_000);

/// What the samples of one command add up to; the command is their first tree.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    summary: Summary,
    /// Bytes times seconds.
    rss_area: f64,
    seconds: f64,
    rss_before: u64,
}

/// How a command ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// Its status or signal.
    pub ending: Ending,
    /// What the kernel counted for it and those it waited for.
    pub usage: Usage,
    /// User and system time of the same in the last sample.
    pub sampled: (Seconds, Seconds),
    /// From its start to its end.
    pub wall: Seconds,
    /// Our own high-water mark when it was started, which it inherits.
    pub own_rss_bytes: u64,
}

impl Sums {
    /// Adds a sample.
    pub fn add(&mut self, sample: &Sample) {
        let Some(tree) = sample.trees.first() else { return };
        let sums = &mut self.summary;
        sums.samples += 1;
        sums.missed += sample.missed;
        sums.time = sample.time;
        sums.user_s = tree.user_s;
        sums.system_s = tree.system_s;
        sums.read_bytes = tree.read_bytes;
        sums.write_bytes = tree.write_bytes;
        sums.major_faults = tree.major_faults;
        sums.vanished = tree.vanished;
        if sample.interval_s >= LEAST_PEAK_S {
            sums.cpu_peak = sums.cpu_peak.max(tree.cpu.unwrap_or(0.0));
        }
        sums.rss_peak_bytes = sums.rss_peak_bytes.max(tree.rss_bytes);
        sums.pss_peak_bytes = sums.pss_peak_bytes.max(tree.pss_bytes);
        sums.processes_peak = sums.processes_peak.max(tree.processes);
        sums.threads_peak = sums.threads_peak.max(tree.threads);
        sums.left = tree.processes;
        if let Some(own) = &sample.own {
            sums.own_cpu_s = own.cpu_s;
        }
        // memory is taken to change in a straight line between two samples, and to stay
        // until the end, where there is none left to see
        let secs = sample.interval_s.as_f64();
        let rss = if tree.processes == 0 { self.rss_before } else { tree.rss_bytes };
        self.rss_area += (self.rss_before as f64 + rss as f64) / 2.0 * secs;
        self.seconds += secs;
        self.rss_before = rss;
    }

    /// The summary of a command that has ended.
    pub fn finish(self, ended: Ended) -> Summary {
        let mut summary = self.summary;
        match ended.ending {
            Ending::Exit(status) => summary.exit = Some(status),
            Ending::Signal(signal) => summary.signal = Some(signal),
        }
        // the samples count in ticks, the kernel's last word is finer
        let (user, system) = ended.sampled;
        summary.user_s = summary.user_s - user + ended.usage.user;
        summary.system_s = summary.system_s - system + ended.usage.system;
        summary.wall_s = ended.wall;
        let wall = ended.wall.as_f64();
        let cpu = (summary.user_s + summary.system_s).as_f64();
        summary.cpu_avg = if wall > 0.0 { rounded(cpu / wall) } else { 0.0 };
        summary.cpu_peak = summary.cpu_peak.max(summary.cpu_avg);
        let rss = ended.usage.max_rss_bytes;
        summary.max_rss_bytes = Nullable((rss > ended.own_rss_bytes).then_some(rss));
        summary.rss_avg_bytes =
            if self.seconds > 0.0 { (self.rss_area / self.seconds) as u64 } else { 0 };
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Tree;

    fn sample(interval: i64, rss: u64, cpu: Option<f64>) -> Sample {
        let user_s = Seconds::from_micros(480_000);
        let tree = Tree { rss_bytes: rss, cpu, user_s, processes: 2, ..Tree::default() };
        Sample { interval_s: Seconds::from_secs(interval), trees: vec![tree], ..Sample::default() }
    }

    #[test]
    fn memory_is_weighed_by_time() {
        let mut sums = Sums::default();
        sums.add(&sample(0, 100, None));
        sums.add(&sample(1, 300, Some(0.5)));
        sums.add(&sample(3, 300, Some(0.25)));
        let usage = Usage { user: Seconds::from_micros(405_000), ..Usage::default() };
        let summary = sums.finish(Ended {
            ending: Ending::Signal(9),
            usage: Usage { max_rss_bytes: 50, ..usage },
            sampled: (Seconds::from_micros(400_000), Seconds::ZERO),
            wall: Seconds::from_secs(4),
            own_rss_bytes: 50,
        });
        assert_eq!(summary.rss_avg_bytes, (200 + 900) / 4);
        assert_eq!((summary.rss_peak_bytes, summary.cpu_peak), (300, 0.5));
        // 0.08 s of orphans in ticks and 0.405 s of the command, exactly
        assert_eq!(summary.user_s, Seconds::from_micros(485_000));
        assert_eq!(summary.cpu_avg, 0.12125);
        assert_eq!((summary.signal, summary.exit), (Some(9), None));
        assert_eq!(summary.max_rss_bytes, Nullable(None));
    }
}
