//! Taking a petition: by anybody over the mailbox, by staff for whoever calls, writes or comes.

use actix_web::post;
use actix_web::web::Data;
use chrono::{Months, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::acting::{Open, note};
use super::attachments::{self, AttachmentPart};
use super::concerns::{self, ConcernInput};
use super::handling::Handling;
use super::model::{PetitionAct, PetitionChannel, PetitionKind, PetitionLanguage, PetitionStatus};
use super::petitioners::{Decision, DecisionInput, Matter, Petitioner, PetitionerInput, appeal_until_on, same_petitioner};
use super::policy::CreatePetition;
use super::sight::Sight;
use super::sources::{self, Source};
use super::store::{self, Concern, Petition, case_of, free_number, put_concerns, put_people};
use super::{confirmation, naming};
use crate::auth::{By, May, Role};
use crate::clock::Moment;
use crate::db::{Id, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{Reply, Valid, is_plausible};
use crate::node::Node;
use crate::people::{Contact, Label, contacts};
use crate::scheduling::Plans;
use crate::secrets::vault::random_secret;
use crate::uploads::AttachmentInput;

/// A petition to take.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "INQUIRY", "channel": "MAILBOX", "subject": "遷入登記應備文件", "body": "請問遷入登記應備哪些文件？",
    "petitioner": {"name": "王小明"}, "contact": {"email": "someone@example.org"}, "language": "zh"
}))]
pub struct PetitionInput {
    pub kind: PetitionKind,
    /// MAILBOX, where none is given, is open to all; the others are for staff, who take what was said or sent and must name one.
    pub channel: Option<PetitionChannel>,
    #[schema(min_length = 1, max_length = 200)]
    pub subject: String,
    /// Kept to the last character, sealed.
    #[schema(min_length = 1, max_length = 10000)]
    pub body: String,
    /// Who petitions: the representative of a group. Without one it is anonymous, and screened.
    pub petitioner: Option<PetitionerInput>,
    /// The others of a group.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub others: Vec<PetitionerInput>,
    /// How to reach the petitioner; without any way it is screened.
    pub contact: Option<Contact>,
    /// Kept secret (行政程序法 §170); a report of wrongdoing is, unless it says otherwise.
    pub confidential: Option<bool>,
    /// Under the Public Interest Whistleblower Protection Act: it is confidential, and in quarantine like a report of wrongdoing.
    #[serde(default)]
    #[schema(default = false)]
    pub whistleblower: bool,
    /// In which it is answered: `zh` where none is given.
    pub language: Option<PetitionLanguage>,
    /// Whom it complains about. They see nothing of it.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub concerns: Vec<ConcernInput>,
    /// The decision of the office against which it turns: then the remedies are told at once (訴願法 §14).
    pub against_decision: Option<DecisionInput>,
    /// The body that sent it on; by staff.
    pub forwarded_by: Option<Label>,
    /// Day on which it came, where that is not today: at most a year ago. Its limit is counted from it; by staff.
    pub received_on: Option<NaiveDate>,
    /// Uploads of the kind `PETITION` that belong to it.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub attachments: Vec<AttachmentInput>,
}

/// By what a petition is followed without an account.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"number": "115-P48210375", "secret": "0Yw8cI5mVn3r9kQp2sT7uA"}))]
pub struct PetitionTaken {
    /// Random within the year.
    #[schema(max_length = 20)]
    pub number: String,
    /// Shown this once; whoever has it reads status, dates and reply with `:track`. Absent where it concerns whoever of the office has
    /// taken it, by whichever channel, unless it is their own by its number: whoever looks after the petition hands one over
    /// (`renewed_secret`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, nullable = false)]
    pub secret: Option<String>,
}

/// Takes a petition.
///
/// By anybody, with or without an account, over the MAILBOX; by staff for the other channels, who say by which it came. One of the
/// mailbox with an e-mail address waits to be confirmed by the code that is mailed to it (`:confirm`, within three days by a setting;
/// then it is screened). A spoken one waits to be read back and signed (`:sign`). One without a name, or without a way to reach its
/// writer, is screened. A report of wrongdoing, and whatever a whistleblower says, is in quarantine, seen by its custodian alone, until
/// it is settled whom it concerns. One that accuses everybody of the office who could look after it is left to the county. Whatever it
/// waits for, its limit is counted from the day of its receipt, and where it turns against a decision the remedies are told at once
/// (訴願法 §14).
#[utoipa::path(tag = "Petitions", operation_id = "create_petition", request_body = PetitionInput, responses(
    (status = 201, description = "By what it is followed.", body = PetitionTaken),
))]
#[post("/v1/petitions")]
pub async fn create_petition(may: May<CreatePetition>, node: Data<Node>, Valid(input): Valid<PetitionInput>) -> Result<Reply> {
    may.write(move |tx, by| {
        let (petition, secret) = input.take(tx, &node, by, None)?;
        let taken = PetitionTaken { number: petition.number, secret };
        Reply::created(format!("/v1/petitions/{}", petition.id), &taken)
    })
    .await
}

