//! What is printed: made into PDF off the threads that serve, a few at a time.

use std::path::PathBuf;

use actix_web::web;
use huzheng_print::{Printer, Printout, Template};
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::clock::Moment;
use crate::domain::Domain;
use crate::error::{Code, Error, Language, Result};
use crate::http::Reply;
use crate::node::Node;
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
static QUEUE: Semaphore = Semaphore::const_new(64);

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

/// Prints as PDF: the same bytes for the same printout.
///
/// # Errors
/// [`Code::OVERLOADED`] where too much waits already.
pub async fn pdf(node: &Node, printout: Printout) -> Result<Reply> {
    let printer = node.part::<Printer>().clone();
    let printed = in_turn(move || printer.print(&printout)).await?;
    printed.map(|file| Reply::file(PDF, file)).map_err(|e| Error::internal("it cannot be printed", e))
}

/// Does some work when it is its turn.
async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let overloaded = || Error::from(Code::OVERLOADED);
    let _place = QUEUE.try_acquire().map_err(|_| overloaded())?;
    let turn = PRINTING.acquire().await.map_err(|_| overloaded())?;
    let work = move || {
        // Given back when it is done, also where nobody waits for it any more.
        let _turn = turn;
        work()
    };
    web::block(work).await.map_err(|_| overloaded())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;

    static AT_WORK: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);

    fn work() {
        let now = AT_WORK.fetch_add(1, Ordering::SeqCst) + 1;
        MOST.fetch_max(now, Ordering::SeqCst);
        std::thread::sleep(std::time::Duration::from_millis(5));
        AT_WORK.fetch_sub(1, Ordering::SeqCst);
    }

    #[actix_web::test]
    async fn two_are_printed_at_a_time_and_whoever_is_one_too_many_comes_again() {
        let all = join_all((0..70).map(|_| in_turn(work))).await;
        let refused = all.iter().filter(|one| matches!(one, Err(Error::Problem(problem)) if problem.code == Code::OVERLOADED));
        assert_eq!((refused.count(), MOST.load(Ordering::SeqCst)), (6, 2));
        assert!(in_turn(work).await.is_ok(), "there is room again");
    }
}
