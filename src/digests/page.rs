//! The digest on A4: as a page of HTML without scripts and with no style but its own, and as what is printed.

use std::sync::LazyLock;

use actix_web::http::header::HeaderValue;
use askama::Template;
use huzheng_print::Printout;

use super::figures::CountedMonth;
use super::month::Month;
use super::paper::{Section, paper};
use super::view::{DigestFreezing, PetitionDigest};
use crate::clock::Moment;
use crate::error::{Error, Language, Result};
use crate::http::page_policy;
use crate::print;

/// Months before that the trend shows.
pub const EARLIER: u32 = 11;

const STYLE: &str = include_str!("page.css");

const TEMPLATE: huzheng_print::Template = huzheng_print::Template { name: "digest", text: include_str!("digest.typ") };

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

/// A month as it is printed: of the moment of its freezing; of figures that run on, of the last midnight within them.
pub fn printout(digest: &PetitionDigest, earlier: &[(Month, CountedMonth)], language: Language, now: Moment) -> Result<Printout> {
    let paper = paper(digest, earlier, language);
    let counted_to = Month::of(digest.from_on).end().min(Moment::start_of(now.date()));
    let made_at = digest.freezing().map_or(counted_to, DigestFreezing::frozen_at);
    print::printout(TEMPLATE, language, paper.title.clone(), made_at, &paper)
}

/// A month as a page.
pub fn page(digest: &PetitionDigest, earlier: &[(Month, CountedMonth)], language: Language) -> Result<String> {
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
