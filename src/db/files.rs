//! The embedded database as a file: private to its owner, served by one process at a time, copied while in use.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use diesel::prelude::*;

use super::look;
use super::open::{self, Conn, OpenError, Settings};

/// Ending of the file beside the database that its server keeps locked.
const LOCK: &str = ".lock";
/// How often a start asks for that lock: whoever only looks at it has it for a moment, too.
const ATTEMPTS: u32 = 20;

/// The file of an embedded database; `None` for what is kept elsewhere. A name that SQLite reads in its own way is
/// refused: it would go round the lock of the one server and the mode of the file, or name no file at all.
pub fn file(settings: &Settings) -> Result<Option<&Path>, OpenError> {
    let Some(path) = settings.url.strip_prefix("sqlite:") else { return Ok(None) };
    if path.is_empty() || path.starts_with(':') || path.starts_with("file:") {
        return Err(OpenError::NoFile);
    }
    Ok(Some(Path::new(path)))
}

/// What went wrong with a file.
pub fn failed(file: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let file = file.display().to_string();
    move |cause| OpenError::File { file, cause }
}

/// Makes the file of a database that is not there yet, readable by its owner alone.
///
/// One that is there is never opened here: closing it again would end the locks that this process has on it.
pub fn make_private(path: &Path) -> Result<(), OpenError> {
    match create_private(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(failed(path)(error)),
        _ => Ok(()),
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn create_private(path: &Path) -> io::Result<File> {
    private().create_new(true).open(path)
}

/// That this process, and no other, serves an embedded database; over with the process, however it ends.
pub struct Served(#[expect(dead_code, reason = "open files are what holds the lock")] File);

/// Where the lock of a database is: beside the file itself, by whatever way it was named.
fn lock_file(database: &Path) -> PathBuf {
    let mut name = fs::canonicalize(database).unwrap_or_else(|_| database.to_owned()).into_os_string();
    name.push(LOCK);
    PathBuf::from(name)
}

/// Claims the embedded database for this process. Nodes on PostgreSQL share theirs.
pub fn serve_alone(settings: &Settings) -> Result<Option<Served>, OpenError> {
    let Some(database) = file(settings)? else { return Ok(None) };
    make_private(database)?;
    let path = lock_file(database);
    let lock = private().create(true).truncate(false).open(&path).map_err(failed(&path))?;
    for attempt in 1.. {
        match lock.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if attempt < ATTEMPTS => thread::sleep(Duration::from_millis(10)),
            Err(TryLockError::WouldBlock) => return Err(OpenError::Served(database.display().to_string())),
            Err(TryLockError::Error(error)) => return Err(failed(&path)(error)),
        }
    }
    Ok(Some(Served(lock)))
}

/// Refuses an embedded database that a process serves now.
pub fn refuse_served(settings: &Settings) -> Result<(), OpenError> {
    let Some(database) = file(settings)? else { return Ok(()) };
    let Ok(lock) = File::open(lock_file(database)) else { return Ok(()) };
    match lock.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Err(OpenError::Served(database.display().to_string())),
        _ => Ok(()),
    }
}

/// Refuses an embedded database whose file or folder this process cannot write; makes nothing, and opens nothing.
pub fn refuse_unusable(settings: &Settings, made_by_the_start: &Path) -> Result<(), OpenError> {
    let Some(database) = file(settings)? else { return Ok(()) };
    if database.exists() {
        if !database.is_file() {
            return Err(failed(database)(ErrorKind::IsADirectory.into()));
        }
        writable(database).map_err(failed(database))?;
    }
    let folder = folder_of(database);
    if folder == made_by_the_start && !folder.exists() {
        return Ok(());
    }
    writable(folder).map_err(failed(folder))
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether this process may write there, as the system says without anything being written.
#[cfg(unix)]
pub fn writable(path: &Path) -> io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let name = std::ffi::CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: the name ends with a zero and lives longer than the call.
    match unsafe { libc::faccessat(libc::AT_FDCWD, name.as_ptr(), libc::W_OK, libc::AT_EACCESS) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(not(unix))]
pub fn writable(path: &Path) -> io::Result<()> {
    match fs::metadata(path)?.permissions().readonly() {
        true => Err(ErrorKind::PermissionDenied.into()),
        false => Ok(()),
    }
}

/// Which files a served database consists of. What is written to one that was deleted, moved or replaced is gone with the
/// process, although every write on it succeeds.
#[derive(Debug)]
pub struct Place {
    database: PathBuf,
    file: Option<Identity>,
    /// What the engine keeps beside it, each as it was first seen: the log, and the locks between processes. Whoever makes
    /// new ones knows nothing of the writes and the locks in the old ones.
    beside: [(&'static str, OnceLock<Identity>); 2],
}

/// Device and number of a file.
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// Where files have no numbers, one that is open can be neither deleted nor replaced.
#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    path.exists().then_some((0, 0))
}

impl Place {
    /// The files of a database that is open now; `None` where others keep it.
    pub fn of(settings: &Settings) -> Result<Option<Self>, OpenError> {
        let Some(database) = file(settings)? else { return Ok(None) };
        let beside = [("-wal", OnceLock::new()), ("-shm", OnceLock::new())];
        Ok(Some(Self { database: database.to_owned(), file: identity(database), beside }))
    }

    /// Whether the same files are still there.
    pub fn is_kept(&self) -> bool {
        // They are there from the first transaction until the last connection is closed.
        let same = |(ending, first): &(&str, OnceLock<Identity>)| match identity(&look::beside(&self.database, ending)) {
            Some(now) => *first.get_or_init(|| now) == now,
            None => first.get().is_none(),
        };
        self.file.is_some() && identity(&self.database) == self.file && self.beside.iter().all(same)
    }
}

/// Writes a consistent copy of the embedded database while it is in use: a new file, readable by its owner alone.
pub fn backup(settings: &Settings, target: &Path) -> Result<(), OpenError> {
    look::refuse_nothing(settings)?;
    let mut conn = match open::connect(settings)? {
        Conn::Sqlite(conn) => conn,
        #[cfg(feature = "postgres")]
        Conn::Postgres(_) => return Err(OpenError::NotEmbedded),
    };
    let made = create_private(target).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => OpenError::Exists(target.display().to_string()),
        _ => failed(target)(error),
    })?;
    let name = target.to_string_lossy();
    let copied = diesel::sql_query("VACUUM INTO ?").bind::<diesel::sql_types::Text, _>(name.as_ref()).execute(&mut conn);
    // The engine leaves it to the system when the copy reaches the disk.
    let kept = copied.map_err(OpenError::from).and_then(|_| sync(&made, target).map_err(failed(target)));
    if kept.is_err() {
        // Half a copy is worse than none; that it cannot even be removed adds nothing to the complaint.
        let _ = fs::remove_file(target);
    }
    kept
}

fn sync(made: &File, target: &Path) -> io::Result<()> {
    made.sync_all()?;
    if cfg!(unix) { File::open(folder_of(target))?.sync_all() } else { Ok(()) }
}
