//! Metrics over HTTP: the last sample, for whoever asks. Sockets never block, each client
//! has its time and its room, and there are only so many: nobody who asks slowly, or for
//! too much, can hold up the samples.

mod connection;
mod reply;
mod request;

use super::metrics::Texts;
use super::outputs::{Output, Watched};
use super::watch::Notes;
use crate::entry;
use crate::fail::Fail;
use crate::openmetrics::Dialect;
use connection::{Connection, Step};
use record::{Sample, Seconds, status};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use sys::poller::{Ready, Want};
use sys::tcp;

/// The most clients at once. Prometheus keeps one connection; the others are people.
const MOST_CLIENTS: usize = 64;

/// Number of the socket that takes connections; those of clients follow.
const DOOR: usize = 0;

/// After a connection could not be taken, for want of descriptors.
const PAUSE: Seconds = Seconds::from_secs(1);

/// The last sample in both dialects, each made when it is first asked for.
#[derive(Debug, Default)]
struct Page {
    texts: Texts,
    made: Vec<(Dialect, Rc<[u8]>)>,
}

impl Page {
    fn text(&mut self, dialect: Dialect) -> Rc<[u8]> {
        if let Some((_, text)) = self.made.iter().find(|(made, _)| *made == dialect) {
            return text.clone();
        }
        let text: Rc<[u8]> = self.texts.text(dialect).into_bytes().into();
        self.made.push((dialect, text.clone()));
        text
    }
}

/// A client: its connection, who it is, and for what it was last waited.
#[derive(Debug)]
struct Client {
    connection: Connection,
    peer: SocketAddr,
    want: Want,
}

/// Listens for who asks.
#[derive(Debug)]
pub struct Listen {
    door: tcp::Listener,
    clients: Vec<Option<Client>>,
    page: Page,
    /// When the door is looked at again although nobody has knocked.
    again: Option<Seconds>,
    served: Notes,
}

impl Listen {
    /// Listens at an address; also gives the one that it got. What is served is told as
    /// `served` says.
    ///
    /// # Errors
    /// The port is in use, may not be used, or the address is not of this machine.
    pub fn bind(address: SocketAddr, served: Notes) -> Result<(Self, SocketAddr), Fail> {
        let failed = |error: io::Error| {
            let remedy = match error.kind() {
                io::ErrorKind::AddrInUse => "; name another port, or 0 for any that is free",
                io::ErrorKind::PermissionDenied => "; ports below 1024 are for root",
                io::ErrorKind::AddrNotAvailable => "; name an address of this machine",
                _ => "",
            };
            let mut fail = Fail::io(status::OWN, format!("--listen {address}"), &error);
            fail.message.push_str(remedy);
            fail
        };
        let door = tcp::Listener::bind(address).map_err(failed)?;
        let address = door.address().map_err(failed)?;
        let (clients, page) = (Vec::new(), Page::default());
        Ok((Listen { door, clients, page, again: None, served }, address))
    }

    /// Takes everybody who waits at the door.
    fn accept(&mut self, watched: &Watched<'_>, now: Seconds) {
        self.again = None;
        loop {
            match self.door.accept() {
                Ok(Some(caller)) => self.welcome(watched, caller, now),
                Ok(None) => return,
                Err(_) => {
                    // no descriptors: those that are open come to their end
                    self.again = Some(now + PAUSE);
                    return;
                }
            }
        }
    }

    /// Gives a caller a place; where all are taken, that of the client whose time is over first.
    fn welcome(
        &mut self,
        watched: &Watched<'_>,
        (stream, peer): (tcp::Stream, SocketAddr),
        now: Seconds,
    ) {
        let mut free = self.clients.iter().position(Option::is_none);
        if free.is_none() && self.clients.len() < MOST_CLIENTS {
            self.clients.push(None);
            free = Some(self.clients.len() - 1);
        }
        let place = free.unwrap_or_else(|| {
            let until = |place: &usize| self.clients[*place].as_ref().map(Client::deadline);
            (0..self.clients.len()).min_by_key(until).unwrap_or(0)
        });
        self.leave(watched, place);
        let connection = Connection::new(stream, now);
        if watched.add(&connection.stream, place + 1, Want::Read).is_ok() {
            self.clients[place] = Some(Client { connection, peer, want: Want::Read });
            self.serve(watched, place, now);
        }
    }

    /// One client's turn.
    fn serve(&mut self, watched: &Watched<'_>, place: usize, now: Seconds) {
        let Some(Some(client)) = self.clients.get_mut(place) else { return };
        let (page, notes, peer) = (&mut self.page, self.served, client.peer);
        let mut served = |status: u16| {
            if notes == Notes::Say {
                entry::complain("pgmon", &format!("served {peer}: {status}"));
            }
        };
        let step = client.connection.turn(now, &mut |dialect| page.text(dialect), &mut served);
        let want = match step {
            Step::Over => return self.leave(watched, place),
            // room to write is there at once, and so this client has its next turn
            Step::More => Want::Write,
            Step::Wait(want) if want == client.want => return,
            Step::Wait(want) => want,
        };
        client.want = want;
        if watched.again(&client.connection.stream, place + 1, want).is_err() {
            self.leave(watched, place);
        }
    }

    fn leave(&mut self, watched: &Watched<'_>, place: usize) {
        if let Some(client) = self.clients.get_mut(place).and_then(Option::take) {
            // it was watched since it came
            let _ = watched.remove(&client.connection.stream);
        }
    }
}

impl Client {
    fn deadline(&self) -> Seconds {
        self.connection.deadline()
    }
}

impl Output for Listen {
    fn sample(&mut self, sample: &Sample) -> Result<(), Fail> {
        self.page.texts.take(sample);
        self.page.made.clear();
        Ok(())
    }

    fn begin(&mut self, watched: &Watched<'_>) -> io::Result<()> {
        watched.add(&self.door, DOOR, Want::Read)
    }

    fn deadline(&self) -> Option<Seconds> {
        self.clients.iter().flatten().map(Client::deadline).chain(self.again).min()
    }

    fn turn(&mut self, watched: &Watched<'_>, ready: &[Ready], now: Seconds) -> Result<(), Fail> {
        for place in 0..self.clients.len() {
            let is_ready = ready.iter().any(|one| one.token == place + 1);
            let is_late = self.clients[place].as_ref().is_some_and(|one| one.deadline() <= now);
            if is_ready || is_late {
                self.serve(watched, place, now);
            }
        }
        if ready.iter().any(|one| one.token == DOOR) || self.again.is_some_and(|at| at <= now) {
            self.accept(watched, now);
        }
        Ok(())
    }
}
