//! What kernels of different ages and kinds tell, and what they leave out.

use super::super::machine::{Machine, MachineReading};
use super::super::{Root, pressure, room};
use super::{read, tree};
use std::path::{Path, PathBuf};

fn machine(files: &[(&str, &str)]) -> MachineReading {
    let folder = tree(files);
    let root = Root::open(folder.path()).unwrap();
    Machine::open(&root, &folder.path().join("sys")).unwrap().read().unwrap()
}

/// A kernel of 2026 with everything.
const NEW: &[(&str, &str)] = &[
    (
        "stat",
        "cpu  100 1 50 800 20 3 4 5 7 2\ncpu0 60 1 20 400 10 3 4 5 7 2\ncpu3 40 0 30 400 10 0 0 0 0 0\n\
         intr 1200 0 1 2\nctxt 99\nprocesses 12\nprocs_running 3\nprocs_blocked 1\nsoftirq 5 1 1\n",
    ),
    (
        "meminfo",
        "MemTotal: 1000 kB\nMemAvailable: 600 kB\nActive: 10 kB\nActive(anon): 3 kB\nDirty: 5 kB\n\
         Writeback: 6 kB\nAnonPages: 7 kB\nSlab: 8 kB\nSReclaimable: 2 kB\nCommitted_AS: 900 kB\n\
         AnonHugePages: 2048 kB\nHugePages_Total: 4\nHugePages_Free: 1\nHugePages_Rsvd: 1\n\
         Hugepagesize: 2048 kB\nZswapped: 3 kB\n",
    ),
    (
        "vmstat",
        "pgpgin 11\npgpgout 12\npgfault 500\npgmajfault 3\nallocstall_dma 1\nallocstall_normal 2\n\
         pgscan_kswapd 30\npgscan_direct 4\npgscan_direct_throttle 99\npgsteal_kswapd 20\n\
         pgsteal_direct 3\nworkingset_refault_anon 1\nworkingset_refault_file 2\ncompact_stall 9\n\
         compact_fail 8\nthp_fault_alloc 7\nthp_fault_fallback 6\noom_kill 1\n",
    ),
    (
        "net/snmp",
        "Tcp: ActiveOpens PassiveOpens CurrEstab RetransSegs\nTcp: 1 2 3 4\n\
         Udp: InDatagrams InErrors RcvbufErrors SndbufErrors\nUdp: 5 6 7 8\n",
    ),
    ("net/netstat", "TcpExt: ListenOverflows ListenDrops TCPSynRetrans\nTcpExt: 21 22 23\n"),
    (
        "net/sockstat",
        "sockets: used 90\nTCP: inuse 5 orphan 1 tw 2 alloc 7 mem 3\nUDP: inuse 4 mem 1\n",
    ),
    ("net/sockstat6", "TCP6: inuse 2\nUDP6: inuse 1\n"),
    ("pressure/irq", "full avg10=1.50 avg60=0.50 avg300=0.10 total=77\n"),
    ("pressure/cpu", "some avg10=10.00 avg60=0 avg300=0 total=5\nfull avg10=0 total=0\n"),
    ("uptime", "86400.50 1.00\n"),
    ("sys/fs/file-nr", "1408\t0\t9223372036854775807\n"),
    ("sys/fs/inode-nr", "5000\t100\n"),
    ("sys/net/netfilter/nf_conntrack_count", "12\n"),
    ("sys/net/netfilter/nf_conntrack_max", "65536\n"),
    ("sys/kernel/pid_max", "4194304\n"),
    ("sys/kernel/threads-max", "30000\n"),
    ("sys/class/thermal/thermal_zone0/type", "acpitz\n"),
    ("sys/class/thermal/thermal_zone0/temp", "27800\n"),
    ("sys/class/thermal/thermal_zone1/type", "acpitz\n"),
    ("sys/class/thermal/thermal_zone1/temp", "-5000\n"),
    ("sys/devices/system/cpu/cpu3/cpufreq/scaling_cur_freq", "2400000\n"),
    (
        "net/dev",
        "a\nb\neth0:1 1 1 2 0 0 0 9 1 1 3 4 0 5 0 0\nlo: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
    ),
    ("sys/class/net/eth0/speed", "1000\n"),
    ("sys/class/net/lo/speed", "-1\n"),
];

