//! What the machine did while a run went on: figures out of samples, moment by moment, in
//! bounded memory, and their means over the run's time.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use record::{Sample, Seconds};

/// Moments that are kept; when there are more, neighbours become one.
const MOST: usize = 4096;

/// CPUs this busy have no room.
const FULL: f64 = 0.85;

/// A peak below this is nobody's bottleneck, bytes a second.
const TRAFFIC: f64 = 1_048_576.0;

/// So many times what flows anyway the peak has to be.
const ABOVE_IDLE: f64 = 4.0;

/// Of the moments by traffic, the place of what flows anyway.
const IDLE: f64 = 0.1;

/// A link within this of the most that it ever carried is busy.
const NEAR_PEAK: f64 = 0.8;

/// Segments that had to be sent again, as a share of packets: a link that loses.
const LOSSY: f64 = 0.01;

macro_rules! figures {
    ($($(#[doc = $doc:literal])* $name:ident),* $(,)?) => {
        /// Figures of a moment, or means over a time; none where it was not measured.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct Figures {
            $($(#[doc = $doc])* pub $name: Option<f64>,)*
        }

        /// The same, added up over the time in which each was measured.
        #[derive(Clone, Copy, Debug, Default)]
        struct Sums {
            $($name: Sum,)*
        }

        impl Sums {
            fn of(figures: Figures, time: f64) -> Self {
                Sums { $($name: Sum::of(figures.$name, time),)* }
            }

            /// With a share of others.
            fn with(self, others: Sums, share: f64) -> Self {
                Sums { $($name: self.$name.with(others.$name, share),)* }
            }

            fn means(self) -> Figures {
                Figures { $($name: self.$name.mean(),)* }
            }
        }
    };
}

figures! {
    /// Share of the CPUs' time that was not idle.
    busy,
    /// Share of the CPUs' time that the watched trees used.
    own,
    /// Processes of the watched trees that ran or wanted to.
    own_runnable,
    /// Those that waited for a disk.
    own_blocked,
    /// Share taken by other guests.
    steal,
    /// Share of the CPUs' time that was idle with a disk at work.
    iowait,
    /// Share of the time in which somebody waited for a CPU.
    cpu_some,
    /// Share of the time in which somebody waited for a disk.
    io_some,
    /// Share in which all did.
    io_full,
    /// Share of the time in which somebody waited for memory.
    memory_some,
    /// Share of the time in which the CPU quota held somebody back.
    throttled,
    /// Memory used, of what there is, of the machine or of a control group.
    memory,
    /// Bytes a second to and from swap.
    swap,
    /// Page faults a second that had to read a disk.
    faults,
    /// Programs killed for want of memory, a second.
    oom,
    /// Busiest disk: share of the time.
    disk,
    /// Mean time of a request of the slowest disk, seconds.
    disk_wait,
    /// Bytes a second over all interfaces.
    network,
    /// Segments sent again, of the packets sent.
    resent,
    /// Tasks that run or want to.
    runnable,
    /// Tasks that wait for a disk.
    blocked,
    /// CPUs.
    cpus,
    /// 1 where the CPUs had no room.
    full,
}

/// A figure times seconds, and the seconds in which it was measured: one that is absent for a
/// while says nothing of that while.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    sum: f64,
    time: f64,
}

impl Sum {
    fn of(figure: Option<f64>, time: f64) -> Self {
        figure.map_or_else(Sum::default, |figure| Sum { sum: figure * time, time })
    }

    fn with(self, other: Sum, share: f64) -> Self {
        Sum { sum: self.sum + other.sum * share, time: self.time + other.time * share }
    }

    fn mean(self) -> Option<f64> {
        (self.time > 0.0).then(|| self.sum / self.time)
    }
}

#[derive(Clone, Copy, Debug)]
struct Moment {
    begin: Seconds,
    end: Seconds,
    sums: Sums,
    /// The most of any sample: a mean would hide it.
    memory_most: Option<f64>,
}

impl Moment {
    fn of(sample: &Sample, figures: Figures) -> Self {
        Moment {
            begin: sample.time - sample.interval_s,
            end: sample.time,
            sums: Sums::of(figures, sample.interval_s.as_f64()),
            memory_most: figures.memory,
        }
    }

    /// As one with the moment that follows.
    fn joined(self, next: Moment) -> Self {
        Moment {
            begin: self.begin,
            end: next.end,
            sums: self.sums.with(next.sums, 1.0),
            memory_most: greatest([self.memory_most, next.memory_most].into_iter().flatten()),
        }
    }
}

/// The figures of a run's time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Means {
    /// Weighted by time.
    pub mean: Figures,
    /// Most memory used, of what there is.
    pub memory_peak: Option<f64>,
    /// Share of the time in which the network was as busy as it can be, or lost what it sent.
    pub network_busy: Option<f64>,
    /// Time that was measured.
    pub measured: Seconds,
    /// Moments that it was measured in.
    pub samples: u64,
}

/// All samples.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    moments: Vec<Moment>,
    throttled: BTreeMap<String, Seconds>,
    /// So many samples make a moment, and so many are in the last one.
    stride: usize,
    in_last: usize,
}

