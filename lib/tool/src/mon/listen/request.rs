//! What a client asks: a request of HTTP/1.1 or 1.0, as far as a page of metrics needs it.
//! Pure.

use crate::openmetrics::Dialect;

/// The longest request that is read. A scrape has a few hundred bytes.
pub const LONGEST: usize = 8 << 10;
/// The most header lines of a request.
const MOST_HEADERS: usize = 64;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The metrics.
    Metrics,
    /// Their head alone.
    Head,
    /// Something that is not here.
    Elsewhere,
    /// The metrics, in a way that is not offered.
    OtherMethod,
}

/// A request that was read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is asked for.
    pub ask: Ask,
    /// In which words.
    pub dialect: Dialect,
    /// Whether another request may follow on the same connection.
    pub stays: bool,
    /// Its bytes.
    pub len: usize,
}

/// What was read so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// More is to come.
    Part,
    /// A request.
    Whole(Request),
    /// More than a request may have.
    TooLong,
    /// No request.
    Bad,
}

/// Reads the first request in some bytes.
pub fn parse(bytes: &[u8]) -> Parsed {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(httparse::Status::Complete(len)) => understood(&request, len),
        Ok(httparse::Status::Partial) if bytes.len() < LONGEST => Parsed::Part,
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => Parsed::TooLong,
        Err(_) => Parsed::Bad,
    }
}

fn understood(request: &httparse::Request<'_, '_>, len: usize) -> Parsed {
    let (Some(method), Some(path), Some(minor)) = (request.method, request.path, request.version)
    else {
        return Parsed::Bad;
    };
    let values = |name: &'static str| {
        let named = request.headers.iter().filter(move |h| h.name.eq_ignore_ascii_case(name));
        named.map(|header| String::from_utf8_lossy(header.value).trim().to_ascii_lowercase())
    };
    let has_body = values("transfer-encoding").next().is_some()
        || values("content-length").any(|length| length != "0");
    let hosts = values("host").count();
    let reads = ["GET", "HEAD"].contains(&method);
    if (has_body && reads) || hosts > 1 || (minor > 0 && hosts == 0) {
        return Parsed::Bad;
    }
    let says = |word: &str| values("connection").any(|v| v.split(',').any(|w| w.trim() == word));
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    Parsed::Whole(Request {
        ask: match (path, method) {
            ("/metrics", "GET") => Ask::Metrics,
            ("/metrics", "HEAD") => Ask::Head,
            ("/metrics", _) => Ask::OtherMethod,
            _ => Ask::Elsewhere,
        },
        dialect: dialect(values("accept")),
        // a body would have to be read to find the request behind it
        stays: !has_body && if minor > 0 { !says("close") } else { says("keep-alive") },
        len,
    })
}

/// The dialect that a client would rather have (RFC 9110, 12.5.1); the older one where it
/// does not care, since everything reads that.
fn dialect(accepts: impl Iterator<Item = String>) -> Dialect {
    let (mut open, mut plain, mut any) = (0.0_f64, None, None);
    for accept in accepts {
        for range in accept.split(',') {
            let mut words = range.split(';').map(str::trim);
            let kind = words.next().unwrap_or_default();
            let (mut quality, mut version) = (1.0, None);
            for (name, value) in words.filter_map(|word| word.split_once('=')) {
                match name.trim() {
                    "q" => quality = value.trim().parse().unwrap_or(0.0),
                    "version" => version = Some(value.trim().trim_matches('"').to_string()),
                    _ => {}
                }
            }
            match kind {
                "application/openmetrics-text" if version.is_none_or(|v| v == "1.0.0") => {
                    open = open.max(quality);
                }
                "text/plain" => plain = Some(quality),
                "text/*" | "*/*" => any = Some(quality),
                _ => {}
            }
        }
    }
    let plain = plain.or(any).unwrap_or(0.0);
    if open > 0.0 && open >= plain { Dialect::OpenMetrics } else { Dialect::Plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> Request {
        match parse(text.as_bytes()) {
            Parsed::Whole(request) => request,
            other => panic!("{other:?}: {text}"),
        }
    }

    #[test]
    fn a_request_is_read_when_it_is_whole() {
        let text = b"GET /metrics?x=1 HTTP/1.1\r\nHost: a\r\n\r\nGET /";
        let whole = text.len() - 5;
        for end in 0..whole {
            assert_eq!(parse(&text[..end]), Parsed::Part, "{end}");
        }
        let asked = request(std::str::from_utf8(text).unwrap());
        assert_eq!((asked.ask, asked.stays, asked.len), (Ask::Metrics, true, whole));
    }

    #[test]
    fn what_is_asked_for() {
        for (line, ask) in [
            ("GET /metrics", Ask::Metrics),
            ("HEAD /metrics", Ask::Head),
            ("POST /metrics", Ask::OtherMethod),
            ("GET /", Ask::Elsewhere),
            ("GET /metrics/", Ask::Elsewhere),
        ] {
            assert_eq!(request(&format!("{line} HTTP/1.0\r\n\r\n")).ask, ask, "{line}");
        }
        for (text, stays) in [
            ("GET / HTTP/1.0\r\n\r\n", false),
            ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\n", false),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", false),
        ] {
            assert_eq!(request(text).stays, stays, "{text}");
        }
    }

    #[test]
    fn what_is_no_request() {
        for text in [
            "\x16\x03\x01\x02\x00\x01\x00\x01\u{1f}\x03\x03",
            "GET /metrics HTTP/2.0\r\n\r\n",
            "GET /metrics HTTP/1.1\r\n\r\n",
            "GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            "HEAD /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            "GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET /metrics\r\n\r\n",
            "GET /metrics HTTP/1.1\r\nHo st: a\r\n\r\n",
        ] {
            assert_eq!(parse(text.as_bytes()), Parsed::Bad, "{text:?}");
        }
        let long = format!("GET /{} HTTP/1.1\r\n", "a".repeat(LONGEST));
        assert_eq!(parse(&long.as_bytes()[..LONGEST]), Parsed::TooLong);
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(65));
        assert_eq!(parse(many.as_bytes()), Parsed::TooLong);
    }

    #[test]
    fn the_dialect_is_the_one_that_is_preferred() {
        for (accept, dialect) in [
            ("*/*", Dialect::Plain),
            ("text/html", Dialect::Plain),
            ("application/openmetrics-text", Dialect::OpenMetrics),
            ("application/openmetrics-text;version=0.0.1", Dialect::Plain),
            // Prometheus 2
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;\
                 version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                Dialect::OpenMetrics,
            ),
            ("text/plain;version=0.0.4, application/openmetrics-text; q=0.3", Dialect::Plain),
            ("application/openmetrics-text;q=0, */*;q=0.1", Dialect::Plain),
            ("application/openmetrics-text;q=many", Dialect::Plain),
        ] {
            let text = format!("GET / HTTP/1.1\r\nhost: a\r\nACCEPT: {accept}\r\n\r\n");
            assert_eq!(request(&text).dialect, dialect, "{accept}");
        }
        assert_eq!(request("GET / HTTP/1.0\r\n\r\n").dialect, Dialect::Plain);
    }
}
