//! The choice of a password: the rules for a new one, and what is known of its owner, which must not help to guess it.

use chrono::{Datelike, NaiveDate};

use super::passwords::hashing;
use crate::error::{Error, Result};
use crate::http::coded;
use crate::secrets::password;

/// Whose password it is to be.
#[derive(Clone, Debug)]
pub struct Owner {
    username: String,
    words: Vec<String>,
}

impl Owner {
    pub fn new(username: &str, name: &str) -> Self {
        Self { username: username.to_owned(), words: Vec::new() }.with(username).with(name)
    }

    /// Adds what else is known of them: whole, and in its parts.
    pub fn with(mut self, text: &str) -> Self {
        let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| part.chars().count() > 2);
        let whole = Some(text).filter(|text| !text.is_empty());
        self.words.extend(whole.into_iter().chain(parts).map(ToOwned::to_owned));
        // A telephone number as people dial it.
        self.words.extend(text.strip_prefix("+886").map(|rest| format!("0{rest}")));
        self
    }

    /// Adds a birthday, as people write it, by both calendars.
    pub fn born_on(mut self, day: NaiveDate) -> Self {
        let (month, year, roc_year) = (day.format("%m%d"), day.year(), day.year() - 1911);
        self.words.extend([format!("{year}{month}"), format!("{roc_year}{month}"), format!("{roc_year:03}{month}")]);
        self.words.extend([year.to_string(), month.to_string(), day.to_string()]);
        self
    }
}

/// Names the rule that a new password breaks.
fn check(pointer: &str, owner: &Owner, text: &str) -> Result<()> {
    let guessable = || password::is_guessable(text, &owner.words).then_some("guessable");
    match password::refusal(&owner.username, text).or_else(guessable) {
        Some(code) => Err(Error::field(pointer, code, coded(code).1)),
        None => Ok(()),
    }
}

/// Hashes a password that its rules allow.
pub fn hash_password(owner: &Owner, text: &str) -> Result<String> {
    check("", owner, text)?;
    Ok(password::hash(text))
}

/// Checks a new password off the reactor: an estimate of a long one takes a while.
pub async fn checked(pointer: &'static str, owner: Owner, text: String) -> Result<()> {
    hashing(move || check(pointer, &owner, &text)).await?
}
