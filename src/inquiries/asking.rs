//! Asking: by anybody over the API, by staff for whoever calls, writes or comes.

use actix_web::post;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::knowledge::InquiryTopic;
use super::model::{Asked, Handling, InquiryAct, InquiryChannel, InquiryStatus};
use super::policy::CreateInquiry;
use super::settings::InquirySettings;
use super::store::{self, Inquiry, free_number};
use crate::auth::{By, May, STAFF};
use crate::clock::Moment;
use crate::db::{Id, Record, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{Reply, Valid, is_plausible};
use crate::node::Node;
use crate::office::{SERVICE_POINTS, desk};
use crate::people::{Contact, contacts};
use crate::petitions::{PetitionLanguage, PetitionerInput};
use crate::scheduling::Plans;
use crate::secrets::vault::random_secret;

/// An inquiry to enter.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "topic": "REGISTRATION", "question": "請問遷入登記應備哪些文件？", "asker": {"name": "王小明"},
    "contact": {"email": "someone@example.org"}, "language": "zh"
}))]
pub struct InquiryInput {
    /// ONLINE, where none is given, is open to all; the others are for staff, who enter what was asked and must name one.
    channel: Option<InquiryChannel>,
    topic: InquiryTopic,
    /// Kept to the last character, sealed.
    #[schema(min_length = 1, max_length = 5000)]
    question: String,
    /// Who asks; without one it is anonymous.
    asker: Option<PetitionerInput>,
    /// How to reach whoever asks, who is named then. Without it the answer is read by number and secret.
    contact: Option<Contact>,
    /// In which it is answered: `zh` where none is given.
    language: Option<PetitionLanguage>,
    /// Where it was asked: a code from GET /v1/office; by staff, their own where none is given.
    #[schema(min_length = 1, max_length = 20)]
    service_point: Option<String>,
    /// When it was asked, where that is not now; by staff.
    asked_at: Option<Moment>,
}

/// By what the answer is read without an account.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"number": "115-Q48210375", "secret": "0Yw8cI5mVn3r9kQp2sT7uA"}))]
pub struct InquiryTaken {
    /// Random within the year.
    #[schema(max_length = 20)]
    number: String,
    /// Shown this once; whoever has it reads the answer with `:track`.
    #[schema(max_length = 40)]
    secret: String,
}

/// Asks the office something.
///
/// By anybody, with or without an account or a name, over ONLINE; by staff for the other channels. Counter and telephone are answered
/// at once (minutes of office time by settings), the others within three working days (settings).
#[utoipa::path(tag = "Inquiries", operation_id = "create_inquiry", request_body = InquiryInput, responses(
    (status = 201, description = "By what the answer is read.", body = InquiryTaken),
))]
#[post("/v1/inquiries")]
pub async fn create_inquiry(may: May<CreateInquiry>, node: Data<Node>, Valid(input): Valid<InquiryInput>) -> Result<Reply> {
    may.write(move |tx, by| {
        let is_staff = STAFF.iter().any(|role| by.caller.has_role(*role));
        input.check(by, is_staff)?;
        let secret = random_secret(16);
        let inquiry = input.enter(tx, &node, by, (is_staff, &secret))?;
        let data =
            json!({"number": inquiry.number, "channel": inquiry.channel, "topic": inquiry.topic, "due_at": inquiry.due_at});
        tx.record(Record::change(InquiryAct::Ask.line().journal, inquiry.path(), data));
        Reply::created(format!("/v1/inquiries/{}", inquiry.id), &InquiryTaken { number: inquiry.number, secret })
    })
    .await
}

impl InquiryInput {
    fn channel(&self) -> InquiryChannel {
        self.channel.unwrap_or(InquiryChannel::Online)
    }

    fn check(&self, by: &By, is_staff: bool) -> Result<()> {
        if is_staff && self.channel.is_none() {
            let text = Text::new("承辦人登錄須填來源管道", "whoever works in the office says by which channel it came");
            return Err(Error::field("/channel", "required", text));
        }
        let by_staff = is_staff && self.channel() != InquiryChannel::Online;
        if self.channel() != InquiryChannel::Online && !is_staff {
            let text = Text::new("此管道由承辦人登錄", "staff enter what comes by this channel");
            return Err(Error::field("/channel", "not_allowed", text));
        }
        for (at, is_given) in [("/service_point", self.service_point.is_some()), ("/asked_at", self.asked_at.is_some())] {
            if is_given && !by_staff {
                return Err(Error::field(
                    at,
                    "not_allowed",
                    Text::new("由承辦人登錄時填寫", "staff say it who enter an inquiry"),
                ));
            }
        }
        if self.asked_at.is_some_and(|at| at > by.now || !is_plausible(at.date())) {
            return Err(Error::field("/asked_at", "range", Text::new("不得晚於現在", "not after now")));
        }
        if self.contact.is_some() && self.asker.is_none() {
            let text = Text::new("請填聯絡對象", "name whom to ask for");
            return Err(Error::field("/asker", "required", text));
        }
        contacts::check(self.contact.as_ref())
    }

    /// Enters it with whoever asks and how to reach them.
    fn enter(&self, tx: &mut Tx, node: &Node, by: &By, (is_staff, secret): (bool, &str)) -> Result<Inquiry> {
        let asker = self.asker.as_ref().map(|asker| asker.kept("/asker")).transpose()?;
        let asked_at = self.asked_at.unwrap_or(by.now);
        let point = if is_staff && self.channel() != InquiryChannel::Online {
            desk::chosen(by, self.service_point.as_deref())?
        } else {
            SERVICE_POINTS[0].to_owned()
        };
        let rule = self.channel().limit(node.config.of::<InquirySettings>());
        let plan = node.part::<Plans>().at(tx)?;
        let id = Id::new(by.now);
        let person_id = match &asker {
            Some(asker) => Some(asker.record(tx, &node.vault, by, store::path(id))?),
            None => by.caller.own_record().filter(|_| !is_staff),
        };
        let mut inquiry = Inquiry {
            id,
            number: free_number(tx, by.now.roc_year())?,
            secret_hash: node.vault.secret_hash(secret),
            status: InquiryStatus::Open,
            channel: self.channel(),
            topic: self.topic,
            language: self.language.unwrap_or(PetitionLanguage::Chinese),
            due_at: rule.due_at(&plan.calendar, &point, asked_at),
            service_point: point,
            said: String::new(),
            handling: String::new(),
            person_id,
            asked_by: by.caller.name(),
            // A clerk has it from whoever asks; over the API anyone may have typed it.
            mail_proven: self.channel() != InquiryChannel::Online,
            asked_at,
            rule: rule.to_string(),
            answered_at: None,
            recheck_at: None,
            call_at: None,
            petition_id: None,
            overdue_at: None,
            version: 1,
        };
        inquiry.put_asked(&node.vault, &Asked { question: self.question.clone(), asker })?;
        inquiry.put_handling(&node.vault, &Handling::default())?;
        store::insert(tx, &inquiry)?;
        if let Some(contact) = &self.contact {
            contacts::put(tx, &node.vault, &inquiry.path(), contact)?;
        }
        Ok(inquiry)
    }
}
