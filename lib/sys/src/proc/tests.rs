//! Fake trees: readers see only the root they are given.

use super::cgroup::{Cgroup, CgroupReading, Membership, Mounts};
use super::machine::Machine;
use super::pids::Pids;
use super::process::{ProcessReading, Processes, parse_io, parse_pss, parse_stat};
use super::{Cause, Root, cpu, disk, memory, network, pressure, protocols};

mod kernels;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A tree made of (path, text).
pub(super) fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

const STAT: &str = "cpu  100 1 50 800 20 3 4 5 7 0\ncpu0 60 1 20 400 10 3 4 5 7 0\n\
                    cpu1 40 0 30 400 10 0 0 0 0 0\nintr 12 0 1 2\nctxt 99\nbtime 1700000000\n\
                    processes 1234\nprocs_running 3\nprocs_blocked 1\nsoftirq 5 1 1\n";

const PROCESS: &str = "42 (a b) (c)) R 7 42 42 0 -1 4194304 150 60 2 3 11 12 13 14 20 0 5 0 \
                       9876 1000000 321 18446744073709551615 1 1\n";

#[test]
fn a_name_may_hold_anything() {
    let process = parse_stat(PROCESS.as_bytes()).unwrap();
    assert_eq!(process.comm.bytes(), b"a b) (c)");
    assert_eq!((process.pid, process.ppid, process.state), (42, 7, b'R'));
    assert_eq!((process.minor_faults, process.reaped_minor_faults), (150, 60));
    assert_eq!((process.major_faults, process.reaped_major_faults), (2, 3));
    assert_eq!((process.user, process.system), (11, 12));
    assert_eq!((process.reaped_user, process.reaped_system), (13, 14));
    assert_eq!((process.threads, process.start, process.rss_pages), (5, 9876, 321));
    let newline = PROCESS.replace("(a b) (c))", "(x\n) R 1 (y)");
    assert_eq!(parse_stat(newline.as_bytes()).unwrap().comm.bytes(), b"x\n) R 1 (y");
    let long = PROCESS.replace("(a b) (c))", "(kworker/u8:3-events_unbound)");
    assert_eq!(parse_stat(long.as_bytes()).unwrap().comm.bytes(), b"kworker/u8:3-ev");
}

#[test]
fn a_text_that_was_cut_off_is_refused() {
    let last = PROCESS.find(" 321").unwrap();
    for end in 0..=last {
        assert_eq!(parse_stat(&PROCESS.as_bytes()[..end]), None, "{end}");
    }
    for text in ["", "()", ")(", "42 (x", "x (y) R 1", "42 (x) R -1 2 3"] {
        assert_eq!(parse_stat(text.as_bytes()), None, "{text}");
    }
    assert_eq!(parse_io(b"rchar: 1\n"), None);
    assert_eq!(parse_pss(b"Rss: 12 kB\n"), None);
}

#[test]
fn io_and_proportional_memory() {
    let io = parse_io(
        b"rchar: 9\nwchar: 8\nsyscr: 1\nsyscw: 1\nread_bytes: 4096\nwrite_bytes: 8192\n\
          cancelled_write_bytes: 4096\n",
    );
    assert_eq!(io.map(|io| (io.read_bytes, io.write_bytes)), Some((4096, 4096)));
    let smaps =
        b"555-7ff ---p 00000000 00:00 0 [rollup]\nRss:  900 kB\nPss:  100 kB\nPss_Anon: 1 kB\n";
    assert_eq!(parse_pss(smaps), Some(102_400));
}

/// Between the end of a process and its last trace in the table the kernel shows it so.
const DEAD: &str = "26306 (true) X 0 -1 -1 0 -1 4227084 73 0 0 0 0 0 0 0 20 0 0 0 4725199 0 0 0 0 0 0 0 0 0 0 0 0 1 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";

#[test]
fn a_process_that_is_taken_out_of_the_table_has_gone() {
    assert_eq!(parse_stat(DEAD.as_bytes()).map(|process| process.group), Some(0));
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("26306")).unwrap();
    std::fs::write(folder.path().join("26306/stat"), DEAD).unwrap();
    let root = Root::open(folder.path()).unwrap();
    assert_eq!(Processes::default().stat(&root, 26306).unwrap(), None);
}