#[test]
fn a_kernel_of_today() {
    let seen = machine(NEW);
    assert_eq!(
        seen.cpu.each.iter().map(|(id, t)| (*id, t.user)).collect::<Vec<_>>(),
        [(0, 60), (3, 40)]
    );
    assert_eq!((seen.cpu.ticks.guest, seen.cpu.interrupts), (Some(9), Some(1200)));
    assert_eq!((seen.cpu.context_switches, seen.cpu.softirqs), (Some(99), Some(5)));
    let memory = seen.memory.unwrap();
    assert_eq!((memory.active, memory.writeback), (Some(10 << 10), Some(6 << 10)));
    assert_eq!((memory.huge_total, memory.huge_free), (Some(8 << 20), Some(2 << 20)));
    assert_eq!((memory.committed, memory.zswapped), (Some(900 << 10), Some(3 << 10)));
    let paging = seen.paging.unwrap();
    assert_eq!((paging.stalls, paging.refaults), (Some(3), Some(3)));
    assert_eq!((paging.direct_scans, paging.reclaimed), (Some(4), Some(23)));
    assert_eq!((paging.faults, paging.compact_fails), (Some(500), Some(8)));
    let net = &seen.protocols;
    assert_eq!(
        (net.tcp_established, net.retransmits, net.udp_buffer_errors),
        (Some(3), Some(4), Some(15))
    );
    assert_eq!((net.listen_overflows, net.listen_drops), (Some(21), Some(22)));
    let sockets = &seen.sockets;
    assert_eq!((sockets.used, sockets.tcp, sockets.udp), (Some(90), Some(7), Some(5)));
    assert_eq!((sockets.tcp_time_wait, sockets.tcp_pages), (Some(2), Some(3)));
    let irq = seen.pressure[3].unwrap();
    assert_eq!(
        (irq.some_us, irq.full_us, irq.full_avg),
        (77, Some(77), Some([0.015, 0.005, 0.001]))
    );
    let cpu = seen.pressure[0].unwrap();
    assert_eq!((cpu.some_avg, cpu.full_us, cpu.full_avg), (Some([0.1, 0.0, 0.0]), Some(0), None));
    let kernel = &seen.kernel;
    assert_eq!((kernel.file_handles, kernel.file_handles_limit), (Some(1408), None));
    assert_eq!((kernel.tasks_limit, kernel.tracked_connections), (Some(30000), Some(12)));
    assert_eq!(kernel.temperatures, [("acpitz".into(), 27.8), ("thermal_zone1".into(), -5.0)]);
    assert_eq!(kernel.frequencies, [(3, 2.4e9)]);
    assert_eq!(seen.speeds, [Some(125_000_000), None]);
    let eth0 = &seen.networks[0];
    assert_eq!((eth0.rx_drops, eth0.tx_drops, eth0.multicast, eth0.collisions), (2, 4, 9, 5));
}

#[test]
fn a_kernel_of_2009_leaves_out_what_it_has_not() {
    let seen = machine(&[
        ("stat", "cpu 1 2 3 4 5 6 7\ncpu0 1 2 3 4 5 6 7\nintr 9\nctxt 8\nprocesses 7\n"),
        ("meminfo", "MemTotal: 1000 kB\nMemFree: 10 kB\nCached: 5 kB\n"),
        (
            "vmstat",
            "pgpgin 1\npswpin 2\npgfault 3\npgmajfault 4\npgscan_kswapd_normal 5\npgscan_kswapd_high 6\nallocstall 7\n",
        ),
        ("net/snmp", "Tcp: RetransSegs\nTcp: 4\n"),
    ]);
    assert_eq!((seen.cpu.ticks.steal, seen.cpu.ticks.guest), (0, None));
    let memory = seen.memory.unwrap();
    assert_eq!((memory.available, memory.slab, memory.huge_total), (None, None, None));
    let paging = seen.paging.unwrap();
    assert_eq!((paging.oom_kills, paging.compact_stalls, paging.refaults), (None, None, None));
    assert_eq!((paging.kernel_scans, paging.stalls), (Some(11), Some(7)), "a line a zone");
    assert_eq!((seen.protocols.listen_drops, seen.sockets.used), (None, None));
    assert!(seen.pressure.iter().all(Option::is_none) && seen.rooms.is_empty());
    assert_eq!(seen.kernel, Default::default());
}

