//! Texts of `/proc`, `/sys` and cgroups.

use std::path::Path;
use sys::proc::{cgroup, cpu, disk, memory, network, pressure, process, protocols, room};

/// The same text as each of the files: whatever the kernel of tomorrow writes there.
pub fn files(text: &[u8]) {
    let path = Path::new("/proc/x");
    if let Some(read) = process::parse_stat(text) {
        assert!(read.comm.bytes().len() <= 15);
    }
    process::parse_io(text);
    process::parse_pss(text);
    pressure::parse(text);
    memory::parse_vmstat(text);
    protocols::ProtocolReading::default().add(text);
    protocols::SocketReading::default().add(text);
    process::parse_resident(text);
    assert!(room::points(text).len() <= 64);
    let mounts = cgroup::Mounts::parse(text);
    mounts.points();
    let mut faults = Vec::new();
    faults.extend(memory::parse_meminfo(text, path).err());
    faults.extend(cpu::parse_stat(text, path).err());
    faults.extend(cpu::parse_loadavg(text, path).err());
    faults.extend(network::parse_dev(text, path).err());
    faults.extend(disk::Disks::new(Path::new("/nonexistent")).parse(text, path).err());
    for fault in faults {
        let what = fault.to_string();
        super::is_a_message(&what);
        assert!(what.contains("/proc/x"), "{what}");
    }
}