/// What is judged of a petition before anything is written.
struct Judged {
    petitioners: Vec<Petitioner>,
    concerns: Vec<Concern>,
    matter: Matter,
    received_at: Moment,
}

impl PetitionInput {
    fn channel(&self) -> PetitionChannel {
        self.channel.unwrap_or(PetitionChannel::Mailbox)
    }

    fn language(&self) -> PetitionLanguage {
        self.language.unwrap_or(PetitionLanguage::Chinese)
    }

    /// Takes one that comes out of another record of the office, with all that belongs to it; its key, and by what it is followed.
    pub fn open(&self, tx: &mut Tx, node: &Node, by: &By, source: &Source) -> Result<(Id, PetitionTaken)> {
        let (petition, secret) = self.take(tx, node, by, Some(source))?;
        Ok((petition.id, PetitionTaken { number: petition.number, secret }))
    }

    /// Takes it; the petition and its secret, unless it concerns whoever takes it.
    fn take(&self, tx: &mut Tx, node: &Node, by: &By, source: Option<&Source>) -> Result<(Petition, Option<String>)> {
        let judged = self.judge(tx, node, by)?;
        let secret = random_secret(16);
        let mut row = self.row(tx, node, by, &judged, &secret)?;
        let told_before = source.map(Source::identity).into_iter().collect();
        let mail_proven = self.channel() != PetitionChannel::Mailbox;
        row.put_handling(&node.vault, &Handling { mail_proven, told_before, ..Handling::default() })?;
        let mut open = Open::of(node, (row, Sight::default()))?;
        keep(tx, node, &open.row, (&judged.petitioners, self.contact.as_ref()))?;
        source.map_or(Ok(()), |source| sources::note(tx, open.row.id, &source.record))?;
        put_concerns(tx, &node.vault, open.row.id, &judged.concerns)?;
        let is_handed_over = !naming::concerns_taker(tx, &open)?;
        if !is_handed_over {
            open.row.secret_hash.clear();
        }
        attachments::add(tx, node, by, &open.row, AttachmentPart::Petition, &self.attachments)?;
        if open.row.status == PetitionStatus::AwaitingConfirmation {
            confirmation::ask(tx, node, by.now, &mut open, self.contact.as_ref())?;
        }
        open.begin_period(node, open.row.received_at.date());
        if open.row.status == PetitionStatus::Received {
            open.receive(tx, node, by.now)?;
        } else {
            open.tell_remedies(tx, node, by.now)?;
        }
        open.recount(tx, node)?;
        open.put(tx, node)?;
        store::add_line(tx, &open.row, PetitionAct::Take.line().past, &by.caller.name(), ("", by.now))?;
        note(tx, &open.row, PetitionAct::Take.line().journal, "")?;
        Ok((open.row, is_handed_over.then_some(secret)))
    }

    fn judge(&self, tx: &mut Tx, node: &Node, by: &By) -> Result<Judged> {
        let by_staff = [Role::Clerk, Role::Chief, Role::Director].iter().any(|role| by.caller.has_role(*role));
        if by_staff && self.channel.is_none() {
            let text = Text::new("承辦人登錄須填來源管道", "whoever works in the office says by which channel it came");
            return Err(Error::field("/channel", "required", text));
        }
        if self.channel() != PetitionChannel::Mailbox && !by_staff {
            let text = Text::new("此管道由承辦人登錄", "staff take what comes by this channel");
            return Err(Error::field("/channel", "not_allowed", text));
        }
        for (at, is_given) in [("/forwarded_by", self.forwarded_by.is_some()), ("/received_on", self.received_on.is_some())] {
            if is_given && (!by_staff || self.channel() == PetitionChannel::Mailbox) {
                return Err(Error::field(at, "not_allowed", Text::new("由承辦人登錄時填寫", "staff say it who take a petition")));
            }
        }
        contacts::check(self.contact.as_ref())?;
        let mut petitioners = Vec::new();
        petitioners.extend(self.petitioner.as_ref().map(|one| one.kept("/petitioner")).transpose()?);
        if petitioners.is_empty() && !self.others.is_empty() {
            let text = Text::new("多數人陳情須有代表人", "a group names its representative as `petitioner`");
            return Err(Error::field("/petitioner", "required", text));
        }
        for (n, other) in self.others.iter().enumerate() {
            petitioners.push(other.kept(&format!("/others/{n}"))?);
        }
        let received_at = self.received_on.map_or(Ok(by.now), |day| received_at(day, by.now))?;
        let against_decision = self.against_decision.as_ref().map(|said| decision(tx, node, said, by.now)).transpose()?;
        let matter = Matter {
            subject: self.subject.clone(),
            body: self.body.clone(),
            against_decision,
            forwarded_by: self.forwarded_by.as_ref().map(|by| by.as_str().to_owned()),
            shown_subject: None,
            shown_body: None,
            shown_attachments: Vec::new(),
        };
        Ok(Judged { petitioners, concerns: concerns::read(tx, &self.concerns, by_staff)?, matter, received_at })
    }

