//! Secrets of other systems, each in a file of its own.

use std::path::{Path, PathBuf};

use super::vault::private_text;
use crate::settings::plain_text;

/// A secret that stands in a file of its own.
#[derive(Clone)]
pub struct SecretFile {
    path: PathBuf,
    secret: String,
}

impl SecretFile {
    /// What a setting that names one must be, in English and in Chinese.
    pub const RULE: [&str; 2] = ["the path of a file of mode 0600 that holds the secret", "存有密鑰、權限 0600 的檔案路徑"];

    /// What stands in the file of that path, if nobody else can read it.
    pub fn read(text: &str) -> Option<Self> {
        let path = PathBuf::from(plain_text(text, 4096)?);
        let secret = plain_text(private_text(Path::new(&path)).ok()?.trim_end(), 500)?;
        Some(Self { path, secret })
    }

    /// Where it stands.
    pub fn place(&self) -> String {
        self.path.display().to_string()
    }

    pub fn secret(&self) -> &str {
        &self.secret
    }
}
