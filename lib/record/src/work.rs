//! What is said to a worker that lives on, and what it answers.

use crate::wire;
use crate::{Bytes, Command};
use std::collections::BTreeMap;

wire! {
    /// An operation for a worker (pgrun --worker): a line on its standard input.
    pub struct WorkRequest = "work.request", r#"{"type":"work.request","id":"resize-7","attempt":1,"slot":2,"cmd":"resize 7.png","args":["7.png"],"cwd":"/srv","env":{"PG_ID":"resize-7"}}"# {
        /// The operation; the reply names it.
        pub id: String,
        /// Which attempt of it, from 1; the reply may name it.
        pub attempt: u32,
        /// Place it has, from 1.
        pub slot: u32,
        /// What is to be done.
        pub cmd: Option<Command>,
        /// The arguments that stand in it, where they came as lines.
        pub args: Vec<Bytes>,
        /// Folder it is to be done in, if another than the worker's.
        pub cwd: Option<Bytes>,
        /// What its environment has besides the worker's.
        pub env: BTreeMap<String, Bytes>,
        /// Its standard input.
        pub stdin: Option<Bytes>,
    }
}

wire! {
    /// What a worker has done: a line on its standard output. Without an `exit` it went well.
    pub struct WorkReply = "work.reply", r#"{"type":"work.reply","id":"resize-7","exit":0,"stdout":"7.png\n"}"# {
        /// The operation of the request.
        pub id: String,
        /// Its attempt, if the worker tells it.
        pub attempt: Option<u32>,
        /// Exit status.
        pub exit: Option<i32>,
        /// What goes to standard output.
        pub stdout: Option<Bytes>,
        /// What goes to standard error.
        pub stderr: Option<Bytes>,
    }
}
