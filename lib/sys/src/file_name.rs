//! Any bytes as the name of a file: one for each, none that leaves its folder.

/// The longest part of a file name that is written out; with an ending it stays
/// below the 255 bytes that file systems allow.
pub const MAX_PLAIN_BYTES: usize = 200;

/// What is kept of bytes that are too long, before their digest.
const KEPT_BYTES: usize = 150;

/// Begins the digest in the file name of what is too long; nothing escaped has it.
pub const DIGEST_MARK: &str = "%~";

/// The bytes with `%XX` for each that is not plain and for a dot at the beginning; `%` is
/// never plain. What would be too long is cut and ends in a digest of the whole.
pub fn escaped(bytes: &[u8], plain: fn(u8) -> bool) -> String {
    let mut out = Vec::with_capacity(bytes.len());
    let mut kept = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let continues = byte & 0xc0 == 0x80;
        if out.len() <= KEPT_BYTES && !continues {
            kept = out.len();
        }
        let leads = *byte == b'.' && at == 0;
        if plain(*byte) && *byte != b'%' && !leads {
            out.push(*byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    if out.len() > MAX_PLAIN_BYTES {
        out.truncate(kept);
        out.extend_from_slice(format!("{DIGEST_MARK}{:032x}", fnv1a(bytes)).as_bytes());
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// An id as the name of a file: text as it is, but for `/`, `%`, controls and a dot at the
/// beginning.
pub fn of_id(id: &str) -> String {
    escaped(id.as_bytes(), |byte| byte != b'/' && !byte.is_ascii_control())
}

/// FNV-1a with 128 bits (Fowler, Noll and Vo, 1991; IETF draft-eastlake-fnv).
fn fnv1a(bytes: &[u8]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(OFFSET, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stay_readable_inside_their_folder() {
        for (id, name) in [
            ("Install Chrome", "Install Chrome"),
            ("überall", "überall"),
            ("../../x", "%2E.%2F..%2Fx"),
            (".", "%2E"),
            ("100%", "100%25"),
            ("a\x1b[2J\n", "a%1B[2J%0A"),
        ] {
            assert_eq!(of_id(id), name);
        }
    }

    #[test]
    fn long_ids_differ_and_fit() {
        let id = "ü".repeat(5_000);
        let (one, two) = (of_id(&id), of_id(&format!("{id}.")));
        assert!(one != two && one.len() <= MAX_PLAIN_BYTES && one.starts_with("üüü"));
        assert!(!one.contains('\u{fffd}'));
    }

    #[test]
    fn digest_is_fnv1a() {
        // published test vectors: the empty string and "a"
        assert_eq!(fnv1a(b""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(fnv1a(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