impl Machine {
    /// Counts a sample. The first one of a stream has no rates and says nothing of a time.
    pub fn add(&mut self, sample: &Sample) {
        let dt = sample.interval_s.as_f64();
        let throttled = self.throttled(sample, dt);
        if dt <= 0.0 {
            return;
        }
        let figures = Figures { throttled, ..figures_of(sample) };
        let moment = Moment::of(sample, figures);
        let stride = self.stride.max(1);
        match self.moments.last_mut() {
            Some(last) if self.in_last < stride && last.end <= moment.end => {
                *last = last.joined(moment);
                self.in_last += 1;
            }
            _ => {
                self.moments.push(moment);
                self.in_last = 1;
            }
        }
        if self.moments.len() > MOST {
            self.halve();
        }
    }

    /// The greatest share of the time that a tree was held back by its quota.
    fn throttled(&mut self, sample: &Sample, dt: f64) -> Option<f64> {
        let mut most = None;
        for tree in &sample.trees {
            let Some(total) = tree.cgroup.as_ref().and_then(|cgroup| cgroup.throttled_s) else {
                continue;
            };
            let before = self.throttled.insert(tree.path.clone(), total);
            if let (Some(before), true) = (before, dt > 0.0) {
                // the kernel adds up what each CPU was held back
                let share = ((total - before).as_f64() / dt).clamp(0.0, 1.0);
                most = most.max(Some((share * 1e9) as u64));
            }
        }
        most.map(|share| share as f64 / 1e9)
    }

    /// Neighbours become one.
    fn halve(&mut self) {
        self.stride = 2 * self.stride.max(1);
        let pairs = self.moments.chunks(2).map(|pair| match pair {
            [a, b] => a.joined(*b),
            other => other[0],
        });
        self.moments = pairs.collect();
        self.in_last = self.stride;
    }

    /// The means over a time; none where nothing of it was measured.
    pub fn over(&self, begin: Seconds, end: Seconds) -> Option<Means> {
        let within = || {
            self.moments.iter().filter_map(move |moment| {
                let time = (moment.end.min(end) - moment.begin.max(begin)).as_f64();
                (time > 0.0).then_some((moment, time))
            })
        };
        let mut means = Means::default();
        let network = |moment: &Moment| moment.sums.network.mean();
        let peak = within().filter_map(|(moment, _)| network(moment)).fold(0.0, f64::max);
        let stands_out = peak >= TRAFFIC && peak >= ABOVE_IDLE * self.idle_traffic(begin, end);
        let (mut busy, mut known, mut all) = (0.0, 0.0, 0.0);
        let mut sums = Sums::default();
        for (moment, time) in within() {
            sums = sums.with(moment.sums, time / (moment.end - moment.begin).as_f64());
            all += time;
            means.samples += 1;
            means.memory_peak =
                greatest([means.memory_peak, moment.memory_most].into_iter().flatten());
            if let Some(traffic) = network(moment) {
                known += time;
                let near = stands_out && traffic >= NEAR_PEAK * peak;
                let loses = moment.sums.resent.mean().is_some_and(|share| share >= LOSSY);
                busy += if near || loses { time } else { 0.0 };
            }
        }
        means.mean = sums.means();
        means.network_busy = (known > 0.0).then(|| busy / known);
        means.measured = Seconds::from_micros((all * 1e6) as i64);
        (all > 0.0).then_some(means)
    }

