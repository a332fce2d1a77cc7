//! What becomes of letters to petitioners, as whoever posts them notes it: what was told by one counts once it was posted or handed over.

use actix_web::post;
use actix_web::web::Data;
use chrono::{Days, NaiveDate};
use serde::Deserialize;
use utoipa::ToSchema;

use super::acting::{Open, change};
use super::correcting::require_anothers_word;
use super::handling::Handling;
use super::heard::Destination;
use super::model::{PetitionAct, PetitionNoticeKind, ToldBy};
use super::policy::NotePetitionLetters;
use super::settings::PetitionSettings;
use super::tellings::{Telling, TellingStatus};
use super::view::PetitionView;
use super::{outcomes, told};
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::mail::LetterNews;
use crate::node::Node;
use crate::outgoing_letters::{self, OutgoingLetterAct};
use crate::people::Note;
use crate::text_enum;

text_enum! {
    /// What has become of a letter.
    pub enum LetterOutcome {
        /// It was posted, and counts as having reached them after the days that a letter takes (a setting)
        Posted = "POSTED",
        /// It was handed over, and has reached them
        HandedOver = "HANDED_OVER",
        /// It came back: what still stands is told by the next way
        Returned = "RETURNED",
        /// It has not gone out: what was noted was a mistake
        NotSent = "NOT_SENT",
    }
}

/// What has become of letters.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"tellings": [1], "outcome": "POSTED", "on": "2026-11-23"}))]
pub struct PetitionLetters {
    /// Which of `tellings`, by their numbers.
    #[schema(min_items = 1, max_items = 100)]
    tellings: Vec<usize>,
    outcome: LetterOutcome,
    /// The day; today where none is given. With POSTED and HANDED_OVER not before the letter was to go out, and not after today.
    on: Option<NaiveDate>,
    /// Required with NOT_SENT, and where a letter was noted to have come back by mistake.
    reason: Option<Note>,
}

impl PetitionLetters {
    fn put(&self, tx: &mut Tx, node: &Node, by: &By, open: &mut Open, (at, pointer): (usize, &str)) -> Result<()> {
        let Some(telling) = open.handling.tellings.get(at).cloned() else { return Ok(()) };
        let is_sent = telling.status == TellingStatus::Told;
        match self.outcome {
            LetterOutcome::Posted | LetterOutcome::HandedOver => {
                if !matches!(telling.status, TellingStatus::Waiting | TellingStatus::Stopped | TellingStatus::Failed) {
                    return Err(not_allowed(
                        pointer,
                        "已登記寄發，或已改以他法告知",
                        "it was noted already, or is told by another way",
                    ));
                }
                if telling.status == TellingStatus::Failed {
                    self.require_reason()?;
                }
                outcomes::undo_failure(tx, node, open, at)?;
                self.send(tx, node, by, open, (at, &telling))?;
                note(tx, node, open, &telling, OutgoingLetterAct::Send)
            }
            LetterOutcome::Returned if is_sent => {
                if telling.is_representatives() && !open.handling.fails.contains(&ToldBy::Letter) {
                    open.handling.fails.push(ToldBy::Letter);
                }
                note(tx, node, open, &telling, OutgoingLetterAct::Return)?;
                outcomes::fail(tx, node, open, (at, TellingStatus::Failed), by.now)
            }
            // What it says was told anew already, to where they are reached.
            LetterOutcome::Returned if telling.status == TellingStatus::Astray => {
                note(tx, node, open, &telling, OutgoingLetterAct::Return)?;
                open.handling.tellings[at].put(TellingStatus::Failed);
                Ok(())
            }
            LetterOutcome::NotSent if is_sent || matches!(telling.status, TellingStatus::Failed | TellingStatus::Astray) => {
                note(tx, node, open, &telling, OutgoingLetterAct::TakeBack)?;
                outcomes::take_note_back(tx, node, open, at)
            }
            LetterOutcome::Returned | LetterOutcome::NotSent => {
                Err(not_allowed(pointer, "尚未登記寄發", "it was not noted as posted or handed over"))
            }
        }
    }

    /// Refuses to take back what was noted without a reason.
    fn require_reason(&self) -> Result<()> {
        if self.reason.is_some() {
            return Ok(());
        }
        Err(Error::field("/reason", "required", Text::new("請敘明誤登原因", "say why what was noted was a mistake")))
    }

