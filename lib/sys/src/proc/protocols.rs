//! `/proc/net/snmp`, `netstat` and `sockstat`: TCP, UDP and sockets.

use super::text::{Words, lines, number};

/// Counters since the machine came up; `None` where this kernel does not count it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProtocolReading {
    /// TCP connections that were begun here.
    pub tcp_opened: Option<u64>,
    /// TCP connections that came in.
    pub tcp_accepted: Option<u64>,
    /// Attempts that failed.
    pub tcp_failed: Option<u64>,
    /// Established connections that were reset.
    pub tcp_reset: Option<u64>,
    /// Connections established now: a level.
    pub tcp_established: Option<u64>,
    /// Segments received.
    pub tcp_in: Option<u64>,
    /// Segments sent.
    pub tcp_out: Option<u64>,
    /// Segments sent again.
    pub retransmits: Option<u64>,
    /// Bad segments received.
    pub tcp_errors: Option<u64>,
    /// Datagrams received.
    pub udp_in: Option<u64>,
    /// Datagrams sent.
    pub udp_out: Option<u64>,
    /// Datagrams for a port where nobody listens.
    pub udp_no_port: Option<u64>,
    /// Datagrams that could not be delivered.
    pub udp_errors: Option<u64>,
    /// Datagrams for which there was no room, received or sent.
    pub udp_buffer_errors: Option<u64>,
    /// Connections that found the queue of a listener full.
    pub listen_overflows: Option<u64>,
    /// Connections that a listener lost.
    pub listen_drops: Option<u64>,
    /// First segments of a connection that were sent again.
    pub syn_retransmits: Option<u64>,
    /// Times that no answer came in time.
    pub timeouts: Option<u64>,
}

impl ProtocolReading {
    /// Takes what a text of `/proc/net/snmp` or `netstat` holds, where a line of names
    /// stands before each line of numbers.
    pub fn add(&mut self, text: &[u8]) {
        let mut rows = lines(text).map(|(_, line)| line).filter(|line| !line.is_empty());
        while let (Some(names), Some(numbers)) = (rows.next(), rows.next()) {
            let (mut names, mut numbers) = (Words::new(names), Words::new(numbers));
            let kind = names.next();
            if kind != numbers.next() {
                return;
            }
            for (name, value) in names.zip(numbers) {
                // -1 where there is no limit
                let Some(value) = number(value) else { continue };
                if let Some(field) = self.field(kind.unwrap_or_default(), name) {
                    *field = Some(field.unwrap_or(0).saturating_add(value));
                }
            }
        }
    }

    // tidy: a table
    fn field(&mut self, kind: &[u8], name: &[u8]) -> Option<&mut Option<u64>> {
        Some(match (kind, name) {
            (b"Tcp:", b"ActiveOpens") => &mut self.tcp_opened,
            (b"Tcp:", b"PassiveOpens") => &mut self.tcp_accepted,
            (b"Tcp:", b"AttemptFails") => &mut self.tcp_failed,
            (b"Tcp:", b"EstabResets") => &mut self.tcp_reset,
            (b"Tcp:", b"CurrEstab") => &mut self.tcp_established,
            (b"Tcp:", b"InSegs") => &mut self.tcp_in,
            (b"Tcp:", b"OutSegs") => &mut self.tcp_out,
            (b"Tcp:", b"RetransSegs") => &mut self.retransmits,
            (b"Tcp:", b"InErrs") => &mut self.tcp_errors,
            (b"Udp:", b"InDatagrams") => &mut self.udp_in,
            (b"Udp:", b"OutDatagrams") => &mut self.udp_out,
            (b"Udp:", b"NoPorts") => &mut self.udp_no_port,
            (b"Udp:", b"InErrors") => &mut self.udp_errors,
            (b"Udp:", b"RcvbufErrors" | b"SndbufErrors") => &mut self.udp_buffer_errors,
            (b"TcpExt:", b"ListenOverflows") => &mut self.listen_overflows,
            (b"TcpExt:", b"ListenDrops") => &mut self.listen_drops,
            (b"TcpExt:", b"TCPSynRetrans") => &mut self.syn_retransmits,
            (b"TcpExt:", b"TCPTimeouts") => &mut self.timeouts,
            _ => return None,
        })
    }
}

/// How many sockets there are now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SocketReading {
    /// Of any kind.
    pub used: Option<u64>,
    /// TCP sockets in use.
    pub tcp: Option<u64>,
    /// TCP sockets that belong to no process.
    pub tcp_orphans: Option<u64>,
    /// TCP connections that wait for stray packets.
    pub tcp_time_wait: Option<u64>,
    /// Pages of TCP buffers.
    pub tcp_pages: Option<u64>,
    /// UDP sockets in use.
    pub udp: Option<u64>,
    /// Pages of UDP buffers.
    pub udp_pages: Option<u64>,
}

impl SocketReading {
    /// Takes what a text of `/proc/net/sockstat` or `sockstat6` holds: lines of the form
    /// `TCP: inuse 5 orphan 0 tw 0 alloc 7 mem 1`. Both versions of IP add up.
    pub fn add(&mut self, text: &[u8]) {
        for (_, line) in lines(text) {
            let mut words = Words::new(line);
            let Some(kind) = words.next() else { continue };
            while let (Some(name), Some(value)) = (words.next(), words.number()) {
                let field = match (kind, name) {
                    (b"sockets:", b"used") => &mut self.used,
                    (b"TCP:" | b"TCP6:", b"inuse") => &mut self.tcp,
                    (b"TCP:", b"orphan") => &mut self.tcp_orphans,
                    (b"TCP:", b"tw") => &mut self.tcp_time_wait,
                    (b"TCP:", b"mem") => &mut self.tcp_pages,
                    (b"UDP:" | b"UDP6:", b"inuse") => &mut self.udp,
                    (b"UDP:", b"mem") => &mut self.udp_pages,
                    _ => continue,
                };
                *field = Some(field.unwrap_or(0).saturating_add(value));
            }
        }
    }
}