    /// What the network carries without the run, bytes a second: what it did in the quiet
    /// moments of the run, or before and after it, whichever is less. A link that a run fills
    /// from begin to end has no quiet moment in it, so 0 where nothing was measured around it.
    fn idle_traffic(&self, begin: Seconds, end: Seconds) -> f64 {
        let (around, within): (Vec<&Moment>, Vec<&Moment>) =
            self.moments.iter().partition(|moment| moment.end <= begin || moment.begin >= end);
        let quiet = |moments: Vec<&Moment>| {
            low(moments.into_iter().filter_map(|moment| moment.sums.network.mean()).collect())
        };
        let around = quiet(around).unwrap_or(0.0);
        quiet(within).map_or(around, |within| within.min(around))
    }
}

/// What of the values is reached by all but the lowest.
fn low(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.get((values.len() as f64 * IDLE) as usize).copied()
}

fn greatest(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.fold(None, |most: Option<f64>, value| Some(most.map_or(value, |most| most.max(value))))
}

fn figures_of(sample: &Sample) -> Figures {
    let cpus = f64::from(sample.cpus.max(1));
    let cpu = sample.cpu.as_ref();
    let memory = sample.memory.as_ref();
    let pressure = |name: &str| sample.pressure.get(name);
    let own_pressure = |name: &str| {
        let groups = sample.trees.iter().filter_map(|tree| tree.cgroup.as_ref());
        greatest(groups.filter_map(|group| group.pressure.get(name)).map(|p| p.some))
    };
    let some =
        |name: &str| greatest(pressure(name).map(|p| p.some).into_iter().chain(own_pressure(name)));
    let share = |used: u64, total: u64| (total > 0).then(|| used as f64 / total as f64);
    let groups = sample.trees.iter().filter_map(|tree| tree.cgroup.as_ref());
    let of_groups =
        groups.filter_map(|group| share(group.memory_bytes?, group.memory_limit_bytes?));
    let of_machine = memory.and_then(|memory| share(memory.used_bytes, memory.total_bytes));
    let bytes = sample.networks.values().map(|n| n.rx_bytes_per_s + n.tx_bytes_per_s).sum();
    let packets: f64 = sample.networks.values().map(|n| n.tx_packets_per_s).sum();
    let swap = memory.and_then(|m| Some(m.swap_in_bytes_per_s? + m.swap_out_bytes_per_s?));
    let dt = sample.interval_s.as_f64();
    Figures {
        busy: cpu.map(|cpu| cpu.busy),
        own: greatest(sample.trees.iter().filter_map(|tree| tree.cpu)).map(|own| own / cpus),
        own_runnable: greatest(sample.trees.iter().filter_map(|tree| Some(tree.running? as f64))),
        own_blocked: greatest(sample.trees.iter().filter_map(|tree| Some(tree.blocked? as f64))),
        steal: cpu.map(|cpu| cpu.steal),
        iowait: cpu.map(|cpu| cpu.iowait),
        cpu_some: some("cpu"),
        io_some: some("io"),
        io_full: pressure("io").and_then(|io| io.full),
        memory_some: some("memory"),
        throttled: None,
        memory: greatest(of_machine.into_iter().chain(of_groups)),
        swap,
        faults: memory.and_then(|memory| memory.major_faults_per_s),
        oom: memory.and_then(|memory| memory.oom_kills).map(|kills| kills as f64 / dt),
        disk: greatest(sample.disks.values().map(|disk| disk.util)),
        disk_wait: greatest(sample.disks.values().map(|d| d.read_await_s.max(d.write_await_s))),
        network: (!sample.networks.is_empty()).then_some(bytes),
        resent: sample.retransmits_per_s.filter(|_| packets > 0.0).map(|again| again / packets),
        runnable: sample.load.as_ref().map(|load| load.runnable as f64),
        blocked: sample.load.as_ref().map(|load| load.blocked as f64),
        cpus: Some(cpus),
        full: cpu.map(|cpu| if cpu.busy >= FULL { 1.0 } else { 0.0 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;
    use record::{CpuShares, Memory, Network};

    fn sample(at: i64, busy: f64) -> Sample {
        Sample {
            time: Seconds::from_secs(at),
            interval_s: Seconds::from_secs(1),
            cpus: 2,
            cpu: Some(CpuShares { busy, ..CpuShares::default() }),
            ..Sample::default()
        }
    }

    #[test]
    fn means_are_of_the_time_that_is_asked_for() {
        let mut machine = Machine::default();
        for (at, busy) in [(1, 0.2), (2, 0.9), (3, 0.5)] {
            machine.add(&sample(at, busy));
        }
        let means = machine.over(Seconds::from_secs(1), Seconds::from_secs(3)).unwrap();
        assert_eq!((means.mean.busy, means.mean.full), (Some(0.7), Some(0.5)));
        assert_eq!((means.samples, means.measured), (2, Seconds::from_secs(2)));
        assert!(machine.over(Seconds::from_secs(9), Seconds::from_secs(10)).is_none());
        assert_eq!(means.mean.steal, Some(0.0));
        assert_eq!(means.mean.throttled, None);
    }

    #[test]
    fn memory_is_bounded_and_the_mean_stays() {
        let mut machine = Machine::default();
        (1..=30_000).for_each(|at| machine.add(&sample(at, if at % 2 == 0 { 1.0 } else { 0.0 })));
        assert!(machine.moments.len() <= MOST + 1);
        let means = machine.over(Seconds::ZERO, Seconds::from_secs(30_000)).unwrap();
        assert!((means.mean.busy.unwrap() - 0.5).abs() < 1e-9);
        assert_eq!(means.measured, Seconds::from_secs(30_000));
    }

    #[test]
    fn the_most_memory_of_many_samples_is_that_of_a_sample() {
        let mut machine = Machine::default();
        for at in 1..=30_000 {
            let used_bytes = if at == 12_345 { 95 } else { 10 };
            let memory = Memory { total_bytes: 100, used_bytes, ..Memory::default() };
            machine.add(&Sample { memory: Some(memory), ..sample(at, 0.0) });
        }
        let means = machine.over(Seconds::ZERO, Seconds::from_secs(30_000)).unwrap();
        assert_eq!(means.memory_peak, Some(0.95));
        let means = machine.over(Seconds::ZERO, Seconds::from_secs(10_000)).unwrap();
        assert_eq!(means.memory_peak, Some(0.1));
    }

    #[test]
    fn a_figure_weighs_as_long_as_it_was_measured() {
        let mut machine = Machine::default();
        (1..=99).for_each(|at| machine.add(&Sample { cpu: None, ..sample(at, 0.0) }));
        machine.add(&sample(100, 0.5));
        machine.add(&sample(101, 0.0));
        let all = |machine: &Machine| machine.over(Seconds::ZERO, Seconds::from_secs(101)).unwrap();
        assert_eq!(all(&machine).mean.busy, Some(0.25));
        // and where neighbours have become one
        (0..6).for_each(|_| machine.halve());
        assert_eq!(machine.moments.len(), 2);
        assert_eq!(all(&machine).mean.cpus, Some(2.0));
        let busy = machine.over(Seconds::ZERO, Seconds::from_secs(101)).unwrap().mean.busy;
        assert_eq!(busy, Some(0.25));
    }

    /// Traffic of each second, megabytes, and the share of the seconds from 10 to 20 in which
    /// the network was busy.
    fn network_busy(traffic: impl Iterator<Item = f64>, resent: f64) -> Option<f64> {
        let mut machine = Machine::default();
        for (at, megabytes) in (1..).zip(traffic) {
            let network = Network {
                rx_bytes_per_s: megabytes * 1e6,
                tx_packets_per_s: 100.0,
                ..Network::default()
            };
            let networks = [("eth0".to_string(), network)].into();
            let retransmits_per_s = Some(resent * 100.0);
            machine.add(&Sample { networks, retransmits_per_s, ..sample(10 + at, 0.0) });
        }
        let (begin, end) = (Seconds::from_secs(10), Seconds::from_secs(20));
        machine.over(begin, end).unwrap().network_busy
    }

    #[test]
    fn steady_traffic_is_no_busy_network() {
        let steady = |megabytes: f64, seconds| core::iter::repeat_n(megabytes, seconds);
        // somebody's terminal, also where its traffic goes up and down
        assert_eq!(network_busy(steady(0.07, 10), 0.0), Some(0.0));
        assert_eq!(network_busy((0..10).map(|at| 0.07 * f64::from(at)), 0.0), Some(0.0));
        // a stream that goes on as it was when the run has ended
        assert_eq!(network_busy(steady(3.0, 40), 0.0), Some(0.0));
        // the run's own
        assert_eq!(network_busy(steady(3.0, 10).chain(steady(0.07, 30)), 0.0), Some(1.0));
        assert_eq!(network_busy(steady(0.07, 5).chain(steady(3.0, 5)), 0.0), Some(0.5));
        assert_eq!(network_busy(steady(3.0, 10), 0.0), Some(1.0));
        // a link that loses
        assert_eq!(network_busy(steady(0.07, 10), 0.02), Some(1.0));
    }
}