#[test]
fn cpus_and_load() {
    let path = Path::new("/x/stat");
    let reading = cpu::parse_stat(STAT.as_bytes(), path).unwrap();
    assert_eq!((reading.cpus, reading.forks, reading.runnable, reading.blocked), (2, 1234, 3, 1));
    assert_eq!((reading.ticks.user, reading.ticks.iowait, reading.ticks.steal), (100, 20, 5));
    // Linux 2.4 had four numbers
    assert!(cpu::parse_stat(b"cpu 1 2 3 4\n", path).is_ok());
    let error = cpu::parse_stat(b"cpu0 1 2 3 4\nprocesses many\n", path).unwrap_err();
    assert_eq!(error.to_string(), "/x/stat: line 2: a number should follow");
    let error = cpu::parse_stat(b"", path).unwrap_err();
    assert!(matches!(error.cause, Cause::Text(1, _)));
    let load = cpu::parse_loadavg(b"0.52 1.5 12.00 2/345 6789\n", path).unwrap();
    assert_eq!((load.averages, load.tasks), ([0.52, 1.5, 12.0], Some(345)));
    assert!(cpu::parse_loadavg(b"0.52 inf", path).is_err());
}

#[test]
fn memory_of_old_and_new_kernels() {
    let path = Path::new("/x/meminfo");
    let old = memory::parse_meminfo(b"MemTotal: 100 kB\nMemFree: 10 kB\nCached: 5 kB\n", path);
    let old = old.unwrap();
    assert_eq!((old.total, old.free, old.available), (102_400, 10_240, None));
    let new = memory::parse_meminfo(b"MemTotal: 100 kB\nMemAvailable: 0 kB\n", path).unwrap();
    assert_eq!(new.available, Some(0));
    assert!(memory::parse_meminfo(b"MemTotal: lots\n", path).is_err());
    assert!(memory::parse_meminfo(b"", path).is_err());
    let paging =
        memory::parse_vmstat(b"nr_free 9\npswpin 1\npswpout 2\npgmajfault 3\noom_kill 4\n");
    let seen = [paging.swap_in, paging.swap_out, paging.major_faults, paging.oom_kills];
    assert_eq!(seen, [Some(1), Some(2), Some(3), Some(4)]);
}

#[test]
fn whole_disks_only() {
    let sys = tree(&[
        ("block/vda/size", "1"),
        ("block/vda/vda1/partition", "1"),
        ("block/dm-0/slaves/vda/size", "1"),
        ("block/loop0/size", "1"),
        ("block/cciss!c0d0/size", "1"),
    ]);
    let line = |name| format!(" 254 0 {name} 10 1 80 5 20 2 160 6 0 9 11 0 0 0 0\n");
    let names = ["vda", "vda1", "dm-0", "loop0", "cciss/c0d0", "gone"];
    let text: String = names.iter().map(line).collect();
    let mut disks = disk::Disks::new(sys.path());
    let path = Path::new("/x/diskstats");
    let found = disks.parse(text.as_bytes(), path).unwrap();
    let names: Vec<&str> = found.iter().map(|disk| disk.name.as_str()).collect();
    assert_eq!(names, ["vda", "cciss/c0d0"]);
    let vda = &found[0];
    assert_eq!((vda.reads, vda.read_sectors, vda.read_ms), (10, 80, 5));
    assert_eq!((vda.writes, vda.write_sectors, vda.write_ms), (20, 160, 6));
    assert_eq!((vda.busy_ms, vda.queue_ms), (9, 11));
    assert!(disks.parse(b"254 0 vda 10 1 80\n", path).is_err());
}

#[test]
fn interfaces_and_segments() {
    let text = b"Inter-|   Receive  |  Transmit\n face |bytes packets\n  eth0:100 2 1 3 0 0 0 0 200 4 5 6 0 0 0 0\n";
    let path = Path::new("/x/net/dev");
    let found = network::parse_dev(text, path).unwrap();
    let eth0 = &found[0];
    assert_eq!((eth0.name.as_str(), eth0.rx_bytes, eth0.rx_packets), ("eth0", 100, 2));
    assert_eq!((eth0.tx_bytes, eth0.tx_packets, eth0.errors(), eth0.drops()), (200, 4, 6, 9));
    assert!(network::parse_dev(b"a\nb\neth0: 1 2\n", path).is_err());
    let mut read = protocols::ProtocolReading::default();
    read.add(b"Ip: A\nIp: 1\nTcp: RtoMin MaxConn RetransSegs\nTcp: 200 -1 17\n");
    assert_eq!((read.retransmits, read.tcp_opened), (Some(17), None));
    read.add(b"Tcp: RetransSegs\nUdp: 1\nTcp: RetransSegs\nTcp: 1\n");
    assert_eq!(read.retransmits, Some(17), "names and numbers of different kinds");
}

