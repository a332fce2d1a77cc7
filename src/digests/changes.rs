//! What has changed in a month since it was frozen: each petition with what it counts for now and did not, and the other way round.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{DigestMeasure, Fact};
use super::reading::{Reading, among};
use super::store;
use crate::auth::By;
use crate::clock::Moment;
use crate::db::{Conn, Id};
use crate::error::Result;
use crate::petitions;
use crate::text_enum;

text_enum! {
    /// In what a petition differs from what was frozen, beside what it counts for.
    pub enum DigestChangeKind {
        Kind = "KIND",
        Channel = "CHANNEL",
        Topic = "TOPIC",
        FirstReplyDays = "FIRST_REPLY_DAYS",
        ClosingDays = "CLOSING_DAYS",
        Outcome = "OUTCOME",
        PendingAge = "PENDING_AGE",
    }
}

/// A petition that counts otherwise than when its month was frozen.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "petition_id": "019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f", "number": "115-P48210375", "period": 1,
    "changed_at": "2026-11-12T10:00:00+08:00", "no_longer": [], "newly": ["RECEIVED", "PENDING"], "otherwise": []
}))]
pub struct DigestChange {
    pub petition_id: Id,
    #[schema(max_length = 20)]
    pub number: String,
    /// Which of its periods; 0 for the adoption of a suggestion.
    #[schema(minimum = 0)]
    pub period: i32,
    /// When it was last acted on.
    pub changed_at: Option<Moment>,
    /// For what it counted and does not any more.
    #[schema(max_items = 10)]
    pub no_longer: Vec<DigestMeasure>,
    /// For what it counts and did not.
    #[schema(max_items = 10)]
    pub newly: Vec<DigestMeasure>,
    /// In what else it counts otherwise.
    #[schema(max_items = 7)]
    pub otherwise: Vec<DigestChangeKind>,
}

impl DigestChange {
    /// In what a period differs; `None` where in nothing.
    fn between(before: Option<&Fact>, after: Option<&Fact>) -> Option<Self> {
        let fact = before.or(after)?;
        let measures = |fact: Option<&Fact>| fact.map(|fact| fact.measures.clone()).unwrap_or_default();
        let (was, is) = (measures(before), measures(after));
        let lacking = |these: &[DigestMeasure], those: &[DigestMeasure]| -> Vec<DigestMeasure> {
            these.iter().copied().filter(|measure| !those.contains(measure)).collect()
        };
        let mut otherwise = Vec::new();
        if let Some((before, after)) = before.zip(after) {
            let both = [
                (DigestChangeKind::Kind, before.kind == after.kind),
                (DigestChangeKind::Channel, before.channel == after.channel),
                (DigestChangeKind::Topic, before.topic == after.topic),
                (DigestChangeKind::FirstReplyDays, before.first_reply == after.first_reply),
                (DigestChangeKind::ClosingDays, before.closing == after.closing),
                (DigestChangeKind::Outcome, before.outcome == after.outcome),
                (DigestChangeKind::PendingAge, before.age == after.age),
            ];
            otherwise.extend(both.into_iter().filter(|(_, is_same)| !is_same).map(|(kind, _)| kind));
        }
        let change = Self {
            petition_id: fact.petition,
            number: String::new(),
            period: fact.place,
            changed_at: None,
            no_longer: lacking(&was, &is),
            newly: lacking(&is, &was),
            otherwise,
        };
        let is_same = change.no_longer.is_empty() && change.newly.is_empty() && change.otherwise.is_empty();
        (!is_same).then_some(change)
    }
}

/// A period as it was frozen, and as it counts now.
type Both<'f> = (Option<&'f Fact>, Option<&'f Fact>);

/// What has changed since the freezing that is read, of petitions that the caller sees: one that became secret since, or concerns
/// them, changes nothing that they could count.
pub fn since(conn: &mut Conn, by: &By, reading: &Reading) -> Result<Vec<DigestChange>> {
    if reading.snapshot.is_none() {
        return Ok(Vec::new());
    }
    let now = store::facts(conn, reading.month, by.now)?;
    let ids: HashSet<Id> = now.iter().map(|fact| fact.petition).collect();
    let seen = petitions::seen(conn, by, &ids.into_iter().collect::<Vec<_>>())?;
    let key = |fact: &&Fact| (fact.petition, fact.place);
    let was = reading.seen();
    let mut both: BTreeMap<(Id, i32), Both<'_>> = BTreeMap::new();
    was.iter().for_each(|fact| both.entry(key(fact)).or_default().0 = Some(fact));
    among(&now, &seen).iter().for_each(|fact| both.entry(key(fact)).or_default().1 = Some(fact));
    let mut changes: Vec<DigestChange> =
        both.into_values().filter_map(|(before, after)| DigestChange::between(before, after)).collect();
    let ids: Vec<Id> = changes.iter().map(|change| change.petition_id).collect();
    let acts = petitions::last_acts(conn, &ids)?;
    for change in &mut changes {
        if let Some((number, at)) = acts.get(&change.petition_id) {
            (change.number, change.changed_at) = (number.clone(), Some(*at));
        }
    }
    Ok(changes)
}
