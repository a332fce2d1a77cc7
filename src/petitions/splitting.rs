//! A piece of a petition becomes one of its own: that of whoever wrote the piece.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;

use super::acting::{Open, seen_as};
use super::handling::Handling;
use super::intake::{PetitionTaken, entered, is_reachable, keep};
use super::model::{PetitionAct, PetitionKind, PetitionLanguage, PetitionStatus, ToldBy};
use super::petitioners::{Matter, Petitioner, PetitionerInput, same_petitioner};
use super::policy::SplitPetition;
use super::sight::{Sight, find};
use super::sources;
use super::steps::Supplement;
use super::store::{Petition, free_number, take_over_concerns};
use crate::auth::{By, May};
use crate::clock::Moment;
use crate::contract::{IdInPath, IfMatchHeader};
use crate::db::{Id, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{IfMatch, PathId, Reply, Valid};
use crate::node::Node;
use crate::people::{Contact, Note, contacts};
use crate::secrets::vault::random_secret;
use crate::text_enum;

text_enum! {
    /// Who wrote a piece of a petition.
    pub enum PieceWriter {
        /// Whoever petitions, as they are known
        Petitioner = "PETITIONER",
        /// Somebody else, or nobody knows who
        Other = "OTHER",
    }
}

/// A piece that becomes a petition of its own.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "subject": "路燈不亮", "body": "另外巷口路燈已三日不亮。", "writer": "PETITIONER", "reason": "一信二事，分別辦理"
}))]
pub struct PetitionSplit {
    #[schema(min_length = 1, max_length = 200)]
    subject: String,
    /// The words of the piece, kept to the last character.
    #[schema(min_length = 1, max_length = 10000)]
    body: String,
    /// Place of the supplement with which it came, from 1; without one it is of the petition's own text.
    #[schema(minimum = 1)]
    supplement: Option<usize>,
    writer: PieceWriter,
    /// With OTHER: who it is. Without one it is anonymous, and screened.
    petitioner: Option<PetitionerInput>,
    /// With OTHER: how they are reached; without any way it is screened.
    contact: Option<Contact>,
    /// That of the petition where none is given.
    kind: Option<PetitionKind>,
    /// That of the petition where none is given.
    language: Option<PetitionLanguage>,
    reason: Note,
}

/// Makes a petition of its own of a piece.
///
/// Its petitioner is whoever wrote the piece, which must be said. It has a number and a secret of its own, to be handed to them; its
/// limit is counted from the day on which the piece came, so that no limit is made whole by it; and it is as secret as the petition
/// of which it is a piece, and concerns the same people. Whom the one comes to concern loses the other, too. The petition stays as it
/// is. Of a letter with several matters one petition after another is made, each with the limit of that letter. A confidential one is
/// split by whoever looks after it, who knows who petitions.
#[utoipa::path(tag = "Petitions", operation_id = "split_petition", params(IdInPath, IfMatchHeader), request_body = PetitionSplit, responses(
    (status = 201, description = "By what the new petition is followed.", body = PetitionTaken),
    (status = 409, description = "`wrong_state` with `allowed_actions`."),
))]
#[post("/v1/petitions/{id}:split")]
pub async fn split_petition(
    may: May<SplitPetition>,
    node: Data<Node>,
    id: PathId,
    if_match: IfMatch,
    Valid(input): Valid<PetitionSplit>,
) -> Result<Reply> {
    may.read(move |conn, by| find(conn, by, id.0).map(drop)).await?;
    may.write_seen(seen_as(id.0), move |tx, by| {
        let mut open = Open::of(&node, find(tx, by, id.0)?)?;
        if_match.seen(open.row.version)?;
        open.step(tx, by, PetitionAct::Split)?;
        let (piece, secret) = input.cut(tx, &node, by, &mut open)?;
        open.save(tx, &node, PetitionAct::Split, &by.caller.name(), (input.reason.as_str(), by.now))?;
        Reply::created(format!("/v1/petitions/{}", piece.id), &PetitionTaken { number: piece.number, secret: Some(secret) })
    })
    .await
}

/// What a piece takes along.
struct Whose {
    petitioners: Vec<Petitioner>,
    contact: Option<Contact>,
    mail_proven: bool,
    /// Ways by which they are not reached.
    fails: Vec<ToldBy>,
}

impl PetitionSplit {
    fn cut(&self, tx: &mut Tx, node: &Node, by: &By, open: &mut Open) -> Result<(Petition, String)> {
        let whose = self.whose(tx, node, open)?;
        let came_at = match self.supplement {
            Some(place) => self.letter(open, place)?.came_at.unwrap_or(by.now),
            None => open.row.received_at,
        };
        let secret = random_secret(16);
        let row = self.row(tx, node, by, open, (&whose, came_at, &secret))?;
        keep(tx, node, &row, (&whose.petitioners, whose.contact.as_ref()))?;
        sources::note(tx, row.id, &open.row.path())?;
        take_over_concerns(tx, &node.vault, row.id, open.row.id)?;
        let mut piece = Open::of(node, (row, Sight::default()))?;
        piece.begin_period(node, piece.row.received_at.date());
        if piece.row.status == PetitionStatus::Received {
            piece.receive(tx, node, by.now)?;
        }
        piece.recount(tx, node)?;
        piece.save(tx, node, PetitionAct::Take, &by.caller.name(), ("", by.now))?;
        open.handling.join(piece.row.id);
        if let Some(place) = self.supplement
            && let Some(letter) = open.handling.supplements.get_mut(place.saturating_sub(1))
        {
            letter.split_into.push(piece.row.id);
        }
        Ok((piece.row, secret))
    }