    fn row(&self, tx: &mut Tx, node: &Node, by: &By, judged: &Judged, secret: &str) -> Result<Petition> {
        let roc_year = by.now.roc_year();
        let number = free_number(tx, roc_year)?;
        let register_number = i32::try_from(tx.next_number(&format!("petitions/{roc_year}"))?).unwrap_or(i32::MAX);
        let index = same_petitioner(&node.vault, judged.petitioners.first(), self.contact.as_ref());
        let mut row = Petition {
            id: Id::new(by.now),
            number,
            roc_year,
            register_number,
            secret_hash: node.vault.secret_hash(secret),
            status: self.first_status(),
            kind: self.kind,
            channel: self.channel(),
            language: self.language(),
            confidential: self.confidential.unwrap_or(self.kind == PetitionKind::Report) || self.whistleblower,
            whistleblower: self.whistleblower,
            names_staff: concerns::name_staff(&judged.concerns),
            concerns_settled: false,
            petitioner_index: index,
            matter: String::new(),
            petitioners: String::new(),
            handling: String::new(),
            taken_by: by.caller.name(),
            received_at: judged.received_at,
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
            guarded: false,
            merged_into: None,
            unsearched: true,
            entered_twice: false,
        };
        row.guarded = row.needs_custody() || row.confidential && row.status.is_early();
        row.put_matter(&node.vault, &judged.matter)?;
        row.put_petitioners(&node.vault, &judged.petitioners)?;
        Ok(row)
    }

    /// Whether its writer has a name and any way to be reached.
    fn is_signed_and_reachable(&self) -> bool {
        self.petitioner.is_some() && self.contact.as_ref().is_some_and(is_reachable)
    }

    fn first_status(&self) -> PetitionStatus {
        if self.channel().is_oral() {
            return PetitionStatus::AwaitingSignature;
        }
        if self.channel() == PetitionChannel::Mailbox && self.contact.as_ref().is_some_and(|contact| contact.email.is_some()) {
            return PetitionStatus::AwaitingConfirmation;
        }
        entered(self.kind == PetitionKind::Report || self.whistleblower, self.is_signed_and_reachable())
    }
}

/// The moment of receipt by the day on which something came: of today it is now, else the day's beginning.
pub fn received_at(day: NaiveDate, now: Moment) -> Result<Moment> {
    if day > now.date() || day < now.date() - Months::new(12) {
        let text = Text::new("須在今日以前一年內", "not after today, and at most a year ago");
        return Err(Error::field("/received_on", "range", text));
    }
    Ok(if day == now.date() { now } else { Moment::from_taipei(day, NaiveTime::MIN) })
}

/// Keeps a new petition with who petitions and how they are reached.
pub fn keep(tx: &mut Tx, node: &Node, row: &Petition, (petitioners, contact): (&[Petitioner], Option<&Contact>)) -> Result<()> {
    store::insert(tx, row)?;
    put_people(tx, &node.vault, row.id, petitioners)?;
    if let Some(contact) = contact {
        contacts::put(tx, &node.vault, &row.path(), contact)?;
    }
    Ok(())
}

/// Whether a contact names any way: a letter without an e-mail address has a postal one.
pub fn is_reachable(contact: &Contact) -> bool {
    contact.phone.is_some() || !contact.other_phones.is_empty() || contact.email.is_some() || contact.address.is_some()
}

/// Where a petition goes that is said whole: a report and a whistleblower's to its custodian, one that names nobody to screening.
pub fn entered(needs_custody: bool, is_signed_and_reachable: bool) -> PetitionStatus {
    match (needs_custody, is_signed_and_reachable) {
        (true, _) => PetitionStatus::Quarantine,
        (_, true) => PetitionStatus::Received,
        (_, false) => PetitionStatus::Screening,
    }
}

/// The decision that somebody names, with the case of that number and the last day for an appeal.
pub fn decision(tx: &mut Tx, node: &Node, said: &DecisionInput, now: Moment) -> Result<Decision> {
    if said.received_on > now.date() || !is_plausible(said.received_on) {
        return Err(Error::field("/against_decision/received_on", "range", Text::new("不得晚於今日", "not after today")));
    }
    let plan = node.part::<Plans>().at(tx)?;
    let case_id = case_of(tx, &said.case_number)?;
    let (case_number, received_on) = (said.case_number.clone(), said.received_on);
    let appeal_until_on = appeal_until_on(&plan.calendar, received_on);
    Ok(Decision { case_number, received_on, case_id, appeal_until_on })
}