    /// Notes a letter that has gone out. Where what it says was no longer so by then, its reader is told that it was put right.
    fn send(&self, tx: &mut Tx, node: &Node, by: &By, open: &mut Open, (at, telling): (usize, &Telling)) -> Result<()> {
        let (on, today) = (self.on.unwrap_or(by.now.date()), by.now.date());
        if on < telling.at.date() || on > today {
            let text = Text::new("須在應寄發日與今日之間", "not before it was to go out, and not after today");
            return Err(Error::field("/on", "range", text));
        }
        let takes = match self.outcome {
            LetterOutcome::Posted => u64::try_from(node.config.of::<PetitionSettings>().letter_days).unwrap_or_default(),
            _ => 0,
        };
        let told_at = if on == today { by.now } else { Moment::start_of(on) };
        let due_before = open.row.due_at;
        let has_told = outcomes::arrive(tx, node, open, at, (told_at, on + Days::new(takes)))?;
        open.recount(tx, node)?;
        if on < today && open.row.due_at > due_before {
            require_anothers_word(by, open)?;
        }
        let was_in_force = !matches!(telling.status, TellingStatus::Stopped | TellingStatus::Failed);
        // Of what stands in other words now they are told these.
        if has_told && !was_in_force && !told::is_said_otherwise(node, open, telling.what())? {
            let what = telling.what();
            // Whoever was told right since it went out knows.
            let know = open.handling.who_knows(&[what]);
            let whom: Vec<usize> = telling.petitioner.into_iter().filter(|place| know.contains(place)).collect();
            told::tell_right(tx, node, open, (PetitionNoticeKind::Corrected, &[what], &whom), by.now)?;
        }
        Ok(())
    }
}

/// That there is no letter of which anything could be noted.
pub fn unnoted(handling: &Handling) -> Option<Error> {
    let has_letter = handling.tellings.iter().any(|one| one.told_by == ToldBy::Letter);
    (!has_letter).then(|| not_allowed("/tellings/0", "無可登記之信函", "there is no letter of which it could be noted"))
}

/// Lets the letter be as it was noted.
fn note(tx: &mut Tx, node: &Node, open: &Open, telling: &Telling, act: OutgoingLetterAct) -> Result<()> {
    let went_to = open.handling.said(telling).and_then(|said| said.to.as_ref()).and_then(Destination::address);
    telling.letter_id.map_or(Ok(()), |letter| outgoing_letters::note(tx, node, letter, (act, went_to)))
}

/// Follows that a letter was stopped by hand, and what it says is told by the next way; or that it goes after all.
pub fn follow(tx: &mut Tx, node: &Node, id: Id, news: &LetterNews) -> Result<()> {
    let Some(mut open) = outcomes::taken(tx, node, id)? else { return Ok(()) };
    let Some(at) = open.handling.tellings.iter().position(|one| one.letter_id == Some(news.letter_id)) else { return Ok(()) };
    let (status, before) = (open.handling.tellings[at].status, open.handling.tellings.len());
    match status {
        TellingStatus::Waiting if !news.goes => outcomes::fail(tx, node, &mut open, (at, TellingStatus::Stopped), news.at)?,
        TellingStatus::Stopped if news.goes => outcomes::await_again(&mut open, at),
        _ => return Ok(()),
    }
    let is_told_otherwise = open.handling.tellings.len() > before;
    outcomes::put_followed(tx, node, &mut open, is_told_otherwise.then_some(outcomes::OTHERWISE))
}

fn not_allowed(at: &str, zh: &'static str, en: &'static str) -> Error {
    Error::field(at, "not_allowed", Text::new(zh, en))
}

/// Notes what has become of letters to the petitioner.
///
/// That they were posted or handed over: what they tell counts from then on, and the clock stands still for a supplement that is asked
/// for. That they came back, so that it is told by the next way. With a reason, that any of this was noted by mistake: NOT_SENT where the letter
/// has not gone out, also to an address that was found to be wrong, or POSTED or HANDED_OVER where it has not come back. A letter that was stopped
/// may have been posted before: then its reader is told that it was put right. By whoever reads the petition as it was written, since a
/// letter names its reader. One that went to where they are reached no more is ASTRAY, and has told nobody; that it came back is noted, too.
/// What waits is judged by what each has heard then: the correction of what has reached nobody is stopped, and what stands goes out in the
/// words of today. A day that has passed, by which the limit ends later, is noted by a supervisor who is not in charge of it.
/// Letters that wait: `queue=TO_POST` of the list; they are printed by `GET /v1/outgoing-letters/{id}/letter.pdf`.
#[utoipa::path(tag = "Petitions", operation_id = "note_petition_letters", params(IdInPath, IfMatchHeader), request_body = PetitionLetters, responses(
    (status = 200, description = "The petition.", body = PetitionView),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/petitions/{id}:note-letters")]
pub async fn note_petition_letters(
    may: May<NotePetitionLetters>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<PetitionLetters>,
) -> Result<Reply> {
    if input.outcome == LetterOutcome::NotSent {
        input.require_reason()?;
    }
    change(
        may,
        node,
        id.0,
        if_match,
        |_| PetitionAct::NoteLetters,
        move |tx, node, by, open| {
            for (n, number) in input.tellings.iter().enumerate() {
                let pointer = format!("/tellings/{n}");
                let found = open.handling.tellings.iter().position(|one| one.number == *number);
                let is_letter = |at: &usize| open.handling.tellings[*at].told_by == ToldBy::Letter;
                let Some(at) = found else {
                    return Err(Error::field(pointer, "unknown", Text::new("無此告知", "no such telling")));
                };
                if !is_letter(&at) {
                    return Err(not_allowed(&pointer, "非以信函告知", "it is told by no letter"));
                }
                input.put(tx, node, by, open, (at, &pointer))?;
            }
            Ok(input.reason.as_ref().map(|why| why.as_str().to_owned()).unwrap_or_default())
        },
    )
    .await
}
