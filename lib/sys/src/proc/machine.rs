//! The whole machine: every system file, kept open, read in one go.

use super::cpu::{self, CpuReading, LoadReading};
use super::disk::{DiskReading, Disks};
use super::kernel::{KernelFiles, KernelReading};
use super::memory::{self, MemoryReading, PagingReading};
use super::network::{self, NetworkReading, Speeds};
use super::pressure::{self, PressureReading};
use super::protocols::{ProtocolReading, SocketReading};
use super::read::{ReadError, Root, Source};
use super::room::{RoomReading, Rooms};
use std::path::Path;

/// Resources that the kernel keeps pressure stall information of.
pub const PRESSURES: [&str; 4] = ["cpu", "io", "memory", "irq"];

/// Raw counters and levels of the machine; `None` and empty where the kernel
/// has no such file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MachineReading {
    /// CPUs.
    pub cpu: CpuReading,
    /// Load.
    pub load: Option<LoadReading>,
    /// Memory.
    pub memory: Option<MemoryReading>,
    /// Paging.
    pub paging: Option<PagingReading>,
    /// Whole disks.
    pub disks: Vec<DiskReading>,
    /// Network interfaces.
    pub networks: Vec<NetworkReading>,
    /// What their lines can carry, bytes a second, in the same order.
    pub speeds: Vec<Option<u64>>,
    /// TCP and UDP.
    pub protocols: ProtocolReading,
    /// Sockets.
    pub sockets: SocketReading,
    /// Open files, temperatures and the like.
    pub kernel: KernelReading,
    /// File systems on disks.
    pub rooms: Vec<RoomReading>,
    /// Pressure by resource, in the order of [`PRESSURES`].
    pub pressure: [Option<PressureReading>; PRESSURES.len()],
}

/// Keeps the system files open and reads them.
#[derive(Debug)]
pub struct Machine {
    stat: Source,
    load: Option<Source>,
    memory: Option<Source>,
    paging: Option<Source>,
    disks: Option<Source>,
    networks: Option<Source>,
    speeds: Speeds,
    protocols: [Option<Source>; 2],
    sockets: [Option<Source>; 2],
    kernel: KernelFiles,
    rooms: Rooms,
    pressure: [Option<Source>; PRESSURES.len()],
    whole: Disks,
    buffer: Vec<u8>,
}

impl Machine {
    /// Opens the files below a root such as `/proc`; `sys` is `/sys`, which knows the disks.
    ///
    /// # Errors
    /// There is no `stat`, or a file may not be read.
    pub fn open(proc: &Root, sys: &Path) -> Result<Self, ReadError> {
        let stat = proc.source("stat")?.ok_or_else(|| {
            ReadError::system(&proc.path().join("stat"), nix::errno::Errno::ENOENT)
        })?;
        let mut pressure = [const { None }; PRESSURES.len()];
        for (source, name) in pressure.iter_mut().zip(PRESSURES) {
            *source = proc.source(&format!("pressure/{name}"))?;
        }
        Ok(Machine {
            stat,
            load: proc.source("loadavg")?,
            memory: proc.source("meminfo")?,
            paging: proc.source("vmstat")?,
            disks: proc.source("diskstats")?,
            networks: proc.source("net/dev")?,
            speeds: Speeds::new(sys),
            protocols: [proc.source("net/snmp")?, proc.source("net/netstat")?],
            sockets: [proc.source("net/sockstat")?, proc.source("net/sockstat6")?],
            kernel: KernelFiles::open(proc, sys)?,
            rooms: Rooms::open(proc)?,
            pressure,
            whole: Disks::new(sys),
            buffer: Vec::new(),
        })
    }

    /// One reading of everything.
    ///
    /// # Errors
    /// A file that could not be read or is not what a kernel writes.
    pub fn read(&mut self) -> Result<MachineReading, ReadError> {
        let buffer = &mut self.buffer;
        let mut reading = MachineReading {
            cpu: cpu::parse_stat(self.stat.read(buffer)?, self.stat.path())?,
            ..MachineReading::default()
        };
        if let Some(file) = &self.load {
            reading.load = Some(cpu::parse_loadavg(file.read(buffer)?, file.path())?);
        }
        if let Some(file) = &self.memory {
            reading.memory = Some(memory::parse_meminfo(file.read(buffer)?, file.path())?);
        }
        if let Some(file) = &self.paging {
            reading.paging = Some(memory::parse_vmstat(file.read(buffer)?));
        }
        if let Some(file) = &self.disks {
            reading.disks = self.whole.parse(file.read(buffer)?, file.path())?;
        }
        if let Some(file) = &self.networks {
            reading.networks = network::parse_dev(file.read(buffer)?, file.path())?;
        }
        let names = reading.networks.iter().map(|network| &network.name);
        reading.speeds = names.map(|name| self.speeds.of(name)).collect();
        for file in self.protocols.iter().flatten() {
            reading.protocols.add(file.read(buffer)?);
        }
        for file in self.sockets.iter().flatten() {
            reading.sockets.add(file.read(buffer)?);
        }
        reading.kernel = self.kernel.read(buffer)?;
        reading.rooms = self.rooms.read(buffer)?;
        for (source, slot) in self.pressure.iter().zip(&mut reading.pressure) {
            // a kernel with psi=0 has the files and refuses to read them
            if let Some(file) = source {
                *slot = file.read(buffer).ok().and_then(pressure::parse);
            }
        }
        Ok(reading)
    }
}
