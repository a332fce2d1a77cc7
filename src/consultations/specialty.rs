//! What legal consultation adds to a booking: its answers, and advisers without a conflict of interest.

use serde_json::Value;

use super::advisers::{adviser_of, resource};
use super::model::{CONSULTATION, ConsultationAnswers};
use super::problems::ADVISER_CONFLICT;
use super::store::{self, Parties, PartyIndex};
use crate::db::{Conn, Id, Tx};
use crate::error::{Problem, Result, Text};
use crate::http::read_member;
use crate::people;
use crate::scheduling::bookings::model::Booking;
use crate::scheduling::{Asker, Fit, Specialty};
use crate::secrets::vault::Vault;

/// Legal consultation by video.
pub struct LegalConsultation;

fn read(answers: &Value) -> Result<ConsultationAnswers> {
    read_member("/answers", answers)
}

fn parties(conn: &mut Conn, vault: &Vault, person: Id, opponent: Option<&str>) -> Result<Parties> {
    let (name, number) = people::store::open(conn, vault, person)?;
    Ok(Parties {
        client: PartyIndex::of(vault, &number.expose()),
        client_name: PartyIndex::of(vault, &name),
        opponent: opponent.map(|opponent| PartyIndex::of(vault, opponent)),
    })
}

impl Specialty for LegalConsultation {
    fn service(&self) -> &'static str {
        CONSULTATION
    }

    fn check(&self, answers: Value) -> Result<Value> {
        read(&answers)?;
        Ok(answers)
    }

    fn stored(&self, answers: &Value) -> Value {
        let mut kept = answers.clone();
        if let Some(members) = kept.as_object_mut() {
            members.remove("opponent");
        }
        kept
    }

    fn fit(&self, conn: &mut Conn, vault: &Vault, asker: Asker<'_>) -> Result<Fit> {
        let parties = match asker {
            Asker::Person(person, answers) => {
                let answers = answers.map(read).transpose()?;
                parties(conn, vault, person, answers.as_ref().and_then(|answers| answers.opponent.as_deref()))?
            }
            Asker::Booking(booking) => store::parties_of(conn, booking)?,
        };
        let barred = store::barred_advisers(conn, &parties)?.into_iter().map(resource).collect();
        let text = Text::new("律師曾受他造諮詢，須迴避", "an adviser has advised the other side before");
        Ok(Fit::barring(barred, Problem::new(ADVISER_CONFLICT).field("/answers/opponent", "adviser_conflict", text)))
    }

    fn booked(&self, tx: &mut Tx, vault: &Vault, booking: &Booking, answers: &Value) -> Result<()> {
        let answers = read(answers)?;
        let parties = parties(tx, vault, booking.person_id, answers.opponent.as_deref())?;
        store::insert_consultation(
            tx,
            booking.id,
            adviser_of(&booking.resource).unwrap_or(&booking.resource),
            answers.topic,
            &parties,
        )
    }

    fn moved(&self, tx: &mut Tx, booking: &Booking) -> Result<()> {
        store::set_adviser(tx, booking.id, adviser_of(&booking.resource).unwrap_or(&booking.resource))
    }

    fn taken_back(&self, tx: &mut Tx, booking: &Booking) -> Result<()> {
        store::strike_outcome(tx, booking.id)
    }
}
