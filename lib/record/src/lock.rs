//! What stands in a lock's book, the file beside the lock file: its counter,
//! who holds it, who waits for it. The kernel decides who holds a lock; these
//! lines only say who that is.

use crate::unit::Seconds;
use crate::{Bytes, Command, wire};

wire! {
    /// First line of a lock's book.
    pub struct LockBook = "lock.book", r#"{"type":"lock.book","name":"msi","token":1700000000500000}"# {
        /// Name of the lock.
        pub name: Bytes,
        /// The last fencing token given out: PG_LOCK_TOKEN of the last holder.
        pub token: u64,
    }
}

wire! {
    /// Somebody holds a lock.
    pub struct LockHolder = "lock.holder", r#"{"type":"lock.holder","name":"msi","id":"install-chrome","mode":"exclusive","pid":4720,"by":4711,"since":1700000000.5,"boot_s":86400.25,"token":1700000000500000,"cmd":["msiexec","/i","chrome.msi"]}"# {
        /// Name of the lock.
        pub name: Bytes,
        /// The operation; left out by pglock.
        pub id: String,
        /// How it is held: "exclusive", "shared" or "slots".
        pub mode: String,
        /// Process that does the protected work.
        pub pid: u32,
        /// Process that took the lock: pglock or pgrun.
        pub by: u32,
        /// Since when, seconds since the epoch.
        pub since: Seconds,
        /// The same moment in seconds since the machine was started: a process of this
        /// number that is younger is another one.
        pub boot_s: Seconds,
        /// Units of "slots" that are taken.
        pub take: Option<u32>,
        /// Capacity the holder gave.
        pub slots: Option<u32>,
        /// Fencing token: greater than every earlier one of this lock.
        pub token: Option<u64>,
        /// What the process runs, cut where it is long.
        pub cmd: Option<Command>,
        /// The command has ended; a process that it left behind keeps the lock.
        pub stray: bool,
    }
}

wire! {
    /// Somebody waits for a lock.
    pub struct LockWaiter = "lock.waiter", r#"{"type":"lock.waiter","name":"msi","mode":"exclusive","pid":4800,"since":1700000001,"boot_s":86400.75,"cmd":["msiexec","/i","edge.msi"]}"# {
        /// Name of the lock.
        pub name: Bytes,
        /// The operation; left out by pglock.
        pub id: String,
        /// How it is wanted: "exclusive", "shared" or "slots".
        pub mode: String,
        /// Process that waits.
        pub pid: u32,
        /// Since when, seconds since the epoch.
        pub since: Seconds,
        /// The same moment in seconds since the machine was started.
        pub boot_s: Seconds,
        /// Units of "slots" that are wanted.
        pub take: Option<u32>,
        /// Capacity the waiter gave.
        pub slots: Option<u32>,
        /// What it is to run, cut where it is long.
        pub cmd: Option<Command>,
    }
}
