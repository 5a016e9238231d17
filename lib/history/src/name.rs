//! Names of logs: they sort by the beginning of their runs.

use record::Seconds;
use std::time::UNIX_EPOCH;

/// The end of the name of a log that is written, or was left by a run that was killed.
pub const PLAIN: &str = ".ndjson";
/// The end of the name of a log that is whole.
pub const PACKED: &str = ".ndjson.zst";
/// The beginning of the name of what is not whole yet; it is hidden from whoever reads a folder of logs.
pub const UNDONE: &str = ".new-";

/// The name of the log of a run, without its end.
pub fn stem(began: Seconds, run: &str) -> String {
    let time = UNIX_EPOCH + began.to_duration();
    let time = humantime::format_rfc3339_seconds(time).to_string().replace(':', "");
    // a run inside a run is named after it: "a/b"
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '+' };
    let run: String = run.chars().take(100).map(plain).collect();
    format!("{time}-{run}")
}

/// How [`stem`] begins: a digit for each 0.
const TIME: &[u8] = b"0000-00-00T000000Z-";

/// The name without its end, where it is one that [`stem`] made. Whatever else lies in the
/// folder is not ours: it is never listed, packed or removed.
pub fn stem_of(file: &str) -> Option<&str> {
    let stem = file.strip_suffix(PACKED).or_else(|| file.strip_suffix(PLAIN))?;
    let time = stem.as_bytes().get(..TIME.len())?;
    let fits = |(byte, like): (&u8, &u8)| match like {
        b'0' => byte.is_ascii_digit(),
        _ => byte == like,
    };
    time.iter().zip(TIME).all(fits).then_some(stem)
}

/// In short, the same for ever: FNV-1a (Fowler, Noll, Vo, 1991).
pub fn digest(file: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    file.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_time_and_have_no_folder_in_them() {
        let early = stem(Seconds::from_micros(1_700_000_000_123_456), "1f3a.5d0c");
        assert_eq!(early, "2023-11-14T221320Z-1f3a.5d0c");
        let nested = stem(Seconds::from_secs(1_700_000_001), "1f3a.5d0c/../../x");
        assert!(nested > early && !nested.contains('/'), "{nested}");
        assert_eq!(stem(Seconds::from_secs(-5), ""), "1970-01-01T000000Z-");
    }

    #[test]
    fn what_is_a_log_by_its_name() {
        let stem = "2023-11-14T221320Z-1f3a.5d0c";
        assert_eq!(stem_of(&format!("{stem}.ndjson")), Some(stem));
        assert_eq!(stem_of(&format!("{stem}.ndjson.zst")), Some(stem));
        let undone = format!(".new-{stem}.ndjson.zst");
        for other in [&undone, ".index.sqlite", "events.ndjson", "2023-11-14T22132.ndjson"] {
            assert_eq!(stem_of(other), None, "{other}");
        }
    }

    #[test]
    fn the_digest_is_that_of_the_reference() {
        // from the authors' test vectors
        assert_eq!(digest(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(digest("foobar"), 0x8594_4171_f739_67e8);
    }
}
