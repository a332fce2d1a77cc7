//! What the office keeps secret: personal data at rest, the keys that sign tokens, tokens, passwords.

pub mod file;
pub mod keys;
pub mod password;
pub mod tokens;
pub mod vault;