#[test]
fn pressure_of_cpus_may_lack_full() {
    let some = pressure::parse(b"some avg10=0.00 avg60=0.00 avg300=0.00 total=12345\n").unwrap();
    assert_eq!((some.some_us, some.full_us), (12345, None));
    let both = pressure::parse(b"some avg10=0 total=5\nfull avg10=0 total=3\n").unwrap();
    assert_eq!(both.full_us, Some(3));
    assert_eq!(pressure::parse(b"nothing"), None);
}

#[test]
fn a_machine_without_most_files_is_read() {
    let proc = tree(&[("stat", STAT), ("pressure/io", "some avg10=0 total=7\n")]);
    let root = Root::open(proc.path()).unwrap();
    let mut machine = Machine::open(&root, proc.path()).unwrap();
    let reading = machine.read().unwrap();
    assert_eq!((reading.cpu.cpus, reading.memory, reading.load), (2, None, None));
    assert_eq!(reading.pressure[1].map(|p| p.some_us), Some(7));
    // kept open and read again from its beginning
    fs::write(proc.path().join("stat"), STAT.replace("cpu  100", "cpu  250")).unwrap();
    assert_eq!(machine.read().unwrap().cpu.ticks.user, 250);
    let empty = tree(&[("meminfo", "")]);
    let error = Machine::open(&Root::open(empty.path()).unwrap(), empty.path()).unwrap_err();
    assert!(error.to_string().contains("/stat: "), "{error}");
}

#[test]
fn a_text_longer_than_the_buffer_is_read_whole() {
    let long = format!("intr {}\n{STAT}", "1 ".repeat(40_000));
    let proc = tree(&[("stat", &long)]);
    let root = Root::open(proc.path()).unwrap();
    let mut machine = Machine::open(&root, proc.path()).unwrap();
    assert_eq!(machine.read().unwrap().cpu.forks, 1234);
}

#[test]
fn processes_come_and_go() {
    let proc = tree(&[
        ("42/stat", PROCESS),
        ("42/io", "read_bytes: 1\nwrite_bytes: 2\n"),
        ("42/fd/0", ""),
        ("42/fd/17", ""),
        ("42/task/42/children", "50 51 "),
        ("42/task/43/children", "52 "),
        ("7/comm", "no stat"),
        ("self/stat", PROCESS),
        ("9x/stat", PROCESS),
    ]);
    let root = Root::open(proc.path()).unwrap();
    let mut pids = Vec::new();
    Pids::default().each(&root, |pid| pids.push(pid)).unwrap();
    pids.sort_unstable();
    assert_eq!(pids, [7, 42]);
    let mut reader = Processes::default();
    let process = reader.stat(&root, 42).unwrap().unwrap();
    assert_eq!(reader.stat(&root, 7).unwrap(), None);
    assert_eq!(reader.stat(&root, 4711).unwrap(), None);
    assert_eq!(reader.io(&root, 42).unwrap().unwrap().write_bytes, 2);
    assert_eq!(reader.io(&root, 7).unwrap(), None);
    assert_eq!(reader.descriptors(&root, 42).unwrap(), Some(2));
    assert_eq!(reader.descriptors(&root, 7).unwrap(), None);
    let mut children = Vec::new();
    reader.children(&root, &process, &mut children).unwrap();
    children.sort_unstable();
    assert_eq!(children, [50, 51, 52]);
    children.clear();
    let single = ProcessReading { threads: 1, ..process };
    reader.children(&root, &single, &mut children).unwrap();
    assert_eq!(children, [50, 51]);
    assert!(reader.lists_children(&root, 42) && !reader.lists_children(&root, 7));
}

#[test]
fn nonsense_in_a_stat_names_the_file() {
    let proc = tree(&[("42/stat", "42 nonsense")]);
    let root = Root::open(proc.path()).unwrap();
    let error = Processes::default().stat(&root, 42).unwrap_err();
    let place = format!("{}/42/stat: line 1: ", proc.path().display());
    assert!(error.to_string().starts_with(&place), "{error}");
    assert!(Root::open(Path::new("/nowhere")).unwrap_err().to_string().contains("/nowhere"));
}

