//! What is answered.

use super::request::{Ask, Parsed, Request};
use crate::openmetrics::Dialect;
use std::fmt::Write as _;
use std::rc::Rc;

/// Gives the metrics in a dialect.
pub type Page<'a> = dyn FnMut(Dialect) -> Rc<[u8]> + 'a;

/// Whether the connection is of use after a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Another request may follow.
    Next,
    /// Nothing more is read.
    Close,
}

/// A reply, ready to be sent.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Status line and headers.
    pub head: Vec<u8>,
    /// What follows; shared by all that get the same.
    pub body: Rc<[u8]>,
    /// What comes after.
    pub after: After,
    /// Status code.
    pub status: u16,
}

/// The reply to what was read; `None` while it is only a part of a request.
pub fn reply(parsed: Parsed, page: &mut Page<'_>) -> Option<Reply> {
    match parsed {
        Parsed::Part => None,
        Parsed::Whole(request) => Some(answer(request, page)),
        Parsed::TooLong => Some(refusal(431, After::Close)),
        Parsed::Bad => Some(refusal(400, After::Close)),
    }
}

fn answer(request: Request, page: &mut Page<'_>) -> Reply {
    let after = if request.stays { After::Next } else { After::Close };
    let mut metrics = || whole(200, (request.dialect.content_type(), page(request.dialect)), after);
    match request.ask {
        Ask::Elsewhere => refusal(404, after),
        Ask::OtherMethod => refusal(405, after),
        Ask::Metrics => metrics(),
        // what a GET would get, without the body
        Ask::Head => Reply { body: Rc::default(), ..metrics() },
    }
}

/// A reply that says why there are no metrics.
pub fn refusal(status: u16, after: After) -> Reply {
    let text = match status {
        404 => "there is nothing here; the metrics are at /metrics\n",
        405 => "the metrics can be read only, by GET or HEAD\n",
        408 => "the request did not come in time\n",
        431 => "the request is too long\n",
        _ => "this is no request of HTTP/1.1 that can be answered here\n",
    };
    whole(status, ("text/plain; charset=utf-8", text.as_bytes().into()), after)
}

fn whole(status: u16, (kind, body): (&str, Rc<[u8]>), after: After) -> Reply {
    let reason = match status {
        200 => "OK",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        431 => "Request Header Fields Too Large",
        _ => "Bad Request",
    };
    let mut head = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\n",
        body.len()
    );
    if status == 405 {
        head.push_str("Allow: GET, HEAD\r\n");
    }
    let connection = if after == After::Close { "close" } else { "keep-alive" };
    // writing to memory
    let _ = write!(head, "Connection: {connection}\r\n\r\n");
    Reply { head: head.into_bytes(), body, after, status }
}

#[cfg(test)]
mod tests {
    use super::super::request;
    use super::*;

    fn told(text: &str) -> (String, String, After) {
        let mut page = |dialect| match dialect {
            Dialect::OpenMetrics => Rc::from(*b"open"),
            Dialect::Plain => Rc::from(*b"plain text"),
        };
        let reply = reply(request::parse(text.as_bytes()), &mut page).unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (text(&reply.head), text(&reply.body), reply.after)
    }

    #[test]
    fn a_head_has_the_length_of_what_it_leaves_out() {
        let (head, body, after) = told("HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(
            head,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n\
             Content-Length: 10\r\nCache-Control: no-store\r\nConnection: keep-alive\r\n\r\n"
        );
        assert_eq!((body.as_str(), after), ("", After::Next));
    }

    #[test]
    fn refusals_say_what_to_do() {
        let (head, body, after) = told("DELETE /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(head.starts_with("HTTP/1.1 405 ") && head.contains("Allow: GET, HEAD\r\n"));
        assert_eq!((body.lines().count(), after), (1, After::Next));
        let (head, body, after) = told("nonsense\r\n\r\n");
        assert!(head.starts_with("HTTP/1.1 400 ") && head.contains("Connection: close\r\n"));
        assert_eq!((body.lines().count(), after), (1, After::Close));
        let (head, body, _) = told("GET / HTTP/1.0\r\n\r\n");
        assert!(head.starts_with("HTTP/1.1 404 ") && body.contains("/metrics"), "{head}{body}");
    }
}