#[test]
fn nonsense_in_small_files_is_left_out() {
    let seen = machine(&[
        ("stat", "cpu 1 2 3 4\ncpuX 1 2 3 4\nctxt many\nintr\n"),
        ("uptime", "soon\n"),
        ("sys/fs/file-nr", "\n"),
        ("sys/class/thermal/thermal_zone0/temp", "hot\n"),
        ("net/sockstat", "TCP: inuse\nTCP: inuse many mem 1\n"),
        ("net/netstat", "TcpExt: A\n"),
        ("self/mountinfo", "short\n"),
    ]);
    assert_eq!((seen.cpu.cpus, seen.cpu.each.len(), seen.cpu.context_switches), (1, 0, None));
    assert_eq!((seen.kernel.uptime_s, seen.kernel.file_handles), (None, None));
    assert!(seen.kernel.temperatures.is_empty() && seen.sockets.tcp.is_none());
}

#[test]
fn only_file_systems_on_disks_are_asked_for_room() {
    let text = b"1 0 0:20 / / rw - overlay overlay rw\n\
                 2 1 0:21 / /proc rw - proc proc rw\n\
                 3 1 8:1 / /data rw shared:1 - ext4 /dev/sda1 rw\n\
                 4 1 8:1 /sub /bind\\040mount rw - ext4 /dev/sda1 rw\n\
                 5 1 0:30 / /net rw - nfs4 server:/x rw\n\
                 6 1 8:2 / /usb rw - fuseblk /dev/sdb rw\n\
                 7 1 0:40 / /pool rw - zfs pool rw\n";
    let paths = ["/", "/data", "/pool"].map(PathBuf::from);
    assert_eq!(room::points(text), paths);
    let here = tree(&[("stat", "cpu 1 2 3 4\n")]);
    let mounts = format!("1 0 8:1 / {} rw - ext4 /dev/sda1 rw\n", here.path().display());
    std::fs::create_dir(here.path().join("self")).unwrap();
    std::fs::write(here.path().join("self/mountinfo"), mounts).unwrap();
    let root = Root::open(here.path()).unwrap();
    let seen = Machine::open(&root, here.path()).unwrap().read().unwrap().rooms;
    assert_eq!(seen.len(), 1);
    assert!(seen[0].total >= seen[0].free && seen[0].free >= seen[0].available);
}

#[test]
fn version_two_in_full() {
    let root = tree(&[
        ("cg/job/cgroup.procs", "10\n"),
        ("cg/job/cgroup.stat", "nr_descendants 2\nnr_dying_descendants 1\n"),
        ("cg/job/cpu.stat", "usage_usec 5\nnr_periods 9\nnr_throttled 3\nthrottled_usec 70\n"),
        ("cg/job/cpu.weight", "100\n"),
        ("cg/job/cpuset.cpus.effective", "0-1\n"),
        ("cg/job/memory.current", "4096\n"),
        (
            "cg/job/memory.stat",
            "anon 1\nfile 2\nkernel 3\nslab 4\nsock 5\nshmem 6\nfile_mapped 7\nfile_dirty 8\ninactive_file 9\npgfault 10\npgmajfault 11\n",
        ),
        ("cg/job/memory.events", "low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\n"),
        ("cg/job/memory.high", "8192\n"),
        ("cg/job/memory.low", "0\n"),
        ("cg/job/memory.swap.max", "max\n"),
        ("cg/job/memory.swap.peak", "12\n"),
        ("cg/job/pids.max", "50\n"),
        ("cg/job/pids.peak", "7\n"),
        ("cg/job/pids.events", "max 1\n"),
        ("cg/job/io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n8:16 rios=1\n"),
        ("cg/job/irq.pressure", "full avg10=0.00 avg60=0.00 avg300=0.00 total=6\n"),
    ]);
    let (seen, _) = read(root.path(), &[("cg", "cgroup2", "rw")], "/job");
    assert_eq!(
        (seen.periods, seen.throttled_periods, seen.throttled_us),
        (Some(9), Some(3), Some(70))
    );
    assert_eq!((seen.cpu_weight, seen.cpus.as_deref()), (Some(100), Some("0-1")));
    assert_eq!(
        (seen.anonymous, seen.file, seen.kernel, seen.slab),
        (Some(1), Some(2), Some(3), Some(4))
    );
    assert_eq!((seen.inactive_file, seen.faults, seen.major_faults), (Some(9), Some(10), Some(11)));
    assert_eq!((seen.high_events, seen.max_events), (Some(1), Some(2)));
    assert_eq!((seen.oom_events, seen.oom_kills), (Some(3), Some(4)));
    assert_eq!((seen.memory_high, seen.swap_limit, seen.swap_peak), (Some(8192), None, Some(12)));
    assert_eq!(
        (seen.tasks_limit, seen.tasks_peak, seen.tasks_refused),
        (Some(50), Some(7), Some(1))
    );
    assert_eq!((seen.read_ops, seen.write_ops, seen.cgroups), (Some(4), Some(4), Some(2)));
    assert_eq!(seen.pressure[3].unwrap().full_us, Some(6));
}