/// The lines of a mountinfo below a fake root: (mount point, type, options).
fn mountinfo(root: &Path, mounts: &[(&str, &str, &str)]) -> String {
    let line = |(point, kind, options): &(&str, &str, &str)| {
        let point = root.join(point).display().to_string().replace(' ', "\\040");
        format!("36 31 0:35 / {point} rw,relatime shared:9 - {kind} {kind} rw,{options}\n")
    };
    let others = "23 28 0:21 / /proc rw - proc proc rw\nshort line\n";
    others.to_string() + &mounts.iter().map(line).collect::<String>()
}

pub(super) fn read(
    root: &Path,
    mounts: &[(&str, &str, &str)],
    path: &str,
) -> (CgroupReading, Vec<u32>) {
    let mounts = Mounts::parse(mountinfo(root, mounts).as_bytes());
    let mut cgroup = Cgroup::find(&mounts, Path::new(path)).unwrap();
    let mut pids = Vec::new();
    cgroup.processes(&mut pids).unwrap();
    pids.sort_unstable();
    (cgroup.read().unwrap().unwrap(), pids)
}

const UNIFIED: &[(&str, &str)] = &[
    ("cg two/job/cgroup.procs", "10\n11\n"),
    ("cg two/job/inner/cgroup.procs", "12\n"),
    ("cg two/job/cpu.stat", "usage_usec 500\nuser_usec 300\nsystem_usec 200\nthrottled_usec 9\n"),
    ("cg two/job/cpu.max", "150000 100000\n"),
    ("cg two/job/memory.current", "4096\n"),
    ("cg two/job/memory.peak", "8192\n"),
    ("cg two/job/memory.max", "max\n"),
    ("cg two/job/memory.swap.current", "0\n"),
    ("cg two/job/pids.current", "3\n"),
    ("cg two/job/io.stat", "8:0 rbytes=100 wbytes=20 rios=1\n8:16 rbytes=1 wbytes=2\n"),
    ("cg two/job/io.pressure", "some avg10=0 total=7\nfull avg10=0 total=6\n"),
];

#[test]
fn version_two() {
    let root = tree(UNIFIED);
    let mounts = [("cg two", "cgroup2", "nsdelegate")];
    let (reading, pids) = read(root.path(), &mounts, "/job");
    assert_eq!(pids, [10, 11, 12]);
    assert_eq!((reading.usage_us, reading.user_us), (Some(500), Some(300)));
    assert_eq!((reading.throttled_us, reading.cpu_limit), (Some(9), Some(1.5)));
    assert_eq!((reading.memory, reading.memory_peak), (Some(4096), Some(8192)));
    assert_eq!((reading.memory_limit, reading.swap, reading.tasks), (None, Some(0), Some(3)));
    assert_eq!((reading.read_bytes, reading.write_bytes), (Some(101), Some(22)));
    assert_eq!(reading.pressure[1].unwrap().full_us, Some(6));
    let whole = root.path().join("cg two/job");
    assert_eq!(read(root.path(), &mounts, whole.to_str().unwrap()), (reading, pids));
}

const SPLIT: &[(&str, &str)] = &[
    ("cpu,cpuacct/job/cgroup.procs", "10\n"),
    ("cpu,cpuacct/job/cpuacct.usage", "5000000000\n"),
    ("cpu,cpuacct/job/cpuacct.stat", "user 300\nsystem 200\n"),
    ("cpu,cpuacct/job/cpu.stat", "nr_periods 1\nnr_throttled 1\nthrottled_time 9000\n"),
    ("cpu,cpuacct/job/cpu.cfs_quota_us", "-1\n"),
    ("cpu,cpuacct/job/cpu.cfs_period_us", "100000\n"),
    ("memory/job/cgroup.procs", "10\n"),
    ("memory/job/memory.usage_in_bytes", "4096\n"),
    ("memory/job/memory.max_usage_in_bytes", "8192\n"),
    ("memory/job/memory.limit_in_bytes", "9223372036854771712\n"),
    ("memory/job/memory.stat", "swap 1\ntotal_swap 77\n"),
    ("blkio/job/cgroup.procs", "10\n"),
    (
        "blkio/job/blkio.throttle.io_service_bytes",
        "8:0 Read 5\n8:0 Write 6\n8:0 Total 11\nTotal 11\n",
    ),
];

const SPLIT_MOUNTS: &[(&str, &str, &str)] = &[
    ("cpu,cpuacct", "cgroup", "cpu,cpuacct"),
    ("memory", "cgroup", "memory"),
    ("blkio", "cgroup", "blkio"),
];

