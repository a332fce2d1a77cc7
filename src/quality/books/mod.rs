//! The two record books: running numbers a year, appended to and never rewritten, a wrong line struck by a new one;
//! on screen, as CSV and as XLSX.

pub mod checks;
pub mod maintenance;

use serde::Deserialize;
use utoipa::IntoParams;

use crate::auth::policy::Action;
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::db::{Conn, Record, Tx};
use crate::error::{Code, Error, Problem, Result};
use crate::http::{Reply, Sheet};
use crate::people::{Note, Words};

/// Which year's book.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BookYear {
    /// ROC year; the running one when absent.
    #[param(minimum = 100, maximum = 300)]
    roc_year: Option<i32>,
}

impl BookYear {
    fn or_now(&self, now: Moment) -> i32 {
        self.roc_year.unwrap_or_else(|| now.roc_year())
    }
}

/// Which year's book to export, why and by which law.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BookExport {
    /// ROC year; the running one when absent.
    #[param(minimum = 100, maximum = 300)]
    roc_year: Option<i32>,
    /// What the export is for (個資法 §16); logged.
    #[param(inline, example = "年度查核")]
    purpose: Note,
    /// The law that allows it; logged.
    #[param(inline, example = "個資法 §16")]
    legal_basis: Words,
}

/// A line of a book as others name it: `115-1`.
fn line_name(roc_year: i32, number: i32) -> String {
    format!("{roc_year}-{number}")
}

/// The line that another strikes, by name.
fn struck_name(year: Option<i32>, number: Option<i32>) -> Option<String> {
    year.zip(number).map(|(year, number)| line_name(year, number))
}

/// A line's version: it changes once, when another line strikes it.
fn version(struck: bool) -> i32 {
    if struck { 2 } else { 1 }
}

/// The next running number of a book.
fn next_number(tx: &mut Tx, book: &str, roc_year: i32) -> Result<i32> {
    let number = tx.next_number(&format!("{book}/{roc_year}"))?;
    i32::try_from(number).map_err(|e| Error::internal("a record book is full", e))
}

/// Refuses to strike a line that is struck, or that strikes another.
fn refuse_struck(struck: bool, strikes: bool) -> Result<()> {
    let refused = |zh, en| Err(Problem::new(Code::CONFLICT).detail(zh, en).into());
    if struck {
        return refused("該行已經註銷", "the line has been struck");
    }
    if strikes {
        return refused("註銷行不得再註銷", "a line that strikes another is not struck");
    }
    Ok(())
}

/// Writes a whole year's book: logged before anything is read, made into a file outside the store.
async fn export<A, F>(may: May<A>, query: BookExport, book: &str, rows: F, file: fn(&Sheet) -> Result<Reply>) -> Result<Reply>
where
    A: Action,
    F: FnOnce(&mut Conn, &By, i32) -> Result<Sheet> + Send + 'static,
{
    let year = query.roc_year.unwrap_or_else(|| may.now().roc_year());
    let why = format!("{}（{}）", query.purpose.as_str(), query.legal_basis.as_str());
    let subject = format!("record-books/{book}/{year}");
    may.write_beside(move |tx, _| {
        tx.record(Record::read("record_book.exported", subject.clone(), "lines").because(why.clone()));
        Ok(())
    })
    .await?;
    let sheet = may.read(move |conn, by| rows(conn, by, year)).await?;
    let made = tokio::task::spawn_blocking(move || file(&sheet)).await;
    made.map_err(|e| Error::internal("a file cannot be made", e))?
}
