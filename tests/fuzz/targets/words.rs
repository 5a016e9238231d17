//! Small readers: lines, sizes and durations, MAKEFLAGS.

use record::{Lines, parse_amount, parse_seconds};
use std::path::Path;
use sys::jobserver::{Auth, auth_of, slots_of, with_auth, without_auth};

/// The first byte is the separator, the second the size of the pieces that come.
pub fn lines(data: &[u8]) {
    let [separator, size, input @ ..] = data else { return };
    let mut lines = Lines::new(*separator, 64);
    let mut cut: Vec<Vec<u8>> = Vec::new();
    for piece in input.chunks(usize::from(*size).max(1)) {
        lines.push(piece);
        while let Some(line) = lines.next_line() {
            cut.push(line.bytes.to_vec());
            assert_eq!(line.number, cut.len() as u64);
        }
        assert_eq!(lines.too_long(), lines.pending().len() > 64);
    }
    cut.extend(lines.rest().map(|line| line.bytes.to_vec()));
    let mut whole: Vec<Vec<u8>> =
        input.split(|byte| byte == separator).map(<[u8]>::to_vec).collect();
    whole.pop_if(|last| last.is_empty());
    assert_eq!(cut, whole);
}

/// Durations and amounts as people write them.
pub fn units(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match parse_seconds(text) {
        Ok(time) => {
            assert!(time >= record::Seconds::ZERO, "{text}: {time}");
            // beyond 68 years a number of 53 bits does not tell each microsecond
            if time < record::Seconds::from_secs(1 << 31) {
                assert_eq!(parse_seconds(&time.to_string()), Ok(time), "{text}");
            }
        }
        Err(what) => super::is_a_message(&what),
    }
    match parse_amount(text) {
        Ok(amount) => assert_eq!(parse_amount(&amount.to_string()), Ok(amount), "{text}"),
        Err(what) => super::is_a_message(&what),
    }
}

/// MAKEFLAGS as make hands it to us, and as we hand it on.
pub fn makeflags(data: &[u8]) {
    let plain = without_auth(data);
    assert_eq!(auth_of(&plain), None, "{plain:?}");
    assert_eq!(slots_of(&plain), None, "{plain:?}");
    // but for a blank at the end, where nothing stood between two
    assert_eq!(without_auth(&plain).trim_ascii_end(), plain.trim_ascii_end());
    if let (Some(Auth::Pair(..)), Some(slots)) = (auth_of(data), slots_of(data)) {
        assert!(slots > 0);
    }
    for aside in [None, Some("7,8")] {
        let given = with_auth(data, 5, ("fifo:/x", aside));
        assert_eq!(auth_of(&given), Some(Auth::Fifo(Path::new("/x").into())), "{given:?}");
        assert_eq!(slots_of(&given), Some(5), "{given:?}");
    }
}
