//! What is printed: made into PDF off the threads that serve, a few at a time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use actix_web::web;
use huzheng_print::{Printer, Printout, Template};
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::auth::May;
use crate::auth::policy::Action;
use crate::clock::Moment;
use crate::db::Origin;
use crate::domain::Domain;
use crate::error::{Code, Error, Language, Problem, Result};
use crate::http::Reply;
use crate::office;
use crate::settings::{Settings, optional, parsed, plain_text};

/// The domain.
pub static DOMAIN: Domain = Domain {
    settings: Some(PrintSettings::TABLE),
    parts: |node| {
        let folder = node.config.of::<PrintSettings>().fonts_dir.as_ref();
        let printer = folder.map_or_else(Printer::new, |folder| folder.printer.clone());
        node.give(printer);
    },
    ..Domain::EMPTY
};

/// The media type of what is printed.
pub const PDF: &str = "application/pdf";

/// Printed at a time: each keeps a core busy.
static PRINTING: Semaphore = Semaphore::const_new(2);
/// Waiting or printed: whoever comes after them is asked to come again.
const MOST: usize = 64;
/// Of these, one caller's: whoever asks for more of their own waits for those, and keeps nobody else from printing.
const MOST_OF_ONE: usize = 4;
/// How many of each caller's wait or are printed.
static PLACES: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

const FOLDER: [&str; 2] = [
    "the path of a folder of fonts (.ttf, .otf, .ttc, .otc) that can be read and may be embedded",
    "可讀取之字型資料夾路徑，其字型（.ttf、.otf、.ttc、.otc）須允許嵌入",
];

crate::settings! {
    /// Print
    /// 列印
    pub struct PrintSettings;

    /// Folder of fonts for characters that those of the program lack; read into memory at the start.
    /// 字型資料夾，供程式內建字型所缺之罕用字；啟動時讀入記憶體。
    fonts_dir as "print.fonts_dir": Option<FontFolder> = None,
        optional(parsed("FOLDER", FOLDER, FontFolder::read, FontFolder::place), ["none", "無"]);
}

/// Fonts of a folder.
#[derive(Clone, Debug)]
pub struct FontFolder {
    path: PathBuf,
    printer: Printer,
}

impl FontFolder {
    fn read(text: &str) -> Option<Self> {
        let path = PathBuf::from(plain_text(text, 4096)?);
        let printer = Printer::with_folder(&path).ok()?;
        Some(Self { path, printer })
    }

    fn place(&self) -> String {
        self.path.display().to_string()
    }
}

/// The office's printout of what was made at a moment.
///
/// # Errors
/// [`Error::Internal`], a fault of ours: what it says is no JSON.
pub fn printout<T: Serialize>(
    template: Template,
    language: Language,
    title: String,
    made_at: Moment,
    says: &T,
) -> Result<Printout> {
    let name = office::name();
    let (language, author) = match language {
        Language::Chinese => (huzheng_print::Language::Chinese, name.zh),
        Language::English => (huzheng_print::Language::English, name.en),
    };
    let data = serde_json::to_value(says).map_err(|e| Error::internal("what is to be printed cannot be written", e))?;
    Ok(Printout { template, language, title, author, made_at: made_at.in_taipei(), data })
}

/// Prints as PDF for a caller: the same bytes for the same printout.
///
/// # Errors
/// [`Code::OVERLOADED`] where too much waits already, or too much of this caller's.
pub async fn pdf<A: Action>(may: &May<A>, printout: Printout) -> Result<Reply> {
    let printer = may.node().part::<Printer>().clone();
    let Origin { actor, client, .. } = may.origin();
    let printed = in_turn(format!("{actor} {client}"), move || printer.print(&printout)).await?;
    printed.map(|file| Reply::file(PDF, file)).map_err(|e| Error::internal("it cannot be printed", e))
}

/// A place among those who wait or are printed, given back when it is dropped.
struct Place(String);

impl Place {
    fn of(caller: String) -> Result<Self> {
        let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, own) = (places.values().sum::<usize>(), places.get(&caller).copied().unwrap_or_default());
        if all >= MOST || own >= MOST_OF_ONE {
            // Two are printed at a time; none takes much longer than a second.
            let seconds = u64::try_from(all / 2).unwrap_or_default() + 1;
            return Err(Problem::new(Code::OVERLOADED).retry_after(seconds).into());
        }
        places.insert(caller.clone(), own + 1);
        Ok(Self(caller))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = PLACES.lock().unwrap_or_else(PoisonError::into_inner);
        match places.get_mut(&self.0) {
            Some(own) if *own > 1 => *own -= 1,
            _ => _ = places.remove(&self.0),
        }
    }
}

/// Does some work for a caller when it is its turn.
async fn in_turn<T: Send + 'static>(caller: String, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let overloaded = || Error::from(Code::OVERLOADED);
    let place = Place::of(caller)?;
    let turn = PRINTING.acquire().await.map_err(|_| overloaded())?;
    let work = move || {
        // Given back when it is done, also where nobody waits for it any more.
        let _held = (turn, place);
        work()
    };
    web::block(work).await.map_err(|_| overloaded())
}

#[cfg(test)]
mod tests {
    use std::sync::Condvar;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use actix_web::rt::{spawn, task::yield_now};
    use futures_util::future::join_all;

    use super::*;

    static AT_WORK: AtomicUsize = AtomicUsize::new(0);
    static AT_ONCE: AtomicUsize = AtomicUsize::new(0);
    static OPEN: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

    /// Work that is not done before the door is open.
    fn work() {
        let now = AT_WORK.fetch_add(1, Ordering::SeqCst) + 1;
        AT_ONCE.fetch_max(now, Ordering::SeqCst);
        drop(OPEN.1.wait_while(OPEN.0.lock().unwrap(), |open| !*open).unwrap());
        AT_WORK.fetch_sub(1, Ordering::SeqCst);
    }

    fn door(open: bool) {
        *OPEN.0.lock().unwrap() = open;
        OPEN.1.notify_all();
    }

    /// How many of these callers are refused while nothing is done yet; the others are printed in the end.
    async fn refused(callers: Vec<String>) -> usize {
        door(false);
        let asked: Vec<_> = callers.into_iter().map(|caller| spawn(in_turn(caller, work))).collect();
        let waiting = || PLACES.lock().unwrap().values().sum::<usize>();
        let refused = || asked.iter().filter(|one| one.is_finished()).count();
        while refused() + waiting() < asked.len() || AT_WORK.load(Ordering::SeqCst) < 2 {
            yield_now().await;
        }
        door(true);
        let overloaded = |one: &Result<()>| matches!(one, Err(Error::Problem(problem)) if problem.code == Code::OVERLOADED);
        join_all(asked).await.iter().filter(|one| overloaded(one.as_ref().unwrap())).count()
    }

    #[actix_web::test]
    async fn two_are_printed_at_a_time_and_whoever_is_one_too_many_comes_again() {
        assert_eq!(refused((0..70).map(|n| format!("clerk{n}")).collect()).await, 6);
        assert_eq!(AT_ONCE.load(Ordering::SeqCst), 2);
        // Whoever asks for much keeps nobody else from it.
        let mut callers = vec!["clerk1".to_owned(); 20];
        callers.push("clerk2".to_owned());
        assert_eq!(refused(callers).await, 16);
        assert!(in_turn("clerk1".to_owned(), work).await.is_ok(), "there is room again");
    }
}
