//! The digest as a page of HTML that prints on A4: no script, no style but its own.

use std::sync::LazyLock;

use actix_web::http::header::HeaderValue;
use askama::Template;

use super::figures::CountedMonth;
use super::month::Month;
use super::paper::{Section, paper};
use super::view::PetitionDigest;
use crate::error::{Error, Language, Result};
use crate::http::page_policy;

/// Months before that the trend shows.
pub const EARLIER: u32 = 11;

const STYLE: &str = include_str!("page.css");

/// What a browser may load and run for the page.
pub static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| page_policy(STYLE, None));

#[derive(Template)]
#[template(path = "digests/page.html")]
struct Page<'a> {
    language: &'static str,
    title: &'a str,
    style: &'static str,
    lines: &'a [String],
    sections: &'a [Section],
    hash: &'a str,
    signs: &'a [String],
}

/// Prints a month.
pub fn print(digest: &PetitionDigest, earlier: &[(Month, CountedMonth)], language: Language) -> Result<String> {
    let paper = paper(digest, earlier, language);
    let page = Page {
        language: paper.language.tag(),
        title: &paper.title,
        style: STYLE,
        lines: &paper.lines,
        sections: &paper.sections,
        hash: &paper.hash,
        signs: &paper.signs,
    };
    page.render().map_err(|e| Error::internal("a page cannot be written", e))
}
