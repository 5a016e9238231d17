//! `pgmon top`: the machine and its processes, live in the terminal. One loop waits for keys,
//! signals and the next sample.

pub mod args;
mod draw;
mod figures;
mod keys;
mod machine;
mod pen;
mod screen;
mod view;

use super::args::{By, Pace};
use super::everyone::Everyone;
use super::rates::Detail;
use super::sampler::{Sampler, unreadable};
use super::ticks::Ticks;
use super::{PROC, SYS};
use crate::fail::Fail;
use crate::flags;
use args::TopArgs;
use draw::Shown;
use figures::Figures;
use pen::Colours;
use ratatui::Terminal;
use record::status;
use screen::Screen;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use sys::clock::Clock;
use sys::poller::{Poller, Ready, Want};
use sys::proc::Root;
use sys::proc::machine::Machine;
use sys::signal::{self, Signals};
use view::{Act, View};

/// Tokens of the poller.
const SIGNALS: usize = 0;
const KEYS: usize = 1;

/// Signals that end it, those that stop it, and that of another size.
const CAUGHT: [i32; 6] = [
    signal::SIGINT,
    signal::SIGTERM,
    signal::SIGHUP,
    signal::SIGQUIT,
    signal::SIGTSTP,
    signal::SIGWINCH,
];

/// The verb.
///
/// # Errors
/// Standard output is no terminal, or `/proc` cannot be read.
pub fn run(args: &TopArgs) -> Result<u8, Fail> {
    if !flags::stdout_is_terminal() {
        let message = "top is shown in a terminal only; pgmon --top writes the busiest processes";
        return Err(Fail::new(status::OWN, message));
    }
    let broken = |e: io::Error| Fail::io(status::OWN, "terminal", &e);
    let proc = Root::open(Path::new(PROC)).map_err(|e| unreadable(&e))?;
    let machine = Machine::open(&proc, Path::new(SYS)).map_err(|e| unreadable(&e))?;
    let detail = Detail { per_cpu: true, ..Detail::default() };
    let mut signals = Signals::new().map_err(broken)?;
    for number in CAUGHT {
        signals.catch(number).map_err(broken)?;
    }
    let keys = sys::fd::reopen_for_reading(1).map_err(broken)?;
    let colours = if args.color.on(&io::stdout()) { Colours::Many } else { Colours::None };
    let Pace { interval, count } = args.pace;
    let mut top = Top {
        sampler: Sampler::new((Clock::start(), proc), machine, Vec::new())
            .with_everyone(Some(Everyone::new(0, By::Cpu)))
            .with_detail(detail),
        figures: Figures::open(Path::new(PROC))?,
        ticks: Ticks::new(interval),
        left: count,
        view: View::default(),
        host: sys::fd::host_name(),
        signals,
        keys,
        colours,
        terminal: Terminal::new(Screen::take().map_err(broken)?).map_err(broken)?,
    };
    let end = top.until_end();
    // the terminal is as it was before anything is said on it
    top.terminal.backend_mut().leave();
    match end? {
        End::Quit => Ok(status::OK),
        End::Signal(number) => Ok(signal::die_of(number)),
    }
}

/// Why it ends.
enum End {
    /// By a key, or since there were to be no more samples.
    Quit,
    /// By a signal.
    Signal(i32),
}

/// All that is live.
struct Top {
    sampler: Sampler,
    figures: Figures,
    ticks: Ticks,
    left: Option<u64>,
    view: View,
    host: String,
    signals: Signals,
    keys: OwnedFd,
    colours: Colours,
    terminal: Terminal<Screen>,
}

impl Top {
    fn until_end(&mut self) -> Result<End, Fail> {
        let broken = |e: io::Error| Fail::io(status::OWN, "event loop", &e);
        let poller = Poller::new().map_err(broken)?;
        poller.add(&self.signals, SIGNALS, Want::Read).map_err(broken)?;
        poller.add(&self.keys, KEYS, Want::Read).map_err(broken)?;
        let mut ready: Vec<Ready> = Vec::new();
        loop {
            let now = self.sampler.clock().now();
            if self.ticks.is_due(now) {
                let missed = self.ticks.take(now);
                if !self.view.paused {
                    self.figures.read(&mut self.sampler, missed)?;
                    self.draw().map_err(broken)?;
                    if let Some(left) = &mut self.left {
                        *left -= 1;
                    }
                }
                if self.left == Some(0) {
                    return Ok(End::Quit);
                }
            }
            let timeout = self.sampler.clock().until(self.ticks.deadline());
            poller.wait(Some(timeout), &mut ready).map_err(broken)?;
            if ready.iter().any(|one| one.token == SIGNALS)
                && let Some(number) = self.hear().map_err(broken)?
            {
                return Ok(End::Signal(number));
            }
            if ready.iter().any(|one| one.token == KEYS) {
                match self.press().map_err(broken)? {
                    Act::Quit => return Ok(End::Quit),
                    Act::Draw => self.draw().map_err(broken)?,
                    Act::Nothing => {}
                }
            }
        }
    }

    fn draw(&mut self) -> io::Result<()> {
        let Top { terminal, figures, view, host, colours, .. } = self;
        terminal.draw(|frame| {
            let shown =
                Shown { sample: &figures.sample, rows: &figures.rows, words: figures, host };
            draw::screen(frame.buffer_mut(), &shown, view, *colours);
        })?;
        Ok(())
    }

    /// Takes all keys that were pressed.
    fn press(&mut self) -> io::Result<Act> {
        let mut bytes = [0; 256];
        let mut act = Act::Nothing;
        while let Some(count) = sys::fd::read_some(&self.keys, &mut bytes)? {
            if count == 0 {
                // the terminal has gone
                return Ok(Act::Quit);
            }
            let mut rest = &bytes[..count];
            while let Some(key) = keys::next(&mut rest) {
                match self.view.take(key) {
                    Act::Nothing => {}
                    Act::Draw => act = Act::Draw,
                    Act::Quit => return Ok(Act::Quit),
                }
            }
        }
        Ok(act)
    }

    /// Takes what signals came; gives the one that ends us.
    fn hear(&mut self) -> io::Result<Option<i32>> {
        for caught in self.signals.drain() {
            match caught.signal {
                signal::SIGWINCH => {}
                signal::SIGTSTP => {
                    self.terminal.backend_mut().leave();
                    sys::terminal::stop_self();
                    self.terminal.backend_mut().enter()?;
                    self.terminal.clear()?;
                }
                other => return Ok(Some(other)),
            }
        }
        self.draw()?;
        Ok(None)
    }
}
