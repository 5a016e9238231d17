//! Logs that are kept compressed: gzip and zstd are unpacked as they are read.

use std::io::{Cursor, ErrorKind, Read};

/// How the two begin (RFC 1952, RFC 8878).
const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// The bytes of a file; where it begins like gzip or zstd, those that were packed.
///
/// # Errors
/// It cannot be read.
pub fn unpacked(mut file: Box<dyn Read>) -> std::io::Result<Box<dyn Read>> {
    let mut begin = [0; ZSTD.len()];
    let mut length = 0;
    while length < begin.len() {
        match file.read(&mut begin[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        // what is no packed file is given on at once: a pipe may have no more for a while
        if ![GZIP, ZSTD].iter().any(|magic| begins(&begin[..length], magic)) {
            break;
        }
    }
    let begin = begin[..length].to_vec();
    let (gzip, zstd) = (begin.starts_with(GZIP), begin.starts_with(ZSTD));
    let whole = Cursor::new(begin).chain(file);
    Ok(if gzip {
        Box::new(flate2::read::MultiGzDecoder::new(whole))
    } else if zstd {
        Box::new(zstd::stream::read::Decoder::new(whole)?)
    } else {
        Box::new(whole)
    })
}

/// True where one of them is the beginning of the other.
fn begins(bytes: &[u8], magic: &[u8]) -> bool {
    bytes.iter().zip(magic).all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn read(bytes: Vec<u8>) -> std::io::Result<String> {
        let mut text = String::new();
        unpacked(Box::new(Cursor::new(bytes)))?.read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn what_was_packed_comes_out_and_the_rest_as_it_is() {
        let text = "a line\nanother\n".repeat(1000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(text.as_bytes()).unwrap();
        let gzip = gzip.finish().unwrap();
        // files that were packed one by one and put together
        assert_eq!(read([gzip.clone(), gzip.clone()].concat()).unwrap(), text.repeat(2));
        let zstd = zstd::encode_all(text.as_bytes(), 3).unwrap();
        assert_eq!(read([zstd.clone(), zstd.clone()].concat()).unwrap(), text.repeat(2));
        for plain in ["", "\n", "{}", "\x1f", &text] {
            assert_eq!(read(plain.as_bytes().to_vec()).unwrap(), plain);
        }
        for cut in [&gzip[..gzip.len() / 2], &zstd[..zstd.len() / 2]] {
            assert_eq!(read(cut.to_vec()).unwrap_err().kind(), ErrorKind::UnexpectedEof);
        }
    }
}
