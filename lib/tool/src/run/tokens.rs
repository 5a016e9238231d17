//! Tokens of the jobserver we run below, or of our own: taken for each operation
//! that runs beside another, watched for only while one is missing.

use super::args::JobserverStyle;
use super::drive::{Runner, TOKEN_POOL};
use super::settings::control::Jobserver;
use super::settings::{Settings, cpus};
use crate::fail::{self, Fail};
use engine::{Config, Engine, Input};
use record::status;
use std::io;
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;
use sys::jobserver::{Auth, Pool, Server, Style, auth_of, slots_of, without_auth};
use sys::poller::{Poller, Want};

/// Variables that name a jobserver. Programs look into the first that they know.
pub const VARIABLES: [&str; 3] = ["MAKEFLAGS", "MFLAGS", "CARGO_MAKEFLAGS"];

/// The slots that were asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub by_flag: Option<u32>,
    pub by_input: Option<u32>,
}

/// The pool of a run, if it has one.
#[derive(Debug, Default)]
pub struct TokenDesk {
    jobs: u32,
    pool: Option<Arc<Pool>>,
    server: Option<Server>,
    /// `MAKEFLAGS` of the commands, where it is not ours.
    flags: Option<Vec<u8>>,
    /// Descriptors that the commands inherit.
    inherited: Vec<RawFd>,
    watched: bool,
    /// Tokens that commands have taken and not given back.
    lost: u64,
    /// What is to be said about it.
    pub warning: Option<String>,
}

impl TokenDesk {
    /// Joins the jobserver in `MAKEFLAGS`, or makes one, as the settings say.
    /// `inherited` are the descriptors that our parent left open.
    ///
    /// # Errors
    /// There can be no jobserver for so many slots.
    pub fn open(settings: &Settings, asked: Asked, inherited: &[RawFd]) -> Result<Self, Fail> {
        let flags = std::env::var_os("MAKEFLAGS").map(OsStringExt::into_vec).unwrap_or_default();
        let wish = match settings.control.jobserver {
            // the tools whose names these are know of no jobserver
            Jobserver::Default if settings.called.is_link() => Jobserver::Ignore,
            wish => wish,
        };
        let given = asked.by_flag.or(asked.by_input);
        let jobs = given.unwrap_or_else(cpus);
        let mut desk = TokenDesk { jobs, ..TokenDesk::default() };
        if let Some(auth) = auth_of(&flags) {
            match Pool::open(&auth, inherited) {
                Ok(pool) => {
                    if let Auth::Pair(read, write) = auth {
                        desk.inherited = vec![read, write];
                    }
                    if wish != Jobserver::Ignore {
                        desk.pool = Some(Arc::new(pool));
                        desk.jobs = given.or(slots_of(&flags)).unwrap_or_else(cpus);
                    }
                    return Ok(desk);
                }
                Err(why) => {
                    // nobody below may take what has these numbers now for the pool
                    desk.flags = Some(without_auth(&flags));
                    if wish == Jobserver::Default {
                        desk.jobs = asked.by_flag.unwrap_or(1);
                        desk.warning = Some(unavailable(&why.to_string(), asked.by_flag));
                    }
                }
            }
        }
        if let Jobserver::Serve(style) = wish {
            desk.serve(&flags, style)?;
        }
        Ok(desk)
    }

    fn serve(&mut self, flags: &[u8], style: Option<JobserverStyle>) -> Result<(), Fail> {
        let slots = self.jobs;
        let server = Server::new(slots).map_err(|e| {
            let what = match slots {
                u32::MAX => "--jobserver: give a number of slots with -j".to_string(),
                slots => format!("--jobserver: a pool for {slots} slots"),
            };
            Fail::io(status::LOST, what, &e)
        })?;
        let style = match style {
            None => Style::Both,
            Some(JobserverStyle::Pipe) => Style::Pipe,
            Some(JobserverStyle::Fifo) => Style::Fifo,
        };
        self.flags = Some(server.flags(flags, style));
        self.inherited = server.inherited().to_vec();
        self.pool = Some(Arc::clone(server.pool()));
        self.server = Some(server);
        Ok(())
    }

