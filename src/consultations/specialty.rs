//! What legal consultation adds to a booking: its answers, and advisers without a conflict of interest.

use serde_json::Value;

use super::model::{CONSULTATION, ConsultationAnswers};
use super::store::{self, Parties, party_index};
use crate::auth::vault::Vault;
use crate::db::{Conn, Id, Tx};
use crate::error::{Code, Problem, Result, Text};
use crate::http::read_member;
use crate::people;
use crate::scheduling::bookings::acts::Wish;
use crate::scheduling::bookings::model::Booking;
use crate::scheduling::plan::Slot;
use crate::scheduling::{Fit, Specialty};

/// Legal consultation by video.
pub struct LegalConsultation;

fn read(answers: &Value) -> Result<ConsultationAnswers> {
    read_member("/answers", answers)
}

fn parties(conn: &mut Conn, vault: &Vault, person: Id, answers: &ConsultationAnswers) -> Result<Parties> {
    let (name, number) = people::store::open(conn, vault, person)?;
    Ok(Parties {
        client_index: party_index(vault, number.expose()),
        client_name_index: party_index(vault, &name),
        opponent_index: answers.opponent.as_deref().map(|opponent| party_index(vault, opponent)),
    })
}

fn adviser_of(resource: &str) -> &str {
    resource.strip_prefix("advisers/").unwrap_or(resource)
}

impl Specialty for LegalConsultation {
    fn service(&self) -> &'static str {
        CONSULTATION
    }

    fn check(&self, answers: Value) -> Result<Value> {
        read(&answers)?;
        Ok(answers)
    }

    fn kept(&self, answers: &Value) -> Value {
        let mut kept = answers.clone();
        if let Some(members) = kept.as_object_mut() {
            members.remove("opponent");
        }
        kept
    }

    fn fit(&self, tx: &mut Tx, vault: &Vault, slot: &Slot, wish: &Wish) -> Result<Fit> {
        let parties = parties(tx, vault, wish.person, &read(&wish.answers)?)?;
        let barred = store::barred_advisers(tx, &parties)?;
        let barred: Vec<String> = barred.iter().map(|id| format!("advisers/{id}")).collect();
        if !slot.seats.iter().any(|seat| barred.contains(&seat.resource)) {
            return Ok(Fit::default());
        }
        let text = Text::new("律師曾受他造諮詢，須迴避", "an adviser has advised the other side before");
        let refusal = Problem::new(Code::AdviserConflict).field("/answers/opponent", "adviser_conflict", text);
        Ok(Fit::barring(barred, refusal.into()))
    }

    fn booked(&self, tx: &mut Tx, vault: &Vault, booking: &Booking, answers: &Value) -> Result<()> {
        let answers = read(answers)?;
        let parties = parties(tx, vault, booking.person_id, &answers)?;
        store::insert_consultation(tx, booking.id, adviser_of(&booking.resource), answers.topic, &parties)
    }

    fn moved(&self, tx: &mut Tx, booking: &Booking) -> Result<()> {
        store::set_adviser(tx, booking.id, adviser_of(&booking.resource))
    }
}