    /// The supplement with which it came.
    fn letter<'o>(&self, open: &'o Open, place: usize) -> Result<&'o Supplement> {
        let at = |code, zh: &'static str, en: &'static str| Error::field("/supplement", code, Text::new(zh, en));
        let letter = place.checked_sub(1).and_then(|n| open.handling.supplements.get(n)).filter(|one| one.holds_letter());
        let letter = letter.ok_or_else(|| at("unknown", "無此補充", "no such supplement has come"))?;
        if letter.from_id.is_some() {
            let (zh, en) = ("該函屬併入之陳情，請拆回該案", "it came to a merged petition: unmerge that one");
            return Err(at("not_allowed", zh, en));
        }
        if letter.struck.is_some() {
            return Err(at("not_allowed", "該補充已註銷", "it was struck"));
        }
        Ok(letter)
    }

    /// Whose it is: the writer's of the piece, whoever wrote the first letter.
    fn whose(&self, tx: &mut Tx, node: &Node, open: &Open) -> Result<Whose> {
        if self.writer == PieceWriter::Petitioner {
            for (at, is_given) in [("/petitioner", self.petitioner.is_some()), ("/contact", self.contact.is_some())] {
                if is_given {
                    let text = Text::new("撰寫人為原陳情人時不填", "the petitioner is known already");
                    return Err(Error::field(at, "not_allowed", text));
                }
            }
            return Ok(Whose {
                petitioners: open.row.petitioners(&node.vault)?,
                contact: contacts::of(tx, &node.vault, &open.row.path())?,
                mail_proven: open.handling.mail_proven,
                fails: open.handling.fails.clone(),
            });
        }
        contacts::check(self.contact.as_ref())?;
        let petitioner = self.petitioner.as_ref().map(|one| one.kept("/petitioner")).transpose()?;
        let (petitioners, contact) = (petitioner.into_iter().collect(), self.contact.clone());
        Ok(Whose { petitioners, contact, mail_proven: true, fails: Vec::new() })
    }

    fn row(
        &self,
        tx: &mut Tx,
        node: &Node,
        by: &By,
        open: &Open,
        (whose, came_at, secret): (&Whose, Moment, &str),
    ) -> Result<Petition> {
        let roc_year = by.now.roc_year();
        let kind = self.kind.unwrap_or(open.row.kind);
        let is_reachable = !whose.petitioners.is_empty() && whose.contact.as_ref().is_some_and(is_reachable);
        let guarded = open.row.guarded || open.row.whistleblower || kind == PetitionKind::Report;
        let status = entered(guarded, is_reachable);
        let mut row = Petition {
            id: Id::new(by.now),
            number: free_number(tx, roc_year)?,
            roc_year,
            register_number: i32::try_from(tx.next_number(&format!("petitions/{roc_year}"))?).unwrap_or(i32::MAX),
            secret_hash: node.vault.secret_hash(secret),
            status,
            kind,
            language: self.language.unwrap_or(open.row.language),
            confidential: open.row.confidential || kind == PetitionKind::Report,
            concerns_settled: open.row.concerns_settled && status != PetitionStatus::Quarantine,
            petitioner_index: same_petitioner(&node.vault, whose.petitioners.first(), whose.contact.as_ref()),
            taken_by: by.caller.name(),
            received_at: came_at.min(by.now),
            registered_at: None,
            confirm_hash: None,
            confirm_until: None,
            supplement_until: None,
            handler: None,
            due_at: None,
            first_reply_at: None,
            closed_at: None,
            warned_at: None,
            overdue_at: None,
            limits_until: None,
            call_at: None,
            letter_at: None,
            version: 0,
            guarded,
            entered_twice: false,
            ..open.row.clone()
        };
        let (subject, body) = (self.subject.clone(), self.body.clone());
        let matter = Matter { subject, body, ..Matter::default() };
        row.put_matter(&node.vault, &matter)?;
        row.put_petitioners(&node.vault, &whose.petitioners)?;
        let (together, split_from) = (open.handling.together.clone(), Some(open.row.id));
        let (mail_proven, fails) = (whose.mail_proven, whose.fails.clone());
        let mut handling = Handling { mail_proven, fails, together, split_from, ..Handling::default() };
        handling.join(open.row.id);
        row.put_handling(&node.vault, &handling)?;
        Ok(row)
    }
}
