//! Public answers remembered while nothing changes: the same question needs no second look into the store.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Reply;

/// Answers kept at a time; past it all are forgotten.
const KEPT: usize = 512;

/// What was true at one count of commits, in one second.
#[derive(Default)]
pub struct Memory(Mutex<HashMap<String, (u64, i64, Reply)>>);

impl Memory {
    /// The answer given at the same count of commits within the same second.
    pub fn recall(&self, question: &str, commits: u64, second: i64) -> Option<Reply> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(question).filter(|(count, at, _)| (*count, *at) == (commits, second)).map(|(_, _, reply)| reply.clone())
    }

    /// Keeps an answer that was true when `commits` were counted, before it was looked up.
    pub fn remember(&self, question: String, commits: u64, second: i64, reply: &Reply) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(question, (commits, second, reply.clone()));
    }
}
