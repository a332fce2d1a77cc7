//! The folder of the contents: files of sealed parts with random names, which appear whole or not at all.
//!
//! A file is a row of parts of 64 KiB before sealing (the last one shorter), each behind its length, and sealed for its upload, its
//! file and its place: none can be moved, left out or taken for another.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};

use super::settings::UploadSettings;
use crate::db::Id;
use crate::error::{Code, Error, Result};
use crate::node::Node;
use crate::secrets::vault::{Vault, random_digits};

/// Bytes of a part before it is sealed.
const PART: usize = 64 * 1024;
/// How a file ends that is being written.
const DRAFT: &str = "new";

/// Where contents stand.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// A content that stands in the folder; removed again unless it is kept.
pub struct Stored {
    folder: Folder,
    pub file: String,
    pub size: i64,
    /// SHA-256 of what was written.
    pub digest: Vec<u8>,
    kept: bool,
}

/// Writes a content.
pub struct Writer {
    vault: Arc<Vault>,
    folder: Folder,
    upload: Id,
    name: String,
    file: Option<File>,
    held: Vec<u8>,
    place: u64,
    size: i64,
    digest: Context,
}

/// Reads a content.
pub struct Reader {
    vault: Arc<Vault>,
    identity: String,
    file: File,
    place: u64,
    left: i64,
}

/// What is refused while the folder cannot be used: the disk is full, or not there.
pub fn unusable(error: &io::Error) -> Error {
    tracing::error!(%error, "the folder of uploads cannot be used");
    Code::STORE_UNAVAILABLE.into()
}

/// Runs work with files off the reactor.
pub async fn beside<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::internal("work with an upload ended", error))?.map_err(|error| unusable(&error))
}

fn identity(upload: Id, file: &str) -> String {
    format!("uploads/{upload}/{file}")
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

impl Folder {
    pub fn of(node: &Node) -> Self {
        let own = node.config.of::<UploadSettings>().folder.clone();
        Self(own.unwrap_or_else(|| node.config.data_dir.join("uploads")))
    }

    fn make(&self) -> io::Result<()> {
        let mut folder = fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(&self.0)
    }

    pub fn remove(&self, file: &str) {
        match fs::remove_file(self.0.join(file)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(%error, "a file of an upload stays behind for now");
            }
            _ => {}
        }
    }

    /// Names of all files, those too that are being written.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.collect()
    }

    /// Begins a file for an upload.
    pub fn write(&self, vault: Arc<Vault>, upload: Id) -> io::Result<Writer> {
        self.make()?;
        let name = random_digits(40);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = Some(options.open(self.0.join(&name).with_extension(DRAFT))?);
        let (held, digest) = (Vec::with_capacity(PART), Context::new(&SHA256));
        Ok(Writer { vault, folder: self.clone(), upload, name, file, held, place: 0, size: 0, digest })
    }

    /// Opens a file of an upload, which must hold so many bytes.
    pub fn read(&self, vault: Arc<Vault>, upload: Id, file: &str, size: i64) -> io::Result<Reader> {
        let identity = identity(upload, file);
        Ok(Reader { vault, identity, file: File::open(self.0.join(file))?, place: 0, left: size })
    }
}

impl Writer {
    pub fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.digest.update(bytes);
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PART - self.held.len()));
            self.held.extend_from_slice(now);
            bytes = later;
            if self.held.len() == PART {
                self.put()?;
            }
        }
        Ok(())
    }

    /// Seals what is held.
    fn put(&mut self) -> io::Result<()> {
        let file = self.file.as_mut().ok_or_else(|| damaged("the file is finished"))?;
        let place = format!("{}/{}", identity(self.upload, &self.name), self.place);
        let sealed = self.vault.seal_bytes(&place, &self.held);
        let length = u32::try_from(sealed.len()).map_err(|_| damaged("a part is too long"))?;
        file.write_all(&length.to_be_bytes())?;
        file.write_all(&sealed)?;
        self.place += 1;
        self.size += i64::try_from(self.held.len()).unwrap_or(i64::MAX);
        self.held.clear();
        Ok(())
    }

    /// Ends the file, waits until it is on disk, and gives it its name.
    pub fn finish(mut self) -> io::Result<Stored> {
        if !self.held.is_empty() {
            self.put()?;
        }
        let final_path = self.folder.0.join(&self.name);
        if let Some(file) = &self.file {
            file.sync_all()?;
        }
        fs::rename(final_path.with_extension(DRAFT), &final_path)?;
        self.file = None;
        let digest = std::mem::replace(&mut self.digest, Context::new(&SHA256)).finish().as_ref().to_vec();
        let (folder, file) = (self.folder.clone(), self.name.clone());
        let stored = Stored { folder, file, size: self.size, digest, kept: false };
        if cfg!(unix) {
            File::open(&self.folder.0)?.sync_all()?;
        }
        Ok(stored)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.file.is_some() {
            self.folder.remove(&format!("{}.{DRAFT}", self.name));
        }
    }
}

