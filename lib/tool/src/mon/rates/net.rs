//! Sockets: levels, and rates of the protocols.

use super::Span;
use record::Sockets;
use sys::proc::protocols::{ProtocolReading, SocketReading};

/// What one reading tells; `None` where the kernel has no network.
pub fn levels(
    now: &SocketReading,
    protocols: &ProtocolReading,
    page_bytes: u64,
) -> Option<Sockets> {
    if *now == SocketReading::default() && *protocols == ProtocolReading::default() {
        return None;
    }
    let bytes = |pages: Option<u64>| pages.map(|pages| pages.saturating_mul(page_bytes));
    Some(Sockets {
        used: now.used,
        tcp: now.tcp,
        tcp_established: protocols.tcp_established,
        tcp_orphans: now.tcp_orphans,
        tcp_time_wait: now.tcp_time_wait,
        tcp_memory_bytes: bytes(now.tcp_pages),
        udp: now.udp,
        udp_memory_bytes: bytes(now.udp_pages),
        ..Sockets::default()
    })
}

/// What two readings tell.
// tidy: a table
pub fn rates(
    sockets: &mut Sockets,
    (now, before): (&ProtocolReading, &ProtocolReading),
    span: Span,
) {
    let rate = |of: fn(&ProtocolReading) -> Option<u64>| span.rate_of(of(now), of(before));
    sockets.tcp_opened_per_s = rate(|r| r.tcp_opened);
    sockets.tcp_accepted_per_s = rate(|r| r.tcp_accepted);
    sockets.tcp_failed_per_s = rate(|r| r.tcp_failed);
    sockets.tcp_reset_per_s = rate(|r| r.tcp_reset);
    sockets.tcp_segments_in_per_s = rate(|r| r.tcp_in);
    sockets.tcp_segments_out_per_s = rate(|r| r.tcp_out);
    sockets.tcp_errors_in_per_s = rate(|r| r.tcp_errors);
    sockets.listen_overflows_per_s = rate(|r| r.listen_overflows);
    sockets.listen_drops_per_s = rate(|r| r.listen_drops);
    sockets.syn_retransmits_per_s = rate(|r| r.syn_retransmits);
    sockets.timeouts_per_s = rate(|r| r.timeouts);
    sockets.udp_in_per_s = rate(|r| r.udp_in);
    sockets.udp_out_per_s = rate(|r| r.udp_out);
    sockets.udp_no_port_per_s = rate(|r| r.udp_no_port);
    sockets.udp_errors_per_s = rate(|r| r.udp_errors);
    sockets.udp_buffer_errors_per_s = rate(|r| r.udp_buffer_errors);
}
