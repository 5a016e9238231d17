//! What pgmon itself costs.

use super::rates::{Span, rounded};
use record::{OwnCost, Seconds};
use sys::proc::process::{Processes, parse_io, parse_resident};
use sys::proc::{Root, Source};

/// Asks for our own counters. Where the root does not know us, what it would tell is left out.
#[derive(Debug)]
pub struct Own {
    io: Option<Source>,
    memory: Option<Source>,
    processes: Processes,
    before: Seconds,
    buffer: Vec<u8>,
}

impl Own {
    /// Opens our files below a root such as `/proc`.
    pub fn new(proc: &Root) -> Self {
        Own {
            io: proc.source("self/io").ok().flatten(),
            memory: proc.source("self/statm").ok().flatten(),
            processes: Processes::default(),
            before: Seconds::ZERO,
            buffer: Vec::new(),
        }
    }

    /// What we have cost so far; the share since the reading before.
    pub fn read(&mut self, proc: &Root, span: Option<Span>) -> OwnCost {
        let used = sys::wait::own_usage();
        let cpu_s = used.user + used.system;
        let micros = |time: Seconds| time.as_micros().unsigned_abs();
        let pair = (micros(cpu_s), micros(self.before));
        let cpu = span.map(|span| rounded(span.scaled(pair, 1e-6)));
        self.before = cpu_s;
        let buffer = &mut self.buffer;
        let mut text = |file: &Option<Source>| file.as_ref()?.read(buffer).ok().map(<[u8]>::to_vec);
        let io = text(&self.io).and_then(|text| parse_io(&text));
        let pages = text(&self.memory).and_then(|text| parse_resident(&text));
        let fds = self
            .io
            .as_ref()
            .and_then(|_| self.processes.descriptors(proc, std::process::id()).ok().flatten());
        OwnCost {
            cpu_s,
            max_rss_bytes: used.max_rss_bytes,
            cpu,
            rss_bytes: pages.map(|pages| pages * sys::proc::page_bytes()),
            // the folder that is read is one of them
            fds: fds.map(|fds| fds.saturating_sub(1)),
            calls: io.map(|io| io.read_calls + io.write_calls),
            written_bytes: io.map(|io| io.write_chars),
        }
    }
}
