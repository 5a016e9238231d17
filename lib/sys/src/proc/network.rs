//! `/proc/net/dev`: network interfaces.

use super::read::ReadError;
use super::text::{Words, lines};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

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
    /// Bad packets received.
    pub rx_errors: u64,
    /// Packets that could not be sent.
    pub tx_errors: u64,
    /// Received and dropped.
    pub rx_drops: u64,
    /// Dropped before they were sent.
    pub tx_drops: u64,
    /// Multicast packets received.
    pub multicast: u64,
    /// Collisions.
    pub collisions: u64,
}

impl NetworkReading {
    /// Bad packets, either way.
    pub fn errors(&self) -> u64 {
        self.rx_errors.saturating_add(self.tx_errors)
    }

    /// Packets dropped, either way.
    pub fn drops(&self) -> u64 {
        self.rx_drops.saturating_add(self.tx_drops)
    }
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
    network.rx_errors = words.number()?;
    network.rx_drops = words.number()?;
    // fifo, frame, compressed
    words.skip_words(3);
    network.multicast = words.number()?;
    network.tx_bytes = words.number()?;
    network.tx_packets = words.number()?;
    network.tx_errors = words.number()?;
    network.tx_drops = words.number()?;
    words.skip_words(1);
    network.collisions = words.number().unwrap_or(0);
    Some(network)
}

/// What the lines of interfaces can carry, as `/sys/class/net` says; asked once for each.
#[derive(Debug)]
pub struct Speeds {
    folder: PathBuf,
    known: HashMap<String, Option<u64>>,
}

/// `/sys/class/net/NAME/speed` is in millions of bits a second.
const BYTES_PER_MEGABIT: u64 = 125_000;

impl Speeds {
    /// Asks the folder `class/net` below a root such as `/sys`.
    pub fn new(sys: &Path) -> Self {
        Speeds { folder: sys.join("class/net"), known: HashMap::new() }
    }

    /// Bytes a second; `None` where the interface has no line or does not tell.
    pub fn of(&mut self, name: &str) -> Option<u64> {
        if let Some(speed) = self.known.get(name) {
            return *speed;
        }
        // -1 where the line is down, an error where there is none
        let text = std::fs::read(self.folder.join(name).join("speed")).ok();
        let megabits = text.and_then(|text| Words::new(&text).number()).filter(|speed| *speed > 0);
        let speed = megabits.map(|speed| speed.saturating_mul(BYTES_PER_MEGABIT));
        self.known.insert(name.to_string(), speed);
        speed
    }
}
