//! One client: its request is read, the reply written, each within its time. Nothing waits
//! for a client.

use super::reply::{self, After, Page, Reply};
use super::request::{self, Parsed};
use record::Seconds;
use std::io;
use sys::fd::{read_some, send_some};
use sys::poller::Want;
use sys::tcp::Stream;

/// A request has to be whole by then, counted from its first byte or from the connection.
const REQUEST: Seconds = Seconds::from_secs(10);
/// A reply has to be taken by then.
const REPLY: Seconds = Seconds::from_secs(10);
/// So long a connection is kept for the next request; Prometheus asks once a minute.
const IDLE: Seconds = Seconds::from_secs(300);
/// So long a client may take to notice that its connection is over.
const FAREWELL: Seconds = Seconds::from_secs(2);

/// The most steps that one client has in a row; others and the samples come between.
const STEPS: usize = 16;
/// The most that is read of who is not listened to any more.
const MOST_DISCARDED: usize = 1 << 20;

/// What is done next.
#[derive(Debug)]
enum Phase {
    /// A request is read.
    Reading,
    /// A reply is written; so much of it has gone.
    Writing(Reply, usize),
    /// Our side is closed. What still comes is read, or the kernel would take back a reply
    /// that was not yet read.
    Closing(usize),
}

/// What a turn comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It goes on when the client does.
    Wait(Want),
    /// It could go on at once, after others.
    More,
    /// It is over.
    Over,
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    /// The socket.
    pub stream: Stream,
    input: Vec<u8>,
    phase: Phase,
    deadline: Seconds,
}

impl Connection {
    /// A new connection.
    pub fn new(stream: Stream, now: Seconds) -> Self {
        Connection { stream, input: Vec::new(), phase: Phase::Reading, deadline: now + REQUEST }
    }

    /// By when its client has to have gone on.
    pub fn deadline(&self) -> Seconds {
        self.deadline
    }

    /// Goes on as far as the client allows. `page` has the metrics; `served` hears the
    /// status of each reply that was sent.
    pub fn turn(&mut self, now: Seconds, page: &mut Page<'_>, served: &mut dyn FnMut(u16)) -> Step {
        if now >= self.deadline && !self.told_late(now) {
            return Step::Over;
        }
        for _ in 0..STEPS {
            let step = match &mut self.phase {
                Phase::Reading => self.read(now, page),
                Phase::Writing(..) => self.write(now, served),
                Phase::Closing(_) => self.discard(),
            };
            match step {
                Ok(Step::More) => {}
                Ok(step) => return step,
                // it was reset: there is nobody to tell
                Err(_) => return Step::Over,
            }
        }
        Step::More
    }

    /// The time is over. Who has begun a request is told so; false for all others.
    fn told_late(&mut self, now: Seconds) -> bool {
        if !matches!(self.phase, Phase::Reading) || self.input.is_empty() {
            return false;
        }
        self.input.clear();
        self.answer(reply::refusal(408, After::Close), now);
        true
    }

    fn answer(&mut self, reply: Reply, now: Seconds) {
        self.phase = Phase::Writing(reply, 0);
        self.deadline = now + REPLY;
    }

    fn read(&mut self, now: Seconds, page: &mut Page<'_>) -> io::Result<Step> {
        let parsed = request::parse(&self.input);
        if let Some(reply) = reply::reply(parsed, page) {
            match parsed {
                Parsed::Whole(request) => drop(self.input.drain(..request.len)),
                _ => self.input.clear(),
            }
            self.answer(reply, now);
            return Ok(Step::More);
        }
        let mut bytes = [0; request::LONGEST];
        let room = request::LONGEST - self.input.len();
        match read_some(&self.stream, &mut bytes[..room])? {
            None => Ok(Step::Wait(Want::Read)),
            Some(0) => Ok(Step::Over),
            Some(count) => {
                if self.input.is_empty() {
                    self.deadline = self.deadline.min(now + REQUEST);
                }
                self.input.extend_from_slice(&bytes[..count]);
                Ok(Step::More)
            }
        }
    }

    fn write(&mut self, now: Seconds, served: &mut dyn FnMut(u16)) -> io::Result<Step> {
        let Phase::Writing(reply, sent) = &mut self.phase else { return Ok(Step::More) };
        let left = match reply.head.get(*sent..).filter(|head| !head.is_empty()) {
            Some(head) => head,
            None => &reply.body[*sent - reply.head.len()..],
        };
        if !left.is_empty() {
            let Some(count) = send_some(&self.stream, left)? else {
                return Ok(Step::Wait(Want::Write));
            };
            *sent += count;
            return Ok(Step::More);
        }
        served(reply.status);
        if reply.after == After::Close {
            self.stream.end_writing();
            self.phase = Phase::Closing(0);
            self.deadline = now + FAREWELL;
        } else {
            self.phase = Phase::Reading;
            self.deadline = now + if self.input.is_empty() { IDLE } else { REQUEST };
        }
        Ok(Step::More)
    }