#[test]
fn version_one() {
    let root = tree(SPLIT);
    let (reading, pids) = read(root.path(), SPLIT_MOUNTS, "job");
    assert_eq!(pids, [10]);
    let ticks = 1_000_000 / super::ticks_per_second();
    assert_eq!((reading.usage_us, reading.user_us), (Some(5_000_000), Some(300 * ticks)));
    assert_eq!((reading.throttled_us, reading.cpu_limit), (Some(9), None));
    assert_eq!((reading.memory, reading.memory_limit, reading.swap), (Some(4096), None, Some(77)));
    assert_eq!((reading.read_bytes, reading.write_bytes), (Some(5), Some(6)));
    assert_eq!((reading.tasks, reading.pressure[0]), (None, None));
}

#[test]
fn both_versions_side_by_side() {
    // version 2 keeps track of the processes and has the pressure; one controller has the path
    let root = tree(&[
        ("unified/job/cgroup.procs", "10\n11\n"),
        ("unified/job/cpu.stat", "usage_usec 500\n"),
        ("unified/job/cpu.pressure", "some avg10=0 total=7\n"),
        ("memory/job/cgroup.procs", "10\n"),
        ("memory/job/memory.usage_in_bytes", "4096\n"),
        ("cpu/cgroup.procs", "1\n"),
        ("memory/alone/cgroup.procs", "5\n"),
    ]);
    let mounts =
        [("cpu", "cgroup", "cpu"), ("memory", "cgroup", "memory"), ("unified", "cgroup2", "")];
    let (reading, pids) = read(root.path(), &mounts, "/job");
    assert_eq!((reading.usage_us, reading.memory), (Some(500), Some(4096)));
    assert_eq!(reading.pressure[0].map(|p| p.some_us), Some(7));
    assert_eq!(pids, [10, 11]);
    let named = root.path().join("memory/job");
    assert_eq!(read(root.path(), &mounts, named.to_str().unwrap()).1, [10]);
    let (alone, pids) = read(root.path(), &mounts, "/alone");
    assert_eq!((alone.usage_us, pids), (None, vec![5]));
}

#[test]
fn a_cgroup_that_was_removed_has_gone() {
    let root = tree(UNIFIED);
    let mounts = mountinfo(root.path(), &[("cg two", "cgroup2", "rw")]);
    let mounts = Mounts::parse(mounts.as_bytes());
    assert!(Cgroup::find(&mounts, Path::new("/nothing")).is_none());
    let mut cgroup = Cgroup::find(&mounts, Path::new("/job")).unwrap();
    fs::remove_dir_all(root.path().join("cg two/job")).unwrap();
    assert_eq!(cgroup.read().unwrap(), None);
    let mut pids = Vec::new();
    cgroup.processes(&mut pids).unwrap();
    assert!(pids.is_empty());
    assert!(Mounts::parse(b"").is_empty());
}

#[test]
fn this_machine_can_be_read() {
    let root = Root::open(Path::new("/proc")).unwrap();
    let mut machine = Machine::open(&root, Path::new("/sys")).unwrap();
    let reading = machine.read().unwrap();
    assert!(reading.cpu.cpus >= 1 && reading.memory.unwrap().total > 0);
    let us = Processes::default().stat(&root, std::process::id()).unwrap().unwrap();
    assert!(us.rss_pages > 0 && us.start > 0);
    assert_eq!(us.ppid, std::os::unix::process::parent_id());
    assert!(Pids::default().count(&root).unwrap() >= 1);
}

#[test]
fn the_least_memory_limit_of_those_above() {
    let root = tree(&[
        ("v2/a/memory.max", "4096000\n"),
        ("v2/a/b/memory.max", "max\n"),
        ("v2/memory.max", "9000000\n"),
        ("v1/memory/memory.limit_in_bytes", "9223372036854771712\n"),
        ("v1/memory/job/memory.limit_in_bytes", "1000\n"),
    ]);
    let limit = |mounts: &[(&str, &str, &str)], text: &str| {
        let mounts = Mounts::parse(mountinfo(root.path(), mounts).as_bytes());
        Membership { mounts, groups: text.into() }.memory_limit()
    };
    let two = ("v2", "cgroup2", "rw");
    let one = ("v1/memory", "cgroup", "memory");
    assert_eq!(limit(&[two], "0::/a/b\n"), Some(4_096_000));
    assert_eq!(limit(&[two, one], "4:memory:/job\n0::/\n"), Some(1000));
    assert_eq!(limit(&[one], "4:memory:/\n"), None);
    assert_eq!(limit(&[], "0::/a\n"), None);
}
