//! The protocol without the kernel: every order in which a few processes can take its
//! steps, some of them killed, the lock file removed, is tried.

use std::collections::HashSet;

/// Where a process is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum At {
    Open,
    /// Waits until nobody holds this removed file.
    Ghost(usize),
    /// Has the removed file to itself.
    Alone(usize),
    Ticket(usize),
    Queue(usize),
    Turnstile(usize),
    Door(usize),
    Verify(usize),
    Inside(usize),
    Gone,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Process {
    at: At,
    shared: bool,
    /// Kept when it has to begin again.
    ticket: Option<u8>,
}

/// What the kernel keeps of a lock file.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Inode {
    turnstile: Option<usize>,
    door: Vec<usize>,
    tickets: Vec<(u8, usize)>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct World {
    inodes: Vec<Inode>,
    path: Option<usize>,
    processes: Vec<Process>,
    next_ticket: u8,
    removals: u8,
    kills: u8,
}

impl World {
    fn new(shared: &[bool], removals: u8, kills: u8) -> Self {
        let process = |shared: &bool| Process { at: At::Open, shared: *shared, ticket: None };
        let processes = shared.iter().map(process).collect();
        World { inodes: vec![], path: None, processes, next_ticket: 0, removals, kills }
    }

    /// The door lets this process in.
    fn admits(&self, inode: usize, who: usize) -> bool {
        let shared = |who: &usize| self.processes[*who].shared;
        let others = &self.inodes[inode].door;
        others.is_empty() || (shared(&who) && others.iter().all(shared))
    }

    /// Nobody has an earlier ticket.
    fn is_first(&self, inode: usize, who: usize) -> bool {
        let tickets = &self.inodes[inode].tickets;
        let mine = tickets.iter().find(|(_, other)| *other == who);
        mine.is_some() && tickets.iter().min() == mine
    }

    fn forget(&mut self, who: usize) {
        for inode in &mut self.inodes {
            inode.turnstile = inode.turnstile.filter(|other| *other != who);
            inode.door.retain(|other| *other != who);
            inode.tickets.retain(|(_, other)| *other != who);
        }
    }

    fn make(&mut self) {
        if self.path.is_none() {
            self.inodes.push(Inode::default());
            self.path = Some(self.inodes.len() - 1);
        }
    }

    /// The next step of a process; `None` if it has to wait or is gone. To look for removed
    /// files and to make a new one are one step here: who makes, takes and removes a file
    /// in between is the gap that is left.
    fn step(&self, who: usize) -> Option<World> {
        let mut next = self.clone();
        let inode = |at: usize| &self.inodes[at];
        next.processes[who].at = match self.processes[who].at {
            At::Open => match self.path {
                Some(file) => At::Ticket(file),
                None => match (0..self.inodes.len()).find(|file| !inode(*file).door.is_empty()) {
                    Some(held) => At::Ghost(held),
                    None => {
                        next.make();
                        At::Open
                    }
                },
            },
            At::Ghost(file) => {
                if !inode(file).door.is_empty() {
                    return None;
                }
                next.inodes[file].door.push(who);
                At::Alone(file)
            }
            At::Alone(_) => {
                // and looks again: there may be others by now
                next.forget(who);
                At::Open
            }
            At::Ticket(file) => {
                let ticket = self.processes[who].ticket.unwrap_or(self.next_ticket);
                next.next_ticket = self.next_ticket.max(ticket + 1);
                next.processes[who].ticket = Some(ticket);
                next.inodes[file].tickets.push((ticket, who));
                At::Queue(file)
            }
            At::Queue(file) if self.is_first(file, who) => At::Turnstile(file),
            At::Queue(_) => return None,
            At::Turnstile(file) => {
                if inode(file).turnstile.is_some() {
                    return None;
                }
                next.inodes[file].turnstile = Some(who);
                At::Door(file)
            }
            At::Door(file) => {
                if !self.admits(file, who) {
                    return None;
                }
                next.inodes[file].door.push(who);
                At::Verify(file)
            }
            At::Verify(file) if self.path != Some(file) => {
                next.forget(who);
                At::Open
            }
            At::Verify(file) => {
                next.inodes[file].turnstile = None;
                next.inodes[file].tickets.retain(|(_, other)| *other != who);
                At::Inside(file)
            }
            At::Inside(_) => {
                next.forget(who);
                At::Gone
            }
            At::Gone => return None,
        };
        Some(next)
    }

    fn nexts(&self) -> Vec<World> {
        let mut nexts: Vec<World> =
            (0..self.processes.len()).filter_map(|who| self.step(who)).collect();
        assert!(
            !nexts.is_empty() || self.processes.iter().all(|process| process.at == At::Gone),
            "all wait for ever: {self:?}"
        );
        if self.removals > 0 && self.path.is_some() {
            nexts.push(World { path: None, removals: self.removals - 1, ..self.clone() });
        }
        for who in (0..self.processes.len()).filter(|_| self.kills > 0) {
            let mut next = World { kills: self.kills - 1, ..self.clone() };
            next.forget(who);
            next.processes[who].at = At::Gone;
            nexts.push(next);
        }
        nexts
    }

    fn check(&self) {
        let inside = self.processes.iter().filter(|who| matches!(who.at, At::Inside(_)));
        let inside: Vec<bool> = inside.map(|who| who.shared).collect();
        assert!(inside.len() < 2 || inside.iter().all(|shared| *shared), "{self:?}");
    }
}

/// Every world that can come of one; how many there are.
fn explore(start: World) -> usize {
    let mut seen = HashSet::from([start.clone()]);
    let mut open = vec![start];
    while let Some(world) = open.pop() {
        world.check();
        open.extend(world.nexts().into_iter().filter(|next| seen.insert(next.clone())));
    }
    seen.len()
}

#[test]
fn in_no_order_of_steps_two_are_inside_or_all_wait_for_ever() {
    let (x, s) = (false, true);
    for shared in [[x, x, x], [x, s, s]] {
        assert!(explore(World::new(&shared, 2, 0)) > 1000, "{shared:?}");
    }
    assert!(explore(World::new(&[x, s, x], 1, 1)) > 1000);
}