    fn discard(&mut self) -> io::Result<Step> {
        let Phase::Closing(discarded) = &mut self.phase else { return Ok(Step::More) };
        let mut bytes = [0; 4096];
        match read_some(&self.stream, &mut bytes)? {
            None => Ok(Step::Wait(Want::Read)),
            Some(0) => Ok(Step::Over),
            Some(_) if *discarded > MOST_DISCARDED => Ok(Step::Over),
            Some(count) => {
                *discarded += count;
                Ok(Step::More)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;
    use std::rc::Rc;
    use sys::poller::Poller;
    use sys::tcp::Listener;

    /// A client and our end of its connection, which has come at second 0.
    fn pair() -> (TcpStream, Connection) {
        let door = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let client = TcpStream::connect(door.address().unwrap()).unwrap();
        let (stream, _) = door.accept().unwrap().unwrap();
        (client, Connection::new(stream, Seconds::ZERO))
    }

    /// Waits until something has come to our end.
    fn arrived(connection: &Connection) {
        let poller = Poller::new().unwrap();
        poller.add(&connection.stream, 0, Want::Read).unwrap();
        let mut ready = Vec::new();
        while ready.is_empty() {
            poller.wait(None, &mut ready).unwrap();
        }
        poller.remove(&connection.stream).unwrap();
    }

    /// A turn at a second; gives what was served in it.
    fn turn(connection: &mut Connection, second: i64) -> (Step, Vec<u16>) {
        let mut served = Vec::new();
        let mut page = |_| Rc::from(*b"metrics\n");
        let now = Seconds::from_secs(second);
        let step = connection.turn(now, &mut page, &mut |status| served.push(status));
        (step, served)
    }

    const ASK: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";

    #[test]
    fn who_says_nothing_is_left_after_its_time() {
        let (_client, mut connection) = pair();
        assert_eq!(turn(&mut connection, 9), (Step::Wait(Want::Read), vec![]));
        assert_eq!(connection.deadline(), REQUEST);
        assert_eq!(turn(&mut connection, 10), (Step::Over, vec![]));
    }

    #[test]
    fn a_byte_now_and_then_does_not_buy_time() {
        let (mut client, mut connection) = pair();
        for (second, byte) in (0..10).zip(ASK) {
            client.write_all(&[*byte]).unwrap();
            arrived(&connection);
            assert_eq!(turn(&mut connection, second), (Step::Wait(Want::Read), vec![]));
            assert_eq!(connection.deadline(), REQUEST);
        }
        // it is told, and then left
        assert_eq!(turn(&mut connection, 10), (Step::Wait(Want::Read), vec![408]));
        assert_eq!(turn(&mut connection, 12), (Step::Over, vec![]));
        drop(connection);
        let mut told = String::new();
        client.read_to_string(&mut told).unwrap();
        assert!(told.starts_with("HTTP/1.1 408 ") && told.ends_with("in time\n"), "{told}");
    }

    #[test]
    fn requests_may_follow_one_another_and_each_has_its_time() {
        let (mut client, mut connection) = pair();
        client.write_all(&[ASK, ASK, &ASK[..5]].concat()).unwrap();
        arrived(&connection);
        assert_eq!(turn(&mut connection, 1), (Step::Wait(Want::Read), vec![200, 200]));
        assert_eq!(connection.deadline(), Seconds::from_secs(11));
        client.write_all(&ASK[5..]).unwrap();
        arrived(&connection);
        assert_eq!(turn(&mut connection, 2), (Step::Wait(Want::Read), vec![200]));
        assert_eq!(connection.deadline(), Seconds::from_secs(302));
    }

    #[test]
    fn many_requests_at_once_are_taken_in_turns() {
        let (mut client, mut connection) = pair();
        client.write_all(&ASK.repeat(20)).unwrap();
        arrived(&connection);
        let (mut step, mut served, mut turns) = (Step::More, 0, 0);
        while step == Step::More {
            let (next, statuses) = turn(&mut connection, 1);
            assert!(statuses.len() < STEPS);
            (step, served, turns) = (next, served + statuses.len(), turns + 1);
        }
        assert_eq!((step, served), (Step::Wait(Want::Read), 20));
        assert!(turns > 2, "{turns}");
    }

    #[test]
    fn who_does_not_read_is_left_after_its_time() {
        let (mut client, mut connection) = pair();
        client.write_all(ASK).unwrap();
        arrived(&connection);
        // more than any socket holds
        let mut page = |_| Rc::from(vec![b'x'; 64 << 20]);
        let mut served = Vec::new();
        let now = Seconds::from_secs(1);
        let mut step = Step::More;
        while step == Step::More {
            step = connection.turn(now, &mut page, &mut |status| served.push(status));
        }
        assert_eq!((step, served), (Step::Wait(Want::Write), vec![]));
        assert_eq!(connection.deadline(), Seconds::from_secs(11));
        assert_eq!(turn(&mut connection, 11).0, Step::Over);
    }
}