impl Stored {
    /// A row names it from now on.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        if !self.kept {
            self.folder.remove(&self.file);
        }
    }
}

impl Reader {
    /// Passes over so many bytes of a content that is longer, whole parts unopened; how many of the next part are still to be passed over.
    pub fn pass(&mut self, bytes: u64) -> io::Result<usize> {
        let mut over = usize::try_from(bytes).map_err(|_| damaged("there is no such place"))?;
        while over >= PART {
            let mut length = [0; 4];
            self.file.read_exact(&mut length)?;
            self.file.seek(SeekFrom::Current(i64::from(u32::from_be_bytes(length))))?;
            self.place += 1;
            self.left -= i64::try_from(PART).unwrap_or(i64::MAX);
            over -= PART;
        }
        Ok(over)
    }

    /// The next bytes; none at the end, which must be where the content ends.
    pub fn more(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.left == 0 {
            return if self.file.read(&mut [0])? == 0 { Ok(None) } else { Err(damaged("the file goes on")) };
        }
        let mut length = [0; 4];
        self.file.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        if length > PART + Vault::ADDED {
            return Err(damaged("a part is too long"));
        }
        let mut sealed = vec![0; length];
        self.file.read_exact(&mut sealed)?;
        let place = format!("{}/{}", self.identity, self.place);
        let opened = self.vault.open_bytes(&place, sealed).map_err(|error| damaged(&error.to_string()))?;
        self.place += 1;
        self.left -= i64::try_from(opened.len()).unwrap_or(i64::MAX);
        if self.left < 0 || opened.is_empty() {
            return Err(damaged("the file has another length"));
        }
        Ok(Some(opened))
    }

    /// Adds all that is left.
    pub fn read_to(mut self, whole: &mut Vec<u8>) -> io::Result<()> {
        while let Some(bytes) = self.more()? {
            whole.extend_from_slice(&bytes);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::vault::MasterKey;

    fn vault() -> Arc<Vault> {
        Arc::new(Vault::new(&MasterKey::from_base64("dGhlIGtleSBvZiBhbiBvZmZpY2UgaW4gYSB0ZXN0ISE=").unwrap()))
    }

    fn read(folder: &Folder, upload: Id, file: &str, size: i64) -> io::Result<Vec<u8>> {
        let mut whole = Vec::new();
        folder.read(vault(), upload, file, size)?.read_to(&mut whole)?;
        Ok(whole)
    }

    #[test]
    fn what_is_written_is_read_again_and_what_was_changed_is_not() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder(place.path().join("uploads"));
        let upload: Id = "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f".parse().unwrap();
        let other: Id = "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e70".parse().unwrap();
        for size in [1, PART - 1, PART, PART + 1, 3 * PART] {
            let content: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let mut writer = folder.write(vault(), upload).unwrap();
            content.chunks(1000).for_each(|some| writer.write(some).unwrap());
            let stored = writer.finish().unwrap();
            let (file, size) = (stored.file.clone(), stored.size);
            assert_eq!(read(&folder, upload, &file, size).unwrap(), content);
            assert!(read(&folder, other, &file, size).is_err(), "another upload's");
            assert!(read(&folder, upload, &file, size + 1).is_err(), "cut off");
            assert!(read(&folder, upload, &file, size - 1).is_err(), "goes on");
            let mut bytes = fs::read(folder.0.join(&file)).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            fs::write(folder.0.join(&file), bytes).unwrap();
            assert!(read(&folder, upload, &file, size).is_err(), "changed");
        }
        drop(folder.write(vault(), upload).unwrap());
        assert!(folder.names().unwrap().is_empty(), "what nobody keeps is removed");
    }
}
