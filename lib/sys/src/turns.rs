//! One state that several threads have in turns.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// The state, while a thread has it.
pub type Turn<'a, T> = MutexGuard<'a, T>;

/// The state, while nobody has it.
#[derive(Debug)]
pub struct Turns<T>(Mutex<T>);

impl<T> Turns<T> {
    /// Nobody has it yet.
    pub fn new(state: T) -> Self {
        Turns(Mutex::new(state))
    }

    /// Has it until what is returned is dropped; waits while another thread has it.
    pub fn take(&self) -> Turn<'_, T> {
        // a panic ends the program: nobody sees a state that one has left unfinished
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same if no other thread has it.
    pub fn take_if_free(&self) -> Option<Turn<'_, T>> {
        match self.0.try_lock() {
            Ok(turn) => Some(turn),
            Err(TryLockError::Poisoned(turn)) => Some(turn.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// The state itself, when all threads are done with it.
    pub fn end(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
