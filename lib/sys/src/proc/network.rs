//! `/proc/net/dev` and `/proc/net/snmp`.

use super::read::ReadError;
use super::text::{Words, lines};
use std::path::Path;

/// Counters of one network interface since it came up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkReading {
    /// Its name.
    pub name: String,
    /// Bytes received.
    pub rx_bytes: u64,
    /// Packets received.
    pub rx_packets: u64,
    /// Bytes sent.
    pub tx_bytes: u64,
    /// Packets sent.
    pub tx_packets: u64,
    /// Bad packets, either way.
    pub errors: u64,
    /// Packets dropped, either way.
    pub drops: u64,
}

/// Reads the text of `/proc/net/dev`.
///
/// # Errors
/// A line has too few numbers.
pub fn parse_dev(text: &[u8], path: &Path) -> Result<Vec<NetworkReading>, ReadError> {
    let mut networks = Vec::new();
    // two lines of titles; a name may be followed by its first number without a blank
    for (number, line) in lines(text).skip(2) {
        let Some(colon) = line.iter().rposition(|byte| *byte == b':') else { continue };
        let name = String::from_utf8_lossy(line[..colon].trim_ascii()).into_owned();
        let mut words = Words::new(&line[colon + 1..]);
        let network = counters(name, &mut words);
        let fail = || ReadError::text(path, number, "sixteen numbers should follow the name");
        networks.push(network.ok_or_else(fail)?);
    }
    Ok(networks)
}

fn counters(name: String, words: &mut Words<'_>) -> Option<NetworkReading> {
    let mut network = NetworkReading { name, ..NetworkReading::default() };
    network.rx_bytes = words.number()?;
    network.rx_packets = words.number()?;
    network.errors = words.number()?;
    network.drops = words.number()?;
    words.skip_words(4);
    network.tx_bytes = words.number()?;
    network.tx_packets = words.number()?;
    network.errors += words.number()?;
    network.drops += words.number()?;
    Some(network)
}

/// Reads the TCP segments sent again from the text of `/proc/net/snmp`, where
/// a line of names stands before each line of numbers.
pub fn parse_retransmits(text: &[u8]) -> Option<u64> {
    let mut tcp = lines(text).map(|(_, line)| line).filter(|line| line.starts_with(b"Tcp:"));
    let names = Words::new(tcp.next()?);
    let numbers = Words::new(tcp.next()?);
    let (_, number) = names.zip(numbers).find(|(name, _)| *name == b"RetransSegs")?;
    super::text::number(number)
}