    /// What the engine has to keep to.
    pub fn rule(&self, config: &mut Config) {
        config.jobs = self.jobs;
        config.pool = if self.pool.is_some() { engine::Pool::Shared } else { config.pool };
    }

    /// The pool, for the guardian.
    pub fn pool(&self) -> Option<Arc<Pool>> {
        self.pool.clone()
    }

    /// `MAKEFLAGS` of the commands, where it is not ours.
    pub fn flags(&self) -> Option<&[u8]> {
        self.flags.as_deref()
    }

    /// Descriptors that the commands inherit.
    pub fn inherited(&self) -> &[RawFd] {
        &self.inherited
    }

    /// Tokens that commands have lost so far.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Watches the pool while the engine waits for a token.
    pub fn attend(&mut self, engine: &Engine, poller: &Poller) {
        let Some(pool) = &self.pool else { return };
        let wanted = engine.waits_for_token();
        if wanted == self.watched {
            return;
        }
        // a pipe that cannot be watched: no memory; then only our own tokens come back
        let _ = match wanted {
            true => poller.add(pool.as_ref(), TOKEN_POOL, Want::Read),
            false => poller.remove(pool.as_ref()),
        };
        self.watched = wanted;
    }

    /// There are so many slots from now on: a pool of our own follows.
    ///
    /// # Errors
    /// It cannot have so many.
    pub fn resize(&mut self, slots: u32) -> Result<(), String> {
        self.server.as_mut().map_or(Ok(()), |server| {
            server.resize(slots).map_err(|e| format!("the jobserver's pool: {}", fail::reason(&e)))
        })
    }

    fn take(&mut self) -> io::Result<bool> {
        self.settle()?;
        self.pool.as_ref().map_or(Ok(false), |pool| pool.take())
    }

    fn give(&mut self) -> io::Result<()> {
        self.pool.as_ref().map_or(Ok(false), |pool| pool.give())?;
        self.settle()
    }

    fn settle(&mut self) -> io::Result<()> {
        self.server.as_mut().map_or(Ok(()), Server::settle)
    }

    /// Nothing runs: with a pool of our own every token must be there.
    pub fn repair(&mut self) {
        if let Some(Ok(lost)) = self.server.as_mut().map(Server::repair) {
            self.lost += u64::from(lost);
        }
    }
}

/// As make says it of a recipe that it does not take for one of make's own.
fn unavailable(why: &str, jobs: Option<u32>) -> String {
    let instead = match jobs {
        None => "one job runs at a time".to_string(),
        Some(u32::MAX) => "-j holds as given".to_string(),
        Some(jobs) => format!("-j{jobs} holds as given"),
    };
    format!(
        "make's jobserver is out of reach ({why}): {instead}; \
         begin the recipe's line with +, or give --no-jobserver"
    )
}

impl Runner {
    /// The engine wants a token.
    pub fn take_token(&mut self) {
        self.guard.call();
        let taken = self.tokens.take().unwrap_or_else(|error| {
            self.notes.push(format!("the jobserver's pipe: {}", fail::reason(&error)));
            false
        });
        let input = if taken { Input::TokenTaken } else { Input::TokenMissing };
        self.engine.handle(self.clock.now(), input);
    }

    /// A token is left over.
    pub fn give_token(&mut self) {
        if let Err(error) = self.tokens.give() {
            let reason = fail::reason(&error);
            self.notes.push(format!("a token was not given back to the jobserver: {reason}"));
        }
    }

    /// Commands were killed with tokens in their hands.
    pub fn say_lost_tokens(&mut self) {
        self.tokens.repair();
        let lost = self.tokens.lost;
        if lost > 0 && !self.settings.output.quiet {
            self.notes.push(format!(
                "{} of the jobserver lost by commands, and replaced",
                if lost == 1 { "1 token".to_string() } else { format!("{lost} tokens") }
            ));
        }
    }
}