#[test]
fn version_one_in_full_and_beside_version_two() {
    let root = tree(&[
        ("cpu/job/cpu.stat", "nr_periods 9\nnr_throttled 3\nthrottled_time 70000\n"),
        ("cpu/job/cpu.shares", "1024\n"),
        ("cpuset/job/cpuset.effective_cpus", "0,2\n"),
        ("memory/job/cgroup.procs", "10\n"),
        (
            "memory/job/memory.stat",
            "rss 1\ncache 2\npgfault 3\ntotal_rss 11\ntotal_cache 12\ntotal_pgfault 13\ntotal_inactive_file 14\n",
        ),
        ("memory/job/memory.failcnt", "5\n"),
        ("memory/job/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"),
        ("memory/job/memory.limit_in_bytes", "4096\n"),
        ("memory/job/memory.memsw.limit_in_bytes", "10240\n"),
        ("memory/job/memory.soft_limit_in_bytes", "9223372036854771712\n"),
        ("pids/job/pids.max", "max\n"),
        ("blkio/job/blkio.throttle.io_serviced", "8:0 Read 5\n8:0 Write 6\nTotal 11\n"),
        ("two/job/cgroup.procs", "10\n"),
        ("two/job/io.pressure", "some avg10=0 total=7\nfull avg10=0 total=6\n"),
    ]);
    let mounts = [
        ("cpu", "cgroup", "cpu"),
        ("cpuset", "cgroup", "cpuset"),
        ("memory", "cgroup", "memory"),
        ("pids", "cgroup", "pids"),
        ("blkio", "cgroup", "blkio"),
        ("two", "cgroup2", "rw"),
    ];
    let (seen, pids) = read(root.path(), &mounts, "/job");
    assert_eq!(pids, [10]);
    assert_eq!(
        (seen.throttled_us, seen.throttled_periods, seen.cpu_weight),
        (Some(70), Some(3), Some(1024))
    );
    assert_eq!(seen.cpus.as_deref(), Some("0,2"));
    assert_eq!(
        (seen.anonymous, seen.file, seen.faults),
        (Some(11), Some(12), Some(13)),
        "with all below"
    );
    assert_eq!((seen.inactive_file, seen.dirty), (Some(14), None));
    assert_eq!((seen.max_events, seen.oom_kills, seen.oom_events), (Some(5), Some(2), None));
    assert_eq!(
        (seen.memory_limit, seen.swap_limit, seen.memory_low),
        (Some(4096), Some(6144), None)
    );
    assert_eq!((seen.tasks, seen.tasks_limit, seen.write_ops), (None, None, Some(6)));
    assert_eq!(seen.pressure[1].unwrap().some_us, 7, "pressure is version 2's");
}

#[test]
fn this_kernel_tells_something_of_each_kind() {
    let root = Root::open(Path::new("/proc")).unwrap();
    let seen = Machine::open(&root, Path::new("/sys")).unwrap().read().unwrap();
    assert_eq!(seen.cpu.each.len(), seen.cpu.cpus as usize);
    assert!(seen.kernel.uptime_s.unwrap() > 0.0 && seen.kernel.file_handles.unwrap() > 0);
    assert!(seen.paging.unwrap().faults.unwrap() > 0);
    assert!(pressure::parse(b"full total=1\n").unwrap().full_avg.is_none());
}
