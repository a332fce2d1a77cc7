//! What an application says beside its people and its fields, and how it is put right: how and where it was taken, by which letter of
//! proxy, and why the office enters it by itself.

use serde_json::Value;

use super::case::Case;
use super::ex_officio::{self, ExOfficioGround};
use super::input::CaseInput;
use super::restore::{letter, seal_letter};
use super::store::begun_by_whom;
use crate::auth::STAFF;
use crate::auth::standing::account_facts;
use crate::auth::whoever::account_of;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result, Text};
use crate::http::{coded, read_member};
use crate::node::Node;
use crate::people::{Note, Words};
use crate::scheduling::services::Channel;

/// A member beside the people and the fields that can be corrected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    Channel,
    OffSite,
    RegisteredArea,
    ExOfficio,
    LetterReason,
    LetterDay,
}

impl Frame {
    pub fn of(pointer: &str) -> Option<Self> {
        Some(match pointer {
            "/channel" => Self::Channel,
            "/off_site" => Self::OffSite,
            "/registered_area" => Self::RegisteredArea,
            "/ex_officio" => Self::ExOfficio,
            "/proxy/reason" => Self::LetterReason,
            "/proxy/dated_on" => Self::LetterDay,
            _ => return None,
        })
    }

    /// The value that stands there; `None` where the case has no such member.
    pub fn value(self, input: &CaseInput) -> Option<Value> {
        let said = match self {
            Self::Channel => serde_json::to_value(input.channel),
            Self::OffSite => Ok(input.off_site.into()),
            Self::RegisteredArea => Ok(input.registered_area.as_ref().map(Words::as_str).into()),
            Self::ExOfficio => serde_json::to_value(&input.ex_officio),
            Self::LetterReason => Ok(input.proxy.as_ref()?.reason.as_str().into()),
            Self::LetterDay => serde_json::to_value(input.proxy.as_ref()?.dated_on),
        };
        said.ok()
    }

    /// Puts a value there, which the caller gave at a pointer.
    pub fn set(self, input: &mut CaseInput, (at, value): (&str, &Value)) -> Result<()> {
        let wrong = |_| Error::field(at, "invalid_type", coded("invalid_type").1);
        let is_none = value.is_null();
        match (self, &mut input.proxy) {
            (Self::Channel, _) => input.channel = Some(serde_json::from_value(value.clone()).map_err(wrong)?),
            (Self::OffSite, _) => input.off_site = serde_json::from_value(value.clone()).map_err(wrong)?,
            (Self::RegisteredArea, _) if is_none => input.registered_area = None,
            (Self::RegisteredArea, _) => input.registered_area = Some(read_member::<Words>(at, value)?),
            (Self::ExOfficio, _) if is_none => input.ex_officio = None,
            (Self::ExOfficio, _) => input.ex_officio = Some(read_member::<ExOfficioGround>(at, value)?),
            (Self::LetterReason, Some(proxy)) => proxy.reason = read_member::<Note>(at, value)?,
            (Self::LetterDay, Some(proxy)) => proxy.dated_on = serde_json::from_value(value.clone()).map_err(wrong)?,
            (Self::LetterReason | Self::LetterDay, None) => {}
        }
        Ok(())
    }
}

/// Members of an application that no correction changes, and what to do in its place.
const STAYING: [(&str, &str, &str); 7] = [
    (
        "/type_code",
        "案件類別不得更正；請撤銷本登記，另以正確之類別受理",
        "a case of another type has other rules, papers and a fee of its own: revoke this one, and take the right one",
    ),
    ("/service_point", "受理地點已載於案號，不得更正", "the number of the case tells where it was taken"),
    (
        "/contact",
        "聯絡方式請以 PUT /v1/cases/{id}/contact 變更",
        "how to reach the applicant is changed by PUT /v1/cases/{id}/contact",
    ),
    ("/papers", "補附之文件請填於更正之 papers", "papers that are there for the correction stand in its own `papers`"),
    (
        "/circumstances",
        "應備文件之情形依登載內容及所附文件認定；請更正各該登載",
        "circumstances follow from what the entry says and from the papers that are shown: correct what they follow from",
    ),
    ("/draft", "僅於受理時填寫，不屬登載內容", "it belongs to the intake, and nothing of it is entered"),
    ("/confirm_not_duplicate", "僅於受理時填寫，不屬登載內容", "it belongs to the intake, and nothing of it is entered"),
];

/// Why a member of an application is not corrected, where it is one that never is.
pub fn stays(pointer: &str) -> Option<(&'static str, &'static str)> {
    STAYING.iter().find(|(member, ..)| *member == pointer).map(|(_, zh, en)| (*zh, *en))
}

/// Refuses to say of what somebody began online by an account of theirs that it came otherwise, and of what staff took that it came
/// online: who began it tells.
pub fn require_way(conn: &mut Conn, case: &Case, channel: Channel) -> Result<()> {
    if channel == case.channel {
        return Ok(());
    }
    let is_begun_outside = match account_of(&begun_by_whom(conn, case)?).filter(|_| case.channel == Channel::Online) {
        Some(account) => {
            let facts = account_facts(conn, account)?;
            facts.is_none_or(|facts| !STAFF.iter().any(|role| facts.roles.contains(role)))
        }
        None => false,
    };
    if channel != Channel::Online && !is_begun_outside {
        return Ok(());
    }
    let text = Text::new(
        "線上案件由申請人帳號提出，其管道不得與他種管道互改",
        "what is ONLINE was begun by an account of the applicant's: it becomes nothing else, and nothing else becomes ONLINE",
    );
    Err(Error::field("/channel", "not_allowed", text))
}

/// Puts how and where an application was taken into its case.
pub fn put_way(tx: &Tx, case: &mut Case, (input, channel): (&CaseInput, Channel)) {
    (case.channel, case.off_site) = (channel, input.off_site);
    case.registered_area = input.registered_area.as_ref().map(|area| tx.seal_text(&Case::area_identity(case.id), area.as_str()));
}

/// The same of a registered case, with its letter of proxy, of which the office's approval stays, and the ground on which it was entered.
pub fn put_into(tx: &mut Tx, node: &Node, case: &mut Case, (input, channel): (&CaseInput, Channel)) -> Result<()> {
    put_way(tx, case, (input, channel));
    if let Some((mut kept, said)) = letter(&node.vault, case)?.zip(input.proxy.as_ref()) {
        (kept.reason, kept.dated_on) = (said.reason.as_str().to_owned(), said.dated_on);
        case.proxy = Some(seal_letter(&node.vault, case.id, &kept)?);
    }
    ex_officio::keep(tx, node, case.id, input.ex_officio.as_ref())
}

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema;

    use super::super::correctable::Target;
    use super::super::input::CaseInput;
    use super::stays;

    #[test]
    fn every_member_of_an_application_is_corrected_or_says_why_not() {
        let schema = serde_json::to_value(CaseInput::schema()).unwrap();
        for member in schema["properties"].as_object().unwrap().keys() {
            let within = ["", "/name", "/x", "/0"].map(|within| format!("/{member}{within}"));
            let is_corrected = within.iter().any(|pointer| Target::of(pointer).is_some());
            assert_ne!(is_corrected, stays(&within[0]).is_some(), "{member}");
        }
    }
}
